#include "transport/http/http_server.hpp"

#include "tests/transport/http/http_server_fixture.hpp"

#include <atomic>
#include <stdexcept>

namespace cartwheel::http {
namespace {

using namespace std::chrono_literals;
using tests::raw_socket;
using testing::HasSubstr;
using testing::EndsWith;
using testing::StartsWith;

TEST_F(http_server_test, a_request_reaches_the_handler_whole) {
  serve();
  raw_socket c{port()};
  ASSERT_TRUE(
    c.send("POST /v1/carts/a%2Fb/c?x=1&y=%20 HTTP/1.1\r\nHost: x\r\nX-Thing: One\r\nContent-Length: 4\r\n\r\nbody"));
  EXPECT_THAT(c.receive_until("body"), StartsWith("HTTP/1.1 200 OK\r\n"));
  ASSERT_EQ(request_count(), 1u);
  const request& r = requests_[0];
  EXPECT_EQ(r.method, "POST");
  EXPECT_EQ(r.path, "/v1/carts/a/b/c");
  EXPECT_THAT(r.segments, testing::ElementsAre("v1", "carts", "a/b", "c"));
  EXPECT_THAT(r.query, testing::ElementsAre(testing::Pair("x", "1"), testing::Pair("y", " ")));
  EXPECT_EQ(r.header("x-thing"), "One");
  EXPECT_EQ(r.header("x-none"), "");
  EXPECT_EQ(r.body, "body");
  EXPECT_EQ(r.peer, "127.0.0.1");
}

TEST_F(http_server_test, a_connection_is_kept) {
  serve();
  raw_socket c{port()};
  for (int i = 0; i < 20; ++i) {
    const std::string path = "/" + std::to_string(i);
    ASSERT_TRUE(c.send(get(path)));
    ASSERT_THAT(c.receive_until("GET " + path + " "), HasSubstr("Content-Length: " + std::to_string(path.size() + 5)));
  }
  ASSERT_TRUE(c.send(get("/last", "Connection: close\r\n")));
  EXPECT_THAT(c.receive_all(), HasSubstr("Connection: close\r\n"));
  EXPECT_TRUE(c.ended());
  EXPECT_EQ(server_->metrics().connections, 1u);
}

TEST_F(http_server_test, http_1_0_closes_unless_asked_to_keep) {
  serve();
  raw_socket c{port()};
  ASSERT_TRUE(c.send("GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"));
  EXPECT_THAT(c.receive_until("GET /a "), HasSubstr("Connection: keep-alive\r\n"));
  ASSERT_TRUE(c.send("GET /b HTTP/1.0\r\n\r\n"));
  EXPECT_THAT(c.receive_all(), EndsWith("GET /b "));
  EXPECT_TRUE(c.ended());
}

TEST_F(http_server_test, pipelined_requests_are_answered_in_order) {
  serve();
  raw_socket c{port()};
  ASSERT_TRUE(c.send(get("/later1") + post("/now", "body") + get("/later2")));
  ASSERT_TRUE(later(1));
  EXPECT_EQ(c.receive(50ms), "");
  answer(0, "first.");
  ASSERT_TRUE(later(2));
  answer(1, "last.");
  const std::string all = c.receive_until("last.");
  const auto first = all.find("first."), second = all.find("POST /now body"), third = all.find("last.");
  EXPECT_LT(first, second);
  EXPECT_LT(second, third);
  EXPECT_NE(third, std::string::npos);
}

TEST_F(http_server_test, a_request_may_come_in_pieces) {
  serve();
  raw_socket c{port()};
  for (char ch : post("/pieces", "abc")) {
    ASSERT_TRUE(c.send({&ch, 1}));
    std::this_thread::sleep_for(100us);
  }
  EXPECT_THAT(c.receive_until("abc"), EndsWith("POST /pieces abc"));
}

TEST_F(http_server_test, chunked_bodies) {
  serve();
  raw_socket c{port()};
  ASSERT_TRUE(
    c.send("POST /c HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n" +
           get("/next")));
  EXPECT_THAT(c.receive_until("GET /next "), HasSubstr("POST /c abcde"));
}

TEST_F(http_server_test, head_has_the_length_but_no_body) {
  serve();
  raw_socket c{port()};
  ASSERT_TRUE(c.send("HEAD /h HTTP/1.1\r\nHost: x\r\n\r\n" + get("/after")));
  const std::string all = c.receive_until("GET /after ");
  EXPECT_THAT(
    all,
    StartsWith("HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 8\r\n\r\nHTTP/1.1 200"));
}

TEST_F(http_server_test, a_client_that_expects_100_is_told_to_go_on) {
  serve();
  raw_socket c{port()};
  ASSERT_TRUE(c.send("POST /e HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n"));
  EXPECT_EQ(c.receive(), "HTTP/1.1 100 Continue\r\n\r\n");
  ASSERT_TRUE(c.send("abc"));
  EXPECT_THAT(c.receive_until("abc"), StartsWith("HTTP/1.1 200"));
}

TEST_F(http_server_test, stop_finishes_what_is_with_a_handler) {
  serve();
  raw_socket busy{port()}, idle{port()}, half{port()};
  ASSERT_TRUE(idle.send(get("/")));
  idle.receive_until("GET / ");
  ASSERT_TRUE(half.send("GET / HT"));
  ASSERT_TRUE(busy.send(get("/later") + get("/never")));
  ASSERT_TRUE(later(1));
  server_->stop();
  EXPECT_EQ(idle.receive_all(), "");
  EXPECT_EQ(half.receive_all(), "");
  EXPECT_FALSE(raw_socket{port()}.connected());
  answer(0, "answered.");
  const std::string all = busy.receive_all();
  EXPECT_THAT(all, EndsWith("answered."));
  EXPECT_THAT(all, HasSubstr("Connection: close\r\n"));
  EXPECT_TRUE(busy.ended());
  busy.close();
  work_.reset();
  for (auto& t : threads_) t.join();  // nothing is left to do
  threads_.clear();
  EXPECT_EQ(request_count(), 2u) << "the pipelined one was not begun";
}

TEST_F(http_server_test, stop_does_not_wait_for_ever) {
  server_options options;
  options.stop_grace = 50ms;
  serve(options);
  raw_socket c{port()};
  ASSERT_TRUE(c.send(get("/later")));
  ASSERT_TRUE(later(1));
  server_->stop();
  EXPECT_EQ(c.receive_all(), "");
  EXPECT_TRUE(c.ended());
}

TEST_F(http_server_test, answers_may_come_when_the_server_and_its_loop_are_gone) {
  responder late;
  {
    boost::asio::io_context io;
    server_options options;
    options.port = 0;
    http_server server{io, options, [&](request, responder answer) {
                         late = std::move(answer);
                         io.stop();
                       }};
    raw_socket c{server.port()};
    ASSERT_TRUE(c.send(get("/")));
    io.run();
  }
  ASSERT_TRUE(late);
  late({});
}

TEST_F(http_server_test, many_clients_over_several_threads) {
  serve({}, 2);
  std::atomic<bool> done{false};
  std::thread answers{[&] {
    while (!done) {
      std::vector<responder> batch;
      {
        std::lock_guard lock{mutex_};
        batch.swap(later_);
      }
      for (auto& r : batch) r({200, "text/plain", "ok.", {}});
      std::this_thread::sleep_for(100us);
    }
  }};
  std::vector<std::thread> clients;
  for (int k = 0; k < 8; ++k)
    clients.emplace_back([&] {
      raw_socket c{port()};
      for (int i = 0; i < 100; ++i) {
        ASSERT_TRUE(c.send(i % 2 ? get("/later") : get("/now")));
        ASSERT_THAT(c.receive_until(i % 2 ? "ok." : "GET /now "), StartsWith("HTTP/1.1 200"));
      }
    });
  for (auto& t : clients) t.join();
  done = true;
  answers.join();
  EXPECT_EQ(server_->metrics().requests, 800u);
}

TEST(http_server_host, beyond_loopback_only_when_allowed) {
  boost::asio::io_context io;
  server_options options;
  options.key = "public.listen";
  options.port = 0;
  options.host = "0.0.0.0";
  try {
    http_server refused{io, options, {}};
    ADD_FAILURE();
  } catch (const std::invalid_argument& e) {
    EXPECT_THAT(e.what(), HasSubstr("public.listen = \"0.0.0.0\""));
  }
  options.allow_remote = true;
  http_server allowed{io, options, {}};
  EXPECT_NE(allowed.port(), 0);
}

}  // namespace
}  // namespace cartwheel::http
