#include "transport/http/http_server.hpp"

#include "tests/transport/http/http_server_fixture.hpp"

#include <random>

namespace cartwheel::http {
namespace {

using namespace std::chrono_literals;
using http_server_bounds = http_server_test;
using tests::eventually;
using tests::raw_socket;
using testing::HasSubstr;
using testing::StartsWith;

struct refused_case {
  const char* name;
  std::string bytes;
  int status;
};

class http_server_refuses : public http_server_test, public testing::WithParamInterface<refused_case> {};

// The client keeps sending: the answer must reach it all the same, not be destroyed by a reset.
TEST_P(http_server_refuses, with_a_json_body_and_closes) {
  server_options options;
  options.body_bytes_max = 1000;
  serve(options);
  raw_socket c{port()};
  c.send(GetParam().bytes);
  c.send_within(std::string(50'000, 'x'), 10ms);
  const std::string all = c.receive_all();
  EXPECT_THAT(all, StartsWith("HTTP/1.1 " + std::to_string(GetParam().status) + " "));
  EXPECT_THAT(all, HasSubstr("Content-Type: application/json\r\n"));
  EXPECT_THAT(all, HasSubstr("\r\n\r\n{\"error\": \""));
  EXPECT_THAT(all, HasSubstr("Connection: close\r\n"));
  EXPECT_TRUE(c.ended());
  EXPECT_FALSE(c.was_reset());
  EXPECT_EQ(request_count(), 0u);
  EXPECT_EQ(server_->metrics().refused, 1u);
}

INSTANTIATE_TEST_SUITE_P(
  all, http_server_refuses,
  testing::Values(
    refused_case{"no_http", "\x16\x03\x01 rubbish\r\n\r\n", 400}, refused_case{"bad_request_line", "GET\r\n\r\n", 400},
    refused_case{"bad_field", "GET / HTTP/1.1\r\nHost : x\r\n\r\n", 400},
    refused_case{"no_host", "GET / HTTP/1.1\r\n\r\n", 400},
    refused_case{"two_hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400},
    refused_case{"bad_escape", get("/a%zz"), 400}, refused_case{"cut_escape", get("/a?b=%1"), 400},
    refused_case{"asterisk", get("*"), 400},
    refused_case{"bad_length", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3x\r\n\r\n", 400},
    refused_case{"negative_length", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", 400},
    refused_case{"two_lengths", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\n", 400},
    refused_case{"smuggling", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n",
                 400},
    refused_case{"smuggling_reversed",
                 "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n", 400},
    refused_case{"bad_chunk", "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400},
    refused_case{"http_2", "GET / HTTP/2.0\r\nHost: x\r\n\r\n", 505},
    refused_case{"large_field", get("/", "X: " + std::string(20'000, 'x') + "\r\n"), 431},
    refused_case{"large_target", get("/" + std::string(20'000, 'x')), 431},
    refused_case{"large_body", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1001\r\n\r\n", 413},
    refused_case{"huge_body", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 18446744073709551615\r\n\r\n", 413},
    refused_case{
      "large_chunked",
      "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n7d0\r\n" + std::string(2000, 'x') + "\r\n",
      413}),
  [](const auto& one) { return std::string{one.param.name}; });

TEST_F(http_server_bounds, the_largest_body_is_taken) {
  server_options options;
  options.body_bytes_max = 1000;
  serve(options);
  raw_socket c{port()};
  ASSERT_TRUE(c.send(post("/", std::string(1000, 'x'))));
  EXPECT_THAT(c.receive_until(std::string(1000, 'x')), StartsWith("HTTP/1.1 200"));
}

TEST_F(http_server_bounds, bodies_together_are_bounded) {
  server_options options;
  options.body_bytes_max = 1000;
  options.bodies_bytes_max = 1500;
  serve(options);
  raw_socket first{port()}, second{port()};
  ASSERT_TRUE(first.send(post("/later", std::string(1000, 'x'))));
  ASSERT_TRUE(later(1));
  ASSERT_TRUE(second.send(post("/", std::string(1000, 'y'))));
  const std::string refusal = second.receive_all();
  EXPECT_THAT(refusal, StartsWith("HTTP/1.1 503 "));
  EXPECT_THAT(refusal, HasSubstr("Retry-After: 1\r\n"));
  answer(0, "done.");
  first.receive_until("done.");
  raw_socket third{port()};
  ASSERT_TRUE(third.send(post("/", std::string(1000, 'z'))));
  EXPECT_THAT(third.receive_until("zzz"), StartsWith("HTTP/1.1 200")) << "what was answered counts no more";
}

TEST_F(http_server_bounds, slow_clients_are_let_go) {
  server_options options;
  options.idle_max = options.header_time_max = options.body_time_max = 100ms;
  serve(options);
  raw_socket idle{port()}, header{port()}, body{port()};
  ASSERT_TRUE(header.send("GET / HT"));
  ASSERT_TRUE(body.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc"));
  for (raw_socket* c : {&idle, &header, &body}) {
    EXPECT_EQ(c->receive_all(), "");
    EXPECT_TRUE(c->ended());
  }
  EXPECT_TRUE(eventually([&] { return server_->metrics().timeouts == 2; })) << "being idle is no fault";
}

TEST_F(http_server_bounds, a_client_that_does_not_read_its_answer_is_let_go) {
  server_options options;
  options.write_time_max = 100ms;
  serve(options);
  raw_socket c{port(), 4 * 1024};
  ASSERT_TRUE(c.send(get("/later")));
  ASSERT_TRUE(later(1));
  answer(0, std::string(32 * 1024 * 1024, 'x'));
  EXPECT_TRUE(eventually([&] { return server_->metrics().timeouts == 1; }));
  EXPECT_TRUE(eventually([&] { return server_->metrics().connections_open == 0; }));
}

TEST_F(http_server_bounds, no_answer_in_time_is_503_and_a_later_one_is_dropped) {
  server_options options;
  options.answer_time_max = 100ms;
  serve(options);
  raw_socket c{port()};
  ASSERT_TRUE(c.send(get("/later")));
  ASSERT_TRUE(later(1));
  EXPECT_THAT(c.receive_until("in time"), StartsWith("HTTP/1.1 503 "));
  answer(0, "too late");
  ASSERT_TRUE(c.send(get("/next")));
  EXPECT_THAT(c.receive_until("GET /next "), StartsWith("HTTP/1.1 200 "));
  EXPECT_EQ(server_->metrics().unanswered, 1u);
}

TEST_F(http_server_bounds, some_answers_may_take_longer) {
  server_options options;
  options.answer_time_max = 10min;
  options.answer_time_of = [](const request& r) { return r.path == "/later/short" ? 50ms : 10min; };
  serve(options);
  raw_socket longer{port()}, shorter{port()};
  ASSERT_TRUE(longer.send(get("/later/long")));
  ASSERT_TRUE(later(1));
  ASSERT_TRUE(shorter.send(get("/later/short")));
  EXPECT_THAT(shorter.receive_until("in time"), StartsWith("HTTP/1.1 503 "));
  answer(0, "at last");
  EXPECT_THAT(longer.receive_until("at last"), StartsWith("HTTP/1.1 200 "));
}

TEST_F(http_server_bounds, a_responder_let_go_of_is_500) {
  serve();
  raw_socket c{port()};
  ASSERT_TRUE(c.send(get("/later")));
  ASSERT_TRUE(later(1));
  {
    std::lock_guard lock{mutex_};
    later_.clear();
  }
  EXPECT_THAT(c.receive_until("nobody"), StartsWith("HTTP/1.1 500 "));
  EXPECT_EQ(server_->metrics().unanswered, 1u);
}

TEST_F(http_server_bounds, connections_above_the_bound_are_told_so) {
  server_options options;
  options.connections_max = 1;
  serve(options);
  raw_socket first{port()};
  ASSERT_TRUE(first.send(get("/")));
  first.receive_until("GET / ");
  raw_socket second{port()};
  EXPECT_THAT(second.receive_all(), StartsWith("HTTP/1.1 503 "));
  EXPECT_EQ(server_->metrics().connections_turned_away, 1u);
  first.close();
  EXPECT_TRUE(eventually([&] { return server_->metrics().connections_open == 0; }));
  raw_socket third{port()};
  ASSERT_TRUE(third.send(get("/")));
  EXPECT_THAT(third.receive_until("GET / "), StartsWith("HTTP/1.1 200"));
}

// Whatever comes, the server answers or closes, and goes on serving others.
TEST_F(http_server_bounds, mutated_requests) {
  server_options options;
  options.header_time_max = options.body_time_max = options.idle_max = 50ms;
  options.linger_max = 50ms;
  serve(options);
  const std::string good[] = {get("/a?b=c"), post("/p", "body"),
                              "POST /c HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
                              "HEAD /h HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n\r\n"};
  std::mt19937_64 random{42};
  for (int round = 0; round < 300; ++round) {
    std::string text = good[random() % 4] + good[random() % 4];
    for (size_t i = 0, n = 1 + random() % 4; i < n; ++i) {
      const size_t at = random() % text.size();
      switch (random() % 3) {
        case 0: text[at] = static_cast<char>(random()); break;
        case 1: text.erase(at, 1); break;
        default: text.insert(at, 1, "\r\n :%0"[random() % 6]);
      }
    }
    raw_socket c{port()};
    c.send(text);
    c.finish_sending();
    c.receive_all();
    ASSERT_TRUE(c.ended()) << text;
  }
  raw_socket c{port()};
  ASSERT_TRUE(c.send(get("/still-there")));
  EXPECT_THAT(c.receive_until("still-there"), StartsWith("HTTP/1.1 200"));
}

}  // namespace
}  // namespace cartwheel::http
