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
    index.insert(hash, slot,
                 make_cell<cart_cell>(system, caf::actor_cast<caf::strong_actor_ptr>(host), slot, shop, cart_id));
    return slot;
  }
  void close(uint64_t hash, uint32_t slot) {
    auto handle = index.at(slot).cart;
    index.erase(hash, slot);
    cell_cast<cart_cell>(handle)->end(caf::exit_reason::normal, nullptr);
  }

  caf::actor_system_config config;
  caf::actor_system system;
  caf::actor host;
  cart_index index;
};

TEST_F(cart_index_test, finds_a_cart_by_its_whole_key) {
  open(7ull << 32, "a", 1);
  EXPECT_NE(index.find(7ull << 32, 1, "a"), nullptr);
  EXPECT_EQ(index.find(7ull << 32, 2, "a"), nullptr) << "another shop's cart of that id";
  EXPECT_EQ(index.find(7ull << 32, 1, "b"), nullptr) << "a fingerprint that is the same does not make a cart";
  EXPECT_EQ(index.find(8ull << 32, 1, "a"), nullptr);
}

TEST_F(cart_index_test, carts_of_one_fingerprint_are_told_apart) {
  std::vector<uint32_t> slots;
  for (auto id : {"a", "b", "c"}) slots.push_back(open(7ull << 32, id));
  close(7ull << 32, slots[0]);
  EXPECT_EQ(index.find(7ull << 32, 0, "a"), nullptr);
  EXPECT_EQ(index.find(7ull << 32, 0, "b")->slot(), slots[1]);
  EXPECT_EQ(index.find(7ull << 32, 0, "c")->slot(), slots[2]);
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
    auto* found = index.find(hash(i), 0, id(i));
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
  EXPECT_NE(index.get(slot, generation), nullptr);
  close(7ull << 32, slot);
  EXPECT_EQ(index.get(slot, generation), nullptr);
  EXPECT_EQ(open(7ull << 32, "a"), slot) << "the slot is used again";
  EXPECT_EQ(index.get(slot, generation), nullptr);
  EXPECT_NE(index.get(slot, index.at(slot).generation), nullptr);
  EXPECT_NE(index.at(slot).armed, armed) << "a timer of the cart before is stale";
  EXPECT_EQ(index.get(1'000, 1), nullptr);
}

}  // namespace
}  // namespace cartwheel
