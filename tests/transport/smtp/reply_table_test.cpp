#include "transport/smtp/reply_table.hpp"

#include <gtest/gtest.h>

namespace cartwheel::smtp {
namespace {

struct expected {
  stage at;
  int code;
  const char* text;
  smtp::verdict verdict;
  subject about;
};

TEST(reply_table, reads_as_the_table_does) {
  using enum smtp::verdict;
  const expected rows[] = {
    {stage::mail, 451, "4.3.0 later", deferred, subject::relay},
    {stage::mail, 452, "4.3.1 storage", deferred, subject::relay},
    {stage::mail, 552, "too big", rejected, subject::message},
    {stage::mail, 550, "5.3.4 too big", rejected, subject::message},
    {stage::mail, 550, "5.2.3 too big", rejected, subject::message},
    {stage::mail, 555, "5.5.4 SIZE?", deferred, subject::parameter},
    {stage::mail, 501, "5.5.4 SIZE?", deferred, subject::parameter},
    {stage::mail, 550, "5.7.1 not you", deferred, subject::sender},
    {stage::mail, 553, "5.1.8 no such domain", deferred, subject::sender},
    {stage::mail, 530, "5.7.0 authenticate first", deferred, subject::sender},
    {stage::rcpt, 450, "4.2.0 greylisted", deferred, subject::message},
    {stage::rcpt, 550, "5.1.1 nobody", rejected, subject::recipient},
    {stage::rcpt, 550, "5.1.10 null MX", rejected, subject::recipient},
    {stage::rcpt, 550, "5.2.1 disabled", rejected, subject::recipient},
    {stage::rcpt, 552, "5.2.2 full", rejected, subject::quota},
    {stage::rcpt, 550, "User Unknown in table", rejected, subject::recipient},
    {stage::rcpt, 550, "5.7.1 user unknown to our policy", rejected, subject::policy},
    {stage::rcpt, 554, "5.7.1 relay access denied", rejected, subject::policy},
    {stage::rcpt, 550, "because", rejected, subject::policy},
    {stage::rcpt, 550, "4.1.1 contradicts itself", rejected, subject::policy},
    {stage::data, 454, "Throttling failure: Maximum sending rate exceeded.", deferred, subject::rate},
    {stage::data, 454, "Throttling failure: Daily message quota exceeded.", deferred, subject::day},
    {stage::data, 451, "4.7.0 too fast", deferred, subject::rate},
    {stage::data, 451, "4.3.0 not now", deferred, subject::relay},
    {stage::content, 454, "Throttling failure", deferred, subject::rate},
    {stage::data, 554, "5.0.0 no", rejected, subject::message},
    {stage::content, 250, "2.0.0 Ok: queued as 1", accepted, subject::message},
    {stage::content, 452, "4.3.1 storage", deferred, subject::message},
    {stage::content, 554, "5.7.1 looks like spam", rejected, subject::message},
    {stage::content, 550, "5.1.1 after all nobody", rejected, subject::recipient},
    {stage::content, 421, "4.3.0 shutting down", deferred, subject::relay},
    {stage::rcpt, 421, "4.7.0 too many errors", deferred, subject::relay},
    {stage::connect, 554, "5.7.1 go away", deferred, subject::relay},
  };
  for (const auto& e : rows) {
    const auto j = judge(e.at, {e.code, e.text});
    EXPECT_EQ(j.verdict, e.verdict) << e.code << ' ' << e.text;
    EXPECT_EQ(j.about, e.about) << e.code << ' ' << e.text;
  }
}

}  // namespace
}  // namespace cartwheel::smtp
