#include "transport/http/answer.hpp"

#include <gtest/gtest.h>

namespace cartwheel::http {
namespace {

TEST(answer, a_refusal_is_json_whatever_is_in_it) {
  const auto r = refuse(400, "line 1: \"x\\y\"\n\x01");
  EXPECT_EQ(r.status, 400);
  EXPECT_EQ(r.content_type, "application/json");
  EXPECT_EQ(r.body, "{\"error\": \"line 1: \\\"x\\\\y\\\"\\n\\u0001\"}\n");
}

TEST(answer, the_head_of_an_answer) {
  response r{201, "text/plain", "four", {{"Location", "/x"}}};
  EXPECT_EQ(serialize_head(r, true, false),
            "HTTP/1.1 201 Created\r\nContent-Type: text/plain\r\nContent-Length: 4\r\nLocation: /x\r\n\r\n");
  EXPECT_EQ(serialize_head(r, false, false),
            "HTTP/1.1 201 Created\r\nContent-Type: text/plain\r\nContent-Length: 4\r\nConnection: close\r\nLocation: "
            "/x\r\n\r\n");
  EXPECT_NE(serialize_head(r, true, true).find("Connection: keep-alive\r\n"), std::string::npos);
}

TEST(answer, no_content_has_neither_body_nor_length) {
  for (int status : {204, 304}) {
    response r{status, "text/plain", "dropped", {}};
    const std::string head = serialize_head(r, true, false);
    EXPECT_EQ(head.find("Content-"), std::string::npos);
    EXPECT_EQ(r.body, "");
  }
}

TEST(answer, a_line_end_in_a_field_writes_no_field) {
  response injected{302, "text/plain", "", {{"Location", "/x\r\nSet-Cookie: a=b"}}};
  const std::string head = serialize_head(injected, true, false);
  EXPECT_EQ(head.find("Set-Cookie"), std::string::npos);
  EXPECT_EQ(injected.status, 500);
  response status{7, "text/plain", "", {}};
  serialize_head(status, true, false);
  EXPECT_EQ(status.status, 500);
}

}  // namespace
}  // namespace cartwheel::http
