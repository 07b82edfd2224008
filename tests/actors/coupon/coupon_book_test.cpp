#include "actors/coupon/coupon_book.hpp"

#include "actors/coupon/limits.hpp"

#include <gtest/gtest.h>

namespace cartwheel {
namespace {

constexpr instant start = from_unix_ms(1'795'291'200'000);
constexpr currency_code eur{{'E', 'U', 'R'}};
constexpr std::chrono::days day{1};

class a_coupon_book : public testing::Test {
 protected:
  coupon_wish wish_of(int n, instant now = start) const {
    const auto id = "c" + std::to_string(n);
    return {coupon_claim("default", id, start, 1, 0),
            coupon_cart("default", id),
            "spring",
            {static_cast<uint64_t>(n), 1},
            eur,
            10'000,
            now};
  }
  given_coupon take(int n, instant now = start) { return book.take(terms, wish_of(n, now)); }
  void intend(int n, const given_coupon& c) {
    auto w = wish_of(n);
    book.intended(w.claim, w.cart, w.address, c);
  }
  /// From taking to the relay's yes.
  given_coupon mail(int n, instant now = start) {
    auto c = take(n, now);
    intend(n, c);
    if (c.has_code()) book.sent(wish_of(n).claim);
    return c;
  }
  void add(const std::string& code, instant expires = never) {
    EXPECT_TRUE(book.add({"spring", code, expires}, start));
  }
  uint64_t count(coupon_state s) const { return book.counts_of("spring")[static_cast<size_t>(s)]; }
  coupon_book reloaded() const {
    coupon_book other;
    other.load(book.saved_codes(), coupon_book::saved(book.who()));
    return other;
  }

