#pragma once

#include "actors/coupon/coupon_desk.hpp"
#include "actors/gateway/gateway.hpp"
#include "actors/gateway/node_log.hpp"
#include "actors/shard/engine.hpp"
#include "runtime/base/clock.hpp"
#include "runtime/base/memory_watch.hpp"
#include "runtime/journal/segment_log.hpp"
#include "tests/actors/parking/forgetful_parking.hpp"
#include "tests/support/forgetful_files.hpp"

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace cartwheel::test {

/// forgetful_files for several threads: one operation at a time.
class shared_files final : public file_layer {
 public:
  shared_files() = default;
  explicit shared_files(const forgetful_files& from) : files_{from} {}

  /// What would be left if the power were lost now.
  std::unique_ptr<shared_files> after_crash(uint64_t seed) {
    std::lock_guard lock{mutex_};
    auto left = std::make_unique<shared_files>(files_);
    left->files_.crash(seed);
    left->files_.fail_never();
    return left;
  }
  void fail_after(uint64_t n, int error, uint64_t seed) {
    std::lock_guard lock{mutex_};
    files_.fail_after(n, error, seed);
  }
  bool has_failed() {
    std::lock_guard lock{mutex_};
    return files_.has_failed();
  }
  uint64_t operations() {
    std::lock_guard lock{mutex_};
    return files_.operations();
  }

  std::unique_ptr<open_file> create(const std::filesystem::path& path) override {
    std::lock_guard lock{mutex_};
    return std::make_unique<handle>(*this, files_.create(path));
  }
  std::unique_ptr<open_file> open(const std::filesystem::path& path, access how) override {
    std::lock_guard lock{mutex_};
    return std::make_unique<handle>(*this, files_.open(path, how));
  }
  bool exists(const std::filesystem::path& path) override {
    std::lock_guard lock{mutex_};
    return files_.exists(path);
  }
  void rename(const std::filesystem::path& from, const std::filesystem::path& to) override {
    std::lock_guard lock{mutex_};
    files_.rename(from, to);
  }
  void remove(const std::filesystem::path& path) override {
    std::lock_guard lock{mutex_};
    files_.remove(path);
  }
  std::vector<std::string> list(const std::filesystem::path& folder) override {
    std::lock_guard lock{mutex_};
    return files_.list(folder);
  }
  void make_folder(const std::filesystem::path& folder) override {
    std::lock_guard lock{mutex_};
    files_.make_folder(folder);
  }
  void sync_folder(const std::filesystem::path& folder) override {
    std::lock_guard lock{mutex_};
    files_.sync_folder(folder);
  }

 private:
  class handle final : public open_file {
   public:
    handle(shared_files& of, std::unique_ptr<open_file> file) : of_{of}, file_{std::move(file)} {}
    ~handle() override {
      std::lock_guard lock{of_.mutex_};
      file_.reset();
    }
    const std::filesystem::path& path() const override { return file_->path(); }
    size_t write_at(uint64_t offset, std::span<const std::string_view> pieces) override {
      std::lock_guard lock{of_.mutex_};
      return file_->write_at(offset, pieces);
    }
    size_t read_at(uint64_t offset, std::span<char> into) const override {
      std::lock_guard lock{of_.mutex_};
      return file_->read_at(offset, into);
    }
    void preallocate(uint64_t bytes) override {
      std::lock_guard lock{of_.mutex_};
      file_->preallocate(bytes);
    }
    void truncate(uint64_t bytes) override {
      std::lock_guard lock{of_.mutex_};
      file_->truncate(bytes);
    }
    uint64_t size() const override {
      std::lock_guard lock{of_.mutex_};
      return file_->size();
    }
    void sync_data() override {
      std::lock_guard lock{of_.mutex_};
      file_->sync_data();
    }

   private:
    shared_files& of_;
    std::unique_ptr<open_file> file_;
  };

  std::mutex mutex_;
  forgetful_files files_;
};

/// All decisions of a history of processes, by what names them: (tick, shop, cart_id, step).
class decision_book {
 public:
  using key = std::tuple<int64_t, std::string, std::string, int>;
  using value = std::tuple<std::string, decision_outcome, reason>;

  /// A decision that came up again must be the one it was.
  void note(std::span<const decision_line> lines) {
    std::lock_guard lock{mutex_};
    for (const auto& l : lines) {
      if (l.origin == decision_origin::settlement) continue;
      key k{unix_ms(l.tick), l.shop, l.cart_id, l.step};
      value v{l.customer_id, l.outcome, l.reason};
      auto [i, fresh] = made_.emplace(k, v);
      if (!fresh && i->second != v) ++changed_;
    }
  }
  std::map<key, value> made() const {
    std::lock_guard lock{mutex_};
    return made_;
  }
  int changed() const { return changed_; }
  void forget() {
    std::lock_guard lock{mutex_};
    made_.clear();
    changed_ = 0;
  }

 private:
  mutable std::mutex mutex_;
  std::map<key, value> made_;
  int changed_ = 0;
};

/// A node from its way in to its shards, on files that can be lost, without transport.
class small_node {
 public:
  struct options {
    uint16_t shards = 1;
    bool event_clock = true;
    sync_mode sync = sync_mode::always;
    std::chrono::milliseconds snapshot_every = 24h;
    std::shared_ptr<manual_clock> clock = std::make_shared<manual_clock>(from_unix_ms(1'769'943'600'000));
    campaign_settings campaign;
    reminder_sink* reminders = nullptr;
    milliseconds hold = 0ms;
    forgetful_parking* place = nullptr;  // everything idle goes there at once
    memory_watch* memory = nullptr;
    history* past = nullptr;
    shop_directory shops;
    std::string configuration;  // what the log calls campaign and shops; empty: nothing
    std::function<deciding_rules(std::string_view)> read_configuration;
    coupon_desk* coupons = nullptr;
  };

  small_node(shared_files& files, decision_book& book, options o)
      : options_{std::move(o)},
        log_{open(files)},
        told_{{[this, &book](std::span<const decision_line> lines) {
                 if (!dead_) book.note(lines);
                 events_->decided(lines);
               },
               [this](const event_place& p) { events_->failed(p); },
               [this](shard_id s, size_t n) { events_->applied(s, n); },
               [this](const address_key& who) {
                 if (options_.coupons != nullptr) options_.coupons->forgotten(who);
               }},
              options_.past},
        shards_{{options_.shards, options_.campaign, options_.shops, keys, beginning(), true, options_.event_clock,
                 &told_, options_.reminders, options_.place, 0ms, options_.memory}} {
    gateway_options g;
    g.event_clock = options_.event_clock;
    g.sync = options_.sync;
    g.snapshots = "/node/snapshots";
    g.snapshot_every = options_.snapshot_every;
    if (options_.place) g.before_snapshot_is_whole = [this] { options_.place->flush(); };
    g.watermarks = {0ms, 0ms, options_.hold};
    g.configuration = options_.configuration;
    g.read_configuration = options_.read_configuration;
    g.coupons = options_.coupons;
    if (options_.past != nullptr) g.before_snapshot_is_whole = [past = options_.past] { past->flush(); };
    events_ = std::make_unique<gateway>(shards_, *log_, files, *options_.clock, keys, told_, g, [](bool) {});
  }
  ~small_node() {
    events_->stop();
    shards_.stop();
  }

  uint64_t recover() {
    return events_->recover([](const recovery_progress&) {});
  }
  void start() { events_->start(); }

  /// Takes lines of JSON; false when they were not made durable.
  bool take(std::string lines) {
    std::promise<bool> durable;
    events_->take_json(std::move(lines), payload_format::json_lines,
                       [&](const posted_events& p) { durable.set_value(p.durable); });
    return durable.get_future().get();
  }
  void settle_down() { events_->wait_until_applied(60s); }
  void stop() { events_->stop(); }
  /// The power is lost: what it does from here on happens nowhere.
  void die() { dead_ = true; }

  gateway& events() { return *events_; }
  std::vector<dead_letter> letters() const { return told_.dead_letters(100); }
  engine& shards() { return shards_; }
  segment_log& log() { return *log_; }
  const node_log& told() const { return told_; }

 private:
  static constexpr node_hash_keys keys{{1, 2}, {3, 4}, {5, 6}};

  static std::unique_ptr<segment_log> open(shared_files& files) {
    files.make_folder("/node");
    segment_log::options o;
    o.segment_bytes = 64 * 1024;
    o.keep = 0ms;
    return std::make_unique<segment_log>(files, "/node/journal", o);
  }
  instant beginning() const {
    if (options_.event_clock) return {};
    instant first = options_.clock->now();
    log_->read_from(log_->begin(), [&](const logged_record& r) {
      first = r.what.received;
      return false;
    });
    return last_tick(first);
  }

  options options_;
  std::atomic<bool> dead_{false};
  std::unique_ptr<segment_log> log_;
  std::unique_ptr<gateway> events_;
  node_log told_;
  engine shards_;
};

}  // namespace cartwheel::test
