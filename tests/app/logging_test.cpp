#include "app/logging.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spdlog/spdlog.h>

namespace cartwheel {
namespace {

TEST(logging, knows_spdlogs_levels_and_sets_them) {
  for (const auto& level : log_levels()) {
    set_up_logging(level);
    auto name = spdlog::level::to_string_view(spdlog::default_logger()->level());
    // spdlog prints "warning" for what it reads as "warn".
    EXPECT_TRUE((std::string{name.data(), name.size()}).starts_with(level)) << level;
  }
}

TEST(logging, writes_to_stderr_without_colours_when_that_is_no_terminal) {
  set_up_logging("info");
  testing::internal::CaptureStderr();
  spdlog::debug("too quiet");
  spdlog::warn("a relay refused {} mails", 3);
  auto written = testing::internal::GetCapturedStderr();
  EXPECT_THAT(written, testing::EndsWith(" warning a relay refused 3 mails\n"));
  EXPECT_THAT(written, testing::Not(testing::HasSubstr("\033")));
  EXPECT_THAT(written, testing::Not(testing::HasSubstr("too quiet")));
}

}  // namespace
}  // namespace cartwheel
