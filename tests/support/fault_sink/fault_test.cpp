#include "tests/support/fault_sink/fault.hpp"

#include <gtest/gtest.h>

namespace cartwheel::fault_sink {
namespace {

TEST(fault_words, a_code_and_what_may_follow_it) {
  const auto f = fault_named("dot-450-4.2.1-kept");
  ASSERT_TRUE(f);
  EXPECT_EQ(f->at, where::dot);
  EXPECT_EQ(f->does, action::answer);
  EXPECT_EQ(f->code, 450);
  EXPECT_EQ(f->enhanced, "4.2.1");
  EXPECT_EQ(f->keep, true);
}

TEST(fault_words, a_mail_that_is_dropped_without_a_word_is_kept_unless_lost) {
  EXPECT_EQ(fault_named("dot-drop")->keep, true);
  EXPECT_EQ(fault_named("dot-rst-lost")->keep, false);
}

TEST(fault_words, what_is_no_word) {
  for (const auto* text :
       {"", "rcpt", "rcpt-", "rcpt-150", "rcpt-5500", "rpct-550", "dot-wait-", "dot-drop-lose", "rcpt-550-5.1"})
    EXPECT_FALSE(fault_named(text)) << text;
}

TEST(fault_words, in_an_address_behind_a_plus) {
  const auto found = faults_in("anna.dot-451+rcpt-550-5.1.1.dot-wait-20@shop.example");
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].at, where::rcpt);
  EXPECT_EQ(found[0].enhanced, "5.1.1");
  EXPECT_EQ(found[1].does, action::wait);
  EXPECT_EQ(found[1].amount, 20U);
}

TEST(fault_words, in_an_address_between_names) {
  const auto found = faults_in("r17.data-354.rcpt-550.x-ray@shop.example");
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].at, where::data);
  EXPECT_EQ(found[0].code, 354);
  EXPECT_EQ(found[1].at, where::rcpt);
  EXPECT_TRUE(faults_in("mary-anne@rcpt-550.example").empty());
  EXPECT_TRUE(faults_in("plain@x").empty());
}

TEST(standing_faults, keys) {
  const auto f = standing_fault_named("mail-451@every=7,after=3,percent=12.5");
  ASSERT_TRUE(f);
  EXPECT_EQ(f->every, 7U);
  EXPECT_EQ(f->after, 3U);
  EXPECT_EQ(f->percent, 12.5);
  for (const auto* text :
       {"mail-451@", "mail-451@every", "mail-451@every=0", "mail-451@often=1", "mail@every=1", "mail-451@percent=101"})
    EXPECT_FALSE(standing_fault_named(text)) << text;
}

}  // namespace
}  // namespace cartwheel::fault_sink
