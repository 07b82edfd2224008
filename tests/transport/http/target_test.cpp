#include "transport/http/target.hpp"

#include "transport/http/limits.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cartwheel::http {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

TEST(target, takes_a_path_and_a_query_apart) {
  const auto t = parse_target("/v1/decisions?shop=a%26b&limit=10&flag&q=a+b");
  ASSERT_TRUE(t);
  EXPECT_EQ(t->path, "/v1/decisions");
  EXPECT_THAT(t->segments, ElementsAre("v1", "decisions"));
  EXPECT_THAT(t->query, ElementsAre(Pair("shop", "a&b"), Pair("limit", "10"), Pair("flag", ""), Pair("q", "a b")));
}

TEST(target, an_escaped_slash_belongs_to_its_segment) {
  const auto t = parse_target("/v1/carts/a%2Fb/c+d%20%C3%A9");
  ASSERT_TRUE(t);
  EXPECT_EQ(t->path, "/v1/carts/a/b/c+d \xC3\xA9");
  EXPECT_THAT(t->segments, ElementsAre("v1", "carts", "a/b", "c+d \xC3\xA9"));
}

TEST(target, empty_segments_are_segments_but_the_root_has_none) {
  EXPECT_THAT(parse_target("/")->segments, IsEmpty());
  EXPECT_THAT(parse_target("/a/")->segments, ElementsAre("a", ""));
  EXPECT_THAT(parse_target("//")->segments, ElementsAre("", ""));
  EXPECT_THAT(parse_target("/?&&x")->query, ElementsAre(Pair("x", "")));
}

TEST(target, absolute_form) {
  const auto t = parse_target("HTTP://127.0.0.1:8480/healthz?x=1#y");
  ASSERT_TRUE(t);
  EXPECT_EQ(t->path, "/healthz");
  EXPECT_THAT(t->query, ElementsAre(Pair("x", "1")));
  EXPECT_EQ(parse_target("http://host")->path, "/");
  EXPECT_EQ(parse_target("http://host?q")->path, "/");
}

TEST(target, refuses_other_forms_and_broken_escapes) {
  for (const char* text :
       {"", "*", "host:443", "?a", "ftp://host/", "/%", "/%4", "/%zz", "/%-1", "/a?b=%", "/a?%gg=1", "/a%2"})
    EXPECT_FALSE(parse_target(text)) << text;
}

TEST(target, the_query_is_bounded) {
  std::string text = "/?";
  for (size_t i = 0; i < limits::query_parameters_max; ++i) text += "a&";
  EXPECT_TRUE(parse_target(text));
  EXPECT_FALSE(parse_target(text + "a"));
}

TEST(form, is_a_query_without_its_mark) {
  const auto f = parse_form("List-Unsubscribe=One-Click&reason=too+many%21&a=b=c");
  ASSERT_TRUE(f);
  EXPECT_THAT(*f, ElementsAre(Pair("List-Unsubscribe", "One-Click"), Pair("reason", "too many!"), Pair("a", "b=c")));
}

TEST(percent_encode, encodes_what_would_mean_something_else) {
  EXPECT_EQ(percent_encode("aZ09-._~"), "aZ09-._~");
  EXPECT_EQ(percent_encode("a b/c?d&e=%@\xc3\xa9"), "a%20b%2Fc%3Fd%26e%3D%25%40%C3%A9");
}

}  // namespace
}  // namespace cartwheel::http
