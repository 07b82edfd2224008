// Rules 9, 11 to 13, 18 and 22 of docs/SEMANTICS.md, as far as they are about what an order knows.
#include "actors/order/order_book.hpp"

#include "actors/shard/beside_key.hpp"
#include "tests/actors/parking/forgetful_parking.hpp"
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

constexpr int64_t day = 86'400'000;

/// Every rule holds for orders that are parked between one notice and the next, too.
class order_book_test : public ::testing::TestWithParam<bool> {
 protected:
  /// One order event of shop `default` and what it says, through the book; what it led to.
  std::vector<notice> after(const std::string& line, uint64_t email = 0, cart_ref named = {}, int64_t tick = 0) {
    events.emplace_back(line);
    const event& e = events.back()[0];
    notice n;
    n.kind = notice_kind::order;
    n.at = station::orders;
    n.order = ++order;
    n.first = e.cart_id.empty();
    n.what = &e;
    n.time = e.time;
    n.shop = e.shop;
    n.order_id = e.details->order_id;
    n.customer = e.customer_id;
    n.visitor = e.visitor_id;
    n.cart = named;
    if (email != 0) n.address = mailbox(email);
    accepted = book.receive(n, at(tick), out);
    park();
    return taken(out);
  }
  std::vector<notice> after_erase(std::string customer, uint64_t address = 0) {
    notice n;
    n.kind = notice_kind::forget;
    n.at = station::erased_orders;
    n.order = ++order;
    n.customer = std::move(customer);
    if (address != 0) n.address = mailbox(address);
    book.receive(n, at(0), out);
    park();
    return taken(out);
  }
  void recorded_for(const notice& record, uint64_t address) {
    notice n = onward(record, notice_kind::recorded, station::erased_orders);
    n.address = mailbox(address);
    book.receive(n, at(0), out);
    park();
  }
  void park() {
    book.table().sweep(book.table().buckets(), true, 0);
    EXPECT_EQ(book.table().parked(), GetParam() ? book.table().size() : 0);
  }

  std::deque<told> events;
  outbox out{2};
  test::forgetful_parking place;
  order_book book{{}, {GetParam() ? &place : nullptr, 0}};
  log_order order = 0;
  bool accepted = false;
};

const std::string purchase = R"({"event":"purchase","time":1000,"order_id":"o","customer_id":"u"})";

