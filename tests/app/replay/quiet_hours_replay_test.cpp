// Events and hours in, decisions out: two zones and the days on which their clocks are moved, through the whole engine.
#include "actors/event/moment.hpp"
#include "app/api/wording.hpp"
#include "app/config/load.hpp"
#include "app/replay/replay_run.hpp"
#include "tests/scratch_folder.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

namespace cartwheel {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class quiet_hours_replay_test : public ::testing::Test {
 protected:
  void tell(const std::string& time, const std::string& rest) {
    lines.emplace(parse_rfc3339(time).value(), fmt::format(R"({{"time":"{}",{}}})", time, rest));
  }
  /// Somebody who opted in fills a cart; it is due 20 minutes later.
  void leaves_a_cart(const std::string& who, const std::string& zone, const std::string& time) {
    tell(time, fmt::format(R"("event":"consent","email":"{}@example.com","channel":"email","status":"granted")", who));
    tell(time, fmt::format(R"("event":"identify","customer_id":"{0}","email":"{0}@example.com","time_zone":"{1}")", who,
                           zone));
    tell(time,
         fmt::format(
           R"("event":"add_to_cart","cart_id":"{0}","customer_id":"{0}","items":[{{"item_id":"i","price":5}}])", who));
  }
  void ends(const std::string& time) { tell(time, R"("event":"view_item","visitor_id":"end")"); }
  /// One that arrives behind all others, whatever its time.
  void tells_late(const std::string& time, const std::string& rest) {
    late.push_back(fmt::format(R"({{"time":"{}",{}}})", time, rest));
  }
  /// "TIME CART OUTCOME REASON", in the order of decisions.
  std::vector<std::string> decided(const std::string& campaign, unsigned shards = 2) {
    const auto file = (folder / "events.ndjson").string();
    {
      std::ofstream out{file};
      for (const auto& [_, line] : lines) out << line << "\n";
      for (const auto& line : late) out << line << "\n";
    }
    auto config = parse_settings(
      fmt::format("[node]\nshards = {}\n[campaign.cart]\nspread = \"0s\"\n{}", shards, campaign), "c.toml", {});
    for (const auto& p : config.problems) ADD_FAILURE() << to_string(p);
    std::vector<std::string> all;
    auto summary = run_replay({file}, config.value.value(), false, [&](const std::vector<decision_line>& made) {
      for (const auto& l : made)
        all.push_back(
          fmt::format("{} {}{} {} {}", rfc3339(l.tick), l.cart_id, l.step, to_string(l.outcome), to_string(l.reason)));
    });
    EXPECT_THAT(summary.refusals, IsEmpty());
    return all;
  }

  test::scratch_folder folder;
  std::multimap<instant, std::string> lines;
  std::vector<std::string> late;
};

constexpr auto night = "quiet_hours = \"21:00-08:00\"\n";

TEST_F(quiet_hours_replay_test, each_shopper_has_a_night_of_their_own) {
  leaves_a_cart("anna", "Europe/Amsterdam", "2026-03-28T20:30:00Z");
  leaves_a_cart("bhim", "Asia/Kathmandu", "2026-03-28T20:30:00Z");
  leaves_a_cart("cleo", "America/New_York", "2026-03-28T20:30:00Z");
  ends("2026-03-29T12:00:00Z");
  for (unsigned shards : {1, 2, 3})
    EXPECT_THAT(decided(night, shards),
                ElementsAre("2026-03-28T20:50:00.000Z cleo0 sent opt_in", "2026-03-29T02:15:00.000Z bhim0 sent opt_in",
                            "2026-03-29T06:00:00.000Z anna0 sent opt_in"))
      << "clocks went forward in Amsterdam";
  EXPECT_THAT(decided(""),
              ElementsAre("2026-03-28T20:50:00.000Z anna0 sent opt_in", "2026-03-28T20:50:00.000Z bhim0 sent opt_in",
                          "2026-03-28T20:50:00.000Z cleo0 sent opt_in"));
}

TEST_F(quiet_hours_replay_test, a_doubled_hour_is_quiet_until_it_is_over) {
  leaves_a_cart("anna", "Europe/Amsterdam", "2026-10-24T21:00:00Z");
  ends("2026-10-25T12:00:00Z");
  EXPECT_THAT(decided("quiet_hours = \"21:00-02:30\"\n"), ElementsAre("2026-10-25T01:30:00.000Z anna0 sent opt_in"));
}

TEST_F(quiet_hours_replay_test, orders_and_withdrawals_in_the_night_win) {
  for (const auto* who : {"a", "b", "c", "d"}) leaves_a_cart(who, "Etc/UTC", "2026-01-15T22:00:00Z");
  tell("2026-01-15T23:00:00Z", R"("event":"purchase","customer_id":"a","cart_id":"a","order_id":"1")");
  tell("2026-01-15T23:00:00Z", R"("event":"purchase","customer_id":"b","cart_id":"other","order_id":"2")");
  tell("2026-01-15T23:00:00Z", R"("event":"consent","email":"c@example.com","channel":"email","status":"withdrawn")");
  ends("2026-01-16T12:00:00Z");
  EXPECT_THAT(decided(night), ElementsAre("2026-01-16T08:00:00.000Z b0 ended ordered_other_cart",
                                          "2026-01-16T08:00:00.000Z c0 refused consent_withdrawn",
                                          "2026-01-16T08:00:00.000Z d0 sent opt_in"));
}

TEST_F(quiet_hours_replay_test, what_cannot_wait_so_long_is_refused_and_the_next_step_comes) {
  leaves_a_cart("a", "Etc/UTC", "2026-01-15T22:00:00Z");
  ends("2026-01-16T12:00:00Z");
  EXPECT_THAT(
    decided(std::string{night} +
            R"(steps = [{ after = "0s", template = "reminder-1", not_after = "1h" },
                                  { after = "2h", template = "reminder-2", not_after = "24h" }])"),
    ElementsAre("2026-01-15T22:20:00.000Z a0 refused quiet_hours", "2026-01-16T08:00:00.000Z a1 sent opt_in"));
}

