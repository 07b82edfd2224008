#pragma once

#include "runtime/store/store.hpp"

#include "tests/runtime/store/forgetful_files.hpp"
#include "tests/runtime/store/store_model.hpp"
#include "tests/runtime/store/table_file.hpp"

#include <functional>
#include <optional>
#include <vector>

namespace cartwheel::test {

/// A store at work on a disk that will fail, and all that it has promised until then.
class store_victim {
 public:
  explicit store_victim(uint64_t seed)
      : random_{seed}, disk_{std::make_shared<forgetful_disk>()}, files_{std::make_shared<forgetful_files>(disk_)} {}

  forgetful_files& files() { return *files_; }
  std::mt19937_64& random() { return random_; }

  /// Does as a node does: writes and erases, flushes now and then, and now and then is opened again. Ends when something is
  /// refused; returns what it said then.
  std::optional<std::string> work(int steps) {
    try {
      if (!store_) open();
      for (int i = 0; i < steps; ++i) step();
    } catch (const std::runtime_error& e) {
      return e.what();
    }
    return std::nullopt;
  }

  /// Null when it could not even be opened.
  store* running() { return store_.get(); }
  /// Everything written to it, less what was in doubt when it was refused; and with that.
  model written() const { return state(history_.size()); }
  model written_and_refused() const {
    auto m = written();
    if (in_doubt_) in_doubt_(m);
    return m;
  }

  /// Opens the live folder as it is, with all that was written in it and nothing of it in memory.
  void reopen_flushed() {
    flush();
    store_.reset();
    open();
  }

  void power_cycle(forgetful_disk::remains what) {
    store_.reset();
    files_->heal();
    disk_->power_cycle(random_, what);
  }
  void close() {
    store_.reset();
    files_->heal();
  }

  /// Each table file of the live folder gets a wrong bit, any but one: RocksDB looks at the block of a table's properties
  /// before it checks its sum, and where its assertions are compiled in (Debian's are), the highest bit of that block's
  /// last byte ends the process. Returns their number.
  size_t damage_tables() {
    std::lock_guard lock{disk_->mutex()};
    auto tables = disk_->names(live).value();
    std::erase_if(tables, [](const auto& name) { return !name.ends_with(".sst"); });
    for (const auto& name : tables) {
      auto& table = *disk_->find_file(live + ("/" + name));
      if (table.bytes.empty()) continue;
      size_t byte = 0;
      int bit = 0;
      do {
        byte = random_() % table.bytes.size();
        bit = static_cast<int>(random_() % 8);
      } while (bit == 7 && byte == last_byte_of_properties(table.bytes));
      forgetful_disk::damage(table, byte, bit);
    }
    return tables.size();
  }

  /// What a crash left, without the journal's help, is a beginning of what was written, in order, at least up to the last
  /// flush. And it goes on from there.
  void check_live() {
    store_.reset();
    if (!there(live)) {
      ASSERT_FALSE(promised_live_) << "the folder is gone";
    }
    store again{options_for(live)};
    auto found = everything_in(again);
    again.write(random_batch(random_));
    again.flush();
    {
      std::lock_guard lock{disk_->mutex()};
      ASSERT_EQ(disk_->names("/data").value(), std::vector<std::string>{"live"});
    }
    auto m = state(flushed_);
    for (size_t k = flushed_;; ++k) {
      if (same(found, m)) return;
      if (k == history_.size()) break;
      history_[k](m);
    }
    if (in_doubt_) in_doubt_(m);
    ASSERT_TRUE(same(found, m)) << "no state that there ever was";
  }

  void open() {
    store_ = std::make_unique<store>(options_for(live));
    promised_live_ = true;
  }

  // What its work is made of.
  void write() {
    auto batch = random_batch(random_);
    if (random_() % 4 == 0) batch.put(random_table(random_), random_key(random_), std::string(random_() % 40'000, 'x'));
    in_doubt_ = [batch](model& m) { apply(batch, m); };
    store_->write(batch);
    done();
  }
  void erase_range() {
    auto t = random_table(random_);
    auto from = random_key(random_);
    auto to = random_key(random_);
    in_doubt_ = [=](model& m) {
      std::erase_if(m[index_of(t)], [&](const auto& e) { return e.first >= from && (to.empty() || e.first < to); });
    };
    store_->erase_range(t, from, to);
    done();
  }
  void flush() {
    store_->flush();
    flushed_ = history_.size();
  }

 private:
  using change = std::function<void(model&)>;

  static constexpr const char* live = "/data/live";

  store_options options_for(const std::filesystem::path& folder) {
    return {folder, limits::store_memory_bytes_min, files_};
  }
  bool there(const std::filesystem::path& p) {
    std::lock_guard lock{disk_->mutex()};
    return disk_->exists(p.string());
  }
  model state(size_t changes) const {
    model m;
    for (size_t i = 0; i < changes; ++i) history_[i](m);
    return m;
  }

  void done() {
    history_.push_back(std::move(in_doubt_));
    in_doubt_ = nullptr;
  }

  void step() {
    switch (random_() % 30) {
      case 0:
      case 1:
      case 2: return flush();
      case 3: return reopen_flushed();
      case 4: return erase_range();
      default: return write();
    }
  }

  std::mt19937_64 random_;
  std::shared_ptr<forgetful_disk> disk_;
  std::shared_ptr<forgetful_files> files_;
  std::unique_ptr<store> store_;
  std::vector<change> history_;
  change in_doubt_;     // under way
  size_t flushed_ = 0;  // so many of them
  bool promised_live_ = false;
};

}  // namespace cartwheel::test
