#include "app/journal/json_parts.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cartwheel {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(json_elements, end_where_they_end) {
  EXPECT_THAT(json_elements("[1,[2,3],{\"a\":[4,5]}]"), ElementsAre("1", "[2,3]", "{\"a\":[4,5]}"));
  EXPECT_THAT(json_elements(" [ { } , \"a,]\" ]\n"), ElementsAre("{ }", "\"a,]\""));
  EXPECT_THAT(json_elements(R"(["\"],[", "\\", "{"])"), ElementsAre(R"("\"],[")", R"("\\")", "\"{\""));
  EXPECT_THAT(json_elements("[]"), IsEmpty());
  EXPECT_THAT(json_elements(" [ ] "), IsEmpty());
  EXPECT_THAT(json_elements("\n{\"a\": 1} "), ElementsAre("{\"a\": 1}"));
}

TEST(json_members, keep_every_character_of_their_values) {
  auto members = json_members(R"({ "a" : 1.10 , "b\u0063":"x:,}\"", "d":{"e":[1,{"f":2}]},"g":null })");
  ASSERT_EQ(members.size(), 4u);
  EXPECT_EQ(members[0].key, "a");
  EXPECT_EQ(members[0].value_text, "1.10");
  EXPECT_EQ(members[1].key, "bc");
  EXPECT_EQ(members[1].key_text, R"("b\u0063")");
  EXPECT_EQ(members[1].value_text, R"("x:,}\"")");
  EXPECT_EQ(members[2].value_text, R"({"e":[1,{"f":2}]})");
  EXPECT_EQ(members[3].value_text, "null");
  EXPECT_THAT(json_members("{}"), IsEmpty());
  EXPECT_THAT(json_members("[1]"), IsEmpty());
}

TEST(json_parts, of_what_is_no_json_end_somewhere) {
  for (auto text : {"", "[", "{", "[\"", "[\"\\", "{\"a", "{\"a\"", "{\"a\":", "[[[", "]", "}}", "[1,", "{:}", "{,}"}) {
    json_elements(text);
    json_members(text);
  }
}

TEST(on_one_line, changes_nothing_but_line_ends) {
  EXPECT_EQ(on_one_line("{\n  \"a\": \"b\\n\"\r\n}"), "{   \"a\": \"b\\n\"  }");
}

}  // namespace
}  // namespace cartwheel
