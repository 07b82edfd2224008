#include "app/api/readable_event.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace cartwheel {
namespace {

using nlohmann::json;

std::string packed(const json& what) {
  auto bytes = json::to_msgpack(what);
  return {bytes.begin(), bytes.end()};
}

TEST(readable_event, text_stays_as_it_came) {
  EXPECT_EQ(readable_event(R"({"event": "zzz", "name": "Zoë"})"), R"({"event": "zzz", "name": "Zoë"})");
  EXPECT_EQ(readable_event("add_to_cart of cart a/b"), "add_to_cart of cart a/b");
  EXPECT_EQ(readable_event(""), "");
}

TEST(readable_event, text_cut_within_a_character_loses_that) {
  EXPECT_EQ(readable_event("Zo\xc3"), "Zo");
  EXPECT_EQ(readable_event("a\xe2\x82"), "a");
  EXPECT_EQ(readable_event("a\xf0\x9f\x9b"), "a");
  EXPECT_EQ(readable_event("a\xe2\x82\xac"), "a\xe2\x82\xac");
}

TEST(readable_event, msgpack_becomes_json) {
  json event{{"event", "add_to_cart"}, {"items", {{{"item_id", "a"}, {"quantity", 0}}}}};
  EXPECT_EQ(json::parse(*readable_event(packed(event))), event);
  EXPECT_EQ(json::parse(*readable_event(packed(json::array({1769943600, event})))), json::array({1769943600, event}));
  // With Forward's own kind of time: ext 0 of eight bytes.
  auto entry = std::string{"\x92\xd7\x00\x69\x7f\x30\x70\x00\x00\x00\x00", 11} + packed(event);
  EXPECT_EQ(json::parse(*readable_event(entry))[1], event);
}

TEST(readable_event, what_is_neither_is_not_shown_as_text) {
  auto whole = packed({{"event", "add_to_cart"}, {"cart_id", "c"}});
  EXPECT_EQ(readable_event(whole.substr(0, whole.size() - 1)), std::nullopt) << "cut";
  EXPECT_EQ(readable_event(whole + "\xc1"), std::nullopt);
  EXPECT_EQ(readable_event("\xff\xfe\xc1"), std::nullopt);
}

TEST(readable_event, deep_nesting_is_not_followed) {
  EXPECT_EQ(readable_event(std::string(4'095, '\x91') + '\xc0'), std::nullopt);
  EXPECT_EQ(readable_event(std::string(1'000'000, '\x91') + '\xc0'), std::nullopt);
}

TEST(readable_event, broken_text_inside_msgpack_is_replaced) {
  auto shown =
    readable_event(std::string{"\x81\xa5"
                               "event"
                               "\xa2\xff\xfe"});
  ASSERT_TRUE(shown);
  EXPECT_EQ(json::parse(*shown)["event"], "\xef\xbf\xbd\xef\xbf\xbd");
}

}  // namespace
}  // namespace cartwheel
