#include "app/config/deciding.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace cartwheel {
namespace {

TEST(deciding_configuration, is_read_again_as_it_was) {
  settings s;
  EXPECT_EQ(read_deciding(deciding_configuration(s, {})), (deciding_rules{s.campaign, s.shops, s.policy, {}}));
  s.campaign.idle = 45min;
  s.campaign.steps = {{1h, channel::email, "one", 2h}, {25h, channel::email, "two", 3h}};
  s.shops.fallback.legal_entity = "a \"quoted\" entity";
  s.shops.shops["example.nl"] = s.shops.fallback;
  s.shops.shops["example.nl"].country = "BE";
  s.shops.shops["\xc3\xa9t\xc3\xa9"].postal_address = "Rue 1\\2, Liège";
  s.campaign.clock = campaign_clock::last_seen;
  s.campaign.checkout.enabled = true;
  s.campaign.checkout.clock = campaign_clock::last_cart_change;
  s.campaign.checkout.priority = 7;
  s.campaign.checkout.min_value = {{{{'E', 'U', 'R'}}, 1'000}};
  s.campaign.unpaid.enabled = true;
  s.campaign.unpaid.steps = {{2h, channel::email, "pay", 1h}};
  s.campaign.after_purchase.enabled = true;
  s.campaign.after_purchase.idle = 3h;
  const auto text = deciding_configuration(s, {});
  EXPECT_EQ(read_deciding(text), (deciding_rules{s.campaign, s.shops, s.policy, {}}));
  EXPECT_EQ(deciding_configuration(s, {}), text);
}

TEST(deciding_configuration, holds_the_laws_that_are_asked) {
  settings s;
  s.policy.by_country = true;
  s.policy.window_count = 3;
  const auto countries = load_countries(s.policy);
  ASSERT_TRUE(countries.laws);
  ASSERT_GT(countries.laws->countries.size(), 5u);
  const auto text = deciding_configuration(s, countries);
  EXPECT_EQ(read_deciding(text), (deciding_rules{s.campaign, s.shops, s.policy, *countries.laws}));
  EXPECT_THROW(read_deciding(text + "=== XX\n[sale]\n"), std::runtime_error);
}

TEST(deciding_configuration, holds_nothing_else) {
  settings s;
  s.http.token = "secret";
  s.node.shards = 7;
  const auto text = deciding_configuration(s, {});
  EXPECT_EQ(text.find("secret"), std::string::npos);
  EXPECT_EQ(text.find("[node]"), std::string::npos);
}

TEST(deciding_configuration, of_another_version_is_refused_with_its_line) {
  try {
    read_deciding("[campaign.cart]\nidle = \"20m\"\nmood = \"good\"\n");
    FAIL() << "read";
  } catch (const std::runtime_error& e) {
    EXPECT_NE(std::string{e.what()}.find("configuration:3: campaign.cart.mood"), std::string::npos) << e.what();
  }
}

}  // namespace
}  // namespace cartwheel
