#include "app/load/load_result.hpp"

#include <gtest/gtest.h>

namespace cartwheel {
namespace {

using namespace std::chrono_literals;

load_result measured() {
  load_result r;
  r.events = r.sent_events = r.acked_events = 1'500'000;
  r.sent_bytes = 300'000'000;
  r.elapsed = 500ms;
  r.acks.record(1ms, 990);
  r.acks.record(20ms, 10);
  return r;
}

TEST(load_result, prints_what_was_measured) {
  auto text = summary(measured());
  EXPECT_NE(text.find("1,500,000 of 1,500,000 events in 0.500 s"), std::string::npos) << text;
  EXPECT_NE(text.find("3,000,000 events/s\n"), std::string::npos) << text;
  EXPECT_NE(text.find("200 bytes/event, 600.0 MB/s"), std::string::npos) << text;
  EXPECT_NE(text.find("max 20.00 ms"), std::string::npos) << text;
  EXPECT_EQ(text.find("asked for"), std::string::npos) << text;
}

TEST(load_result, names_the_rate_that_was_asked_for) {
  auto r = measured();
  r.rate = 2'000'000;
  auto text = summary(r);
  EXPECT_NE(text.find("(asked for 2000000)"), std::string::npos) << text;
  EXPECT_NE(text.find("from when it was due"), std::string::npos) << text;
}

TEST(load_result, stands_a_run_that_never_began) {
  load_result r;
  r.events = 10;
  EXPECT_FALSE(r.complete());
  EXPECT_EQ(r.events_per_second(), 0);
  EXPECT_NE(summary(r).find("0 of 10 events"), std::string::npos);
}

TEST(load_result, thousands_are_set_apart) {
  EXPECT_EQ(with_thousands(0), "0");
  EXPECT_EQ(with_thousands(999), "999");
  EXPECT_EQ(with_thousands(1000), "1,000");
  EXPECT_EQ(with_thousands(12'345'678), "12,345,678");
}

}  // namespace
}  // namespace cartwheel
