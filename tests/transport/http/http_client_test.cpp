#include "transport/http/http_client.hpp"

#include "tests/transport/http/http_server_fixture.hpp"

#include <stdexcept>

namespace cartwheel::http {
namespace {

using ::testing::HasSubstr;

class http_client : public http_server_test {
 protected:
  std::string failure(uint16_t port, std::chrono::milliseconds most) {
    try {
      get("127.0.0.1", port, "/later", {}, most);
      return "";
    } catch (const std::runtime_error& e) {
      return e.what();
    }
  }
};

TEST_F(http_client, gets_what_a_server_tells) {
  serve();
  auto answer = get("127.0.0.1", port(), "/a%20b?c=d", {{"Authorization", "Bearer x"}}, std::chrono::seconds{20});
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "GET /a b ");
  ASSERT_EQ(request_count(), 1u);
  EXPECT_EQ(requests_[0].header("authorization"), "Bearer x");
  EXPECT_EQ(requests_[0].query.size(), 1u);
}

TEST_F(http_client, names_the_server_that_does_not_answer) {
  serve();
  auto at = "127.0.0.1:" + std::to_string(port()) + ": ";
  EXPECT_THAT(failure(port(), std::chrono::milliseconds{50}), HasSubstr(at));
  ASSERT_TRUE(later(1));
  answer(0, "too late");
  auto closed = port();
  shut_down();
  EXPECT_THAT(failure(closed, std::chrono::seconds{20}), HasSubstr(at));
}

TEST(http_client_text, encodes_what_would_mean_something_else) {
  EXPECT_EQ(percent_encode("aZ09-._~"), "aZ09-._~");
  EXPECT_EQ(percent_encode("a b/c?d&e=%@\xc3\xa9"), "a%20b%2Fc%3Fd%26e%3D%25%40%C3%A9");
}

}  // namespace
}  // namespace cartwheel::http