std::string purchase_of_cart(const char* payment) {
  return std::string{R"({"event":"purchase","time":1000,"order_id":"o","cart_id":"c","payment":")"} + payment + "\"}";
}
std::string news(const char* what, int64_t time = 2'000, const char* more = "") {
  return std::string{R"({"event":")"} + what + R"(","order_id":"o","time":)" + std::to_string(time) + more + "}";
}

TEST_P(order_book_test, rule_9_a_paid_or_offline_purchase_is_recorded_with_customer_first) {
  auto all = after(purchase, 7);
  auto record = of(notice_kind::record, all);
  ASSERT_EQ(record.size(), 1u);
  EXPECT_EQ(record[0].at, station::customers);
  EXPECT_EQ(record[0].time, at(1'000));
  EXPECT_EQ(record[0].address.key, mailbox(7).key);
  EXPECT_EQ(of(notice_kind::record, after(purchase_of_cart("offline"))).size(), 0u) << "a further purchase (12)";
}

TEST_P(order_book_test, rule_9_without_anybody_else_the_named_cart_is_asked) {
  auto record = of(notice_kind::record, after(purchase_of_cart("paid"), 0, {shard_id{1}, 4, 9}));
  ASSERT_EQ(record.size(), 1u);
  EXPECT_EQ(record[0].at, station::carts);
  EXPECT_EQ(record[0].cart, (cart_ref{shard_id{1}, 4, 9}));
  EXPECT_TRUE(record[0].resolved);
}

TEST_P(order_book_test, rule_9_an_order_of_nobody_is_recorded_nowhere) {
  EXPECT_TRUE(after(purchase_of_cart("paid")).empty());
}

TEST_P(order_book_test, rule_11_pending_and_failed_record_nothing) {
  EXPECT_TRUE(after(purchase_of_cart("failed"), 7).empty());
  EXPECT_TRUE(after(news("order_paid")).empty()) << "a failed purchase makes no order (12)";
  EXPECT_TRUE(after(purchase_of_cart("pending"), 7).empty());
}

TEST_P(order_book_test, rule_11_order_paid_ends_the_cart_and_records_at_its_own_time) {
  after(purchase_of_cart("pending"), 7);
  auto all = after(news("order_paid", 5'000));
  ASSERT_EQ(of(notice_kind::order_ends, all).size(), 1u);
  EXPECT_EQ(of(notice_kind::order_ends, all)[0].cart_id, "c");
  EXPECT_EQ(of(notice_kind::record, all).at(0).time, at(5'000));
  EXPECT_EQ(of(notice_kind::record, all)[0].address.key, mailbox(7).key) << "the purchase's";
  EXPECT_EQ(of(notice_kind::basis, all).at(0).address.key, mailbox(7).key);
  EXPECT_TRUE(after(news("order_paid", 6'000)).empty()) << "paid twice: nothing (12)";
}

TEST_P(order_book_test, rule_11_the_purchases_customer_outdoes_order_paids_its_address_does_not) {
  after(R"({"event":"purchase","time":1000,"order_id":"o","customer_id":"u","payment":"pending"})", 7);
  auto record = of(notice_kind::record, after(news("order_paid", 2'000, R"(,"customer_id":"w","visitor_id":"v")"), 8));
  ASSERT_EQ(record.size(), 1u);
  EXPECT_EQ(record[0].customer, "u");
  EXPECT_EQ(record[0].visitor, "v");
  EXPECT_EQ(record[0].address.key, mailbox(8).key);
}

TEST_P(order_book_test, rule_11_order_cancelled_resumes_the_cart_of_a_pending_order_once) {
  after(purchase_of_cart("pending"));
  EXPECT_EQ(of(notice_kind::order_resumes, after(news("order_cancelled"))).size(), 1u);
  EXPECT_TRUE(after(news("order_cancelled")).empty());
  EXPECT_TRUE(after(news("order_paid")).empty()) << "of a cancelled order: nothing (12)";
}

TEST_P(order_book_test, rule_12_order_paid_of_an_offline_order_gives_the_basis_and_nothing_else) {
  after(purchase_of_cart("offline"), 7);
  auto all = after(news("order_paid"));
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].kind, notice_kind::basis);
}

TEST_P(order_book_test, rule_12_a_cancelled_offline_order_gives_none) {
  after(purchase_of_cart("offline"), 7);
  EXPECT_TRUE(after(news("order_cancelled")).empty());
  EXPECT_TRUE(after(news("order_paid")).empty());
}

TEST_P(order_book_test, rule_12_news_of_an_unknown_order_changes_nothing) {
  for (const char* what : {"order_paid", "order_cancelled", "refund"})
    EXPECT_TRUE(after(news(what), 7).empty()) << what;
  EXPECT_EQ(book.table().size(), 0u);
}

TEST_P(order_book_test, rule_12_is_forgotten_180_days_after_the_last_news) {
  after(purchase_of_cart("offline"), 7);
  after(news("refund", 10 * day), 0, {}, 10 * day);
  EXPECT_TRUE(after(news("order_paid", 190 * day), 7, {}, 190 * day).empty()) << "180 days after the last one";
  EXPECT_EQ(book.table().size(), 0u);
  after(purchase_of_cart("offline"), 7, {}, 0);
  EXPECT_EQ(after(news("order_paid", 180 * day), 7, {}, 180 * day - 1'000).size(), 1u) << "a second less";
  book.forget_before(at(359 * day));
  EXPECT_EQ(book.table().size(), 1u);
  book.forget_before(at(360 * day));
  EXPECT_EQ(book.table().size(), 0u);
}

TEST_P(order_book_test, rule_13_a_refund_takes_that_orders_basis_back_once) {
  EXPECT_EQ(of(notice_kind::basis, after(purchase, 7)).size(), 1u);
  auto all = after(news("refund"));
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].kind, notice_kind::no_basis);
  EXPECT_EQ(all[0].address.key, mailbox(7).key);
  EXPECT_TRUE(after(news("refund")).empty());
}

TEST_P(order_book_test, rule_13_without_an_address_there_is_no_basis) {
  EXPECT_TRUE(of(notice_kind::basis, after(purchase)).empty());
  EXPECT_TRUE(after(news("refund")).empty());
}

TEST_P(order_book_test, rule_18_an_order_of_an_erased_customer_is_taken_off_all_its_persons) {
  after(R"({"event":"purchase","time":1000,"order_id":"o","customer_id":"u","visitor_id":"v"})", 7);
  EXPECT_TRUE(after_erase("w", 8).empty());
  auto all = after_erase("u");
  ASSERT_EQ(all.size(), 3u);
  for (const auto& n : all) EXPECT_EQ(n.kind, notice_kind::unrecord);
  EXPECT_EQ(all[0].order_key, all[2].order_key);
  EXPECT_TRUE(after_erase("u", 7).empty()) << "there is nothing left to lose";
  EXPECT_TRUE(after(news("refund")).empty()) << "nor a basis";
}

TEST_P(order_book_test, rule_18_an_address_that_was_found_on_the_way_is_the_orders_too) {
  auto record = of(notice_kind::record, after(purchase)).at(0);
  recorded_for(record, 7);
  EXPECT_EQ(after_erase("", 7).size(), 2u);
}

TEST_P(order_book_test, rule_18_a_pending_order_forgets_who_bought) {
  after(R"({"event":"purchase","time":1000,"order_id":"o","customer_id":"u","payment":"pending"})", 7);
  after_erase("", 7);
  EXPECT_TRUE(after(news("order_paid")).empty()) << "of nobody: neither recorded nor a basis";
}

TEST_P(order_book_test, rule_22_an_event_id_counts_once_per_order) {
  after(R"({"event":"purchase","time":1000,"order_id":"o","customer_id":"u","event_id":"1"})", 7);
  EXPECT_TRUE(accepted);
  EXPECT_TRUE(after(news("refund", 2'000, R"(,"event_id":"1")")).empty());
  EXPECT_FALSE(accepted);
  EXPECT_EQ(after(news("refund", 2'000, R"(,"event_id":"2")")).size(), 1u);
}

TEST_P(order_book_test, rule_22_an_id_that_came_before_its_purchase_is_known_when_it_comes_again) {
  after(news("refund", 2'000, R"(,"event_id":"1")"));
  EXPECT_TRUE(accepted) << "of an unknown order: nothing, but accepted";
  after(purchase, 7);
  EXPECT_TRUE(after(news("refund", 2'000, R"(,"event_id":"1")")).empty());
  EXPECT_FALSE(accepted);
}

/// The parts of a snapshot of the book, element by element, into a new one.
class taken_up {
 public:
  enum part : uint8_t { lanes = 1, hot, parked, further, ages };

  taken_up(order_book& from, const test::forgetful_parking& place, bool with_ages) : place_{place} {
    test::forgetful_files files;
    files.make_folder("/s");
    block_writer file{files, "/s/file"};
    auto& lane = file.open(lanes);
    from.table().begin_walk(lane, file.open(hot), file.open(parked), &file.open(further));
    from.ages().begin_walk(file.open(ages));
    lane.write();
    while (!from.table().walk(100)) {}
    while (!from.ages().walk()) {}
    file.finish();
    moved_carts stay;
    stay.stay();
    block_reader in{files, "/s/file"};
    while (in.next())
      for (auto r = in.elements(); !r.done();) switch (in.tag()) {
          case lanes: book.table().lane().take_over(r); break;
          case hot: book.table().load_hot(r, stay, {}); break;
          case parked: book.table().load_parked(r, stay, {}, true, 0); break;
          case further: book.table().load_further(r, {}, true); break;
          default: {
            order_ages none;
            (with_ages ? book.ages() : none).load_one(r, {});
          }
        }
    book.loaded();
  }

 private:
  test::forgetful_parking place_;

 public:
  order_book book{{}, {&place_, 0}};
};

TEST_P(order_book_test, a_snapshot_knows_when_orders_are_forgotten) {
  after(purchase, 7);
  after(news("refund", 10 * day), 0, {}, 10 * day);
  taken_up now{book, place, true};
  now.book.forget_before(at(185 * day));
  EXPECT_EQ(now.book.describe("u").size(), 1u);
  now.book.forget_before(at(190 * day));
  EXPECT_EQ(now.book.table().size(), 0u);
  EXPECT_TRUE(now.book.ages().empty());
}

TEST_P(order_book_test, a_snapshot_from_before_orders_were_parked_is_read) {
  if (GetParam()) return;  // there were none
  after(purchase, 7);
  taken_up now{book, place, false};
  EXPECT_EQ(now.book.describe(mailbox(7).key).size(), 1u);
  now.book.forget_before(at(181 * day));
  EXPECT_EQ(now.book.table().size(), 0u);
}

TEST_P(order_book_test, many_orders_are_forgotten_some_at_a_time) {
  for (int i = 0; i < 2'000; ++i)
    after(R"({"event":"purchase","time":1000,"customer_id":"u","order_id":")" + std::to_string(i) + "\"}");
  size_t before = book.table().size();
  EXPECT_EQ(before, 2'000u);
  for (int n = 0; before > 0; ++n) {
    book.forget_before(at(181 * day));
    EXPECT_LT(book.table().size(), before);
    EXPECT_LE(before - book.table().size(), 512u);
    before = book.table().size();
    ASSERT_LT(n, 20);
  }
  EXPECT_TRUE(book.describe("u").empty());
}

TEST_P(order_book_test, what_somebody_ordered_is_told) {
  after(purchase, 7);
  after(R"({"event":"purchase","time":3000,"order_id":"p","customer_id":"u"})");
  after(R"({"event":"purchase","time":3000,"order_id":"q","customer_id":"w"})");
  auto held = book.describe("u");
  ASSERT_EQ(held.size(), 2u);
  EXPECT_EQ(held[0].order_id, "o");
  EXPECT_EQ(held[1].order_id, "p");
  EXPECT_EQ(book.describe(mailbox(7).key).size(), 1u);
  EXPECT_TRUE(book.describe("nobody").empty());
}

TEST_P(order_book_test, an_order_that_is_paid_opens_a_sale_where_sales_are_followed) {
  const auto buys = R"({"event":"purchase","time":5,"order_id":"o","customer_id":"u","visitor_id":"v"})";
  EXPECT_TRUE(of(notice_kind::sale_opened, after(buys)).empty()) << "nobody asks";
  EXPECT_TRUE(of(notice_kind::sale_over, after(R"({"event":"refund","time":6,"order_id":"o"})")).empty());
  book.follow_sales(true);
  EXPECT_TRUE(
    of(notice_kind::sale_opened, after(R"({"event":"purchase","time":7,"order_id":"o","customer_id":"u"})")).empty())
    << "it was paid before";
  const auto opened =
    of(notice_kind::sale_opened,
       after(R"({"event":"purchase","time":8,"order_id":"p","customer_id":"u","visitor_id":"v"})", 3));
  ASSERT_EQ(opened.size(), 1u);
  EXPECT_EQ(opened[0].at, station::carts);
  EXPECT_EQ(opened[0].cart_id, sale_key("p"));
  EXPECT_EQ(opened[0].customer, "u");
  EXPECT_EQ(opened[0].visitor, "v");
  EXPECT_EQ(opened[0].address.key, mailbox(3).key);
  EXPECT_EQ(opened[0].time, at(8));
  EXPECT_FALSE(opened[0].first) << "its event has been counted";
}

TEST_P(order_book_test, one_that_waits_for_its_payment_opens_its_sale_when_it_is_paid) {
  book.follow_sales(true);
  for (const auto* payment : {"pending", "offline"}) {
    const std::string named = R"("order_id":")" + std::string{payment} + R"(")";
    EXPECT_TRUE(of(notice_kind::sale_opened, after(R"({"event":"purchase","time":5,"customer_id":"u","payment":")" +
                                                     std::string{payment} + R"(",)" + named + "}",
                                                   3))
                  .empty());
    const auto opened = of(notice_kind::sale_opened, after(R"({"event":"order_paid","time":9,)" + named + "}"));
    ASSERT_EQ(opened.size(), 1u) << payment;
    EXPECT_EQ(opened[0].customer, "u");
    EXPECT_FALSE(opened[0].address.key.given()) << "only what stands on the event that pays is the sale's own";
    EXPECT_TRUE(of(notice_kind::sale_opened, after(R"({"event":"order_paid","time":10,)" + named + "}")).empty());
  }
}

TEST_P(order_book_test, a_sale_is_over_with_a_refund_a_cancellation_or_its_person_and_once) {
  book.follow_sales(true);
  for (const auto* event : {"refund", "order_cancelled"}) {
    const std::string named = R"("order_id":")" + std::string{event} + R"(")";
    after(R"({"event":"purchase","time":5,"customer_id":"u",)" + named + "}");
    const auto ends = R"({"event":")" + std::string{event} + R"(","time":9,)" + named + "}";
    const auto over = of(notice_kind::sale_over, after(ends));
    ASSERT_EQ(over.size(), 1u) << event;
    EXPECT_EQ(over[0].at, station::carts);
    EXPECT_EQ(over[0].cart_id, sale_key(event));
    EXPECT_TRUE(of(notice_kind::sale_over, after(ends)).empty()) << "it is over";
  }
  after(R"({"event":"purchase","time":5,"order_id":"p","customer_id":"w"})", 7);
  EXPECT_TRUE(of(notice_kind::sale_over, after_erase("x", 8)).empty());
  const auto over = of(notice_kind::sale_over, after_erase("", 7));
  ASSERT_EQ(over.size(), 1u);
  EXPECT_EQ(over[0].at, station::ended_carts);
  EXPECT_EQ(over[0].shop, "default");
  EXPECT_EQ(over[0].cart_id, sale_key("p"));
  EXPECT_TRUE(of(notice_kind::sale_over, after_erase("w")).empty());
}

INSTANTIATE_TEST_SUITE_P(in_memory_and_parked, order_book_test, ::testing::Bool(),
                         [](const auto& with) { return with.param ? "parked" : "in_memory"; });

}  // namespace
}  // namespace cartwheel
