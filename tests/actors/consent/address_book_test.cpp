// Rules 10, 13, 16 to 19 of docs/SEMANTICS.md: what is known of an address, and the one place where a reminder is claimed.
#include "actors/consent/address_book.hpp"

#include "runtime/journal/block_file.hpp"
#include "tests/actors/shard/told.hpp"
#include "tests/support/forgetful_files.hpp"

#include <deque>

namespace cartwheel {
namespace {

using testing::at;
using testing::mailbox;
using testing::of;
using testing::taken;
using testing::told;
using enum decision_outcome;

constexpr int64_t hour = 3'600'000;

class address_book_test : public ::testing::Test {
 protected:
  address_book_test() { shops.shops["t"].legal_entity = "other-bv"; }

  std::vector<notice> after(notice n) {
    n.order = ++order;
    if (!n.address.key.given()) n.address = mailbox(7);
    if (n.shop.empty()) n.shop = "s";
    accepted = book.receive(n, out);
    return taken(out);
  }
  notice a(notice_kind kind) {
    notice n;
    n.kind = kind;
    return n;
  }
  void consent(consent_status status, int64_t time, const char* shop = "s", channel on = channel::email) {
    notice n = a(notice_kind::consent);
    n.status = status;
    n.time = at(time);
    n.shop = shop;
    n.channel = on;
    after(n);
  }
  void granted(int64_t time = 1'000) { consent(consent_status::granted, time); }
  void withdrawn(int64_t time) { consent(consent_status::withdrawn, time); }

  question about(int64_t tick, const char* cart_id = "c", const char* shop = "s") {
    question q;
    q.tick = q.due = at(tick);
    q.last_add = at(tick);
    q.shop = shop;
    q.cart_id = cart_id;
    q.cart = {shard_id{0}, static_cast<uint32_t>(cart_id[0]), 1};
    q.address = mailbox(7);
    return q;
  }
  std::vector<answer> decided(std::vector<question> questions) {
    book.decide_all(std::move(questions), out);
    std::vector<answer> all;
    for (auto& a : std::exchange(out.of(0), {}).answers) all.push_back(std::move(a));
    return all;
  }
  decision decided(const question& q) { return decided(std::vector{q}).at(0).decided; }

  deciding_rules rules;
  campaign_settings& campaign = rules.campaign;
  shop_directory& shops = rules.shops;
  policy_settings& policy = rules.policy;
  outbox out{1};
  address_book book{rules, false};
  log_order order = 0;
  bool accepted = false;
};

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

// Hours ---------------------------------------------------------------------------------------------------------------

constexpr int64_t ten_in_the_evening = 1'768'514'400'000;  // 2026-01-15T22:00:00Z

TEST_F(address_book_test, in_quiet_hours_it_is_deferred_and_claims_nothing) {
  campaign.hours = {"21:00-08:00", "", 0s};
  book.use(rules);
  granted();
  auto first = decided(std::vector{about(ten_in_the_evening)}).at(0);
  EXPECT_EQ(first.decided, (decision{deferred, reason::quiet_hours}));
  EXPECT_EQ(first.asked.again, at(ten_in_the_evening + 10 * hour));
  EXPECT_EQ(decided(about(ten_in_the_evening, "d")).outcome, deferred) << "not cap_24h: nothing was claimed";
  auto later = about(ten_in_the_evening);
  later.tick = first.asked.again;
  EXPECT_EQ(decided(later), (decision{sent, reason::opt_in}));
}

TEST_F(address_book_test, what_would_be_refused_is_not_deferred) {
  campaign.hours = {"21:00-08:00", "", 0s};
  book.use(rules);
  EXPECT_EQ(decided(about(ten_in_the_evening)), (decision{refused, reason::no_consent}));
  granted();
  campaign.steps[0].not_after = 10h;
  EXPECT_EQ(decided(about(ten_in_the_evening)).outcome, deferred) << "it opens in time, to the millisecond";
  campaign.steps[0].not_after = 10h - 1ms;
  EXPECT_EQ(decided(about(ten_in_the_evening)), (decision{refused, reason::quiet_hours}));
}

TEST_F(address_book_test, the_time_zone_is_the_shoppers_else_the_carts_else_the_shops) {
  campaign.hours = {"21:00-08:00", "", 0s};
  shops.shops["s"].time_zone = "America/New_York";  // 17:00 there
  book.use(rules);
  granted();
  auto q = about(ten_in_the_evening);
  const auto by_the_shops = book.as_things_stand(q);
  EXPECT_EQ(by_the_shops.outcome, sent);
  q.own_time_zone = time_zone_code::of("Europe/Amsterdam");
  EXPECT_EQ(book.as_things_stand(q).outcome, deferred);
  EXPECT_EQ(q.again, at(ten_in_the_evening + 9 * hour));
  q.time_zone = time_zone_code::of("Asia/Kathmandu");  // 03:45 there
  EXPECT_EQ(book.as_things_stand(q).outcome, deferred);
  EXPECT_EQ(q.again, at(ten_in_the_evening + 4 * hour + hour / 4));
}

TEST_F(address_book_test, the_soft_gate_asks_when_its_mail_would_leave) {
  campaign.hours = {"21:00-08:00", "", 0s};
  book.use(rules);
  granted();
  auto q = about(ten_in_the_evening - 2 * hour);
  EXPECT_EQ(decided(q).outcome, sent);
  q.gated = q.tick;
  EXPECT_EQ(book.confirm(q).outcome, sent);
  EXPECT_EQ(q.closes, at(ten_in_the_evening - hour));
  q.gated = at(ten_in_the_evening);
  EXPECT_EQ(book.confirm(q), (decision{deferred, reason::quiet_hours}));
  EXPECT_EQ(q.again, at(ten_in_the_evening + 10 * hour));
  campaign.steps[0].not_after = 11h;
  EXPECT_EQ(book.confirm(q), (decision{refused, reason::quiet_hours})) << "counted from its due time, not from now";
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

/// An identify that says how the shop came to have the address.
struct obtained_by {
  explicit obtained_by(const char* how)
      : events{
          std::string{R"({"event":"identify","time":1000,"customer_id":"u","email":"a@b.example","address_source":")"} +
          how + "\"}"} {}
  notice operator()(int64_t time) const {
    notice n;
    n.kind = notice_kind::obtained;
    n.what = &events[0];
    n.time = at(time);
    return n;
  }
  testing::told events;
};

class address_book_by_country_test : public address_book_test {
 protected:
  static std::shared_ptr<const country_laws> some_laws() {
    auto all = std::make_shared<country_laws>();
    auto& gb = all->countries[country_code::of("GB")];
    gb.checkout.allowed = gb.checkout_refusal_offered = true;
    auto& ca = all->countries[country_code::of("CA")];
    ca.sale.age_max = std::chrono::hours{100};
    all->countries[country_code::of("DE")].opt_in_confirmed = true;
    return all;
  }
  address_book_by_country_test() {
    policy.by_country = true;
    rules.laws = *some_laws();
  }
  address_book lawful{rules, false};

  void after_in(notice n) {
    n.order = ++order;
    n.address = mailbox(7);
    if (n.shop.empty()) n.shop = "s";
    lawful.receive(n, out);
  }
  decision decided_in(const char* country, int64_t tick, const char* shop = "s") {
    auto q = about(tick, "c", shop);
    if (*country != 0) q.country = country_code::of(country);
    lawful.decide_all({q}, out);
    return std::exchange(out.of(0), {}).answers.at(0).decided;
  }
};

TEST_F(address_book_by_country_test, an_address_from_a_checkout_counts_where_it_may_and_can_be_refused) {
  const obtained_by checkout{"checkout"};
  after_in(checkout(1'000));
  EXPECT_EQ(decided_in("GB", 5'000).reason, reason::country_policy) << "it could not be refused";
  EXPECT_EQ(decided_in("NL", 5'000).reason, reason::no_consent);
  shops.fallback.refusal_offered = true;
  EXPECT_EQ(decided_in("GB", 5'000, "t").reason, reason::no_consent) << "another legal entity";
  EXPECT_EQ(decided_in("GB", 5'000), (decision{sent, reason::checkout_address}));
}

TEST_F(address_book_by_country_test, a_sale_runs_out_and_a_refund_takes_the_latest_back) {
  auto sale = a(notice_kind::basis);
  sale.order_key = 1;
  sale.time = at(0);
  after_in(sale);
  sale.order_key = 2;
  sale.time = at(90 * hour);
  after_in(sale);
  EXPECT_EQ(decided_in("CA", 110 * hour), (decision{sent, reason::existing_customer}));
  auto back = a(notice_kind::no_basis);
  back.order_key = 2;
  after_in(back);
  EXPECT_EQ(decided_in("CA", 140 * hour), (decision{refused, reason::country_policy}));
  EXPECT_EQ(decided_in("NL", 140 * hour), (decision{sent, reason::existing_customer}));
}

TEST_F(address_book_by_country_test, an_opt_in_stays_confirmed_until_it_is_withdrawn) {
  auto word = a(notice_kind::consent);
  auto says = [&](consent_status status, int64_t time, bool confirmed) {
    word.status = status;
    word.time = at(time);
    word.confirmed = confirmed;
    after_in(word);
  };
  says(consent_status::granted, 1'000, false);
  EXPECT_EQ(decided_in("DE", 5'000).reason, reason::country_policy);
  says(consent_status::granted, 2'000, true);
  EXPECT_EQ(decided_in("DE", 5'000), (decision{sent, reason::opt_in}));
  says(consent_status::granted, 3'000, false);
  EXPECT_EQ(decided_in("DE", 100 * hour), (decision{sent, reason::opt_in})) << "said again, it is no less confirmed";
  says(consent_status::withdrawn, 4'000, false);
  EXPECT_EQ(decided_in("DE", 200 * hour).reason, reason::consent_withdrawn);
  says(consent_status::granted, 5'000, false);
  EXPECT_EQ(decided_in("DE", 300 * hour).reason, reason::country_policy) << "that confirmation was of before";
}

TEST_F(address_book_by_country_test, without_a_country_of_the_shoppers_the_carts_counts_and_else_the_shops) {
  auto word = a(notice_kind::consent);
  word.time = at(1'000);
  after_in(word);
  shops.fallback.country = "DE";
  EXPECT_EQ(decided_in("", 5'000).reason, reason::country_policy);
  auto q = about(6'000);
  q.own_country = country_code::of("NL");
  lawful.decide_all({q}, out);
  EXPECT_EQ(std::exchange(out.of(0), {}).answers.at(0).decided.outcome, sent);
}

TEST_F(address_book_test, an_address_of_an_account_is_its_shoppers_alone) {
  granted();
  notice link = a(notice_kind::link);
  link.who = {subject_kind::visitor, "v", {}};
  after(link);
  policy.refuse_unverified = true;
  EXPECT_EQ(decided(about(0)).outcome, sent) << "nobody has an account with it";
  link.who = {subject_kind::customer, "u", {}};
  after(link);
  auto guest = about(100 * hour);
  EXPECT_EQ(decided(guest), (decision{refused, reason::address_unverified}));
  auto theirs = guest;
  theirs.address_of_customer = true;
  EXPECT_EQ(decided(theirs).outcome, sent);
  policy.refuse_unverified = false;
  EXPECT_EQ(decided(about(200 * hour)).outcome, sent);
}

TEST_F(address_book_test, so_many_in_a_window_over_all_shops) {
  policy.window_count = 3;
  policy.window = std::chrono::hours{240};
  granted();
  consent(consent_status::granted, 1'000, "t");
  for (int64_t t : {0, 24, 48}) EXPECT_EQ(decided(about(t * hour, "c", t == 24 ? "t" : "s")).outcome, sent) << t;
  EXPECT_EQ(decided(about(72 * hour)).reason, reason::cap_window);
  EXPECT_EQ(decided(about(240 * hour - 1)).reason, reason::cap_window);
  EXPECT_EQ(decided(about(240 * hour)).outcome, sent) << "the first is over then";
  EXPECT_EQ(decided(about(241 * hour)).reason, reason::cap_24h) << "the shorter one is asked first";
}

TEST_F(address_book_test, an_order_with_the_same_legal_entity_gives_peace_for_a_while) {
  policy.cooldown_after_purchase = std::chrono::hours{10};
  shops.shops["twin"] = shops.fallback;
  granted();
  notice bought = a(notice_kind::record);
  bought.shop = "twin";
  bought.time = at(5 * hour);
  after(bought);
  EXPECT_EQ(decided(about(15 * hour - 1)).reason, reason::cooldown_after_purchase);
  EXPECT_EQ(decided(about(15 * hour)).outcome, sent);
  auto q = about(100 * hour);
  q.last_order = at(95 * hour);  // of the customer, with another address
  EXPECT_EQ(decided(q).reason, reason::cooldown_after_purchase);
  consent(consent_status::granted, 1'000, "t");
  policy.cooldown_after_purchase = std::chrono::hours{1'000};
  EXPECT_EQ(decided(about(200 * hour, "c", "t")).outcome, sent) << "another legal entity";
}

TEST_F(address_book_test, what_a_cart_is_worth_and_who_filled_it) {
  granted();
  campaign.min_value = {{{{'E', 'U', 'R'}}, 1'000}};
  auto q = about(0);
  q.value = 999;
  q.currency = {{'E', 'U', 'R'}};
  EXPECT_EQ(decided(q).reason, reason::below_min_value);
  q.currency = {{'U', 'S', 'D'}};
  EXPECT_EQ(decided(q).outcome, sent);
  campaign.refuse_zero = true;
  q = about(100 * hour);
  q.value = 0;
  EXPECT_EQ(decided(q).reason, reason::zero_value);
  q.value = -1;
  q.bot = true;
  EXPECT_EQ(decided(q).outcome, sent) << "bots are treated as all others unless told";
  policy.refuse_bots = true;
  EXPECT_EQ(decided(about(200 * hour)).outcome, sent);
  q.tick = q.due = at(300 * hour);
  EXPECT_EQ(decided(q).reason, reason::bot);
  policy.refuse_roles = true;
  q = about(400 * hour);
  q.address.as_given = "Info@example.com";
  EXPECT_EQ(decided(q).reason, reason::role_address);
}

TEST_F(address_book_test, a_campaign_reminds_of_what_was_abandoned_since_it_began) {
  granted();
  campaign.enabled_at = at(2 * hour);
  auto q = about(3 * hour);
  q.last_add = campaign.enabled_at - campaign.idle - 1ms;
  EXPECT_EQ(decided(q).reason, reason::campaign_off);
  q.last_add += 1ms;
  EXPECT_EQ(decided(q).outcome, sent);
  campaign.enabled = false;
  EXPECT_EQ(book.confirm(q).reason, reason::campaign_off) << "the soft gate asks, too";
}

TEST_F(address_book_test, who_is_held_out_claims_nothing) {
  granted();
  campaign.holdout_percent = 100;
  EXPECT_EQ(decided(about(0, "c1")).reason, reason::holdout);
  campaign.holdout_percent = 0;
  EXPECT_EQ(decided(about(0, "c2")).outcome, sent);
}

/// One address as the version before this one wrote it.
std::string first_version(const address_key& key) {
  std::string bytes;
  byte_writer to{bytes};
  to.flag(true);
  to.fixed(key.high);
  to.fixed(key.low);
  to.number(1);  // consents
  to.text("example-bv");
  to.one_of(channel::email);
  to.time(at(2'000));
  to.time(at(1'000));
  to.number(1);  // bases
  to.text("other-bv");
  to.number(2);
  to.number(0);  // orders
  to.number(0);  // claims
  to.number(1);  // subjects
  to.one_of(subject_kind::customer);
  to.text("u");
  to.number(0);
  to.number(0);  // event ids
  return bytes;
}

TEST_F(address_book_by_country_test, an_address_of_the_version_before_is_read) {
  auto bytes = first_version(mailbox(7).key);
  byte_reader from{bytes};
  lawful.table().load_hot(from, {}, {});
  EXPECT_TRUE(from.done());
  EXPECT_EQ(decided_in("NL", 0), (decision{sent, reason::opt_in}));
  EXPECT_EQ(decided_in("DE", 0).reason, reason::country_policy) << "nobody knows that it was confirmed";
  EXPECT_EQ(decided_in("NL", 100 * hour, "t"), (decision{sent, reason::existing_customer}));
  EXPECT_EQ(decided_in("CA", 200 * hour, "t").reason, reason::country_policy) << "nobody knows when that was";
}

TEST_F(address_book_by_country_test, what_is_known_of_an_address_outlives_a_snapshot) {
  const obtained_by checkout{"checkout"};
  after_in(checkout(1'000));
  auto word = a(notice_kind::consent);
  word.confirmed = true;
  word.time = at(1'000);
  after_in(word);
  auto sale = a(notice_kind::basis);
  sale.order_key = 5;
  sale.shop = "t";
  sale.time = at(50 * hour);
  after_in(sale);
  test::forgetful_files files;
  files.make_folder("/s");
  block_writer file{files, "/s/persons"};
  lawful.table().begin_walk(file.open(1), file.open(2), file.open(3));
  while (!lawful.table().walk(1)) {}
  file.finish();

  address_book again{rules, false};
  block_reader in{files, "/s/persons"};
  size_t found = 0;
  while (in.next()) {
    auto elements = in.elements();
    if (in.tag() != 2) continue;
    for (; !elements.done(); ++found) again.table().load_hot(elements, {}, {});
  }
  ASSERT_EQ(found, 1u);
  const auto before = lawful.describe(mailbox(7).key), after = again.describe(mailbox(7).key);
  ASSERT_TRUE(before && after);
  ASSERT_EQ(after->consents.size(), 1u);
  EXPECT_EQ(after->consents[0].confirmed, at(1'000));
  ASSERT_EQ(after->sources.size(), 1u);
  EXPECT_EQ(after->sources[0].how, address_source::checkout);
  EXPECT_EQ(after->sources[0].latest, at(1'000));
  ASSERT_EQ(after->bases.size(), 1u);
  EXPECT_EQ(after->bases[0].legal_entity, "other-bv");
  auto q = about(149 * hour, "c", "t");
  q.country = country_code::of("CA");
  EXPECT_EQ(again.confirm(q), (decision{sent, reason::existing_customer}));
  q.tick = q.due = at(151 * hour);
  EXPECT_EQ(again.confirm(q).reason, reason::country_policy) << "the moment of the sale is known";
}

}  // namespace
}  // namespace cartwheel
