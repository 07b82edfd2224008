// Several threads write, one flushes: what the power leaves is a beginning of what each thread wrote, in its order and by whole
// batches, over all tables.
#include "runtime/store/store.hpp"

#include "tests/runtime/store/forgetful_files.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <thread>

namespace cartwheel {
namespace {

/// Thread w's n-th batch writes n under its own key into two tables; which ones, follows from n: most tables are empty
/// when others are flushed, and written to the moment after.
std::pair<store_table, store_table> tables_of(uint64_t n) {
  uint64_t mixed = n * 0x9e3779b97f4a7c15;
  return {store_tables[(mixed >> 32) % store_tables.size()].what,
          store_tables[(mixed >> 48) % store_tables.size()].what};
}

constexpr size_t writers = 3;

std::string key_of(size_t writer) { return "writer-" + std::to_string(writer); }

/// What the tables must say once a thread's batches up to the n-th are there.
void check(const store& s, size_t writer, uint64_t n) {
  std::array<uint64_t, store_tables.size()> expected{};
  for (uint64_t i = 1; i <= n; ++i) {
    auto [a, b] = tables_of(i);
    expected[index_of(a)] = expected[index_of(b)] = i;
  }
  for (const auto& t : store_tables) {
    auto found = s.get(t.what, key_of(writer));
    ASSERT_EQ(found ? std::stoull(*found) : 0, expected[index_of(t.what)]) << t.name << " of writer " << writer;
  }
}

uint64_t newest(const store& s, size_t writer) {
  uint64_t n = 0;
  for (const auto& t : store_tables)
    if (auto found = s.get(t.what, key_of(writer))) n = std::max<uint64_t>(n, std::stoull(*found));
  return n;
}

TEST(store_threads, what_was_flushed_is_a_beginning_of_what_each_wrote) {
  for (uint64_t round = 1; round <= 6; ++round) {
    auto disk = std::make_shared<test::forgetful_disk>();
    auto files = std::make_shared<test::forgetful_files>(disk);
    std::array<uint64_t, writers> flushed{};
    {
      store s{{"/data/live", limits::store_memory_bytes_min, files}};
      std::array<std::atomic<uint64_t>, writers> written{};
      std::atomic<bool> enough{false};
      std::vector<std::thread> threads;
      for (size_t w = 0; w < writers; ++w)
        threads.emplace_back([&, w] {
          for (uint64_t n = 1; !enough; ++n) {
            auto [a, b] = tables_of(n);
            store_batch batch;
            batch.put(a, key_of(w), std::to_string(n));
            batch.put(store_table::decisions, std::to_string(n * writers + w),
                      std::string(200, 'x'));  // fills memory, so flushes come by themselves too
            batch.put(b, key_of(w), std::to_string(n));
            s.write(batch);
            written[w] = n;
            if (n % 32 == 0) std::this_thread::sleep_for(std::chrono::microseconds{200});
          }
        });
      for (uint64_t flush = 0; flush < 2 * round; ++flush) {
        std::array<uint64_t, writers> before{};
        for (size_t w = 0; w < writers; ++w) before[w] = written[w];
        s.flush();
        flushed = before;
      }
      enough = true;
      for (auto& t : threads) t.join();
      for (size_t w = 0; w < writers; ++w) check(s, w, written[w]);
    }
    std::mt19937_64 random{round};
    disk->power_cycle(random, test::forgetful_disk::remains::beginning);
    store s{{"/data/live", limits::store_memory_bytes_min, files}};
    for (size_t w = 0; w < writers; ++w) {
      auto n = newest(s, w);
      EXPECT_GE(n, flushed[w]);
      check(s, w, n);
    }
  }
}

}  // namespace
}  // namespace cartwheel
