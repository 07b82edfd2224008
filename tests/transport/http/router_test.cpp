#include "transport/http/router.hpp"

#include "transport/http/target.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace cartwheel::http {
namespace {

response ask(const router& r, const std::string& method, const std::string& text) {
  request q;
  q.method = method;
  auto t = *parse_target(text);
  q.path = t.path;
  q.segments = t.segments;
  response got;
  got.status = 0;
  r(std::move(q), [&](response answer) { got = std::move(answer); });
  return got;
}

router carts() {
  router r;
  auto tell = [](std::string what) {
    return [what](request, const path_values& at, responder answer) {
      response a;
      a.body = what + " " + at["shop"] + " " + at["cart_id"] + at["nothing"];
      answer(std::move(a));
    };
  };
  r.add("GET", "/", tell("page"));
  r.add("GET", "/v1/carts/{shop}/{cart_id}", tell("cart"));
  r.add("DELETE", "/v1/carts/{shop}/{cart_id}", tell("gone"));
  r.add("POST", "/v1/events", tell("events"));
  return r;
}

TEST(router, finds_by_method_and_path) {
  const router r = carts();
  EXPECT_EQ(ask(r, "GET", "/").body, "page  ");
  EXPECT_EQ(ask(r, "GET", "/v1/carts/shoes%2Fnl/c%201").body, "cart shoes/nl c 1");
  EXPECT_EQ(ask(r, "DELETE", "/v1/carts/a/b").body, "gone a b");
  EXPECT_EQ(ask(r, "HEAD", "/v1/carts/a/b").body, "cart a b");
}

TEST(router, nothing_there) {
  const router r = carts();
  for (const char* path :
       {"/v1", "/v1/carts/a", "/v1/carts/a/", "/v1/carts//b", "/v1/carts/a/b/", "/v1/carts/a/b/c", "//"}) {
    const auto answer = ask(r, "GET", path);
    EXPECT_EQ(answer.status, 404) << path;
    EXPECT_EQ(answer.body, "{\"error\": \"there is nothing here\"}\n");
  }
}

TEST(router, not_with_this_method) {
  const router r = carts();
  const auto answer = ask(r, "PUT", "/v1/carts/a/b");
  EXPECT_EQ(answer.status, 405);
  ASSERT_EQ(answer.headers.size(), 1u);
  EXPECT_EQ(answer.headers[0].first, "Allow");
  EXPECT_EQ(answer.headers[0].second, "GET, HEAD, DELETE");
  EXPECT_EQ(ask(r, "HEAD", "/v1/events").status, 405) << "HEAD goes where GET goes";
}

TEST(router, a_pattern_without_a_slash_is_a_mistake) {
  router r;
  EXPECT_THROW(r.add("GET", "v1", {}), std::invalid_argument);
  EXPECT_THROW(r.add("GET", "", {}), std::invalid_argument);
}

}  // namespace
}  // namespace cartwheel::http
