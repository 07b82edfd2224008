#include "app/config/templates.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cartwheel {
namespace {

using testing::ElementsAre;
using testing::StartsWith;

TEST(templates, the_defaults_have_all_of_theirs) {
  auto loaded = load_templates({});
  EXPECT_THAT(loaded.errors, testing::IsEmpty());
  EXPECT_TRUE(loaded.set);
}

TEST(templates, a_step_without_its_template_is_named) {
  settings all;
  all.campaign.steps[1].template_name = "remnder-2";
  auto loaded = load_templates(all);
  EXPECT_FALSE(loaded.set);
  EXPECT_THAT(loaded.errors,
              ElementsAre(StartsWith("campaign.cart.steps[1].template: \"remnder-2\" is not there in the "
                                     "language of shop.default (\"en\") or in English; must be one of ")));
}

TEST(templates, of_target_groups_must_be_there_in_their_shops_language) {
  settings all;
  template_choice group;
  group.template_name = "valued";
  group.shop = "outlet";
  all.campaign.steps[2].templates = {group};
  EXPECT_THAT(load_templates(all).errors,
              ElementsAre(StartsWith("campaign.cart.steps[2].templates[0].template: \"valued\" is not there in the "
                                     "language of shop.outlet (\"en\")")));
  all.campaign.steps[2].templates[0].template_name = "reminder-1";
  EXPECT_TRUE(load_templates(all).set);
}

TEST(templates, a_folder_that_is_not_there_is_an_error) {
  settings all;
  all.content.templates = testing::TempDir() + "/no such folder";
  EXPECT_FALSE(load_templates(all).errors.empty());
}

}  // namespace
}  // namespace cartwheel
