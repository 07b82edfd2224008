#include "actors/shard/outbox.hpp"

#include "tests/actors/shard/told.hpp"

#include <algorithm>

namespace cartwheel {
namespace {

using testing::at;

question about(std::string customer, std::string visitor) {
  question q;
  q.customer = std::move(customer);
  q.visitor = std::move(visitor);
  return q;
}

const question& only_question(outbox& out) {
  size_t n = 0;
  const question* found = nullptr;
  for (size_t i = 0; i < out.shards(); ++i)
    for (const auto& q : out.of(i).questions) {
      found = &q;
      ++n;
    }
  EXPECT_EQ(n, 1u);
  return *found;
}

TEST(outbox, each_notice_goes_where_its_subject_lives) {
  outbox out{3};
  notice n;
  n.customer = "alice";       // partition 39
  n.visitor = "customer:42";  // partition 63
  n.shop = "example";
  n.order_id = "cart-000123";   // partition 40
  n.address.key = {1, 64 + 5};  // partition 5
  n.cart.shard = shard_id{2};
  out.to_customer(n);
  EXPECT_EQ(out.of(0).notices.size(), 1u);
  out.to_visitor(n);
  EXPECT_EQ(out.of(0).notices.size(), 2u);
  out.to_order(n);
  EXPECT_EQ(out.of(1).notices.size(), 1u);
  out.to_address(n);
  EXPECT_EQ(out.of(2).notices.size(), 1u);
  out.to_cart(n);
  EXPECT_EQ(out.of(2).notices.size(), 2u);
  out.to_cart_named("example", "c-1", n);  // partition 34
  EXPECT_EQ(out.of(1).notices.size(), 2u);
  out.to_all(n);
  EXPECT_EQ(out.of(0).notices.size() + out.of(1).notices.size() + out.of(2).notices.size(), 9u);
}

TEST(outbox, a_question_passes_over_stations_that_know_nothing_of_it) {
  struct expectation {
    question asked;
    station next;
  };
  question seen_by_customer = about("u", "v");
  seen_by_customer.at = station::visitors;
  question seen_by_both = about("u", "v");
  seen_by_both.at = station::consents;
  for (const auto& [asked, next] : {expectation{about("u", "v"), station::customers},
                                    {about("", "v"), station::visitors},
                                    {about("", ""), station::consents},
                                    {seen_by_customer, station::visitors},
                                    {seen_by_both, station::consents}}) {
    outbox out{2};
    out.ask(asked);
    EXPECT_EQ(only_question(out).at, next);
  }
}

TEST(outbox, a_question_without_an_address_is_decided_by_the_carts_own_shard) {
  for (uint16_t shard = 0; shard < 3; ++shard) {
    outbox out{3};
    auto q = about("", "");
    q.cart.shard = shard_id{shard};
    out.ask(q);
    EXPECT_EQ(out.of(shard).questions.size(), 1u);
  }
}

TEST(outbox, one_tray_holds_what_is_on_its_way_from_any_shard) {
  outbox out{1};
  auto q = about("", "");
  q.cart.shard = shard_id{5};
  out.ask(q);
  EXPECT_EQ(out.of(0).questions.size(), 1u);
}

TEST(outbox, a_recorded_claim_goes_where_the_address_key_says_even_when_none_is_given) {
  outbox out{3};
  auto q = about("", "");
  q.cart.shard = shard_id{1};
  q.recorded = decision{};
  out.ask(q);
  EXPECT_EQ(out.of(0).questions.size(), 1u);
}

TEST(outbox, rule_15_the_own_address_is_the_last_resort) {
  outbox out{2};
  question q = about("u", "");
  q.own_address = testing::mailbox(9);
  out.ask(q);
  EXPECT_FALSE(only_question(out).address.key.given()) << "the customer is asked first";
  outbox then{2};
  q.at = station::visitors;
  then.ask(q);
  EXPECT_EQ(only_question(then).address.key, testing::mailbox(9).key);
  outbox other{2};
  q.address = testing::mailbox(4);
  other.ask(q);
  EXPECT_EQ(only_question(other).address.key, testing::mailbox(4).key);
}

TEST(outbox, an_answer_goes_back_to_the_carts_shard) {
  outbox out{2};
  answer a;
  a.asked.cart.shard = shard_id{1};
  out.reply(a);
  EXPECT_EQ(out.of(1).answers.size(), 1u);
}

TEST(decided_before, part_c_orders_by_due_shop_cart_and_step_as_bytes) {
  auto step = [](int64_t due, const char* shop, const char* cart_id, uint8_t number) {
    question q;
    q.due = at(due);
    q.shop = shop;
    q.cart_id = cart_id;
    q.step = number;
    return q;
  };
  std::vector<question> in_order{step(1, "t", "b", 1), step(2, "a", "z", 0), step(2, "b", "ab", 0),
                                 step(2, "b", "b", 0), step(2, "b", "b", 1), step(2, "b", "\xc3\x85", 0)};
  for (size_t i = 0; i < in_order.size(); ++i)
    for (size_t j = 0; j < in_order.size(); ++j)
      EXPECT_EQ(decided_before(in_order[i], in_order[j]), i < j) << i << ' ' << j;
}

}  // namespace
}  // namespace cartwheel
