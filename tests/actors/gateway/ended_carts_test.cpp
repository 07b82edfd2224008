#include "actors/gateway/ended_carts.hpp"

#include "actors/gateway/history.hpp"
#include "actors/gateway/limits.hpp"
#include "runtime/store/store.hpp"
#include "tests/actors/gateway/recovery_world.hpp"
#include "tests/scratch_folder.hpp"

#include <gtest/gtest.h>

namespace cartwheel {
namespace {

constexpr instant start = from_unix_ms(1'769'943'600'000);
constexpr std::chrono::hours day{24};

ended_cart cart(std::string id, cart_end why, instant when = start) {
  ended_cart c;
  c.shop = "shoes";
  c.cart_id = std::move(id);
  c.customer_id = "k1";
  c.address = {1, 2};
  c.cart_url = "https://shoes.example/cart/1";
  c.why = why;
  c.when = when;
  c.cycle = 3;
  return c;
}

class carts_that_ended : public testing::Test {
 protected:
  size_t rows() {
    size_t n = 0;
    store_.visit(store_table::ended_carts, {}, {}, [&](auto, auto) { return ++n, true; });
    return n;
  }
  cart_end why(const std::string& id) {
    auto found = ended_.find("shoes", id);
    return found ? found->why : cart_end::none;
  }

  test::scratch_folder folder_;
  store store_{{folder_ / "store", limits::store_memory_bytes_min, nullptr}};
  ended_carts ended_{store_, 90 * day};
};

TEST_F(carts_that_ended, keeps_how_and_what_happened_since) {
  ended_.put(cart("a", cart_end::last_step));
  auto found = ended_.find("shoes", "a");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->cart_url, "https://shoes.example/cart/1");
  EXPECT_EQ(found->customer_id, "k1");
  EXPECT_EQ(found->address, (address_key{1, 2}));
  EXPECT_EQ(found->cycle, 3u);
  EXPECT_EQ(found->clicked_at, before_all);
  ended_.add({"shoes", "a", start + 1h, false, 3, 2});
  found = ended_.find("shoes", "a");
  EXPECT_EQ(found->clicked_at, start + 1h);
  EXPECT_EQ(found->clicked_step, 2);
  EXPECT_EQ(found->why, cart_end::last_step);
  ended_.add({"shoes", "a", start, false, 1, 0});
  EXPECT_EQ(ended_.find("shoes", "a")->clicked_step, 2) << "the later click counts";
  ended_.add({"shoes", "a", start + 2h, true, 0, 0});
  EXPECT_EQ(why("a"), cart_end::ordered);
  EXPECT_EQ(ended_.find("other", "a"), std::nullopt);
}

TEST_F(carts_that_ended, keeps_nothing_of_carts_without_a_reminder) {
  ended_.add({"shoes", "a", start, true, 0, 0});
  ended_.add({"shoes", "a", start, false, 1, 0});
  EXPECT_EQ(rows(), 0u);
}

TEST_F(carts_that_ended, forgets_the_erased) {
  ended_.put(cart("a", cart_end::last_step));
  ended_.put(cart("a", cart_end::erased));
  EXPECT_EQ(why("a"), cart_end::none);
  ended_.put(cart("b", cart_end::last_step));
  ended_.put(cart("c", cart_end::last_step));
  ended_.forget([](const ended_cart& c) { return c.cart_id == "b"; });
  EXPECT_EQ(why("b"), cart_end::none);
  EXPECT_EQ(why("c"), cart_end::last_step);
}

TEST_F(carts_that_ended, forgets_the_old_by_their_last_end) {
  ended_.put(cart("old", cart_end::ordered));
  ended_.put(cart("twice", cart_end::ordered));
  ended_.put(cart("twice", cart_end::last_step, start + 80 * day));
  ended_.forget_old(start + 91 * day);
  EXPECT_EQ(why("old"), cart_end::none);
  EXPECT_EQ(why("twice"), cart_end::last_step);
  EXPECT_EQ(rows(), 2u) << "the row and its age";
  ended_.forget_old(start + 171 * day);
  EXPECT_EQ(rows(), 0u);
}

TEST_F(carts_that_ended, lets_others_write_while_it_forgets) {
  for (size_t i = 0; i < 2 * limits::history_forgotten_at_once + 1; ++i)
    ended_.put(cart("c" + std::to_string(i), cart_end::ordered));
  size_t breaths = 0;
  ended_.forget_old(start + 91 * day, [&] {
    ++breaths;
    ended_.put(cart("c0", cart_end::last_step, start + 91 * day));  // opened, and over once more
  });
  EXPECT_EQ(breaths, 2u);
  EXPECT_EQ(why("c0"), cart_end::last_step);
  EXPECT_EQ(rows(), 2u) << "the row and its age";
}

TEST_F(carts_that_ended, the_history_tells_of_what_was_added_just_now) {
  history past{store_, {}};
  past.add(cart("a", cart_end::last_step));
  past.add(news_of_ended_cart{"shoes", "a", start, true, 0, 0});
  auto found = past.ended_cart_of("shoes", "a");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->why, cart_end::ordered);
}

}  // namespace
}  // namespace cartwheel
