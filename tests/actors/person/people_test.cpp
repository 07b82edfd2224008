// Rules 4, 9, 10, 14 to 16, 18 of docs/SEMANTICS.md, as far as they are about what a customer or visitor knows.
#include "actors/person/people.hpp"

#include "tests/support/forgetful_files.hpp"

#include "actors/person/limits.hpp"
#include "tests/actors/shard/told.hpp"

#include <deque>

namespace cartwheel {
namespace {

using testing::at;
using testing::mailbox;
using testing::of;
using testing::taken;
using testing::told;

class people_test : public ::testing::Test {
 protected:
  /// A notice of an event (none: what it says in words is not asked).
  notice about(notice_kind kind, const std::string& line = {}) {
    notice n;
    n.kind = kind;
    n.order = ++order;
    n.customer = "u";
    n.visitor = "v";
    n.shop = "s";
    if (line.empty()) return n;
    events.emplace_back(line);
    n.what = &events.back()[0];
    n.time = n.what->time;
    n.customer = n.what->customer_id;
    n.visitor = n.what->visitor_id;
    n.status = n.what->details->status;
    return n;
  }
  notice learn(int64_t time, uint64_t address, const char* ids = R"("customer_id":"u")") {
    auto n = about(notice_kind::learn,
                   R"({"event":"identify","time":)" + std::to_string(time) + "," + ids + R"(,"email":"a@b.example"})");
    n.address = mailbox(address);
    return n;
  }
  notice record(int64_t time, uint64_t order_key, uint64_t address = 0) {
    auto n = about(notice_kind::record);
    n.time = at(time);
    n.order_key = order_key;
    if (address != 0) n.address = mailbox(address);
    return n;
  }
  std::vector<notice> after(people& who, const notice& n) {
    accepted = who.receive(n, out);
    return taken(out);
  }
  /// What a question about a cart of u and v, last added to at `last_add`, has learnt behind this station.
  question asked(people& who, int64_t last_add) {
    question q;
    q.customer = "u";
    q.visitor = "v";
    q.shop = "s";
    q.last_add = at(last_add);
    who.resolve(q, out);
    for (size_t i = 0; i < out.shards(); ++i)
      for (auto& found : std::exchange(out.of(i), {}).questions) q = found;
    return q;
  }
  void open(people& who, uint32_t slot) {
    auto n = about(notice_kind::opened);
    n.cart = {shard_id{1}, slot, 1};
    EXPECT_TRUE(of(notice_kind::end_cart, after(who, n)).empty());
  }

