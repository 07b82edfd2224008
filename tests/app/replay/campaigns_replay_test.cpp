// Events and a configuration in, decisions out: the campaigns beside the abandoned cart's, through the whole engine.
#include "app/config/load.hpp"
#include "app/replay/replay_run.hpp"
#include "tests/scratch_folder.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>

namespace cartwheel {
namespace {

using ::testing::ElementsAre;

constexpr int64_t begin_ms = 1'700'000'000'000;

class campaigns_replay_test : public ::testing::Test {
 protected:
  campaigns_replay_test() {
    tell(0, R"("event":"identify","customer_id":"u","email":"u@example.com")");
    tell(0, R"("event":"consent","email":"u@example.com","channel":"email","status":"granted")");
  }
  /// One event; `at` in minutes.
  void tell(double at, const std::string& rest) {
    lines += fmt::format(R"({{"time":{},{}}})", begin_ms + static_cast<int64_t>(at * 60'000), rest) + "\n";
  }
  void add(double at, const std::string& cart = "c") {
    tell(at,
         fmt::format(R"("event":"add_to_cart","cart_id":"{}","customer_id":"u","items":[{{"item_id":"i"}}])", cart));
  }
  void on_cart(double at, const std::string& name, const std::string& more = "") {
    tell(at, fmt::format(R"("event":"{}","cart_id":"c"{})", name, more));
  }
  /// "MINUTE CART CAMPAIGN STEP REASON" of each decision within the first day or so, at any number of shards.
  std::vector<std::string> decided(const std::string& toml) {
    const auto file = (folder / "events.ndjson").string();
    std::ofstream{file} << lines
                        << fmt::format(R"({{"event":"view_item","visitor_id":"end","time":{}}})",
                                       begin_ms + 100'000'000)
                        << "\n";
    std::vector<std::string> first;
    for (int shards : {1, 3}) {
      auto config = parse_settings(toml + fmt::format("\n[node]\nshards = {}\n", shards), "c.toml", {});
      for (const auto& p : config.problems) ADD_FAILURE() << to_string(p);
      std::vector<std::string> all;
      auto summary = run_replay({file}, config.value.value(), false, [&](const std::vector<decision_line>& decisions) {
        for (const auto& l : decisions)
          all.push_back(fmt::format("{} {} {} {} {}", (unix_ms(l.tick) - begin_ms) / 60'000, l.cart_id,
                                    to_string(l.campaign), l.step, to_string(l.reason)));
      });
      EXPECT_THAT(summary.refusals, ElementsAre());
      if (shards == 1)
        first = std::move(all);
      else
        EXPECT_EQ(all, first);
    }
    return first;
  }

  test::scratch_folder folder;
  std::string lines;
};

constexpr auto checkout = "[campaign.checkout]\nenabled = true\nidle = \"1h\"\n";
constexpr auto unpaid = "[campaign.unpaid]\nenabled = true\nidle = \"2h\"\n";

TEST_F(campaigns_replay_test, a_checkout_has_a_series_of_its_own_where_that_is_enabled) {
  add(0);
  on_cart(10, "begin_checkout");
  EXPECT_THAT(decided(""), ElementsAre("20 c cart 0 opt_in"));
  EXPECT_THAT(decided(checkout), ElementsAre("70 c checkout 0 opt_in"));
  EXPECT_THAT(decided(std::string{checkout} + "clock = \"last_add\"\n"), ElementsAre("60 c checkout 0 opt_in"));
}

TEST_F(campaigns_replay_test, reached_behind_a_reminder_of_the_cart_it_begins_anew_and_the_cap_holds) {
  add(0);
  on_cart(30, "begin_checkout");
  EXPECT_THAT(decided(checkout), ElementsAre("20 c cart 0 opt_in", "90 c checkout 0 cap_24h"));
}

TEST_F(campaigns_replay_test, an_addition_behind_the_checkout_leads_back_to_the_cart) {
  add(0);
  on_cart(10, "begin_checkout");
  add(15);
  EXPECT_THAT(decided(checkout), ElementsAre("35 c cart 0 opt_in"));
}

TEST_F(campaigns_replay_test, an_order_that_waits_for_its_payment_is_reminded_of_until_it_is_settled) {
  add(0);
  on_cart(10, "purchase", R"(,"order_id":"o","payment":"pending")");
  EXPECT_THAT(decided(unpaid), ElementsAre("130 c unpaid 0 opt_in", "1470 c cart 0 cap_24h"))
    << "when the pause is over the cart's own series begins";
  for (const auto* settled : {"order_paid", "order_cancelled"}) {
    const auto before = lines;
    tell(100, fmt::format(R"("event":"{}","order_id":"o")", settled));
    const auto all = decided(unpaid);
    if (settled == std::string_view{"order_paid"})
      EXPECT_THAT(all, ElementsAre());
    else
      EXPECT_THAT(all, ElementsAre("120 c cart 0 opt_in"));
    lines = before;
  }
}

TEST_F(campaigns_replay_test, that_wants_the_same_basis_as_everything_else) {
  tell(1, R"("event":"consent","email":"u@example.com","channel":"email","status":"withdrawn")");
  add(2);
  on_cart(10, "purchase", R"(,"order_id":"o","payment":"pending")");
  EXPECT_THAT(decided(unpaid), ElementsAre("130 c unpaid 0 consent_withdrawn", "1470 c cart 0 consent_withdrawn"));
}

TEST_F(campaigns_replay_test, an_order_paid_elsewhere_before_the_purchase_does_not_end_the_waiting) {
  add(0);
  tell(5, R"("event":"purchase","order_id":"other","customer_id":"u")");
  on_cart(10, "purchase", R"(,"order_id":"o","payment":"pending")");
  EXPECT_THAT(decided(unpaid), ElementsAre("130 c unpaid 0 opt_in", "1470 c cart 0 cap_24h"));
}

TEST_F(campaigns_replay_test, of_several_in_one_second_the_most_important_has_it) {
  add(0, "a");
  add(0, "b");
  on_cart(0, "view_cart");
  tell(0, R"("event":"add_to_cart","cart_id":"c","customer_id":"u","items":[{"item_id":"i"}])");
  on_cart(0, "begin_checkout");
  const std::string same_second = "[campaign.checkout]\nenabled = true\nidle = \"20m\"\n";
  EXPECT_THAT(decided(same_second),
              ElementsAre("20 a cart 0 lower_priority", "20 b cart 0 lower_priority", "20 c checkout 0 opt_in"));
  EXPECT_THAT(decided(same_second + "priority = 4\n"),
              ElementsAre("20 a cart 0 opt_in", "20 b cart 0 cap_24h", "20 c checkout 0 lower_priority"));
  EXPECT_THAT(decided(same_second + "priority = 3\n"),
              ElementsAre("20 a cart 0 opt_in", "20 b cart 0 cap_24h", "20 c checkout 0 cap_24h"))
    << "of equal ones the order of every tick decides";
}

TEST_F(campaigns_replay_test, the_idle_time_counts_from_what_the_clock_names) {
  add(0);
  on_cart(5, "remove_from_cart", R"(,"items":[{"item_id":"none"}])");
  on_cart(10, "view_cart");
  EXPECT_THAT(decided("[campaign.cart]\nclock = \"last_cart_change\"\n"), ElementsAre("25 c cart 0 opt_in"));
  EXPECT_THAT(decided("[campaign.cart]\nclock = \"last_seen\"\n"), ElementsAre("30 c cart 0 opt_in"));
}

TEST_F(campaigns_replay_test, each_has_settings_of_its_own) {
  add(0);
  on_cart(1, "begin_checkout");
  for (const auto& [setting, reason] : std::map<std::string, std::string>{
         {"holdout_percent = 100", "holdout"}, {"enabled_at = \"2030-01-01T00:00:00Z\"", "campaign_off"}})
    EXPECT_THAT(decided(checkout + setting + "\n"), ElementsAre("61 c checkout 0 " + reason));
}

}  // namespace
}  // namespace cartwheel
