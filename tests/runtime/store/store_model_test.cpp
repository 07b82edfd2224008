// The store beside a sorted map, over many random scripts: every verb, and being opened again.
#include "runtime/store/store.hpp"

#include "tests/runtime/store/forgetful_files.hpp"
#include "tests/runtime/store/many_seeds.hpp"
#include "tests/runtime/store/store_model.hpp"
#include "tests/scratch_folder.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace cartwheel {
namespace {

using test::model;

/// A store and its model, driven alike.
class twin {
 public:
  twin(std::filesystem::path folder, std::shared_ptr<rocksdb::FileSystem> files, uint64_t seed)
      : folder_{std::move(folder)}, files_{std::move(files)}, random_{seed} {
    open();
  }

  void step() {
    switch (auto chance = random_() % 40) {
      case 0: store_->flush(); break;
      case 1:
      case 2: open_again(); break;
      default:
        chance < 10   ? look_up_one()
        : chance < 16 ? look_up_many()
        : chance < 24 ? visit()
        : chance < 28 ? visit_prefix()
                      : write();
        break;
      case 3:
      case 4: erase_range(); break;
    }
  }
  void check() const { ASSERT_TRUE(test::same(test::everything_in(*store_), model_)); }

 private:
  std::filesystem::path live() const { return folder_ / "live"; }

  void open() { store_ = std::make_unique<store>(store_options{live(), limits::store_memory_bytes_min, files_}); }

  void write() {
    auto batch = test::random_batch(random_);
    store_->write(batch);
    test::apply(batch, model_);
  }

  void look_up_one() {
    auto t = test::random_table(random_);
    auto key = test::random_key(random_);
    auto found = store_->get(t, key);
    auto expected = model_[index_of(t)].find(key);
    ASSERT_EQ(found.has_value(), expected != model_[index_of(t)].end());
    if (found) {
      ASSERT_EQ(*found, expected->second);
    }
  }

  void look_up_many() {
    auto t = test::random_table(random_);
    std::vector<std::string> keys(random_() % 20);
    for (auto& k : keys) k = test::random_key(random_);
    auto found = store_->get(t, std::vector<std::string_view>(keys.begin(), keys.end()));
    ASSERT_EQ(found.size(), keys.size());
    for (size_t i = 0; i < keys.size(); ++i) ASSERT_EQ(found[i], store_->get(t, keys[i]));
  }

  void visit() {
    auto t = test::random_table(random_);
    auto from = test::random_key(random_);
    auto to = test::random_key(random_);
    bool backward = random_() % 2 == 0;
    size_t most = random_() % 3 == 0 ? random_() % 10 + 1 : 1'000'000;
    std::vector<std::pair<std::string, std::string>> seen;
    auto each = [&](auto key, auto value) {
      seen.emplace_back(key, value);
      return seen.size() < most;
    };
    backward ? store_->visit_backward(t, from, to, each) : store_->visit(t, from, to, each);

    std::vector<std::pair<std::string, std::string>> expected;
    for (const auto& [key, value] : model_[index_of(t)])
      if (key >= from && (to.empty() || key < to)) expected.emplace_back(key, value);
    if (backward) std::reverse(expected.begin(), expected.end());
    expected.resize(std::min(expected.size(), most));
    ASSERT_EQ(seen, expected);
  }

  void visit_prefix() {
    for (const auto& t : store_tables) {
      if (t.prefix_bytes == 0) continue;
      const auto prefix = test::random_prefix(random_);
      std::map<std::string, std::string> seen, expected;
      store_->visit_prefix(t.what, prefix, [&](auto key, auto value) { return seen.emplace(key, value).second; });
      for (const auto& [key, value] : model_[index_of(t.what)])
        if (key.starts_with(prefix)) expected.emplace(key, value);
      ASSERT_EQ(seen, expected);
    }
  }

  void erase_range() {
    auto t = test::random_table(random_);
    auto from = test::random_key(random_);
    auto to = test::random_key(random_);
    store_->erase_range(t, from, to);
    std::erase_if(model_[index_of(t)], [&](const auto& e) { return e.first >= from && (to.empty() || e.first < to); });
  }

  void open_again() {
    store_->flush();
    store_.reset();
    open();
    check();
  }

  std::filesystem::path folder_;
  std::shared_ptr<rocksdb::FileSystem> files_;
  std::mt19937_64 random_;
  std::unique_ptr<store> store_;
  model model_;
};

void run(std::filesystem::path folder, std::shared_ptr<rocksdb::FileSystem> files, uint64_t seed, int steps) {
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  twin both{std::move(folder), std::move(files), seed};
  for (int i = 0; i < steps; ++i) {
    both.step();
    if (testing::Test::HasFatalFailure()) return;
  }
  both.check();
}

TEST(store_model, does_what_a_sorted_map_does) {
  for (uint64_t seed = 1; seed <= test::runs(150) && !HasFatalFailure(); ++seed)
    run("/data", std::make_shared<test::forgetful_files>(std::make_shared<test::forgetful_disk>()), seed, 60);
}

TEST(store_model, does_so_on_the_machines_disk) {
  for (uint64_t seed = 1; seed <= 4 && !HasFatalFailure(); ++seed) {
    test::scratch_folder folder;
    run(folder.path(), nullptr, seed, 60);
  }
}

}  // namespace
}  // namespace cartwheel
