// docs/SEMANTICS.md, Campaigns: how far a cart has come, which series it is in, and what that counts from.
#include "actors/cart/cart_cell.hpp"
#include "tests/actors/shard/told.hpp"

#include <fmt/format.h>

namespace cartwheel {
namespace {

using testing::at;
using testing::told;

class cart_clocks_test : public ::testing::Test {
 protected:
  cart_clocks_test() { tell("add_to_cart", 1'000, R"(,"items":[{"item_id":"i"}])"); }
  void tell(const char* name, int64_t time, const std::string& more = "") {
    told e{fmt::format(R"({{"event":"{}","time":{},"cart_id":"c"{}}})", name, time, more)};
    act(cart, e[0], campaign);
  }
  void orders(const char* order, int64_t time) {
    tell("purchase", time, fmt::format(R"(,"order_id":"{}","payment":"pending")", order));
  }
  campaign_kind follows() const { return cart.follows(campaign); }
  instant from() const { return cart.clocks().counts_from(campaign); }

  campaign_settings campaign;
  cart_state cart;
};

TEST_F(cart_clocks_test, by_default_the_stage_is_kept_and_changes_nothing_else) {
  const auto cycle = cart.cycle;
  const auto due = cart.due(campaign);
  EXPECT_EQ(cart.stage, cart_stage::cart);
  tell("begin_checkout", 2'000);
  EXPECT_EQ(cart.stage, cart_stage::checkout);
  tell("add_payment_info", 3'000);
  EXPECT_EQ(cart.stage, cart_stage::payment);
  tell("add_shipping_info", 4'000);
  EXPECT_EQ(cart.stage, cart_stage::payment) << "no event takes it back";
  tell("view_cart", 5'000);
  tell("remove_from_cart", 6'000, R"(,"items":[{"item_id":"other"}])");
  EXPECT_EQ(cart.cycle, cycle);
  EXPECT_EQ(cart.due(campaign), due);
  EXPECT_EQ(follows(), campaign_kind::cart);
}

TEST_F(cart_clocks_test, an_addition_behind_the_checkout_takes_the_stage_back_and_a_late_one_does_not) {
  tell("begin_checkout", 5'000);
  tell("add_to_cart", 4'000, R"(,"items":[{"item_id":"late"}])");
  EXPECT_EQ(cart.stage, cart_stage::checkout);
  EXPECT_EQ(cart.last_add, at(4'000));
  tell("add_to_cart", 6'000, R"(,"items":[{"item_id":"j"}])");
  EXPECT_EQ(cart.stage, cart_stage::cart);
  tell("begin_checkout", 5'999);
  EXPECT_EQ(cart.stage, cart_stage::cart) << "before the last addition";
}

TEST_F(cart_clocks_test, in_the_checkout_it_follows_that_series_from_its_beginning) {
  campaign.checkout.enabled = true;
  cart.next_step = 1;
  const auto cycle = cart.cycle;
  tell("begin_checkout", 9'000);
  EXPECT_EQ(follows(), campaign_kind::checkout);
  EXPECT_EQ(cart.next_step, 0);
  EXPECT_EQ(cart.cycle, cycle + 1) << "what was claimed in the cart's series is told apart";
  EXPECT_EQ(from(), at(9'000));
  EXPECT_EQ(cart.due(campaign), at(9'000) + campaign.checkout.idle);
  tell("begin_checkout", 12'000);
  EXPECT_EQ(from(), at(9'000)) << "it was reached then";
  EXPECT_EQ(cart.cycle, cycle + 1);
  tell("add_to_cart", 20'000, R"(,"items":[{"item_id":"j"}])");
  EXPECT_EQ(follows(), campaign_kind::cart);
  EXPECT_EQ(cart.cycle, cycle + 2);
}

TEST_F(cart_clocks_test, other_clocks_move_with_what_they_are_named_after_and_never_back) {
  const auto cycle = cart.cycle;
  campaign.clock = campaign_clock::last_cart_change;
  tell("view_cart", 2'000);
  EXPECT_EQ(from(), at(1'000));
  tell("remove_from_cart", 3'000, R"(,"items":[{"item_id":"none"}])");
  EXPECT_EQ(from(), at(3'000));
  EXPECT_EQ(cart.last_add, at(1'000)) << "orders are compared with additions all the same";
  EXPECT_EQ(cart.cycle, cycle + 1);
  tell("update_cart", 2'500, R"(,"items":[{"item_id":"i"}])");
  EXPECT_EQ(from(), at(3'000));
  EXPECT_EQ(cart.cycle, cycle + 1);
  campaign.clock = campaign_clock::last_seen;
  EXPECT_EQ(from(), at(1'000)) << "nobody asked until now";
  tell("view_item", 8'000);
  EXPECT_EQ(from(), at(8'000));
  tell("item_changed", 9'000, R"(,"item_id":"i","stock":4)");
  EXPECT_EQ(from(), at(8'000)) << "that was not the shopper";
}

TEST_F(cart_clocks_test, a_payment_that_is_waited_for_has_its_series_within_the_pause) {
  campaign.unpaid.enabled = true;
  campaign.unpaid.idle = 1h;
  cart.next_step = 2;
  orders("o", 5'000);
  EXPECT_EQ(follows(), campaign_kind::unpaid);
  EXPECT_EQ(cart.stage, cart_stage::payment);
  EXPECT_EQ(cart.due(campaign), at(5'000) + 1h);
  EXPECT_EQ(cart.wake(campaign), at(5'000) + 1h);
  cart.next_step = 1;
  EXPECT_EQ(cart.due(campaign), std::nullopt);
  EXPECT_EQ(cart.wake(campaign), at(5'000) + 24h) << "it waits on for the end of its pause";
  const auto cycle = cart.cycle;
  orders("earlier", 4'000);
  EXPECT_EQ(cart.cycle, cycle) << "which does not pause it";
  orders("p", 6'000);
  EXPECT_EQ(cart.next_step, 0);
  EXPECT_EQ(cart.due(campaign), at(6'000) + 1h);
  tell("add_to_cart", 9'000, R"(,"items":[{"item_id":"j"}])");
  EXPECT_EQ(cart.due(campaign), at(6'000) + 1h);
}

TEST_F(cart_clocks_test, a_cart_that_is_not_paid_for_in_time_has_abandoned_its_checkout) {
  campaign.checkout.enabled = true;
  orders("o", 5'000);
  EXPECT_TRUE(cart.clocks().rests(campaign));
  EXPECT_EQ(cart.wake(campaign), at(5'000) + 24h);
  cart.resume(at(90'000));
  EXPECT_EQ(follows(), campaign_kind::checkout);
  EXPECT_EQ(from(), at(90'000));
  EXPECT_EQ(cart.next_step, 0);
}

TEST_F(cart_clocks_test, a_sale_has_a_series_of_its_own_whatever_else_is_enabled) {
  campaign.checkout.enabled = campaign.unpaid.enabled = true;
  cart_state sale;
  sale.stand_for_sale(at(7'000));
  EXPECT_EQ(sale.follows(campaign), campaign_kind::after_purchase);
  EXPECT_EQ(sale.cycle, 1u);
  EXPECT_EQ(sale.due(campaign), at(7'000) + std::chrono::days{7});
  EXPECT_EQ(sale.wake(campaign), sale.due(campaign));
  sale.decided(0);
  EXPECT_EQ(sale.due(campaign), std::nullopt);
  std::string bytes;
  byte_writer w{bytes};
  sale.save(w);
  byte_reader r{bytes};
  EXPECT_EQ(cart_state::load(r).follows(campaign), campaign_kind::after_purchase);
  EXPECT_TRUE(r.done());
}

TEST_F(cart_clocks_test, a_trail_counts_from_when_somebody_was_last_seen_and_orders_from_its_beginning) {
  cart_state trail;
  trail.stand_for_trail(at(1'000), at(7'000));
  EXPECT_EQ(trail.follows(campaign), campaign_kind::browse);
  EXPECT_EQ(trail.last_add, at(1'000));
  EXPECT_EQ(trail.due(campaign), at(7'000) + 1h);
  const auto cycle = trail.cycle;
  trail.decided(0);
  EXPECT_FALSE(trail.seen_again(at(7'000)));
  EXPECT_EQ(trail.due(campaign), std::nullopt);
  EXPECT_TRUE(trail.seen_again(at(9'000)));
  EXPECT_EQ(trail.cycle, cycle + 1);
  EXPECT_EQ(trail.due(campaign), at(9'000) + 1h);
  std::string bytes;
  byte_writer w{bytes};
  trail.save(w);
  byte_reader r{bytes};
  EXPECT_EQ(cart_state::load(r).due(campaign), at(9'000) + 1h);
  EXPECT_TRUE(r.done());
}

TEST_F(cart_clocks_test, news_of_a_product_come_between_two_steps_once_a_cycle) {
  EXPECT_FALSE(cart.takes_news()) << "its first reminder has not come up";
  cart.decided(0);
  ASSERT_TRUE(cart.takes_news());
  const auto cycle = cart.cycle;
  const auto second = cart.due(campaign);
  cart.defer(at(50'000));
  cart.hear_news(campaign_kind::stock, at(9'000));
  EXPECT_EQ(cart.cycle, cycle + 1) << "its claim is told apart";
  EXPECT_EQ(cart.follows(campaign), campaign_kind::stock);
  EXPECT_EQ(cart.wake(campaign), at(9'000) + 1min) << "and nothing of it was put off";
  EXPECT_FALSE(cart.takes_news());
  tell("add_to_cart", 500, R"(,"items":[{"item_id":"late"}])");
  EXPECT_EQ(cart.follows(campaign), campaign_kind::stock) << "which begins no cycle";
  std::string bytes;
  byte_writer w{bytes};
  cart.save(w);
  byte_reader r{bytes};
  auto again = cart_state::load(r);
  EXPECT_TRUE(r.done());
  for (auto* c : {&cart, &again}) {
    c->decided(0);
    EXPECT_EQ(c->next_step, 1);
    EXPECT_EQ(c->cycle, cycle + 1);
    EXPECT_EQ(c->due(campaign), second);
    EXPECT_FALSE(c->takes_news()) << "once a cycle";
  }
  tell("add_to_cart", 20'000, R"(,"items":[{"item_id":"j"}])");
  cart.decided(0);
  EXPECT_TRUE(cart.takes_news());
}

TEST_F(cart_clocks_test, an_addition_and_a_pause_take_news_back) {
  cart.decided(0);
  cart.hear_news(campaign_kind::price, at(300));
  EXPECT_EQ(cart.due(campaign), at(1'000) + 10min) << "not before the last addition";
  const auto cycle = cart.cycle;
  tell("add_to_cart", 20'000, R"(,"items":[{"item_id":"j"}])");
  EXPECT_EQ(cart.follows(campaign), campaign_kind::cart);
  EXPECT_EQ(cart.cycle, cycle + 1);
  cart.decided(0);
  cart.hear_news(campaign_kind::price, at(21'000));
  orders("o", 22'000);
  EXPECT_TRUE(cart.clocks().rests(campaign));
  cart.resume(at(90'000));
  EXPECT_EQ(cart.follows(campaign), campaign_kind::cart);
  EXPECT_EQ(cart.next_step, 0);
}

TEST_F(cart_clocks_test, a_purchase_hands_on_what_was_in_its_cart_where_sales_are_followed) {
  told buys{R"({"event":"purchase","time":9,"cart_id":"c","order_id":"o"})"};
  told with_items{R"({"event":"purchase","time":9,"cart_id":"c","order_id":"o","items":[{"item_id":"j"}]})"};
  cart_state bought = cart;
  EXPECT_TRUE(act(bought, buys[0], campaign).lines.empty());
  campaign.after_purchase.enabled = true;
  bought = cart;
  EXPECT_EQ(act(bought, buys[0], campaign).lines, cart.lines.block());
  bought = cart;
  EXPECT_TRUE(act(bought, with_items[0], campaign).lines.empty()) << "it says them itself";
}

TEST_F(cart_clocks_test, all_of_it_is_there_again_after_a_snapshot) {
  for (const auto* reached : {"view_cart", "begin_checkout", "add_payment_info"}) {
    campaign.clock = campaign_clock::last_seen;
    tell(reached, 7'000);
    std::string bytes;
    byte_writer w{bytes};
    cart.save(w);
    byte_reader r{bytes};
    const auto again = cart_state::load(r);
    EXPECT_TRUE(r.done());
    EXPECT_EQ(again.stage, cart.stage) << reached;
    EXPECT_EQ(again.clocks().counts_from(campaign), at(7'000));
    EXPECT_EQ(again.extras().checkout_at, cart.extras().checkout_at);
  }
}

}  // namespace
}  // namespace cartwheel
