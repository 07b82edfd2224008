#include "transport/forward/forward_client.hpp"

#include "tests/transport/forward/entries.hpp"
#include "transport/forward/encode.hpp"
#include "transport/forward/forward_server.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>

#include <gtest/gtest.h>

#include <stdexcept>
#include <thread>
#include <vector>

namespace cartwheel::forward {
namespace {

using namespace std::chrono_literals;

server_options anywhere() {
  server_options options;
  options.port = 0;
  return options;
}

struct one_client {
  boost::asio::io_context io;
  size_t to_send = 0;
  size_t sent = 0;
  std::vector<std::string> acked;
  std::error_code error;
  std::string what;
  int ends = 0;
  std::function<void()> at_end = [] {};

  client_callbacks callbacks() {
    return {
      [this]() -> std::optional<outgoing> {
        if (sent == to_send) return {};
        const std::string id = std::to_string(sent++);
        return outgoing{whole(pack_chunk("t", samples::entries(10), id, 10)), id};
      },
      [this](const std::string& id, std::chrono::nanoseconds latency) {
        EXPECT_GT(latency.count(), 0);
        acked.push_back(id);
      },
      [this](std::error_code e, const std::string& w) {
        error = e;
        what = w;
        ++ends;
        at_end();
      },
    };
  }
  client_options to(uint16_t port, size_t window = 4) { return {"127.0.0.1", port, window, 500ms}; }
};

TEST(forward_client, sends_within_its_window_and_ends_when_all_is_acknowledged) {
  one_client c;
  c.to_send = 100;
  std::vector<std::function<void(bool)>> waiting;
  size_t most = 0;
  forward_server server{c.io, anywhere(), [&](chunk, std::function<void(bool)> accepted) {
                          waiting.push_back(std::move(accepted));
                          most = std::max(most, waiting.size());
                          if (waiting.size() < 4 && c.sent < 100) return;
                          auto batch = std::move(waiting);
                          waiting.clear();
                          for (auto& a : batch) a(true);
                        }};
  forward_client client{c.io, c.to(server.port()), c.callbacks()};
  c.at_end = [&] { server.stop(); };
  client.start();
  client.finish();  // nothing was asked for yet: ends at once, without a chunk
  c.io.run();
  EXPECT_EQ(c.ends, 1);
}

TEST(forward_client, a_window_of_chunks) {
  one_client c;
  c.to_send = 100;
  size_t under_way = 0, most = 0;
  std::vector<std::function<void(bool)>> waiting;
  forward_server server{c.io, anywhere(), [&](chunk, std::function<void(bool)> accepted) {
                          most = std::max(most, ++under_way);
                          waiting.push_back(std::move(accepted));
                          if (waiting.size() < 4) return;  // 100 is a multiple of the window
                          auto batch = std::move(waiting);
                          waiting.clear();
                          under_way = 0;
                          for (auto& a : batch) a(true);
                        }};
  auto callbacks = c.callbacks();
  forward_client* self = nullptr;
  callbacks.acked = [&, inner = callbacks.acked](const std::string& id, std::chrono::nanoseconds latency) {
    inner(id, latency);
    if (c.acked.size() == 100) self->finish();
  };
  forward_client client{c.io, c.to(server.port()), callbacks};
  self = &client;
  c.at_end = [&] { server.stop(); };
  client.start();
  c.io.run();
  EXPECT_EQ(c.ends, 1);
  EXPECT_FALSE(c.error) << c.what;
  EXPECT_EQ(most, 4u);
  ASSERT_EQ(c.acked.size(), 100u);
  for (size_t i = 0; i < 100; ++i) EXPECT_EQ(c.acked[i], std::to_string(i));
}

TEST(forward_client, wakes_when_there_is_something_again) {
  one_client c;
  forward_server server{c.io, anywhere(), [](chunk, std::function<void(bool)> accepted) { accepted(true); }};
  forward_client client{c.io, c.to(server.port()), c.callbacks()};
  c.at_end = [&] { server.stop(); };
  client.start();
  std::thread later{[&] {
    std::this_thread::sleep_for(50ms);
    boost::asio::post(c.io, [&] { c.to_send = 3; });
    client.wake();
    std::this_thread::sleep_for(50ms);
    client.finish();
  }};
  c.io.run();
  later.join();
  EXPECT_EQ(c.acked.size(), 3u);
  EXPECT_FALSE(c.error) << c.what;
}

TEST(forward_client, tells_that_the_server_closed_over_unacknowledged_chunks) {
  one_client c;
  c.to_send = 2;
  forward_server server{c.io, anywhere(), [](chunk, std::function<void(bool)> accepted) { accepted(false); }};
  forward_client client{c.io, c.to(server.port()), c.callbacks()};
  c.at_end = [&] { server.stop(); };
  client.start();
  c.io.run();
  EXPECT_EQ(c.error, errc::closed_with_unacked);
}

TEST(forward_client, gives_up_on_an_ack) {
  one_client c;
  c.to_send = 1;
  std::vector<std::function<void(bool)>> kept;
  server_options options = anywhere();
  options.stop_grace = 50ms;
  forward_server server{c.io, options,
                        [&](chunk, std::function<void(bool)> accepted) { kept.push_back(std::move(accepted)); }};
  auto to = c.to(server.port());
  to.ack_timeout = 100ms;
  forward_client client{c.io, to, c.callbacks()};
  c.at_end = [&] { server.stop(); };
  client.start();
  c.io.run();
  EXPECT_EQ(c.error, errc::ack_timeout);
}

TEST(forward_client, tells_that_nobody_listens) {
  one_client c;
  uint16_t free_port = 0;
  {
    boost::asio::ip::tcp::acceptor a{c.io, {boost::asio::ip::address_v4::loopback(), 0}};
    free_port = a.local_endpoint().port();
  }
  forward_client client{c.io, c.to(free_port), c.callbacks()};
  client.start();
  c.io.run();
  EXPECT_EQ(c.error, std::errc::connection_refused);
  EXPECT_NE(c.what.find("cannot connect to 127.0.0.1"), std::string::npos);
}

// What a server answers is as hostile as what a client sends.
TEST(forward_client, refuses_answers_that_are_none_or_for_another_chunk) {
  for (const auto& [answer, expected] :
       {std::pair{samples::ack("7"), errc::unexpected_ack}, std::pair{std::string{"HTTP"}, errc::malformed_ack}}) {
    one_client c;
    c.to_send = 1;
    boost::asio::ip::tcp::acceptor a{c.io, {boost::asio::ip::address_v4::loopback(), 0}};
    boost::asio::ip::tcp::socket s{c.io};
    a.async_accept(s,
                   [&, text = answer](boost::system::error_code) { boost::asio::write(s, boost::asio::buffer(text)); });
    forward_client client{c.io, c.to(a.local_endpoint().port()), c.callbacks()};
    client.start();
    c.io.run();
    EXPECT_EQ(c.error, expected);
  }
}

TEST(forward_client, stop_ends_without_error_and_destruction_silently) {
  one_client c;
  forward_server server{c.io, anywhere(), [](chunk, std::function<void(bool)>) {}};
  {
    forward_client client{c.io, c.to(server.port()), c.callbacks()};
    client.start();
    client.stop();
  }
  { forward_client client{c.io, c.to(server.port()), c.callbacks()}; }
  server.stop();
  c.io.run();
  EXPECT_EQ(c.ends, 1);
  EXPECT_FALSE(c.error);
}

TEST(forward_client, a_window_out_of_range_is_a_mistake) {
  boost::asio::io_context io;
  EXPECT_THROW((forward_client{io, {"127.0.0.1", 1, 0, 1s}, {}}), std::invalid_argument);
  EXPECT_THROW((forward_client{io, {"127.0.0.1", 1, limits::client_window_max + 1, 1s}, {}}), std::invalid_argument);
}

}  // namespace
}  // namespace cartwheel::forward
