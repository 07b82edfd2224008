// Evidence of addresses under each country's law, and the settings of the policy (decision 0014).
#include "tests/actors/consent/address_book_world.hpp"

#include "runtime/journal/block_file.hpp"
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