  coupon_terms terms{.percent = 10};
  coupon_book book;
};

TEST_F(a_coupon_book, gives_each_mail_a_code_of_its_own_the_first_to_expire_first) {
  add("LATE", start + 30 * day);
  add("EARLY", start + 10 * day);
  add("EVER");
  EXPECT_EQ(take(1).code, "EARLY");
  EXPECT_EQ(take(1).code, "EARLY") << "another try at the same mail";
  EXPECT_EQ(take(2).code, "LATE");
  EXPECT_EQ(take(3).code, "EVER");
  auto none = take(4);
  EXPECT_FALSE(none.has_code());
  EXPECT_EQ(none.lack, coupon_lack::pool_empty);
  EXPECT_EQ(count(coupon_state::out), 3u);
  EXPECT_EQ(count(coupon_state::free), 0u);
}

TEST_F(a_coupon_book, says_until_when_a_code_holds_and_never_longer_than_it_does) {
  add("SHORT", start + 3 * day);
  add("LONG", start + 300 * day);
  EXPECT_EQ(take(1).until, start + 3 * day);
  EXPECT_EQ(take(2).until, start + 7 * day);
  terms.valid = 0ms;
  add("EVER");
  EXPECT_EQ(take(3).until, never);
}

TEST_F(a_coupon_book, does_not_give_a_code_that_is_about_to_expire) {
  add("DYING", start + 24h - 1ms);
  EXPECT_EQ(take(1).lack, coupon_lack::pool_empty);
  add("JUST", start + 24h);
  EXPECT_EQ(take(1).code, "JUST");
  EXPECT_FALSE(book.add({"spring", "DEAD", start}, start));
}

TEST_F(a_coupon_book, a_mail_that_waited_too_long_gets_a_code_that_holds) {
  add("SHORT", start + 2 * day);
  add("LONG", start + 300 * day);
  ASSERT_EQ(take(1).code, "SHORT");
  EXPECT_EQ(take(1, start + 24h).code, "SHORT");
  EXPECT_EQ(take(1, start + 24h + 1ms).code, "LONG");
  EXPECT_EQ(take(1, start + 24h + 1ms).until, start + 24h + 1ms + 7 * day);
  // Where it was the mail's time that was short, and not the code's, the code stays.
  EXPECT_EQ(take(1, start + 20 * day).code, "LONG");
  EXPECT_EQ(take(1, start + 20 * day).until, start + 27 * day);
}

TEST_F(a_coupon_book, takes_back_what_nobody_got_and_nothing_else) {
  add("A");
  auto c = take(1);
  intend(1, c);
  book.came_back(wish_of(1).claim);
  EXPECT_EQ(count(coupon_state::free), 1u);
  EXPECT_EQ(take(2).code, "A");
  book.came_back(wish_of(2).claim);  // before there was an intent
  EXPECT_EQ(mail(3).code, "A");
  book.came_back(wish_of(3).claim);  // it may be with its owner: an operator let it go out again, and it was recalled
  EXPECT_EQ(take(4).lack, coupon_lack::pool_empty);
  EXPECT_EQ(count(coupon_state::given), 1u);
}

TEST_F(a_coupon_book, a_mail_that_may_go_out_once_more_is_known_by_its_code_though_that_is_dead) {
  add("A");
  auto c = take(1);
  intend(1, c);
  const auto claim = wish_of(1).claim;
  book.sent(claim, true);
  book.pass(start + 8 * day);
  EXPECT_EQ(count(coupon_state::expired), 1u);
  for (auto b : {book, reloaded()}) {
    ASSERT_NE(b.held_by(claim), nullptr);
    EXPECT_EQ(b.held_by(claim)->until, start + 7 * day);
    b.came_back(claim);
    EXPECT_EQ(b.held_by(claim), nullptr);
    EXPECT_EQ(b.counts_of("spring"), (coupon_book::counts{0, 0, 0, 0, 1}));
    EXPECT_FALSE(b.add({"spring", "A", never}, start));
  }
}

TEST_F(a_coupon_book, who_had_a_code_waits_for_the_next_one) {
  add("A");
  add("B");
  ASSERT_EQ(mail(1).code, "A");
  auto again = wish_of(1, start + 89 * day);
  again.claim += "another cart's";
  EXPECT_EQ(book.take(terms, again).lack, coupon_lack::recently);
  again.now = start + 90 * day;
  EXPECT_EQ(book.take(terms, again).code, "B");
}

TEST_F(a_coupon_book, a_code_that_came_back_was_not_had) {
  add("A");
  ASSERT_TRUE(take(1).has_code());
  book.came_back(wish_of(1).claim);
  auto other_cart = wish_of(1);
  other_cart.claim += "another cart's";
  EXPECT_TRUE(book.take(terms, other_cart).has_code());
}

TEST_F(a_coupon_book, wants_carts_that_are_worth_it) {
  add("A");
  terms.min_value = {{eur, 10'001}};
  EXPECT_EQ(take(1).lack, coupon_lack::cart_too_small);
  auto unknown = wish_of(2);
  unknown.value = -1;
  terms.min_value = {{eur, 0}};
  EXPECT_EQ(book.take(terms, unknown).lack, coupon_lack::cart_too_small);
  terms.min_value = {{{{'G', 'B', 'P'}}, 1}};
  EXPECT_EQ(take(3).lack, coupon_lack::cart_too_small);
  terms = {.kind = incentive_kind::amount, .amount = {{{{'G', 'B', 'P'}}, 500}}};
  EXPECT_EQ(take(4).lack, coupon_lack::other_currency);
  terms.amount.push_back({eur, 600});
  EXPECT_EQ(take(5).code, "A");
}

TEST_F(a_coupon_book, one_code_for_everybody_is_never_used_up) {
  terms.code = "WELCOME";
  for (int n : {1, 2, 3}) EXPECT_EQ(mail(n).code, "WELCOME");
  EXPECT_EQ(count(coupon_state::given), 3u);
  auto again = wish_of(1);
  again.claim += "another cart's";
  EXPECT_EQ(book.take(terms, again).lack, coupon_lack::recently);
  EXPECT_EQ(take(4).code, "WELCOME");
  book.came_back(wish_of(4).claim);
  EXPECT_EQ(count(coupon_state::out), 0u);
}

TEST_F(a_coupon_book, an_order_of_the_cart_uses_its_code_while_it_holds) {
  add("A");
  add("B");
  mail(1);
  mail(2);
  book.ordered(wish_of(1).cart, start - 1ms);
  EXPECT_EQ(count(coupon_state::redeemed), 0u);
  book.ordered(wish_of(1).cart, start + 1h);
  book.ordered(wish_of(1).cart, start + 2h);
  EXPECT_EQ(count(coupon_state::redeemed), 1u);
  book.ordered(wish_of(2).cart, start + 7 * day);
  EXPECT_EQ(count(coupon_state::redeemed), 1u) << "too late for its code";
  book.pass(start + 7 * day);
  EXPECT_EQ(count(coupon_state::expired), 1u);
  EXPECT_EQ(count(coupon_state::given), 0u);
  EXPECT_EQ(book.codes(), 0u);
  EXPECT_FALSE(book.add({"spring", "A", never}, start)) << "what was used up is not taken again";
  EXPECT_FALSE(book.add({"spring", "B", never}, start));
}

TEST_F(a_coupon_book, free_codes_expire_and_known_ones_are_not_taken_twice) {
  add("A", start + day);
  EXPECT_FALSE(book.add({"spring", "A", start + 9 * day}, start));
  EXPECT_TRUE(book.add({"autumn", "A", start + 9 * day}, start)) << "another pool's";
  book.pass(start + day);
  EXPECT_EQ(count(coupon_state::expired), 1u);
  EXPECT_EQ(count(coupon_state::free), 0u);
}

TEST_F(a_coupon_book, is_bounded) {
  for (size_t i = 0; i < limits::coupon_codes_max; ++i) book.add({"spring", std::to_string(i), never}, start);
  EXPECT_FALSE(book.add({"spring", "one more", never}, start));
  EXPECT_EQ(book.codes(), limits::coupon_codes_max);
}

TEST_F(a_coupon_book, erasing_somebody_leaves_nothing_but_a_used_code) {
  add("A");
  add("B");
  mail(1);
  auto under_way = take(2);
  intend(2, under_way);
  book.forget(wish_of(1).address);
  book.forget(wish_of(2).address);
  EXPECT_EQ(count(coupon_state::given), 0u);
  EXPECT_EQ(count(coupon_state::expired), 1u);
  EXPECT_TRUE(book.who().had.empty());
  book.sent(wish_of(2).claim);  // its recall came too late
  EXPECT_TRUE(book.who().holds.empty());
  EXPECT_EQ(book.codes(), 0u);
  EXPECT_EQ(take(3).lack, coupon_lack::pool_empty);
}

TEST_F(a_coupon_book, reads_back_what_the_log_says_of_it) {
  for (auto code : {"A", "B", "C", "D", "E"}) add(code, start + 100 * day);
  mail(1);
  auto out = take(2);
  intend(2, out);
  take(3);  // its intent is on its way
  mail(4);
  book.ordered(wish_of(4).cart, start + 1h);
  auto other = reloaded();
  EXPECT_EQ(other.counts_of("spring"), (coupon_book::counts{2, 1, 1, 1, 0}));
  EXPECT_EQ(other.take(terms, wish_of(2)).code, out.code) << "its claim is open, and tries again";
  EXPECT_EQ(other.take(terms, wish_of(5)).code, "C") << "nothing is known of what was only taken";
  EXPECT_FALSE(other.add({"spring", "D", never}, start));
  auto again = wish_of(1);
  again.claim += "another cart's";
  EXPECT_EQ(other.take(terms, again).lack, coupon_lack::recently);
}

TEST_F(a_coupon_book, who_is_erased_while_a_snapshot_is_written_is_not_in_it) {
  add("A");
  mail(1);
  const auto codes = book.saved_codes();
  auto who = book.who();
  who.forget(wish_of(1).address);
  coupon_book other;
  other.load(codes, coupon_book::saved(who));
  EXPECT_TRUE(other.who().holds.empty());
  EXPECT_TRUE(other.who().had.empty());
  EXPECT_EQ(other.take(terms, wish_of(2)).lack, coupon_lack::pool_empty);
  EXPECT_FALSE(other.add({"spring", "A", never}, start));
}

TEST(a_given_coupon, reads_back_from_one_line) {
  given_coupon with{"spring", "AB-12", {}, from_unix_ms(1'795'291'200'000), coupon_lack::none};
  EXPECT_EQ(read_brief(brief(with)), with);
  with.until = never;
  EXPECT_EQ(read_brief(brief(with)), with);
  for (auto lack :
       {coupon_lack::recently, coupon_lack::cart_too_small, coupon_lack::other_currency, coupon_lack::pool_empty}) {
    given_coupon without{"spring", "", {}, never, lack};
    EXPECT_EQ(read_brief(brief(without)), without);
  }
  for (auto bad : {"", "o1", " x 1", "spring", "spring none", "spring nothing", "spring A b", "spring  5"})
    EXPECT_FALSE(read_brief(bad)) << bad;
}

}  // namespace
}  // namespace cartwheel