TEST_F(quiet_hours_replay_test, later_steps_wait_for_one_that_is_deferred) {
  leaves_a_cart("a", "Etc/UTC", "2026-01-15T22:00:00Z");
  ends("2026-01-16T12:00:00Z");
  EXPECT_THAT(decided(std::string{night} + "cap = \"0s\"\n" +
                      R"(steps = [{ after = "0s", template = "reminder-1", not_after = "24h" },
                                  { after = "2h", template = "reminder-2", not_after = "24h" }])"),
              ElementsAre("2026-01-16T08:00:00.000Z a0 sent opt_in", "2026-01-16T08:00:01.000Z a1 sent opt_in"))
    << "one a tick";
}

TEST_F(quiet_hours_replay_test, a_clock_that_steps_back_does_not_bring_the_day_back) {
  leaves_a_cart("anna", "Europe/Amsterdam", "2026-01-15T20:30:00Z");
  ends("2026-01-15T23:00:00Z");
  // A sender whose clock was set back by hours: in its events it is the afternoon again.
  for (const auto* time : {"2026-01-15T15:00:00Z", "2026-01-15T15:30:00Z", "2026-01-15T18:59:59Z"})
    tells_late(time, R"("event":"view_item","visitor_id":"late")");
  EXPECT_THAT(decided(night), IsEmpty());
  tells_late("2026-01-16T06:59:59Z", R"("event":"view_item","visitor_id":"late")");
  EXPECT_THAT(decided(night), IsEmpty());
  tells_late("2026-01-15T19:00:00Z", R"("event":"view_item","visitor_id":"late")");
  tells_late("2026-01-16T07:00:00Z", R"("event":"view_item","visitor_id":"late")");
  EXPECT_THAT(decided(night), ElementsAre("2026-01-16T07:00:00.000Z anna0 sent opt_in"));
}

TEST_F(quiet_hours_replay_test, an_hour_that_comes_twice_is_peak_twice_and_quiet_once) {
  // Amsterdam, 25 October 2026: the clocks in town step back from 03:00 to 02:00 at 01:00 UTC.
  leaves_a_cart("anna", "Europe/Amsterdam", "2026-10-24T23:00:00Z");
  leaves_a_cart("bert", "Europe/Amsterdam", "2026-10-25T00:20:00Z");
  ends("2026-10-25T12:00:00Z");
  EXPECT_THAT(decided("peak_hours = \"02:30-04:00\"\n"),
              ElementsAre("2026-10-25T00:30:00.000Z anna0 sent opt_in", "2026-10-25T00:40:00.000Z bert0 sent opt_in"));
  EXPECT_THAT(decided("quiet_hours = \"21:00-02:45\"\n"),
              ElementsAre("2026-10-25T01:45:00.000Z anna0 sent opt_in", "2026-10-25T01:45:00.000Z bert0 sent opt_in"));
}

