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

TEST(templates, a_folder_that_is_not_there_is_an_error) {
  settings all;
  all.content.templates = testing::TempDir() + "/no such folder";
  EXPECT_FALSE(load_templates(all).errors.empty());
}

}  // namespace
}  // namespace cartwheel
