#include "app/config/deciding.hpp"
#include "app/config/load.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cartwheel {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::vector<std::string> problems_of(const std::string& file) {
  std::vector<std::string> all;
  for (const auto& p : parse_settings(file, "c.toml", {}).problems) all.push_back(to_string(p));
  return all;
}

const std::string steps =
  "[campaign.cart]\n"
  "steps = [\n"
  "  { after = \"0s\", template = \"reminder-1\" },\n"
  "  { after = \"7d\", template = \"reminder-2\", coupon = \"spring\" },\n"
  "]\n";

TEST(coupon_rules, a_step_names_a_pool_that_is_there) {
  EXPECT_THAT(problems_of(steps + "[coupon.spring]\npercent = 10\n"), ElementsAre());
  EXPECT_THAT(problems_of(steps), ElementsAre("c.toml:4: campaign.cart.steps[1].coupon: \"spring\": there is no "
                                              "[coupon.spring]"));
  EXPECT_THAT(problems_of(steps + "[coupon.sprang]\npercent = 10\n"),
              ElementsAre(HasSubstr("c.toml:4: campaign.cart.steps[1].coupon: \"spring\": there is no "
                                    "[coupon.spring]; did you mean \"sprang\"?")));
  EXPECT_THAT(problems_of("[coupon.Spring]\npercent = 10\n"), ElementsAre(HasSubstr("a pool's name must be")));
}

TEST(coupon_rules, a_pool_takes_something_off_for_as_long_as_it_says) {
  EXPECT_THAT(problems_of("[coupon.a]\nkind = \"percent\"\n"), ElementsAre(HasSubstr("c.toml:1: coupon.a.percent: ")));
  EXPECT_THAT(problems_of("[coupon.a]\nkind = \"amount\"\namount = [\"0.00 EUR\"]\n"),
              ElementsAre(HasSubstr("c.toml:3: coupon.a.amount: ")));
  EXPECT_THAT(problems_of("[coupon.a]\nkind = \"free-shipping\"\nvalid = \"1d\"\nat_least = \"2d\"\n"),
              ElementsAre(HasSubstr("c.toml:3: coupon.a.valid: \"24h\" is less than at_least (\"2d\")")));
  EXPECT_THAT(problems_of("[coupon.a]\nkind = \"free-shipping\"\n"), ElementsAre());
}

TEST(coupon_rules, pools_stand_in_the_log_with_what_decides) {
  auto loaded = parse_settings(steps + "[coupon.spring]\npercent = 10\n", "c.toml", {});
  ASSERT_TRUE(loaded.value);
  const auto text = deciding_configuration(*loaded.value, {});
  EXPECT_THAT(text, HasSubstr("[coupon.spring]\n"));
  EXPECT_EQ(read_deciding(text).campaign, loaded.value->campaign);
  // Without a pool nothing is said of any: the text is what it was before there were pools.
  EXPECT_THAT(deciding_configuration(settings{}, {}), testing::Not(HasSubstr("coupon")));
}

}  // namespace
}  // namespace cartwheel
