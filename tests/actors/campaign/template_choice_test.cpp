#include "actors/campaign/template_choice.hpp"

#include "actors/campaign/campaign.hpp"

#include <gtest/gtest.h>

namespace cartwheel {
namespace {

template_choice group(std::string name) {
  template_choice c;
  c.template_name = std::move(name);
  return c;
}

TEST(template_choice, the_first_group_that_fits_names_the_template) {
  campaign_step step;
  step.template_name = "all";
  auto flemish = group("flemish");
  flemish.locale = "nl-BE";
  auto dutch_customer = group("dutch-customer");
  dutch_customer.locale = "nl";
  dutch_customer.returning = true;
  auto dutch = group("dutch");
  dutch.locale = "nl";
  auto outlet_stranger = group("outlet-stranger");
  outlet_stranger.shop = "outlet";
  outlet_stranger.returning = false;
  step.templates = {flemish, dutch_customer, dutch, outlet_stranger};
  EXPECT_EQ(template_for(step, {"main", "nl_be", true}), "flemish");
  EXPECT_EQ(template_for(step, {"main", "nl-NL", true}), "dutch-customer");
  EXPECT_EQ(template_for(step, {"main", "NL", false}), "dutch");
  EXPECT_EQ(template_for(step, {"main", "nld", false}), "all") << "another language that begins alike";
  EXPECT_EQ(template_for(step, {"outlet", "en", false}), "outlet-stranger");
  EXPECT_EQ(template_for(step, {"outlet", "en", true}), "all");
  EXPECT_EQ(template_for(step, {"main", "", false}), "all");
}

TEST(template_choice, a_least_value_is_in_units_of_the_carts_currency) {
  campaign_step step;
  step.template_name = "small";
  auto large = group("large");
  large.min_value = "49.95";
  step.templates = {large};
  EXPECT_EQ(template_for(step, {"s", "en", false, 4'994, 2}), "small");
  EXPECT_EQ(template_for(step, {"s", "en", false, 4'995, 2}), "large");
  EXPECT_EQ(template_for(step, {"s", "en", false, 49, 0}), "small") << "49 yen are less than 49.95";
  EXPECT_EQ(template_for(step, {"s", "en", false, 50, 0}), "large");
  EXPECT_EQ(template_for(step, {"s", "en", false, -1, 2}), "small") << "nobody knows what it is worth";
}

TEST(template_choice, reads_amounts) {
  EXPECT_EQ(minor_least("100", 2), 10'000);
  EXPECT_EQ(minor_least("0", 2), 0);
  EXPECT_EQ(minor_least("1.5", 2), 150);
  EXPECT_EQ(minor_least("1.005", 2), 101);
  EXPECT_EQ(minor_least("1.500", 2), 150);
  EXPECT_EQ(minor_least("2.5", 3), 2'500);
  for (const char* wrong : {"", ".", "1.", ".5", "-1", "1,5", "1e3", " 1", "99999999999999999999"})
    EXPECT_EQ(minor_least(wrong, 2), std::nullopt) << wrong;
}

}  // namespace
}  // namespace cartwheel
