#include "actors/shard/cart_index.hpp"

#include "tests/runtime/caf_threads.hpp"

#include <caf/all.hpp>

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace cartwheel {
namespace {

class idle_host : public caf::event_based_actor {
 public:
  using caf::event_based_actor::event_based_actor;
  caf::behavior make_behavior() override {
    return {[](int) {}};
  }
};

class cart_index_test : public ::testing::Test {
 protected:
  cart_index_test() : system{config}, host{system.spawn<idle_host>()} {}
  ~cart_index_test() override {
    index.for_each([](cart_cell& cart) { cart.end(caf::exit_reason::normal, nullptr); });
    caf::anon_send_exit(host, caf::exit_reason::user_shutdown);
  }

  uint32_t open(uint64_t hash, std::string_view cart_id, uint32_t shop = 0) {
    uint32_t slot = index.reserve();
    index.insert(hash, slot, make_cart_cell(cells, system, slot, shop, cart_id));
    return slot;
  }
  void close(uint64_t hash, uint32_t slot) {
    caf::strong_actor_ptr handle{index.at(slot).place.cart()->ctrl()};
    index.erase(hash, slot);
    cell_cast<cart_cell>(handle)->end(caf::exit_reason::normal, nullptr);
  }

  cart_cell* find(uint64_t hash, uint32_t shop, std::string_view cart_id) {
    return index.find(hash, shop, cart_id, [&](uint32_t slot) -> cart_cell* {
      asked_about.push_back(slot);
      return nullptr;
    });
  }
  void park(uint64_t hash, uint32_t slot, uint64_t number, int64_t wakes) {
    cell_cast<cart_cell>(index.park(hash, slot, number, wakes))->end(caf::exit_reason::normal, nullptr);
  }

  std::vector<uint32_t> asked_about;  // parked ones, whether they are it
  caf::actor_system_config config;
  caf::actor_system system;
  caf::actor host;
  cell_arena cells{cells_of(caf::actor_cast<caf::strong_actor_ptr>(host))};
  cart_index index;
};

TEST_F(cart_index_test, finds_a_cart_by_its_whole_key) {
  open(7ull << 32, "a", 1);
  EXPECT_NE(find(7ull << 32, 1, "a"), nullptr);
  EXPECT_EQ(find(7ull << 32, 2, "a"), nullptr) << "another shop's cart of that id";
  EXPECT_EQ(find(7ull << 32, 1, "b"), nullptr) << "a fingerprint that is the same does not make a cart";
  EXPECT_EQ(find(8ull << 32, 1, "a"), nullptr);
}

TEST_F(cart_index_test, carts_of_one_fingerprint_are_told_apart) {
  std::vector<uint32_t> slots;
  for (auto id : {"a", "b", "c"}) slots.push_back(open(7ull << 32, id));
  close(7ull << 32, slots[0]);
  EXPECT_EQ(find(7ull << 32, 0, "a"), nullptr);
  EXPECT_EQ(find(7ull << 32, 0, "b")->slot(), slots[1]);
  EXPECT_EQ(find(7ull << 32, 0, "c")->slot(), slots[2]);
}

TEST_F(cart_index_test, stays_whole_through_growth_and_gaps) {
  constexpr uint32_t n = 2'000;
  auto id = [](uint32_t i) { return "c" + std::to_string(i); };
  auto hash = [](uint32_t i) { return uint64_t{i % 97} << 32 | i; };  // crowded on purpose
  std::vector<uint32_t> slots;
  for (uint32_t i = 0; i < n; ++i) slots.push_back(open(hash(i), id(i)));
  for (uint32_t i = 0; i < n; i += 3) close(hash(i), slots[i]);
  EXPECT_EQ(index.size(), n - (n + 2) / 3);
  for (uint32_t i = 0; i < n; ++i) {
    auto* found = find(hash(i), 0, id(i));
    if (i % 3 == 0)
      EXPECT_EQ(found, nullptr) << i;
    else
      ASSERT_TRUE(found != nullptr && found->cart_id() == id(i)) << i;
  }
}

TEST_F(cart_index_test, a_reference_goes_stale_with_its_cart) {
  uint32_t slot = open(7ull << 32, "a");
  uint32_t generation = index.at(slot).generation;
  EXPECT_NE(generation, 0u) << "0 names no cart";
  uint32_t armed = index.at(slot).armed;
  EXPECT_TRUE(index.has(slot, generation));
  close(7ull << 32, slot);
  EXPECT_FALSE(index.has(slot, generation));
  EXPECT_EQ(open(7ull << 32, "a"), slot) << "the slot is used again";
  EXPECT_FALSE(index.has(slot, generation));
  EXPECT_TRUE(index.has(slot, index.at(slot).generation));
  EXPECT_NE(index.at(slot).armed, armed) << "a timer of the cart before is stale";
  EXPECT_FALSE(index.has(1'000, 1));
}

TEST_F(cart_index_test, a_parked_cart_keeps_its_slot_and_its_key) {
  constexpr uint64_t hash = 0xfedc'ba98ull << 32;
  constexpr uint64_t number = (uint64_t{1} << 39) - 1;
  constexpr int64_t wakes = 1'800'000'000 + 59;
  uint32_t slot = open(hash, "a");
  uint32_t generation = index.at(slot).generation;
  park(hash, slot, number, wakes);
  EXPECT_TRUE(index.has(slot, generation)) << "references to it still mean it";
  EXPECT_EQ(index.size(), 1u);
  EXPECT_EQ(index.parked(), 1u);
  EXPECT_EQ(index.at(slot).place.number(), number);
  EXPECT_EQ(index.fingerprint_of_parked(slot), 0xfedc'ba98u);
  for (int64_t years : {-6, 0, 6})
    EXPECT_EQ(cart_index::parked_timer{index.at(slot).armed}.second(wakes + years * 31'536'000), wakes - wakes % 60)
      << "the minute it is due in";
  EXPECT_EQ(find(hash, 0, "a"), nullptr);
  EXPECT_EQ(find(hash + (1ull << 32), 0, "a"), nullptr);
  EXPECT_EQ(asked_about, std::vector{slot}) << "its record says whose it is; no other is asked about";

  index.bring_back(slot, make_cart_cell(cells, system, slot, 0u, "a"));
  EXPECT_EQ(find(hash, 0, "a")->slot(), slot);
  EXPECT_EQ(index.parked(), 0u);
  EXPECT_TRUE(index.has(slot, generation));
}

TEST_F(cart_index_test, a_parked_carts_timer_is_never_an_open_ones) {
  uint32_t slot = open(7ull << 32, "a");
  park(7ull << 32, slot, 1, 0);
  const auto parked = index.at(slot).armed;
  index.bring_back(slot, make_cart_cell(cells, system, slot, 0u, "a"));
  for (uint32_t armed : {0u, 0x7fff'fffeu, 0x7fff'ffffu}) {
    index.change(slot).armed = armed;
    auto next = index.rearm(slot);
    EXPECT_NE(next, 0u) << "which means none";
    EXPECT_LT(next, parked);
  }
}

TEST_F(cart_index_test, a_snapshots_parked_cart_is_put_back) {
  index.restore_parked(3, 17, 0x1234'5678, 99, 1'900'000'020);
  index.restored(5, 18);
  EXPECT_TRUE(index.has(3, 17));
  EXPECT_EQ(index.at(3).place.number(), 99u);
  EXPECT_EQ(index.fingerprint_of_parked(3), 0x1234'5678u);
  EXPECT_EQ(cart_index::parked_timer{index.at(3).armed}.second(1'900'000'000), 1'900'000'020);
  find(0x1234'5678ull << 32, 0, "any");
  EXPECT_EQ(asked_about, std::vector{3u});
  EXPECT_EQ(index.reserve(), 0u) << "the others are free";
  EXPECT_EQ(index.generation_max(), 18u);
}

}  // namespace
}  // namespace cartwheel