  std::deque<told> events;
  outbox out{2};
  people customers{subject_kind::customer};
  people visitors{subject_kind::visitor};
  log_order order = 0;
  bool accepted = false;
};

TEST_F(people_test, rule_4_a_login_goes_from_the_customer_to_the_visitors_carts) {
  open(visitors, 7);
  auto login = about(notice_kind::learn, R"({"event":"identify","time":1000,"customer_id":"u","visitor_id":"v"})");
  auto on = after(customers, login);
  ASSERT_EQ(on.size(), 1u);
  EXPECT_EQ(on[0].at, station::visitors);
  auto bind = after(visitors, on[0]);
  ASSERT_EQ(bind.size(), 1u);
  EXPECT_EQ(bind[0].kind, notice_kind::bind);
  EXPECT_EQ(bind[0].cart.slot, 7u);
  EXPECT_EQ(bind[0].customer, "u");
}

TEST_F(people_test, rule_9_the_customers_address_comes_before_the_visitors) {
  after(customers, learn(1'000, 7));
  after(visitors, learn(1'000, 8, R"("visitor_id":"v")"));
  auto at_visitors = after(customers, record(2'000, 1));
  ASSERT_EQ(at_visitors.size(), 1u);
  EXPECT_EQ(at_visitors[0].address.key, mailbox(7).key);
  auto at_address = after(visitors, at_visitors[0]);
  ASSERT_EQ(at_address.size(), 1u);
  EXPECT_EQ(at_address[0].at, station::consents);
  EXPECT_EQ(at_address[0].address.key, mailbox(7).key);
  EXPECT_TRUE(at_address[0].resolved);
}

TEST_F(people_test, rule_9_a_given_address_stays_and_a_missing_one_is_asked_of_the_named_cart) {
  after(customers, learn(1'000, 7));
  auto given = after(customers, record(2'000, 1, 9)).at(0);
  EXPECT_EQ(given.address.key, mailbox(9).key);
  EXPECT_FALSE(given.resolved);
  auto nobody_knows = record(2'000, 2);
  EXPECT_TRUE(after(visitors, nobody_knows).empty()) << "no cart was named";
  nobody_knows.cart = {shard_id{1}, 3, 4};
  auto asked_of_cart = after(visitors, nobody_knows);
  ASSERT_EQ(asked_of_cart.size(), 1u);
  EXPECT_EQ(asked_of_cart[0].at, station::carts);
}

TEST_F(people_test, rule_10_an_order_at_or_after_the_last_addition_in_that_shop_counts) {
  after(customers, record(2'000, 1));
  EXPECT_TRUE(asked(customers, 2'000).ordered_elsewhere);
  EXPECT_FALSE(asked(customers, 2'001).ordered_elsewhere);
  auto other_shop = record(9'000, 2);
  other_shop.shop = "t";
  after(customers, other_shop);
  EXPECT_FALSE(asked(customers, 2'001).ordered_elsewhere);
}

TEST_F(people_test, rule_10_keeps_a_bounded_number_of_orders_the_oldest_goes) {
  for (uint64_t i = 0; i <= limits::orders_of_a_person_max; ++i)
    after(customers, record(static_cast<int64_t>(1'000 + i), i + 1));
  EXPECT_TRUE(asked(customers, 1'001).ordered_elsewhere);
  for (uint64_t i = 1; i <= limits::orders_of_a_person_max; ++i) {
    auto n = about(notice_kind::unrecord);
    n.order_key = i + 1;
    after(customers, n);
  }
  EXPECT_FALSE(asked(customers, 0).ordered_elsewhere) << "the first one was not kept";
}

TEST_F(people_test, rule_14_later_time_is_learnt_and_at_equal_times_later_arrival) {
  EXPECT_EQ(of(notice_kind::link, after(customers, learn(3'000, 7))).size(), 1u);
  EXPECT_TRUE(after(customers, learn(2'000, 8)).empty());
  auto changed = after(customers, learn(3'000, 9));
  EXPECT_EQ(of(notice_kind::unlink, changed).at(0).address.key, mailbox(7).key);
  EXPECT_EQ(of(notice_kind::link, changed).at(0).address.key, mailbox(9).key);
  EXPECT_EQ(asked(customers, 0).address.key, mailbox(9).key);
}

TEST_F(people_test, rule_14_the_visitor_of_a_login_is_not_the_subject) {
  auto login = learn(1'000, 7, R"("customer_id":"u","visitor_id":"v")");
  auto on = after(customers, login);
  for (const auto& n : on)
    if (n.at == station::visitors) after(visitors, n);
  EXPECT_FALSE(asked(visitors, 0).address.key.given());
}

TEST_F(people_test, rule_15_the_customers_address_outdoes_what_follows) {
  after(customers, learn(1'000, 7));
  after(visitors, learn(9'000, 8, R"("visitor_id":"v")"));
  auto q = asked(customers, 0);
  EXPECT_EQ(q.at, station::visitors);
  visitors.resolve(q, out);
  EXPECT_EQ(out.of(1).questions.size() + out.of(0).questions.size(), 1u);
  for (size_t i = 0; i < 2; ++i)
    for (const auto& found : out.of(i).questions) EXPECT_EQ(found.address.key, mailbox(7).key);
}

TEST_F(people_test, rule_16_a_consent_waits_for_the_first_address_once) {
  auto consent = about(notice_kind::consent,
                       R"({"event":"consent","time":500,"customer_id":"u","channel":"email","status":"granted"})");
  EXPECT_TRUE(after(customers, consent).empty());
  auto given = of(notice_kind::consent, after(customers, learn(1'000, 7)));
  ASSERT_EQ(given.size(), 1u);
  EXPECT_EQ(given[0].address.key, mailbox(7).key);
  EXPECT_EQ(given[0].time, at(500)) << "its own time, not that of the address";
  EXPECT_TRUE(of(notice_kind::consent, after(customers, learn(2'000, 8))).empty());
  EXPECT_EQ(after(customers, consent).at(0).address.key, mailbox(8).key) << "with an address it goes there";
}

TEST_F(people_test, rule_18_an_erased_customer_is_forgotten_with_carts_and_address) {
  open(customers, 7);
  after(customers, learn(1'000, 7));
  after(customers, record(2'000, 1));
  auto erased = about(notice_kind::erase);
  erased.address = mailbox(9);
  auto all = after(customers, erased);
  EXPECT_EQ(of(notice_kind::end_cart, all).at(0).cart.slot, 7u);
  auto addresses = of(notice_kind::erase, all);
  ASSERT_EQ(addresses.size(), 2u) << "the one named with it and the one it had";
  EXPECT_EQ(of(notice_kind::forget, all).size(), 4u) << "each of them to the orders of both shards";
  auto q = asked(customers, 0);
  EXPECT_FALSE(q.address.key.given());
  EXPECT_FALSE(q.ordered_elsewhere);
  EXPECT_EQ(of(notice_kind::link, after(customers, learn(1, 7))).size(), 1u) << "an erased time outdoes nothing";
}

TEST_F(people_test, rule_18_a_waiting_withdrawal_survives_a_waiting_grant_does_not) {
  for (const char* status : {"granted", "withdrawn"})
    after(customers,
          about(notice_kind::consent,
                std::string{R"({"event":"consent","time":500,"customer_id":"u","channel":"email","status":")"} +
                  status + "\"}"));
  after(customers, about(notice_kind::erase));
  auto given = of(notice_kind::consent, after(customers, learn(1'000, 7)));
  ASSERT_EQ(given.size(), 1u);
  EXPECT_EQ(given[0].status, consent_status::withdrawn);
}

TEST_F(people_test, rule_18_who_had_the_erased_address_forgets_it_and_a_customers_carts_end) {
  open(customers, 7);
  open(visitors, 8);
  after(customers, learn(1'000, 7));
  after(visitors, learn(1'000, 7, R"("visitor_id":"v")"));
  auto forget = about(notice_kind::forget);
  forget.address = mailbox(6);
  EXPECT_TRUE(after(customers, forget).empty()) << "another address";
  forget.address = mailbox(7);
  EXPECT_EQ(after(customers, forget).at(0).kind, notice_kind::end_cart);
  EXPECT_EQ(after(visitors, forget).at(0).kind, notice_kind::end_unaddressed) << "unless its customer has another";
  EXPECT_FALSE(asked(customers, 0).address.key.given());
}

TEST_F(people_test, rule_18_a_cart_whose_customer_has_another_address_stays) {
  auto ending = about(notice_kind::end_unaddressed);
  ending.visitor.clear();
  EXPECT_EQ(after(customers, ending).at(0).kind, notice_kind::end_cart);
  after(customers, learn(1'000, 7));
  EXPECT_TRUE(after(customers, ending).empty());
}

TEST_F(people_test, rule_22_an_event_id_counts_once_per_person_even_after_an_erasure) {
  auto n =
    about(notice_kind::learn, R"({"event":"view_item","time":1000,"customer_id":"u","event_id":"1","name":"Anna"})");
  n.first = true;
  after(customers, n);
  EXPECT_TRUE(accepted);
  after(customers, n);
  EXPECT_FALSE(accepted);
  after(customers, about(notice_kind::erase));
  after(customers, n);
  EXPECT_FALSE(accepted);
}

TEST_F(people_test, more_than_a_thousand_carts_supersede_the_oldest) {
  for (uint32_t slot = 0; slot < limits::carts_of_a_person_max; ++slot) open(customers, slot);
  auto n = about(notice_kind::opened);
  n.cart = {shard_id{1}, 5'000, 1};
  auto over = of(notice_kind::end_cart, after(customers, n));
  ASSERT_EQ(over.size(), 1u);
  EXPECT_EQ(over[0].cart.slot, 0u);
  EXPECT_EQ(over[0].end, cart_end::superseded);
}

TEST_F(people_test, a_closed_cart_is_forgotten) {
  open(customers, 7);
  auto closed = about(notice_kind::closed);
  closed.cart = {shard_id{1}, 7, 1};
  after(customers, closed);
  EXPECT_TRUE(of(notice_kind::end_cart, after(customers, about(notice_kind::erase))).empty());
}

/// What stands in a snapshot of them.
std::string saved(people& who) {
  test::forgetful_files files;
  files.make_folder("/s");
  block_writer file{files, "/s/persons"};
  auto& erased = file.open(4);
  who.table().begin_walk(file.open(1), file.open(2), file.open(3));
  while (!who.table().walk(1)) {}
  who.save_erased(erased.to(), [&] { erased.cut(); });
  file.finish();
  auto written = files.open("/s/persons", file_layer::access::read);
  std::string bytes(written->size(), '\0');
  written->read_at(0, bytes);
  return bytes;
}

std::string remains(const people& who) {
  std::string bytes;
  byte_writer to{bytes};
  who.save_erased(to, [] {});
  return bytes;
}

TEST_F(people_test, rule_18_nothing_of_an_erased_customer_but_a_hash_and_what_outlives_it) {
  auto line = R"({"event":"erase","event_id":"e1","time":5,"customer_id":"u-1234"})";
  auto consent = [&](const char* status) {
    auto n =
      about(notice_kind::consent, R"({"event":"consent","time":1,"customer_id":"u-1234","channel":"email","status":")" +
                                    std::string{status} + "\"}");
    n.shop = "s";
    return n;
  };
  after(customers, consent("withdrawn"));
  auto erase = about(notice_kind::erase, line);
  erase.first = true;
  after(customers, erase);
  EXPECT_EQ(customers.table().size(), 0u);
  EXPECT_EQ(saved(customers).find("u-1234"), std::string::npos);

  people again{subject_kind::customer};
  auto bytes = remains(customers);
  byte_reader from{bytes};
  again.load_erased(from, {});
  EXPECT_TRUE(from.done());
  EXPECT_EQ(remains(again), bytes);
  after(again, erase);
  EXPECT_FALSE(accepted) << "rule 22: its event ids are known";
  EXPECT_EQ(saved(again).find("u-1234"), std::string::npos) << "and have not brought it back";
  auto on = of(notice_kind::consent, after(again, learn(9, 7, R"("customer_id":"u-1234")")));
  ASSERT_EQ(on.size(), 1u) << "the withdrawal waited for an address";
  EXPECT_EQ(on[0].status, consent_status::withdrawn);
  EXPECT_EQ(again.table().size(), 1u);
}

TEST_F(people_test, rule_18_an_id_goes_when_the_last_cart_has_ended) {
  open(customers, 3);
  open(visitors, 3);
  after(customers, about(notice_kind::erase));
  EXPECT_EQ(customers.table().size(), 1u) << "its cart is yet to end";
  for (auto* who : {&customers, &visitors}) {
    auto closed = about(notice_kind::closed);
    closed.cart = {shard_id{1}, 3, 1};
    closed.end = cart_end::erased;
    after(*who, closed);
    EXPECT_EQ(who->table().size(), 0u);
    EXPECT_EQ(remains(*who), "");
  }
}

TEST_F(people_test, a_visitor_whose_cart_ended_otherwise_stays_known) {
  open(visitors, 3);
  auto closed = about(notice_kind::closed);
  closed.cart = {shard_id{1}, 3, 1};
  closed.end = cart_end::ordered;
  after(visitors, closed);
  EXPECT_EQ(visitors.table().size(), 1u);
}

TEST_F(people_test, tells_what_it_holds) {
  EXPECT_FALSE(customers.describe("u"));
  after(customers, learn(1'000, 7));
  after(customers, record(2'000, 1));
  open(customers, 3);
  auto held = customers.describe("u");
  ASSERT_TRUE(held);
  EXPECT_EQ(held->address.key, mailbox(7).key);
  EXPECT_EQ(held->address_time, at(1'000));
  ASSERT_EQ(held->orders.size(), 1u);
  EXPECT_EQ(held->orders[0].time, at(2'000));
  ASSERT_EQ(held->carts.size(), 1u);
  EXPECT_EQ(held->carts[0].slot, 3u);
  after(visitors, about(notice_kind::consent));
  EXPECT_EQ(visitors.describe("v")->consents.size(), 1u);
}

TEST_F(people_test, a_person_of_the_version_before_is_read) {
  std::string bytes;
  byte_writer to{bytes};
  to.text("u");
  to.flag(true);
  to.fixed(7);
  to.fixed(7);
  to.text("a@b.example");
  to.time(at(5));
  to.text("Anna");
  to.text("nl");
  to.number(0);  // orders
  to.number(0);  // carts
  to.number(2);  // consents that wait
  for (auto status : {consent_status::granted, consent_status::withdrawn}) {
    to.text("s");
    to.one_of(channel::email);
    to.one_of(status);
    to.time(at(6));
  }
  to.number(0);  // event ids
  byte_reader from{bytes};
  customers.table().load_hot(from, {}, {});
  EXPECT_TRUE(from.done());
  const auto held = customers.describe("u");
  ASSERT_TRUE(held);
  EXPECT_EQ(held->address.key, mailbox(7).key);
  EXPECT_EQ(held->country, "");
  ASSERT_EQ(held->consents.size(), 2u);
  EXPECT_EQ(held->consents[0].granted, at(6));
  EXPECT_EQ(held->consents[0].confirmed, before_all);
  EXPECT_EQ(held->consents[1].withdrawn, at(6));
}

TEST_F(people_test, a_person_of_the_second_version_has_a_country_and_no_time_zone) {
  std::string bytes;
  byte_writer to{bytes};
  to.text("");
  to.byte(2);
  to.text("DE");
  to.text("u");
  to.flag(false);  // no address
  to.text("");
  to.time(at(5));
  to.text("Anna");
  to.text("nl");
  for (int part = 0; part < 4; ++part) to.number(0);  // orders, carts, consents that wait, event ids
  byte_reader from{bytes};
  customers.table().load_hot(from, {}, {});
  EXPECT_TRUE(from.done());
  const auto held = customers.describe("u");
  ASSERT_TRUE(held);
  EXPECT_EQ(held->country, "DE");
  EXPECT_EQ(held->time_zone, "");
  EXPECT_EQ(held->name, "Anna");
}

TEST_F(people_test, country_and_a_confirmed_consent_that_waits_outlive_a_snapshot) {
  after(customers,
        about(notice_kind::learn,
              R"({"event":"identify","time":5,"customer_id":"u","country":"DE","time_zone":"Asia/Kathmandu"})"));
  auto word = about(notice_kind::consent,
                    R"({"event":"consent","time":6,"customer_id":"u","channel":"email","status":"granted"})");
  word.confirmed = true;
  after(customers, word);
  test::forgetful_files files;
  files.make_folder("/s");
  block_writer file{files, "/s/persons"};
  customers.table().begin_walk(file.open(1), file.open(2), file.open(3));
  while (!customers.table().walk(1)) {}
  file.finish();
  people again{subject_kind::customer};
  block_reader in{files, "/s/persons"};
  while (in.next())
    for (auto elements = in.elements(); in.tag() == 2 && !elements.done();) again.table().load_hot(elements, {}, {});
  const auto held = again.describe("u");
  ASSERT_TRUE(held);
  EXPECT_EQ(held->country, "DE");
  EXPECT_EQ(held->time_zone, "Asia/Kathmandu");
  ASSERT_EQ(held->consents.size(), 1u);
  EXPECT_EQ(held->consents[0].confirmed, at(6));
}

TEST_F(people_test, a_time_zone_is_learnt_and_goes_with_the_question) {
  after(customers,
        about(notice_kind::learn, R"({"event":"identify","time":5,"customer_id":"u","time_zone":"Europe/Amsterdam"})"));
  after(customers, about(notice_kind::learn, R"({"event":"identify","time":6,"customer_id":"u"})"));
  EXPECT_EQ(asked(customers, 0).time_zone.name(), "Europe/Amsterdam");
}

TEST_F(people_test, a_country_is_learnt_and_goes_with_the_question) {
  after(customers, about(notice_kind::learn, R"({"event":"identify","time":5,"customer_id":"u","country":"DE"})"));
  EXPECT_EQ(customers.describe("u")->country, "DE");
  const auto on = asked(customers, 0);
  EXPECT_EQ(on.country.text(), "DE");
  EXPECT_FALSE(on.address_of_customer) << "no address is known";
}

TEST_F(people_test, how_an_address_was_obtained_is_told_to_the_address) {
  auto n = about(notice_kind::learn,
                 R"({"event":"identify","time":5,"customer_id":"u","email":"a@b.example","address_source":"account"})");
  n.address = mailbox(7);
  auto told = of(notice_kind::obtained, after(customers, n));
  ASSERT_EQ(told.size(), 1u);
  EXPECT_EQ(told[0].address.key, mailbox(7).key);
  EXPECT_EQ(told[0].at, station::consents);
  EXPECT_TRUE(asked(customers, 0).address_of_customer);
  after(visitors, learn(1'000, 8, R"("visitor_id":"v")"));
  EXPECT_FALSE(asked(visitors, 0).address_of_customer) << "a visitor is no account";
}

TEST_F(people_test, a_confirmed_consent_that_waits_for_its_address_stays_confirmed) {
  auto word = about(notice_kind::consent,
                    R"({"event":"consent","time":5,"customer_id":"u","channel":"email","status":"granted"})");
  word.confirmed = true;
  after(customers, word);
  auto on = of(notice_kind::consent, after(customers, learn(9, 7, R"("customer_id":"u")")));
  ASSERT_EQ(on.size(), 1u);
  EXPECT_TRUE(on[0].confirmed);
}

}  // namespace
}  // namespace cartwheel
