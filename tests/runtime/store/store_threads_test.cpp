// Several threads write, one makes checkpoints: each checkpoint is a beginning of what each thread wrote, in its order and
// by whole batches, over all tables.
#include "runtime/store/checkpoint.hpp"
#include "runtime/store/store.hpp"

#include "tests/scratch_folder.hpp"

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

constexpr int writers = 3;

std::string key_of(int writer) { return "writer-" + std::to_string(writer); }

/// What the tables must say once a thread's batches up to the n-th are there.
void check(const store& s, int writer, uint64_t n) {
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

uint64_t newest(const store& s, int writer) {
  uint64_t n = 0;
  for (const auto& t : store_tables)
    if (auto found = s.get(t.what, key_of(writer))) n = std::max<uint64_t>(n, std::stoull(*found));
  return n;
}

TEST(store_threads, a_checkpoint_is_a_beginning_of_what_each_wrote) {
  test::scratch_folder folder;
  constexpr int checkpoints = 20;
  std::array<std::array<uint64_t, writers>, checkpoints> written_before{};
  {
    store s{{folder / "live", 1 << 20, nullptr}};
    std::array<std::atomic<uint64_t>, writers> written{};
    std::atomic<bool> enough{false};
    std::vector<std::thread> threads;
    for (int w = 0; w < writers; ++w)
      threads.emplace_back([&, w] {
        for (uint64_t n = 1; !enough; ++n) {
          auto [a, b] = tables_of(n);
          store_batch batch;
          batch.put(a, key_of(w), std::to_string(n));
          batch.put(store_table::decisions, std::to_string(n * writers + static_cast<uint64_t>(w)),
                    std::string(200, 'x'));  // fills memory, so flushes come by themselves too
          batch.put(b, key_of(w), std::to_string(n));
          s.write(batch);
          written[static_cast<size_t>(w)] = n;
          if (n % 64 == 0) std::this_thread::sleep_for(std::chrono::microseconds{500});
        }
      });
    for (int c = 0; c < checkpoints; ++c) {
      for (size_t w = 0; w < writers; ++w) written_before[static_cast<size_t>(c)][w] = written[w];
      s.checkpoint(folder / std::to_string(c));
    }
    enough = true;
    for (auto& t : threads) t.join();
    for (int w = 0; w < writers; ++w) check(s, w, written[static_cast<size_t>(w)]);
  }
  for (int c = 0; c < checkpoints; ++c) {
    SCOPED_TRACE(testing::Message() << "checkpoint " << c);
    restore_store(folder / std::to_string(c), folder / "live");
    store s{{folder / "live", 1 << 20, nullptr}};
    for (int w = 0; w < writers; ++w) {
      auto n = newest(s, w);
      EXPECT_GE(n, written_before[static_cast<size_t>(c)][static_cast<size_t>(w)]);
      check(s, w, n);
    }
  }
}

}  // namespace
}  // namespace cartwheel
