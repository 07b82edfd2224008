#include "app/api/event_media.hpp"

#include <gtest/gtest.h>

namespace cartwheel {
namespace {

TEST(event_media, by_type) {
  EXPECT_EQ(format_of_events("application/x-ndjson"), payload_format::json_lines);
  EXPECT_EQ(format_of_events("application/json"), payload_format::json_document);
  EXPECT_EQ(format_of_events("application/cloudevents+json"), payload_format::cloudevents);
  EXPECT_EQ(format_of_events("application/cloudevents-batch+json"), payload_format::cloudevents);
}

TEST(event_media, parameters_blanks_and_case_do_not_matter) {
  EXPECT_EQ(format_of_events("application/json; charset=utf-8"), payload_format::json_document);
  EXPECT_EQ(format_of_events(" Application/X-NDJSON \t;charset=utf-8"), payload_format::json_lines);
}

TEST(event_media, other_types_carry_none) {
  for (const char* type : {"", ";", "text/plain", "application/jsonx", "application/x-www-form-urlencoded",
                           "application/cloudevents", "json", "text/html; x=application/json"})
    EXPECT_EQ(format_of_events(type), std::nullopt) << type;
}

TEST(event_media, the_list_of_types_is_what_is_taken) {
  std::string_view rest = event_media_types;
  for (size_t n = 0; n < 4; ++n) {
    auto end = rest.find(", ");
    EXPECT_TRUE(format_of_events(rest.substr(0, end))) << rest;
    rest.remove_prefix(end == rest.npos ? rest.size() : end + 2);
  }
  EXPECT_EQ(rest, "");
}

}  // namespace
}  // namespace cartwheel
