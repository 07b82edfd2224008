#include "runtime/cell_arena.hpp"

#include "runtime/cell.hpp"
#include "tests/runtime/caf_threads.hpp"

#include <caf/all.hpp>

#include <gtest/gtest.h>

#include <cstring>
#include <map>
#include <optional>
#include <random>
#include <thread>
#include <vector>

namespace cartwheel {
namespace {

/// Asks a host for its thread, and what it answers.
struct tell_thread {};
struct thread_of_host {
  std::thread::id id;
};

}  // namespace
}  // namespace cartwheel

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(cartwheel::tell_thread)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(cartwheel::thread_of_host)

namespace cartwheel {
namespace {

TEST(cell_arena, tells_of_each_block_what_it_has_in_common_with_the_others) {
  const auto what = std::make_shared<const int>(7);
  std::vector<char*> blocks;
  {
    cell_arena arena{what};
    for (size_t i = 0; i < 3'000; ++i) blocks.push_back(static_cast<char*>(arena.take(100 + i % 900)));
    for (size_t i = 0; i < blocks.size(); ++i)
      EXPECT_EQ(cell_arena::companion_of(blocks[i] + 100 + i % 900 - 1), what.get());
  }
  EXPECT_EQ(cell_arena::companion_of(blocks.back()), what.get());
  for (auto* b : blocks) {
    EXPECT_EQ(what.use_count(), 2) << "it is there while a block is";
    cell_arena::give_back(b);
  }
  EXPECT_EQ(what.use_count(), 1);
}

TEST(cell_arena, blocks_are_their_takers_own) {
  cell_arena arena;
  std::mt19937_64 dice{1};
  std::map<unsigned char*, std::pair<size_t, unsigned char>> taken;
  for (int step = 0; step < 20'000; ++step) {
    if (taken.empty() || dice() % 5 < 3) {
      const size_t bytes = 1 + dice() % cell_arena::block_max;
      auto* block = static_cast<unsigned char*>(arena.take(bytes));
      ASSERT_EQ(reinterpret_cast<uintptr_t>(block) % 8, 0u);
      const auto mark = static_cast<unsigned char>(dice());
      std::memset(block, mark, bytes);
      ASSERT_TRUE(taken.emplace(block, std::pair{bytes, mark}).second);
    } else {
      auto i = std::next(taken.begin(), static_cast<long>(dice() % taken.size()));
      auto [block, what] = *i;
      ASSERT_EQ(*block, what.second);
      ASSERT_EQ(block[what.first - 1], what.second);
      cell_arena::give_back(block);
      taken.erase(i);
    }
  }
  for (const auto& [block, what] : taken) cell_arena::give_back(block);
}

TEST(cell_arena, chunks_go_back_when_their_blocks_have) {
  cell_arena arena;
  std::vector<void*> blocks;
  for (int i = 0; i < 10'000; ++i) blocks.push_back(arena.take(344));
  const auto full = arena.chunks();
  EXPECT_GE(full, 10'000 * 344 / (256u << 10));
  for (size_t i = 1'000; i < blocks.size(); ++i) cell_arena::give_back(blocks[i]);
  EXPECT_LE(arena.chunks(), full / 10 + 2) << "what is left, and one with room";
  blocks.resize(1'000);
  const auto few = arena.chunks();
  blocks.push_back(arena.take(344));
  EXPECT_EQ(arena.chunks(), few) << "room that was given back is used first";
  for (auto* b : blocks) cell_arena::give_back(b);
  EXPECT_EQ(arena.chunks(), 1u) << "so that one cart which comes and goes costs no system call";
}

TEST(cell_arena, what_is_too_large_is_refused) {
  cell_arena arena;
  EXPECT_THROW(arena.take(0), std::length_error);
  EXPECT_THROW(arena.take(cell_arena::block_max + 1), std::length_error);
}

TEST(cell_arena, blocks_outlive_it_and_go_back_on_any_thread) {
  std::vector<void*> blocks;
  {
    cell_arena arena;
    for (int i = 0; i < 4'000; ++i) blocks.push_back(arena.take(static_cast<size_t>(100 + i % 3 * 100)));
    for (int i = 0; i < 1'000; ++i) cell_arena::give_back(blocks[static_cast<size_t>(i)]);
  }
  std::vector<std::thread> threads;
  for (size_t t = 0; t < 3; ++t)
    threads.emplace_back([&, t] {
      for (size_t i = 1'000 + t * 1'000; i < 2'000 + t * 1'000; ++i) {
        std::memset(blocks[i], 1, 100);
        cell_arena::give_back(blocks[i]);
      }
    });
  for (auto& t : threads) t.join();
}

class text_cell final : public arena_cell {
 public:
  text_cell(caf::actor_config& cfg, bool fails) : arena_cell{cfg} {
    if (fails) throw std::runtime_error{"it was to fail"};
  }

 private:
  void on_message(caf::mailbox_element& what, caf::execution_unit* context) override {
    respond(what, caf::make_message(std::this_thread::get_id() == what.content().get_as<thread_of_host>(0).id),
            context);
  }
  void on_end() override {}
};

class small_host : public caf::event_based_actor {
 public:
  using caf::event_based_actor::event_based_actor;
  caf::behavior make_behavior() override {
    return {[this](const parcel_ptr& p) { p->receiver().receive(*p->what, context()); },
            [](tell_thread) { return thread_of_host{std::this_thread::get_id()}; }};
  }
};

class cells_in_an_arena : public ::testing::Test {
 protected:
  cells_in_an_arena() : system{config}, host{system.spawn<small_host, caf::detached>()} {}
  ~cells_in_an_arena() override { caf::anon_send_exit(host, caf::exit_reason::user_shutdown); }
  caf::strong_actor_ptr make(cell_arena& arena, bool fails = false) {
    return make_cell_in<text_cell>(arena, 30, system, fails);
  }
  std::shared_ptr<const void> of_host() { return cells_of(caf::actor_cast<caf::strong_actor_ptr>(host)); }

  test_system_config config;
  caf::actor_system system;
  caf::actor host;
};

TEST_F(cells_in_an_arena, a_weak_reference_keeps_the_block_and_not_the_cell) {
  caf::weak_actor_ptr weak;
  {
    cell_arena arena{of_host()};
    auto one = make(arena);
    weak = caf::actor_cast<caf::weak_actor_ptr>(one);
    ASSERT_NE(weak.lock(), nullptr);
    cell_cast<text_cell>(one)->end(caf::exit_reason::normal, nullptr);
    one = nullptr;
    EXPECT_EQ(weak.lock(), nullptr);
    EXPECT_EQ(arena.chunks(), 1u);
  }
  EXPECT_EQ(weak.lock(), nullptr) << "the arena is gone, the block is not";
}

TEST_F(cells_in_an_arena, a_message_is_handled_on_the_thread_of_the_arenas_host) {
  caf::scoped_actor asker{system};
  thread_of_host its;
  asker->request(host, caf::infinite, tell_thread{})
    .receive([&](thread_of_host t) { its = t; }, [](const caf::error&) { FAIL(); });
  std::optional<cell_arena> arena{of_host()};
  auto one = make(*arena);
  const auto handled_there = [&] {
    bool there = false;
    asker->request(caf::actor_cast<caf::actor>(one), caf::infinite, its)
      .receive([&](bool same) { there = same; }, [](const caf::error&) { FAIL(); });
    return there;
  };
  EXPECT_TRUE(handled_there());
  arena.reset();
  EXPECT_TRUE(handled_there()) << "the cell outlives the arena, and so does what its blocks have in common";
  cell_cast<text_cell>(one)->end(caf::exit_reason::normal, nullptr);
}

TEST_F(cells_in_an_arena, a_constructor_that_throws_leaves_nothing) {
  cell_arena arena{of_host()};
  EXPECT_THROW(make(arena, true), std::runtime_error);
  auto again = make(arena);
  EXPECT_TRUE(again);
  EXPECT_EQ(arena.chunks(), 1u);
  cell_cast<text_cell>(again)->end(caf::exit_reason::normal, nullptr);
}

}  // namespace
}  // namespace cartwheel
