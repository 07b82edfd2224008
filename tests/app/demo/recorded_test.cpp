#include "app/demo/recorded.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <set>

namespace cartwheel {
namespace {

constexpr instant friday = from_unix_ms(1'795'129'200'000);
constexpr milliseconds month = std::chrono::days{31};

TEST(recorded, comes_with_the_program) {
  std::ifstream file{CARTWHEEL_SOURCE_DIR "/tests/data/otto/events.ndjson.gz", std::ios::binary};
  std::string bytes{std::istreambuf_iterator<char>{file}, {}};
  ASSERT_FALSE(bytes.empty());
  EXPECT_EQ(recorded_file(), bytes);
}

TEST(recorded, is_moved_to_the_start_with_its_gaps) {
  auto events = read_recorded(recorded_file(), friday, month);
  ASSERT_EQ(events.size(), 893u);
  EXPECT_EQ(events.front().time, friday);
  EXPECT_EQ(events.front().visitor_id, "v-0");
  EXPECT_EQ(events.front().shop, "otto");
  EXPECT_TRUE(std::ranges::is_sorted(events, {}, &gateway_event::time));
  EXPECT_EQ(events[4].time - events[3].time, 13ms);
  EXPECT_EQ(events[3].items.front().price, 8559);
  EXPECT_EQ(events[3].currency, "EUR");
}

TEST(recorded, ends_with_the_day) {
  auto events = read_recorded(recorded_file(), friday, 24h);
  EXPECT_EQ(events.size(), 215u);
  EXPECT_LT(events.back().time, friday + 24h);
}

TEST(recorded, plain_lines_do_too) {
  auto events = read_recorded(R"({"event":"view_cart","time":5000,"cart_id":"c"})"
                              "\n"
                              R"({"event":"view_cart","time":2000,"cart_id":"d"})"
                              "\n",
                              friday, month);
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[0].cart_id, "d");
  EXPECT_EQ(events[1].time, friday + 3s);
  EXPECT_TRUE(read_recorded("", friday, month).empty());
}

TEST(recorded, names_the_line_that_breaks_the_contract) {
  try {
    read_recorded("{\"event\":\"view_cart\",\"time\":1,\"cart_id\":\"c\"}\n{\"event\":\"view_cart\",\"time\":2}\n",
                  friday, month);
    FAIL() << "a cart without a name was taken";
  } catch (const std::runtime_error& e) {
    EXPECT_NE(std::string{e.what()}.find("line 2"), std::string::npos) << e.what();
  }
}

TEST(recorded, says_so_when_the_file_was_cut) {
  EXPECT_THROW(read_recorded(recorded_file().substr(0, 5000), friday, month), std::runtime_error);
  EXPECT_THROW(read_recorded("\x1f\x8bnonsense", friday, month), std::runtime_error);
}

TEST(demo_day, merges_both_in_order_of_time) {
  crowd_options options;
  options.start = friday;
  options.shoppers = 300;
  demo_day day{crowd{options}, read_recorded(recorded_file(), friday, 24h)};
  instant last{};
  size_t all = 0;
  while (const auto* e = day.next()) {
    EXPECT_GE(e->time, last);
    last = e->time;
    all++;
  }
  EXPECT_EQ(day.recorded_given(), 215u);
  EXPECT_EQ(day.generated_given(), all - 215);
  EXPECT_EQ(day.generated().arrived(), 300u);
  EXPECT_EQ(day.next(), nullptr);
}

TEST(demo_day, either_may_be_empty) {
  crowd_options nobody;
  nobody.start = friday;
  nobody.shoppers = 0;
  demo_day recorded_only{crowd{nobody}, read_recorded(recorded_file(), friday, 1h)};
  size_t n = 0;
  while (recorded_only.next() != nullptr) n++;
  EXPECT_EQ(n, recorded_only.recorded_given());
  EXPECT_GT(n, 0u);
  demo_day neither{crowd{nobody}, {}};
  EXPECT_EQ(neither.next(), nullptr);
}

}  // namespace
}  // namespace cartwheel
