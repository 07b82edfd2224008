// When a reminder may leave (SEMANTICS.md, Hours): by whose clock, and what is claimed meanwhile.
#include "tests/actors/consent/address_book_world.hpp"

namespace cartwheel {
namespace {

using testing::at;
using enum decision_outcome;

constexpr int64_t hour = 3'600'000;
constexpr int64_t ten_in_the_evening = 1'768'514'400'000;  // 2026-01-15T22:00:00Z

class address_book_hours_test : public address_book_test {};

TEST_F(address_book_hours_test, in_quiet_hours_it_is_deferred_and_claims_nothing) {
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

TEST_F(address_book_hours_test, what_would_be_refused_is_not_deferred) {
  campaign.hours = {"21:00-08:00", "", 0s};
  book.use(rules);
  EXPECT_EQ(decided(about(ten_in_the_evening)), (decision{refused, reason::no_consent}));
  granted();
  campaign.steps[0].not_after = 10h;
  EXPECT_EQ(decided(about(ten_in_the_evening)).outcome, deferred) << "it opens in time, to the millisecond";
  campaign.steps[0].not_after = 10h - 1ms;
  EXPECT_EQ(decided(about(ten_in_the_evening)), (decision{refused, reason::quiet_hours}));
}

TEST_F(address_book_hours_test, the_time_zone_is_the_shoppers_else_the_carts_else_the_shops) {
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

TEST_F(address_book_hours_test, the_soft_gate_asks_when_its_mail_would_leave) {
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

}  // namespace
}  // namespace cartwheel
