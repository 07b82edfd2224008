#include "app/config/reference.hpp"

#include "app/config/load.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

namespace cartwheel {
namespace {

TEST(reference, the_printed_defaults_read_back_as_the_defaults) {
  auto loaded = parse_settings(default_configuration(), "defaults.toml", {});
  for (const auto& p : loaded.problems) ADD_FAILURE() << to_string(p);
  EXPECT_EQ(loaded.value, settings{});
}

TEST(reference, the_page_is_the_programs_own) {
  std::ifstream in{CARTWHEEL_SOURCE_DIR "/docs/configuration.md"};
  std::string page{std::istreambuf_iterator<char>{in}, {}};
  EXPECT_EQ(page, configuration_reference())
    << "write it anew: cartwheel check --print-reference > docs/configuration.md";
}

TEST(reference, the_complaints_it_shows_are_the_real_ones) {
  auto loaded = parse_settings("\n\n[node]\nshards = 300\n\n\n\n[forward]\nlistn = \"\"\n", "cartwheel.toml",
                               {"journal.sync=never"});
  ASSERT_EQ(loaded.problems.size(), 3U);
  for (const auto& p : loaded.problems)
    EXPECT_THAT(configuration_reference(), testing::HasSubstr("    " + to_string(p) + "\n"));
}

}  // namespace
}  // namespace cartwheel
