#pragma once

#include "actors/mailer/mail_queue.hpp"
#include "tests/actors/mailer/mailer_fixture.hpp"

#include <gtest/gtest.h>

#include <utility>

namespace cartwheel::test {

using smtp::mail_id;
using smtp::recall_point;

/// A queue on a clock that the test moves, without an outlet: the test is it.
class a_mail_queue : public testing::Test {
 protected:
  mail_queue::pulled_mail pulled() {
    auto m = queue.pull();
    EXPECT_TRUE(m.has_value());
    return m ? std::move(*m) : mail_queue::pulled_mail{};
  }
  /// The only settlement since the last call.
  settled_reminder settled() {
    auto all = queue.take_settled();
    EXPECT_EQ(all.size(), 1u);
    return all.empty() ? settled_reminder{} : all.front();
  }
  void expect_released(reason why, uint32_t n = 1) {
    auto s = settled();
    EXPECT_EQ(s.how, settlement::released);
    EXPECT_EQ(to_string(s.why), to_string(why));
    EXPECT_EQ(s.cart.slot, n);
    EXPECT_EQ(s.address, due_number(n).address);
    EXPECT_EQ(s.tick, due_number(n).decided);
  }
  void recall(uint32_t n, recall_point outlet_says) {
    queue.recall(claim_number(n), [=](mail_id, size_t) { return outlet_says; });
  }
  void nobody_has_it(uint32_t n) {
    queue.recall(claim_number(n), [](mail_id, size_t) {
      ADD_FAILURE() << "no outlet has it";
      return recall_point::too_late;
    });
  }

  mailer_options options = options_for_tests();
  manual_clock clock{test_start};
  mailer_metrics metrics;
  mail_queue queue{options, clock, metrics};
};

}  // namespace cartwheel::test
