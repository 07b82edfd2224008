#include "actors/mailer/relay_choice.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace cartwheel {
namespace {

using testing::ElementsAre;

TEST(relay_choice, a_later_priority_stands_in_while_the_first_is_not_healthy) {
  relay_choice c{{{1, 1}, {2, 1}}};
  EXPECT_TRUE(c.may_pull(0));
  EXPECT_FALSE(c.may_pull(1));
  c.set_healthy(0, false);
  EXPECT_TRUE(c.may_pull(1));
  EXPECT_TRUE(c.may_pull(0)) << "to find out";
  c.set_healthy(0, true);
  EXPECT_FALSE(c.may_pull(1));
}

TEST(relay_choice, shares_follow_weights_while_both_ask) {
  relay_choice c{{{1, 3}, {1, 1}}};
  std::vector<int> served{0, 0};
  for (int mails = 0; mails < 400;) {
    for (size_t r : {0, 1}) {
      if (!c.may_pull(r)) continue;
      c.pulled(r);
      c.waits(r);  // and asks again
      ++served[r], ++mails;
    }
  }
  EXPECT_NEAR(served[0], 300, 4);
}

TEST(relay_choice, who_has_no_room_holds_nobody_up) {
  relay_choice c{{{1, 1}, {1, 1}}};
  c.to_wake();  // both were asked, and the second is full
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(c.may_pull(0));
    c.pulled(0);
  }
}

TEST(relay_choice, wakes_the_hungriest_first_and_nobody_twice) {
  relay_choice c{{{1, 1}, {1, 1}, {2, 1}}};
  c.pulled(0);
  EXPECT_THAT(c.to_wake(), ElementsAre(1, 0));
  EXPECT_THAT(c.to_wake(), ElementsAre());
  c.waits(2);
  EXPECT_THAT(c.to_wake(), ElementsAre()) << "not its turn, so waking it would go round in circles";
  c.set_healthy(0, false);
  c.set_healthy(1, false);
  EXPECT_THAT(c.to_wake(), ElementsAre(2));
}

TEST(relay_choice, one_that_comes_back_does_not_make_up_for_its_absence) {
  relay_choice c{{{1, 1}, {1, 1}}};
  c.set_healthy(1, false);
  for (int i = 0; i < 1000; ++i) c.pulled(0);
  c.set_healthy(1, true);
  c.waits(1);
  c.waits(0);
  EXPECT_TRUE(c.may_pull(0)) << "equals again";
}

}  // namespace
}  // namespace cartwheel