TEST_F(quiet_hours_replay_test, an_hour_that_is_skipped_is_not_waited_for) {
  // Amsterdam, 29 March 2026: from 02:00 to 03:00 at 01:00 UTC.
  leaves_a_cart("anna", "Europe/Amsterdam", "2026-03-28T22:00:00Z");
  ends("2026-03-31T12:00:00Z");
  EXPECT_THAT(decided("quiet_hours = \"21:00-02:30\"\n"), ElementsAre("2026-03-29T01:00:00.000Z anna0 sent opt_in"));
  EXPECT_THAT(decided("peak_hours = \"02:15-02:45\"\n"),
              ElementsAre("2026-03-28T22:20:00.000Z anna0 refused quiet_hours"))
    << "the next one is more than a day off";
}

TEST_F(quiet_hours_replay_test, a_leap_day_is_a_day_like_others) {
  leaves_a_cart("anna", "Europe/Amsterdam", "2028-02-28T22:00:00Z");
  leaves_a_cart("bert", "Europe/Amsterdam", "2028-02-29T10:00:00Z");
  ends("2028-03-02T12:00:00Z");
  EXPECT_THAT(decided("quiet_hours = \"21:00-08:00\"\n"),
              ElementsAre("2028-02-29T07:00:00.000Z anna0 sent opt_in", "2028-02-29T10:20:00.000Z bert0 sent opt_in"));
  EXPECT_THAT(decided("quiet_hours = \"Tue\"\n"),
              ElementsAre("2028-02-28T22:20:00.000Z anna0 sent opt_in", "2028-02-29T23:00:00.000Z bert0 sent opt_in"))
    << "the 29th is a Tuesday";
  EXPECT_THAT(decided("peak_hours = \"Wed\"\n"), ElementsAre("2028-02-28T22:20:00.000Z anna0 refused quiet_hours",
                                                             "2028-02-29T23:00:00.000Z bert0 sent opt_in"))
    << "the 1st of March: 24:40 hours from the one cart, and 12:40 from the other";
}

TEST_F(quiet_hours_replay_test, who_moves_to_another_zone_is_asked_by_its_clock) {
  // Anna's cart comes up in her evening and waits for her morning, in which she is in New York; Bert's comes up when he is
  // there already, at 19:10.
  leaves_a_cart("anna", "Europe/Amsterdam", "2026-01-15T20:30:00Z");
  leaves_a_cart("bert", "Europe/Amsterdam", "2026-01-15T23:50:00Z");
  for (const auto* who : {"anna", "bert"})
    tell("2026-01-16T00:00:00Z",
         fmt::format(R"("event":"identify","customer_id":"{}","time_zone":"America/New_York")", who));
  ends("2026-01-16T18:00:00Z");
  EXPECT_THAT(decided(night),
              ElementsAre("2026-01-16T00:10:00.000Z bert0 sent opt_in", "2026-01-16T13:00:00.000Z anna0 sent opt_in"))
    << "in Amsterdam it was 08:00 at 07:00Z";
}

TEST_F(quiet_hours_replay_test, a_zone_is_learnt_from_events_that_say_nothing_else_of_their_shopper) {
  for (const auto* who : {"anna", "bert", "carl"}) leaves_a_cart(who, "Europe/Amsterdam", "2026-01-15T20:30:00Z");
  const std::string zone = R"(,"time_zone":"America/New_York")";
  tell("2026-01-15T20:31:00Z", R"("event":"identify","customer_id":"anna")" + zone);
  tell("2026-01-15T20:31:00Z", R"("event":"purchase","customer_id":"bert","order_id":"1","payment":"failed")" + zone);
  tell("2026-01-15T20:31:00Z", R"("event":"view_item","customer_id":"carl")" + zone);
  ends("2026-01-16T12:00:00Z");
  EXPECT_THAT(decided(night),
              ElementsAre("2026-01-15T20:50:00.000Z anna0 sent opt_in", "2026-01-15T20:50:00.000Z bert0 sent opt_in",
                          "2026-01-16T07:00:00.000Z carl0 sent opt_in"))
    << "a page that is looked at teaches its cart alone";
}

TEST_F(quiet_hours_replay_test, peak_hours_are_waited_for) {
  leaves_a_cart("anna", "Europe/Amsterdam", "2026-01-15T10:00:00Z");
  ends("2026-01-16T12:00:00Z");
  EXPECT_THAT(decided("peak_hours = \"18:00-22:00\"\n"), ElementsAre("2026-01-15T17:00:00.000Z anna0 sent opt_in"));
}

}  // namespace
}  // namespace cartwheel
