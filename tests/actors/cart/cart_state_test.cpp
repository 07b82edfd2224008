// Part a of docs/SEMANTICS.md: what one event does to the cart it names. Rules 3, 4, 6 to 8, 11, 14.
#include "actors/cart/cart_cell.hpp"
#include "tests/actors/shard/told.hpp"

namespace cartwheel {
namespace {

using testing::at;
using testing::told;

const campaign_settings campaign;

cart_state opened_at(int64_t ms) {
  cart_state cart;
  told e{R"({"event":"add_to_cart","time":)" + std::to_string(ms) + R"(,"cart_id":"c","items":[{"item_id":"i"}]})"};
  act(cart, e[0], campaign);
  return cart;
}

cart_effect after(cart_state& cart, const std::string& line) {
  told e{line};
  return act(cart, e[0], campaign);
}

TEST(cart_state, rule_3_only_a_later_addition_starts_a_new_cycle) {
  auto cart = opened_at(5'000);
  cart.next_step = 2;
  auto cycle = cart.cycle;
  cart.heard({.added = true}, at(5'000), campaign);
  cart.heard({.added = true}, at(4'000), campaign);
  EXPECT_EQ(cart.last_add, at(5'000));
  EXPECT_EQ(cart.next_step, 2);
  EXPECT_EQ(cart.cycle, cycle);
  cart.heard({.added = true}, at(5'001), campaign);
  EXPECT_EQ(cart.last_add, at(5'001));
  EXPECT_EQ(cart.next_step, 0) << "step numbers start again";
  EXPECT_NE(cart.cycle, cycle) << "what was claimed in the old cycle is told apart";
}

TEST(cart_state, rule_3_a_late_addition_changes_lines_only) {
  auto cart = opened_at(5'000);
  after(cart, R"({"event":"add_to_cart","time":4000,"cart_id":"c","items":[{"item_id":"late"}]})");
  EXPECT_EQ(cart.lines.size(), 2u);
  EXPECT_EQ(cart.last_add, at(5'000));
}

TEST(cart_state, rule_3_an_update_without_growth_is_no_addition) {
  auto cart = opened_at(5'000);
  after(cart, R"({"event":"update_cart","time":6000,"cart_id":"c","items":[{"item_id":"i"}]})");
  EXPECT_EQ(cart.last_add, at(5'000));
  after(cart, R"({"event":"update_cart","time":7000,"cart_id":"c","items":[{"item_id":"i","quantity":2}]})");
  EXPECT_EQ(cart.last_add, at(7'000));
}

TEST(cart_state, rule_4_later_time_binds_and_at_equal_times_later_arrival) {
  auto cart = opened_at(1'000);
  after(cart, R"({"event":"view_cart","time":3000,"cart_id":"c","customer_id":"u","visitor_id":"v"})");
  after(cart, R"({"event":"view_cart","time":2000,"cart_id":"c","customer_id":"w","visitor_id":"y"})");
  EXPECT_TRUE(cart.customer == "u");
  EXPECT_TRUE(cart.visitor == "v");
  after(cart, R"({"event":"view_cart","time":3000,"cart_id":"c","customer_id":"w"})");
  EXPECT_TRUE(cart.customer == "w");
  EXPECT_TRUE(cart.visitor == "v");
}

TEST(cart_state, rule_4_consent_and_erase_do_not_bind) {
  auto cart = opened_at(1'000);
  after(cart,
        R"({"event":"consent","time":2000,"cart_id":"c","customer_id":"u","channel":"email","status":"granted"})");
  after(cart, R"({"event":"erase","time":2000,"cart_id":"c","customer_id":"u"})");
  EXPECT_TRUE(cart.customer.empty());
}

TEST(cart_state, rule_5_a_merged_cart_hands_on_its_lines_and_binds_nobody) {
  auto cart = opened_at(1'000);
  auto effect = after(cart, R"({"event":"cart_merged","time":2000,"cart_id":"c","into":"d","customer_id":"u"})");
  EXPECT_EQ(cart.end, cart_end::merged);
  EXPECT_TRUE(effect.source_was_open);
  EXPECT_EQ(cart_lines::from_block(effect.lines).size(), 1u);
  EXPECT_TRUE(cart.customer.empty());
}

TEST(cart_state, rule_6_ends_when_its_last_line_is_gone) {
  for (const char* line : {R"({"event":"remove_from_cart","time":2000,"cart_id":"c","items":[{"item_id":"i"}]})",
                           R"({"event":"update_cart","time":2000,"cart_id":"c","items":[]})"}) {
    auto cart = opened_at(1'000);
    after(cart, line);
    EXPECT_EQ(cart.end, cart_end::emptied) << line;
  }
}

TEST(cart_state, rule_7_steps_fall_due_from_the_last_addition_on) {
  auto cart = opened_at(0);
  EXPECT_EQ(cart.due(campaign), at(0) + 20min);
  cart.next_step = 1;
  EXPECT_EQ(cart.due(campaign), at(0) + 20min + std::chrono::days{7});
  cart.next_step = 3;
  EXPECT_EQ(cart.due(campaign), std::nullopt);
}

TEST(cart_state, rule_8_paid_and_offline_end_it_failed_does_not) {
  for (auto [payment, end] : std::initializer_list<std::pair<const char*, cart_end>>{
         {"paid", cart_end::ordered}, {"offline", cart_end::ordered}, {"failed", cart_end::none}}) {
    auto cart = opened_at(1'000);
    after(cart,
          std::string{R"({"event":"purchase","time":2000,"cart_id":"c","order_id":"o","payment":")"} + payment + "\"}");
    EXPECT_EQ(cart.end, end) << payment;
    EXPECT_FALSE(cart.paused());
  }
}

TEST(cart_state, rule_9_the_binding_of_an_order_is_that_of_its_cart_once_the_event_has_acted) {
  auto cart = opened_at(1'000);
  auto effect = after(cart, R"({"event":"purchase","time":2000,"cart_id":"c","order_id":"o","customer_id":"u"})");
  EXPECT_EQ(effect.customer, "u");
  EXPECT_EQ(effect.visitor, "");
}

TEST(cart_state, rule_11_pending_pauses_for_a_day_and_the_latest_one_pauses) {
  auto cart = opened_at(0);
  cart.pause("first", at(5'000), 24h);
  cart.pause("earlier", at(4'000), 24h);
  EXPECT_TRUE(cart.paused_by("first"));
  EXPECT_EQ(cart.pause_until(), at(5'000) + 24h);
  EXPECT_EQ(cart.wake(campaign), at(5'000) + 24h);
  cart.pause("same time, later arrival", at(5'000), 24h);
  EXPECT_TRUE(cart.paused_by("same time, later arrival"));
}

TEST(cart_state, rule_11_an_addition_to_a_paused_cart_changes_lines_only) {
  auto cart = opened_at(0);
  cart.pause("o", at(1'000), 24h);
  after(cart, R"({"event":"add_to_cart","time":9000,"cart_id":"c","items":[{"item_id":"more"}]})");
  EXPECT_EQ(cart.lines.size(), 2u);
  EXPECT_EQ(cart.last_add, at(0));
}

TEST(cart_state, rule_11_resuming_starts_a_cycle_even_backwards) {
  auto cart = opened_at(9'000);
  cart.next_step = 1;
  cart.pause("o", at(1'000), 24h);
  cart.resume(at(2'000));
  EXPECT_FALSE(cart.paused());
  EXPECT_EQ(cart.last_add, at(2'000));
  EXPECT_EQ(cart.next_step, 0);
}

TEST(cart_state, rule_14_the_cart_is_the_subject_only_where_nobody_else_is_and_it_stays_open) {
  struct expectation {
    const char* line;
    bool subject;
  };
  for (const auto& [line, subject] : std::initializer_list<expectation>{
         {R"({"event":"view_cart","time":2000,"cart_id":"c","email":"a@b.example"})", true},
         {R"({"event":"view_cart","time":2000,"cart_id":"c","email":"a@b.example","visitor_id":"v"})", false},
         {R"({"event":"identify","time":2000,"cart_id":"c","email":"a@b.example","customer_id":"u"})", false},
         {R"({"event":"purchase","time":2000,"cart_id":"c","email":"a@b.example","order_id":"o"})", false},
         {R"({"event":"purchase","time":2000,"cart_id":"c","email":"a@b.example","order_id":"o","payment":"pending"})",
          true},
         {R"({"event":"cart_merged","time":2000,"cart_id":"c","into":"d","email":"a@b.example"})", false}}) {
    auto cart = opened_at(1'000);
    EXPECT_EQ(after(cart, line).is_subject, subject) << line;
  }
}

TEST(cart_state, rule_14_later_time_is_learnt_and_at_equal_times_later_arrival) {
  cart_state cart;
  EXPECT_TRUE(cart.learn_own_address({1, 1}, "one@b.example", at(3'000)));
  EXPECT_FALSE(cart.learn_own_address({2, 2}, "two@b.example", at(2'000)));
  EXPECT_TRUE(cart.learn_own_address({3, 3}, "three@b.example", at(3'000)));
  EXPECT_EQ(cart.extras().own_address, (address_key{3, 3}));
  cart.forget_own_address();
  EXPECT_FALSE(cart.extras().own_address.given());
  EXPECT_TRUE(cart.learn_own_address({2, 2}, "two@b.example", at(1'000))) << "what was erased outdoes nothing";
}

TEST(cart_state, a_copy_is_left_alone) {
  auto cart = opened_at(0);
  cart.learn_shopper("Anna", "nl");
  cart_state copy = cart;
  copy.learn_shopper("Bob", "");
  copy.pause("o", at(0), 24h);
  EXPECT_EQ(cart.extras().shopper_name, "Anna");
  EXPECT_FALSE(cart.paused());
  EXPECT_EQ(copy.extras().locale, "nl");
}

TEST(cart_state, rule_22_keeps_the_newest_four_event_ids_and_hands_out_the_oldest) {
  cart_state cart;
  for (uint64_t id = 1; id <= 4; ++id) EXPECT_EQ(cart.remember(id), 0u);
  EXPECT_EQ(cart.remember(5), 1u);
  EXPECT_FALSE(cart.knows(1));
  EXPECT_TRUE(cart.knows(2));
  EXPECT_TRUE(cart.knows(5));
}

TEST(cart_state, more_additions_in_a_minute_than_a_person_makes_are_a_bots) {
  auto cart = opened_at(60'000);
  for (int64_t ms : {60'000, 61'000, 119'999}) cart.count_addition(at(ms), 3);
  EXPECT_FALSE(cart.bot);
  cart.count_addition(at(120'000), 3);
  EXPECT_FALSE(cart.bot) << "another minute";
  cart.count_addition(at(119'000), 3);
  EXPECT_FALSE(cart.bot) << "what comes late is of no minute";
  for (int64_t ms : {120'001, 120'002, 120'003}) cart.count_addition(at(ms), 3);
  EXPECT_TRUE(cart.bot);
  cart.count_addition(at(999'000), 3);
  EXPECT_TRUE(cart.bot) << "it stays one";
}

TEST(cart_state, a_deferred_step_comes_up_later_until_it_is_decided_or_a_new_cycle_begins) {
  auto cart = opened_at(0);
  const auto due = cart.due(campaign).value();
  EXPECT_EQ(cart.wake(campaign), due);
  cart.defer(due + 9h);
  EXPECT_TRUE(cart.deferred());
  EXPECT_EQ(cart.due(campaign), due);
  EXPECT_EQ(cart.wake(campaign), due + 9h);
  auto decided = cart;
  decided.decided(0);
  EXPECT_FALSE(decided.deferred());
  EXPECT_EQ(decided.wake(campaign), decided.due(campaign));
  auto added = cart;
  after(added, R"({"event":"add_to_cart","time":1,"cart_id":"c","items":[{"item_id":"j"}]})");
  EXPECT_FALSE(added.deferred());
  EXPECT_TRUE(cart.deferred()) << "a copy's is its own";
  after(cart, R"({"event":"purchase","time":1,"cart_id":"c","order_id":"o","payment":"pending"})");
  EXPECT_EQ(cart.wake(campaign), at(1) + campaign.pause_max);
  cart.resume(at(1) + campaign.pause_max);
  EXPECT_FALSE(cart.deferred());
}

TEST(cart_state, a_deferral_and_a_time_zone_outlive_a_snapshot) {
  for (bool with_additions : {false, true}) {
    auto cart = opened_at(0);
    after(cart, R"({"event":"view_cart","time":1,"cart_id":"c","time_zone":"Asia/Kathmandu"})");
    after(cart, R"({"event":"view_cart","time":2,"cart_id":"c"})");
    if (with_additions) cart.count_addition(at(60'000), 9);
    cart.defer(at(5'000'000));
    std::string bytes;
    byte_writer to{bytes};
    cart.save(to);
    byte_reader from{bytes};
    const auto again = cart_state::load(from);
    EXPECT_TRUE(from.done());
    EXPECT_EQ(again.time_zone.name(), "Asia/Kathmandu");
    EXPECT_EQ(again.extras().deferred_until, at(5'000'000));
    EXPECT_EQ(again.extras().additions, with_additions ? 1u : 0u);
  }
}

TEST(cart_state, marks_and_country_of_its_events_stay_with_it) {
  auto cart = opened_at(0);
  EXPECT_FALSE(cart.country.given());
  after(cart, R"({"event":"view_cart","time":1,"cart_id":"c","country":"DE","internal":true})");
  after(cart, R"({"event":"view_cart","time":2,"cart_id":"c"})");
  EXPECT_EQ(cart.country.text(), "DE");
  EXPECT_TRUE(cart.internal);
  EXPECT_FALSE(cart.bot);
  cart.count_addition(at(60'000), 9);
  after(cart, R"({"event":"view_cart","time":3,"cart_id":"c","country":"NL","bot":true})");
  std::string bytes;
  byte_writer to{bytes};
  cart.save(to);
  byte_reader from{bytes};
  auto again = cart_state::load(from);
  EXPECT_TRUE(from.done());
  EXPECT_EQ(again.country.text(), "NL");
  EXPECT_TRUE(again.internal && again.bot);
  again.bot = false;
  for (int i = 0; i < 9; ++i) again.count_addition(at(61'000), 9);
  EXPECT_TRUE(again.bot) << "those before count on";
}

TEST(cart_state, one_of_the_version_before_is_read) {
  for (bool bot : {false, true}) {
    std::string bytes;
    byte_writer to{bytes};
    to.text(opened_at(0).lines.block());
    for (const char* text : {"u", "v", ""}) to.text(text);
    for (int64_t ms : {1, 2, 3}) to.time(at(ms));
    to.number(4);
    to.byte(1);
    to.byte(2);
    to.flag(bot);
    to.text("EUR");
    for (uint64_t id = 1; id <= 4; ++id) to.fixed(id);
    to.flag(true);  // extras
    to.fixed(7);
    to.fixed(8);
    to.text("a@b.example");
    to.time(at(5));
    for (const char* text : {"Anna", "nl", ""}) to.text(text);
    for (int64_t ms : {6, 7, 8}) to.time(at(ms));
    to.signed_number(1'234);
    byte_reader from{bytes};
    const auto cart = cart_state::load(from);
    EXPECT_TRUE(from.done());
    EXPECT_EQ(cart.bot, bot);
    EXPECT_FALSE(cart.internal || cart.country.given());
    EXPECT_TRUE(cart.customer == "u");
    EXPECT_EQ(cart.extras().value, 1'234);
    EXPECT_EQ(cart.extras().additions, 0u);
  }
}

TEST(opens_cart, rule_1_additions_and_updates_with_a_line) {
  told e{R"({"event":"add_to_cart","time":0,"cart_id":"c","items":[{"item_id":"i"}]}
{"event":"update_cart","time":0,"cart_id":"c","items":[{"item_id":"i"}]}
{"event":"update_cart","time":0,"cart_id":"c","items":[]}
{"event":"remove_from_cart","time":0,"cart_id":"c","items":[{"item_id":"i"}]}
{"event":"purchase","time":0,"cart_id":"c","order_id":"o","items":[{"item_id":"i"}]})"};
  EXPECT_TRUE(opens_cart(e[0]));
  EXPECT_TRUE(opens_cart(e[1]));
  for (size_t i = 2; i < 5; ++i) EXPECT_FALSE(opens_cart(e[i])) << i;
}

TEST(cart_state, comes_back_with_its_clicks_and_without_them_from_an_earlier_version) {
  auto saved = [](const cart_state& state) {
    std::string bytes;
    byte_writer w{bytes};
    state.save(w);
    return bytes;
  };
  auto again = [](const std::string& bytes) {
    byte_reader r{bytes};
    auto state = cart_state::load(r);
    EXPECT_TRUE(r.done());
    return state;
  };
  const auto bare = saved(cart_state{});
  cart_state cart;
  cart.set_value(1'250);
  cart.learn_account(7, "5%");
  cart.clicked(from_unix_ms(2'000), 3, 1);
  cart.clicked(from_unix_ms(1'000), 1, 0);  // older news
  const auto bytes = saved(cart);
  const auto back = again(bytes);
  EXPECT_EQ(back.extras().value, 1'250);
  EXPECT_EQ(back.extras().loyalty_points, 7);
  EXPECT_EQ(back.extras().account_discount, "5%");
  EXPECT_EQ(back.extras().clicked_at, from_unix_ms(2'000));
  EXPECT_EQ(back.extras().clicked_cycle, 3u);
  EXPECT_EQ(back.extras().clicked_step, 1);

  std::string tail;
  byte_writer w{tail};
  w.signed_number(7);
  w.text("5%");
  w.time(from_unix_ms(2'000));
  w.number(3);
  w.byte(1);
  ASSERT_TRUE(bytes.ends_with(tail));
  auto old = bytes.substr(0, bytes.size() - tail.size());
  old[bare.size() - 1] = 1;  // the flag it was
  EXPECT_EQ(again(old).extras().value, 1'250);
  EXPECT_EQ(again(old).extras().clicked_at, before_all);
  old[bare.size() - 1] = 2;
  EXPECT_THROW(again(old), broken_bytes);
}

}  // namespace
}  // namespace cartwheel
