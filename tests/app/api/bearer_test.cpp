#include "app/api/bearer.hpp"

#include <gtest/gtest.h>

namespace cartwheel {
namespace {

http::request with(std::string authorization) {
  http::request r;
  if (!authorization.empty()) r.headers.emplace_back("authorization", std::move(authorization));
  return r;
}

TEST(bearer, lets_in_who_shows_the_token) {
  EXPECT_TRUE(shows_token(with("Bearer s3cret"), "s3cret"));
  EXPECT_TRUE(shows_token(with("bEARER s3cret"), "s3cret")) << "the scheme has no case";
  EXPECT_TRUE(shows_token(with("Bearer   s3cret "), "s3cret"));
}

TEST(bearer, and_nobody_else) {
  for (const char* shown : {"", "Bearer", "Bearer ", "s3cret", "Basic s3cret", "Bearer s3cre", "Bearer s3crets",
                            "Bearer S3CRET", "Bearers3cret", "Bearer s3cret x", "Bearer x s3cret"})
    EXPECT_FALSE(shows_token(with(shown), "s3cret")) << shown;
}

TEST(bearer, an_empty_token_lets_nobody_in) {
  EXPECT_FALSE(shows_token(with(""), ""));
  EXPECT_FALSE(shows_token(with("Bearer "), ""));
  EXPECT_FALSE(shows_token(with("Bearer x"), ""));
}

TEST(bearer, says_what_it_wants) {
  auto answer = token_wanted(with(""));
  EXPECT_EQ(answer.status, 401);
  ASSERT_EQ(answer.headers.size(), 1u);
  EXPECT_EQ(answer.headers[0].first, "WWW-Authenticate");
  EXPECT_EQ(answer.headers[0].second, "Bearer realm=\"cartwheel\"");
  EXPECT_EQ(token_wanted(with("Bearer x")).headers[0].second, "Bearer realm=\"cartwheel\", error=\"invalid_token\"");
}

}  // namespace
}  // namespace cartwheel
