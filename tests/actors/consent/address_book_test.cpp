// Rules 10, 13, 16 to 19 of docs/SEMANTICS.md: what is known of an address, and the one place where a reminder is claimed.
#include "tests/actors/consent/address_book_world.hpp"

#include <algorithm>
#include <deque>
#include <map>

namespace cartwheel {
namespace {

using testing::at;
using testing::mailbox;
using testing::of;
using testing::taken;
using testing::told;
using enum decision_outcome;

constexpr int64_t hour = 3'600'000;
TEST_F(address_book_test, rule_10_an_order_recorded_for_the_address_ends_a_cart_of_that_shop) {
  notice n = a(notice_kind::record);
  n.time = at(5'000);
  n.order_key = 1;
  EXPECT_TRUE(of(notice_kind::recorded, after(n)).empty()) << "the order gave the address itself";
  EXPECT_EQ(decided(about(5'000)), (decision{ended, reason::ordered_other_cart}));
  EXPECT_EQ(decided(about(5'001)).outcome, refused);
  EXPECT_EQ(decided(about(5'000, "c", "t")).outcome, refused);
  notice back = a(notice_kind::unrecord);
  back.order_key = 1;
  after(back);
  EXPECT_EQ(decided(about(5'000)).outcome, refused) << "the order has lost its person (18)";
}

TEST_F(address_book_test, rule_10_an_order_hears_for_which_address_it_was_recorded) {
  notice n = a(notice_kind::record);
  n.resolved = true;
  n.order_id = "o";
  auto back = of(notice_kind::recorded, after(n));
  ASSERT_EQ(back.size(), 1u);
  EXPECT_EQ(back[0].address.key, mailbox(7).key);
}

TEST_F(address_book_test, rule_13_bases_are_kept_per_legal_entity_and_counted) {
  after(a(notice_kind::basis));
  after(a(notice_kind::basis));
  EXPECT_EQ(decided(about(0, "c", "t")).reason, reason::no_consent) << "another legal entity (17)";
  after(a(notice_kind::no_basis));
  EXPECT_EQ(decided(about(0)), (decision{sent, reason::existing_customer})) << "another order's basis stands";
  after(a(notice_kind::no_basis));
  EXPECT_EQ(decided(about(200 * hour)).reason, reason::no_consent);
}

TEST_F(address_book_test, rule_16_the_latest_by_time_wins_whatever_came_last) {
  granted(2'000);
  withdrawn(1'000);
  EXPECT_EQ(decided(about(0)).outcome, sent);
}

TEST_F(address_book_test, rule_16_at_equal_times_withdrawn_wins) {
  withdrawn(2'000);
  granted(2'000);
  EXPECT_EQ(decided(about(0)).reason, reason::consent_withdrawn);
  granted(2'001);
  EXPECT_EQ(decided(about(0)).outcome, sent);
}

TEST_F(address_book_test, rule_16_other_entities_and_channels_have_consents_of_their_own) {
  consent(consent_status::granted, 1, "t");
  consent(consent_status::granted, 1, "s", channel::whatsapp);
  EXPECT_EQ(decided(about(0)).reason, reason::no_consent);
  EXPECT_EQ(decided(about(0, "c", "t")).outcome, sent);
}

TEST_F(address_book_test, rule_18_an_erasure_forgets_all_but_the_withdrawal) {
  withdrawn(1'000);
  granted(2'000);
  after(a(notice_kind::basis));
  notice n = a(notice_kind::record);
  n.time = at(9'000);
  after(n);
  notice link = a(notice_kind::link);
  link.who = {subject_kind::visitor, "v", {}};
  after(link);
  EXPECT_EQ(decided(about(10'000)).outcome, sent);

  auto all = after(a(notice_kind::erase));
  auto forget = of(notice_kind::forget, all);
  ASSERT_EQ(forget.size(), 2u);
  EXPECT_EQ(forget[0].at, station::erased_visitors);
  EXPECT_EQ(forget[0].visitor, "v");
  EXPECT_EQ(forget[1].at, station::erased_orders);
  EXPECT_EQ(decided(about(9'000)).reason, reason::consent_withdrawn) << "and not ordered, and not capped";
  consent(consent_status::granted, 3'000);
  EXPECT_EQ(decided(about(9'000)).outcome, sent) << "the time of the last reminder is forgotten, too";
}

TEST_F(address_book_test, rule_18_who_has_learnt_another_address_is_not_told) {
  notice n = a(notice_kind::link);
  n.who = {subject_kind::customer, "u", {}};
  after(n);
  n.kind = notice_kind::unlink;
  after(n);
  notice erase = a(notice_kind::erase);
  erase.customer = "w";
  EXPECT_TRUE(after(erase).empty()) << "with a customer, its actor has told the orders already";
}

TEST_F(address_book_test, rule_19_one_reminder_in_24_hours_first_one_wins) {
  granted();
  auto all = decided(std::vector{about(0, "b"), about(0, "a"), about(0, "c", "t")});
  ASSERT_EQ(all.size(), 3u);
  EXPECT_EQ(all[0].asked.cart_id, "a");
  EXPECT_EQ(all[0].decided.outcome, sent);
  EXPECT_EQ(all[1].decided.reason, reason::cap_24h);
  EXPECT_EQ(all[2].decided.reason, reason::no_consent);
  EXPECT_EQ(decided(about(24 * hour - 1'000)).reason, reason::cap_24h);
  EXPECT_EQ(decided(about(24 * hour)).outcome, sent) << "exactly 24 hours later";
}

TEST_F(address_book_test, several_steps_of_one_cart_count_on_each_other) {
  granted();
  auto step = [&](uint8_t k, int64_t due) {
    question q = about(0);
    q.due = at(due);
    q.step = k;
    q.several = true;
    q.reminders_sent = 2;
    return q;
  };
  campaign.cap = 0ms;
  auto all = decided({step(1, -1'000), step(0, -2'000)});
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].decided.outcome, sent);
  EXPECT_EQ(all[1].decided.reason, reason::cap_cart) << "the third reminder was the step before";

  notice n = a(notice_kind::record);
  n.time = at(0);
  after(n);
  EXPECT_EQ(decided({step(0, -2'000), step(1, -1'000)}).size(), 1u) << "the first one ended the cart";
}

TEST_F(address_book_test, without_an_address_there_is_nothing_to_claim) {
  question q = about(0);
  q.address = {};
  EXPECT_EQ(decided(q), (decision{refused, reason::no_address}));
}

TEST_F(address_book_test, the_soft_gate_asks_again_without_the_cap) {
  granted();
  EXPECT_EQ(decided(about(0)).outcome, sent);
  auto again = about(0);
  EXPECT_EQ(book.confirm(again).outcome, sent) << "its own claim does not refuse it";
  withdrawn(5'000);
  EXPECT_EQ(book.confirm(again).reason, reason::consent_withdrawn);
}

TEST_F(address_book_test, live_a_released_claim_does_not_count_for_the_cap) {
  address_book live{rules, true};
  notice n = a(notice_kind::consent);
  n.address = mailbox(7);
  n.shop = "s";
  n.time = at(1);
  live.receive(n, out);
  auto q = about(0);
  live.decide_all({q}, out);
  EXPECT_EQ(std::exchange(out.of(0), {}).answers.at(0).decided.outcome, sent);
  notice settled = a(notice_kind::claim_settled);
  settled.address = mailbox(7);
  settled.cart = q.cart;
  settled.settled = settlement::released;
  live.receive(settled, out);
  live.decide_all({about(1'000)}, out);
  EXPECT_EQ(std::exchange(out.of(0), {}).answers.at(0).decided.outcome, sent);
}

TEST_F(address_book_test, live_a_withdrawal_recalls_what_is_on_its_way) {
  address_book live{rules, true};
  notice n = a(notice_kind::consent);
  n.address = mailbox(7);
  n.shop = "s";
  n.time = at(1);
  live.receive(n, out);
  live.decide_all({about(0)}, out);
  n.status = consent_status::withdrawn;
  live.receive(n, out);
  auto all = taken(out);
  ASSERT_EQ(of(notice_kind::order_seen, all).size(), 1u);
  EXPECT_EQ(all[0].cart, about(0).cart);
}

TEST_F(address_book_test, an_address_that_bounced_gets_no_mail_whatever_its_consent) {
  granted();
  notice n = a(notice_kind::heard);
  n.news = address_news::hard_bounce;
  n.time = at(10'000);
  after(n);
  EXPECT_EQ(book.take_suppressed(), std::vector{address_news::hard_bounce});
  EXPECT_EQ(decided(about(hour)), (decision{refused, reason::suppressed_bounce}));
  EXPECT_EQ(decided(about(hour, "c", "t")).reason, reason::suppressed_bounce) << "of whatever legal entity";
  granted(20'000);
  EXPECT_EQ(decided(about(hour)).reason, reason::suppressed_bounce);
  withdrawn(30'000);
  EXPECT_EQ(decided(about(hour)).reason, reason::consent_withdrawn) << "its owner's word comes first";
  n.news = address_news::lifted;
  after(n);
  granted(40'000);
  EXPECT_EQ(decided(about(hour)).outcome, sent);
  EXPECT_TRUE(book.take_suppressed().empty());
}

TEST_F(address_book_test, a_complaint_outlives_an_erasure_and_is_all_that_is_known_then) {
  granted();
  notice n = a(notice_kind::heard);
  n.news = address_news::complaint;
  n.time = at(10'000);
  after(n);
  after(a(notice_kind::erase));
  granted(20'000);
  EXPECT_EQ(decided(about(hour)), (decision{refused, reason::suppressed_complaint}));
  auto held = book.describe(mailbox(7).key);
  ASSERT_TRUE(held && held->suppressed);
  EXPECT_EQ(held->suppressed->reason, address_news::complaint);
}

TEST_F(address_book_test, news_of_a_stranger_is_kept_and_tells_nothing_else_of_them) {
  notice n = a(notice_kind::heard);
  n.address = mailbox(8);
  n.news = address_news::hard_bounce;
  n.time = at(10'000);
  EXPECT_TRUE(after(n).empty());
  auto held = book.describe(mailbox(8).key);
  ASSERT_TRUE(held && held->suppressed);
  EXPECT_TRUE(held->consents.empty() && held->bases.empty() && held->known_to.empty());
  EXPECT_EQ(book.table().size(), 0u);
}

TEST_F(address_book_test, live_an_outcome_that_brings_news_recalls_what_else_is_on_its_way) {
  address_book live{rules, true};
  notice n = a(notice_kind::consent);
  n.address = mailbox(7);
  n.shop = "s";
  n.time = at(1);
  live.receive(n, out);
  auto first = about(0), second = about(30 * hour, "d");
  live.decide_all({first}, out);
  live.decide_all({second}, out);
  taken(out);
  notice settled = a(notice_kind::claim_settled);
  settled.address = mailbox(7);
  settled.cart = first.cart;
  settled.settled = settlement::released;
  settled.time = at(31 * hour);
  settled.news = address_news::quota;
  live.receive(settled, out);
  EXPECT_TRUE(taken(out).empty()) << "one full mailbox is not enough";
  settled.news = address_news::hard_bounce;
  live.receive(settled, out);
  auto all = taken(out);
  ASSERT_EQ(of(notice_kind::order_seen, all).size(), 1u);
  EXPECT_EQ(all[0].cart, second.cart);
  EXPECT_EQ(all[0].what, nullptr);
  EXPECT_EQ(live.confirm(second).reason, reason::suppressed_bounce) << "the soft gate says the same";
}

TEST_F(address_book_test, a_pause_refuses_recalls_and_ends_with_the_person) {
  told e{R"({"event":"preferences","time":5000,"email":"a@b.example","paused_until":7200000})"};
  address_book live{rules, true};
  auto say = [&](notice n) {
    n.address = mailbox(7);
    n.shop = "s";
    live.receive(n, out);
    return taken(out);
  };
  notice yes = a(notice_kind::consent);
  yes.time = at(1);
  say(yes);
  auto first = about(0);
  live.decide_all({first}, out);
  taken(out);
  notice pause = a(notice_kind::preferences);
  pause.what = &e[0];
  pause.time = e[0].time;
  auto recalled = of(notice_kind::order_seen, say(pause));
  ASSERT_EQ(recalled.size(), 1u) << "what is on its way";
  EXPECT_EQ(recalled[0].cart, first.cart);
  EXPECT_TRUE(of(notice_kind::order_seen, say(pause)).empty()) << "once";
  auto paused = about(hour);
  EXPECT_EQ(live.confirm(paused).reason, reason::cap_window);
  auto over = about(2 * hour);
  EXPECT_EQ(live.confirm(over).reason, reason::opt_in) << "it is over";
  auto held = live.describe(mailbox(7).key);
  ASSERT_TRUE(held && held->wishes);
  EXPECT_EQ(held->wishes->paused_until, at(2 * hour));
  notice erase = a(notice_kind::erase);
  erase.time = at(6'000);
  say(erase);
  EXPECT_EQ(live.preferences().find(mailbox(7).key), nullptr);
}

TEST_F(address_book_test, who_wants_fewer_gets_one_a_week) {
  told e{R"({"event":"preferences","time":1,"email":"a@b.example","frequency":"weekly"})"};
  granted();
  notice fewer = a(notice_kind::preferences);
  fewer.what = &e[0];
  fewer.time = e[0].time;
  after(fewer);
  EXPECT_EQ(decided(about(0)).outcome, sent);
  EXPECT_EQ(decided(about(23 * hour, "d")).reason, reason::cap_24h);
  EXPECT_EQ(decided(about(167 * hour, "e")).reason, reason::cap_window);
  auto claimed = about(167 * hour, "e");
  EXPECT_EQ(book.confirm(claimed).outcome, sent) << "at the soft gate its own claim would count";
  EXPECT_EQ(decided(about(168 * hour, "f")).outcome, sent);
  EXPECT_EQ(decided(about(200 * hour, "g")).reason, reason::cap_window);
}

TEST_F(address_book_test, rule_22_an_event_id_counts_once_per_address) {
  told e{R"({"event":"consent","time":1,"email":"a@b.example","channel":"email","status":"granted","event_id":"1"})"};
  notice n = a(notice_kind::consent);
  n.first = true;
  n.what = &e[0];
  after(n);
  EXPECT_TRUE(accepted);
  after(n);
  EXPECT_FALSE(accepted);
}

TEST_F(address_book_test, of_several_campaigns_in_one_tick_the_most_important_claims_first) {
  granted();
  campaign.checkout.enabled = campaign.unpaid.enabled = true;
  auto asks = [&](const char* cart_id, campaign_kind kind) {
    auto q = about(5'000, cart_id);
    q.campaign = kind;
    return q;
  };
  std::vector all{asks("a", campaign_kind::cart), asks("b", campaign_kind::checkout), asks("c", campaign_kind::unpaid),
                  asks("d", campaign_kind::cart)};
  for (int turn = 0; turn < 4; ++turn) {
    std::map<std::string, reason> said;
    address_book fresh{rules, false};
    notice n = a(notice_kind::consent);
    n.time = at(1'000);
    n.shop = "s";
    n.address = testing::mailbox(7);
    fresh.receive(n, out);
    fresh.decide_all(all, out);
    for (const auto& one : std::exchange(out.of(0), {}).answers) said[one.asked.cart_id] = one.decided.reason;
    EXPECT_EQ(said, (std::map<std::string, reason>{{"a", reason::lower_priority},
                                                   {"b", reason::lower_priority},
                                                   {"c", reason::opt_in},
                                                   {"d", reason::lower_priority}}))
      << "in whatever order they come";
    std::ranges::rotate(all, all.begin() + 1);
  }
}

TEST_F(address_book_test, who_is_refused_behind_an_equal_one_or_another_ticks_is_refused_by_the_cap) {
  granted();
  campaign.checkout.enabled = true;
  auto checkout = about(5'000, "b");
  checkout.campaign = campaign_kind::checkout;
  campaign.checkout.priority = campaign.priority;
  const auto equal = decided({about(5'000, "a"), checkout});
  EXPECT_EQ(equal.at(0).decided.outcome, sent);
  EXPECT_EQ(equal.at(1).decided.reason, reason::cap_24h);
  campaign.checkout.priority = 1;
  EXPECT_EQ(decided(about(6'000, "c")).reason, reason::cap_24h);
}

TEST_F(address_book_test, each_campaign_has_its_own_terms) {
  granted();
  auto q = about(5'000, "c");
  q.campaign = campaign_kind::checkout;
  EXPECT_EQ(decided(q).reason, reason::campaign_off) << "it is not enabled, the cart's is";
  campaign.checkout.enabled = true;
  campaign.checkout.enabled_at = at(5'000) + campaign.checkout.idle + 1ms;
  EXPECT_EQ(decided(q).reason, reason::campaign_off);
  q.counts_from = at(5'001);
  EXPECT_EQ(decided(q).outcome, sent) << "abandoned when it had begun";
}

}  // namespace
}  // namespace cartwheel
