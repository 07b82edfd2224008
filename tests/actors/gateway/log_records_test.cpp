#include "actors/gateway/log_records.hpp"

#include "runtime/base/bytes.hpp"

#include <gtest/gtest.h>

namespace cartwheel {
namespace {

decision_line line() {
  decision_line l;
  l.tick = from_unix_ms(2000);
  l.due = from_unix_ms(1500);
  l.shop = "s";
  l.cart_id = "c";
  l.customer_id = "k";
  l.cycle = 3;
  l.step = 1;
  l.outcome = decision_outcome::refused;
  l.reason = reason::no_consent;
  l.address = {7, 8};
  return l;
}

TEST(log_records, a_decision_keeps_what_it_rested_on) {
  auto with = line();
  with.facts = std::string{"\x03\0facts", 7};
  auto nothing_to_say = line();
  nothing_to_say.facts = "";
  const auto read = read_decisions(written_decisions(std::vector{with, line(), nothing_to_say}));
  ASSERT_EQ(read.size(), 3u);
  EXPECT_EQ(read[0].facts, with.facts);
  EXPECT_EQ(read[1].facts, std::nullopt);
  EXPECT_EQ(read[2].facts, "");
  EXPECT_EQ(read[0].due, with.due);
  EXPECT_EQ(read[0].address, with.address);
}

TEST(log_records, a_decision_names_its_campaign_where_that_is_not_the_carts) {
  auto checkout = line();
  checkout.campaign = campaign_kind::checkout;
  checkout.facts = "facts";
  const auto plain = written_decisions(std::vector{line()});
  EXPECT_EQ(plain[0], 2) << "as an older version reads it";
  const auto written = written_decisions(std::vector{line(), checkout, line()});
  EXPECT_EQ(written[0], 3);
  const auto read = read_decisions(written);
  ASSERT_EQ(read.size(), 3u);
  EXPECT_EQ(read[0].campaign, campaign_kind::cart);
  EXPECT_EQ(read[1].campaign, campaign_kind::checkout);
  EXPECT_EQ(read[1].facts, "facts");
  EXPECT_EQ(read[2].campaign, campaign_kind::cart);
  EXPECT_EQ(read[2].cart_id, "c");
  auto wrong = written_decisions(std::vector{checkout});
  wrong.back() = static_cast<char>(campaign_count);
  EXPECT_THROW(read_decisions(wrong), broken_bytes);
}

/// As version 1 wrote them, byte for byte.
TEST(log_records, a_decision_of_the_version_before_reads_without_it) {
  const std::string written{
    "\x01"
    "\xa0\x1f\xb8\x17"  // tick, due
    "\x01s\x01"
    "c\x01k"                // shop, cart, customer
    "\x03\x01\x00\x01\x04"  // cycle, step, channel, outcome, reason
    "\x07\0\0\0\0\0\0\0\x08\0\0\0\0\0\0\0",
    1 + 4 + 6 + 5 + 16};
  const auto read = read_decisions(written);
  ASSERT_EQ(read.size(), 1u);
  EXPECT_EQ(read[0].facts, std::nullopt);
  EXPECT_EQ(read[0].tick, from_unix_ms(2000));
  EXPECT_EQ(read[0].due, from_unix_ms(1500));
  EXPECT_EQ(read[0].cart_id, "c");
  EXPECT_EQ(read[0].customer_id, "k");
  EXPECT_EQ(read[0].reason, reason::no_consent);
  EXPECT_EQ(read[0].address, (address_key{7, 8}));
}

TEST(log_records, a_version_that_is_not_known_is_refused) {
  EXPECT_THROW(read_decisions("\x04"), broken_bytes);
  EXPECT_THROW(read_milestone("\x02"), broken_bytes);
}

TEST(log_records, reminders_keep_their_coupons_and_without_any_are_written_as_ever) {
  settled_reminder plain;
  plain.shop = "s";
  plain.cart_id = "c";
  plain.tick = from_unix_ms(2000);
  EXPECT_EQ(written_settled(std::vector{plain}).front(), '\x01');
  auto with = plain, without = plain;
  with.mail = "bytes";
  with.coupon = given_coupon{"spring", "AB-12", from_unix_ms(2000), from_unix_ms(9000), coupon_lack::none};
  without.coupon = given_coupon{"spring", "", from_unix_ms(2000), never, coupon_lack::recently};
  const auto written = written_settled(std::vector{with, plain, without});
  EXPECT_EQ(written.front(), '\x04');
  const auto read = read_settled(written);
  ASSERT_EQ(read.size(), 3u);
  EXPECT_EQ(read[0].coupon, with.coupon);
  EXPECT_EQ(read[0].mail, "bytes");
  EXPECT_EQ(read[1].coupon, std::nullopt);
  EXPECT_EQ(read[2].coupon, without.coupon);
  EXPECT_THROW(read_settled(written.substr(0, written.size() - 1)), broken_bytes);
}

TEST(log_records, a_milestone_reads_back) {
  cart_milestone m{from_unix_ms(9),
                   "s",
                   "c",
                   "k",
                   {1, 2},
                   milestone::mail,
                   4,
                   2,
                   1,
                   from_unix_ms(8),
                   from_unix_ms(7),
                   before_all,
                   cart_end::none,
                   settlement::held,
                   reason::in_doubt,
                   "o"};
  auto r = read_milestone(written_milestone(m));
  EXPECT_EQ(r.known, m.known);
  EXPECT_EQ(r.shop, m.shop);
  EXPECT_EQ(r.cart_id, m.cart_id);
  EXPECT_EQ(r.customer_id, m.customer_id);
  EXPECT_EQ(r.address, m.address);
  EXPECT_EQ(r.what, m.what);
  EXPECT_EQ(r.cycle, m.cycle);
  EXPECT_EQ(r.step, m.step);
  EXPECT_EQ(r.reminders_sent, m.reminders_sent);
  EXPECT_EQ(r.happened, m.happened);
  EXPECT_EQ(r.last_add, m.last_add);
  EXPECT_EQ(r.due, m.due);
  EXPECT_EQ(r.end, m.end);
  EXPECT_EQ(r.how, m.how);
  EXPECT_EQ(r.why, m.why);
  EXPECT_EQ(r.by, m.by);
}

}  // namespace
}  // namespace cartwheel
