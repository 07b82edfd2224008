#include "actors/mailer/mail_host.hpp"
#include "actors/mailer/send_paces.hpp"
#include "actors/mailer/sender_pauses.hpp"

#include <gtest/gtest.h>

#include <string>

namespace cartwheel {
namespace {

constexpr instant start = from_unix_ms(1'795'291'200'000);

TEST(send_paces, without_rates_everything_may_go) {
  send_paces p{0, 0};
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(p.turn("a", "gmail", start), start);
}

TEST(send_paces, a_minute_has_what_its_rate_says) {
  for (double rate : {0.5, 14.0, 3000.0}) {
    SCOPED_TRACE(rate);
    send_paces p{rate, 0};
    double turns = 0;
    while (p.turn("a", "x", start) < start + 60s) ++turns;
    EXPECT_NEAR(turns, rate * 60, rate * 60 * 0.02 + 1);
  }
}

TEST(send_paces, shops_and_hosts_each_have_their_own) {
  send_paces p{0, 1};
  EXPECT_EQ(p.turn("a", "gmail", start), start);
  p.turn("b", "gmail", start);
  EXPECT_GT(p.turn("c", "gmail", start), start) << "whichever the shop";
  EXPECT_EQ(p.turn("c", "yahoo", start), start);
}

TEST(mail_host, large_ones_have_many_domains) {
  EXPECT_EQ(mail_host_of("gmail.com"), mail_host_of("googlemail.com"));
  EXPECT_EQ(mail_host_of("hotmail.nl"), "microsoft");
  EXPECT_EQ(mail_host_of("example.org"), "example.org");
}

TEST(sender_pauses, begin_behind_refusals_in_a_row_and_grow) {
  sender_pauses p;
  for (int i = 0; i < 4; ++i) EXPECT_FALSE(p.refused(0, "a", start));
  p.accepted(0, "a");
  for (int i = 0; i < 4; ++i) EXPECT_FALSE(p.refused(0, "a", start)) << "in a row";
  auto until = p.refused(0, "a", start);
  ASSERT_TRUE(until);
  EXPECT_TRUE(p.paused(0, "a", start));
  EXPECT_FALSE(p.paused(1, "a", start));
  EXPECT_FALSE(p.paused(0, "b", start));
  EXPECT_FALSE(p.paused(0, "a", *until));
  EXPECT_EQ(p.next_end(start), until);
  EXPECT_FALSE(p.refused(0, "a", start)) << "one under way when it began";
  auto again = p.refused(0, "a", *until);
  ASSERT_TRUE(again);
  EXPECT_EQ(*again - *until, 2 * (*until - start));
  for (int i = 0; i < 30; ++i) again = p.refused(0, "a", *again);
  EXPECT_LE(*p.refused(0, "a", *again) - *again, 60min);
}

}  // namespace
}  // namespace cartwheel
