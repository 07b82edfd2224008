#include "transport/forward/forward_server.hpp"

#include "tests/transport/forward/forward_server_fixture.hpp"

#include <stdexcept>
#include <system_error>

namespace cartwheel::forward {
namespace {

using namespace std::chrono_literals;
using samples::ack;
using tests::eventually;
using tests::raw_socket;
using testing::HasSubstr;

TEST_F(forward_server_test, acks_leave_in_order_whatever_the_order_of_acceptance) {
  serve();
  raw_socket client{port()};
  ASSERT_TRUE(client.send(packed("a") + packed("b") + packed("c")));
  ASSERT_TRUE(arrived(3));
  EXPECT_EQ(chunk_at(0).tag, "cartwheel.t");
  EXPECT_EQ(chunk_at(2).entries.bytes, samples::entries(3));
  settle(2, true);
  settle(1, true);
  EXPECT_EQ(client.receive(50ms), "") << "the first is not durable";
  settle(0, true);
  const std::string expected = ack("a") + ack("b") + ack("c");
  EXPECT_EQ(client.receive_exactly(expected.size()), expected);
}

// npm fluent-logger takes one `data` event for one message: it has one chunk in flight, so it must see one ack.
TEST_F(forward_server_test, one_chunk_in_flight_sees_one_ack_a_read) {
  accept_at_once_ = true;
  serve();
  raw_socket client{port()};
  for (int i = 0; i < 50; ++i) {
    const std::string id = "id-" + std::to_string(i) + "\n";
    ASSERT_TRUE(client.send(packed(id)));
    ASSERT_EQ(client.receive(), ack(id));
  }
}

TEST_F(forward_server_test, no_chunk_id_no_ack) {
  accept_at_once_ = true;
  serve();
  raw_socket client{port()};
  ASSERT_TRUE(client.send(packed("") + "\xc0" + packed("last")));
  EXPECT_EQ(client.receive(), ack("last"));
  EXPECT_EQ(chunk_count(), 2u);
}

TEST_F(forward_server_test, metrics_and_traces_are_acknowledged_but_not_handed_over) {
  accept_at_once_ = true;
  serve();
  raw_socket client{port()};
  ASSERT_TRUE(client.send("\x93" + samples::str("t") + samples::bin("x") + "\x82" + samples::str("chunk") +
                          samples::str("m") + samples::str("fluent_signal") + samples::uint(1)));
  EXPECT_EQ(client.receive(), ack("m"));
  EXPECT_EQ(chunk_count(), 0u);
  EXPECT_EQ(server_->metrics().chunks_not_applied, 1u);
}

// @fluent-org/logger half-closes after three idle seconds and still waits for its acks.
TEST_F(forward_server_test, a_peer_that_has_finished_sending_still_gets_its_acks) {
  serve();
  raw_socket client{port()};
  ASSERT_TRUE(client.send(packed("a") + packed("b")));
  client.finish_sending();
  ASSERT_TRUE(arrived(2));
  EXPECT_EQ(client.receive(50ms), "");
  EXPECT_FALSE(client.ended());
  settle(0, true);
  settle(1, true);
  EXPECT_EQ(client.receive_all(), ack("a") + ack("b"));
  EXPECT_TRUE(client.ended());
  EXPECT_TRUE(eventually([&] { return closed(close_reason::peer_closed) == 1; }));
  EXPECT_EQ(refused(0), "nothing was refused");
}

TEST_F(forward_server_test, a_bare_connect_is_a_heartbeat) {
  serve();
  { raw_socket client{port()}; }
  EXPECT_TRUE(eventually([&] { return closed(close_reason::peer_closed) == 1; }));
  EXPECT_EQ(server_->metrics().connections_open, 0u);
}

TEST_F(forward_server_test, rubbish_ends_the_connection_after_what_came_before_is_answered) {
  serve();
  raw_socket client{port()};
  const std::string good = packed("a") + packed("b");
  ASSERT_TRUE(client.send(good + "rubbish" + packed("c")));
  ASSERT_TRUE(arrived(2));
  // The peer goes on sending: closing over unread bytes would reset the connection and may destroy the acks.
  ASSERT_TRUE(client.send(packed("d")));
  settle(0, true);
  settle(1, true);
  EXPECT_EQ(client.receive_all(), ack("a") + ack("b"));
  EXPECT_TRUE(client.ended());
  EXPECT_FALSE(client.was_reset());
  EXPECT_EQ(chunk_count(), 2u);
  EXPECT_THAT(refused(0), HasSubstr("malformed: byte " + std::to_string(good.size()) +
                                    " of the stream: a message is an array or nil"));
  client.close();
  EXPECT_TRUE(eventually([&] { return server_->metrics().malformed() == 1; }));
}

TEST_F(forward_server_test, a_stream_cut_within_a_message_is_counted) {
  serve();
  raw_socket client{port()};
  ASSERT_TRUE(client.send(packed("a").substr(0, 20)));
  client.finish_sending();
  EXPECT_EQ(client.receive_all(), "");
  EXPECT_TRUE(eventually([&] { return closed(close_reason::cut_short) == 1; }));
}

TEST_F(forward_server_test, a_chunk_not_accepted_closes_without_its_ack) {
  serve();
  raw_socket client{port()};
  ASSERT_TRUE(client.send(packed("a") + packed("b") + packed("c")));
  ASSERT_TRUE(arrived(3));
  settle(1, false);
  settle(2, true);
  EXPECT_EQ(client.receive(50ms), "");
  EXPECT_FALSE(client.ended()) << "a may still become durable";
  settle(0, true);
  EXPECT_EQ(client.receive_all(), ack("a"));
  EXPECT_TRUE(client.ended());
  client.close();
  EXPECT_TRUE(eventually([&] { return closed(close_reason::not_accepted) == 1; }));
}

TEST_F(forward_server_test, a_handler_that_lets_go_of_a_chunk_has_not_accepted_it) {
  serve();
  raw_socket client{port()};
  ASSERT_TRUE(client.send(packed("a")));
  ASSERT_TRUE(arrived(1));
  {
    std::lock_guard lock{mutex_};
    waiting_.clear();
  }
  EXPECT_EQ(client.receive_all(), "");
  EXPECT_TRUE(client.ended());
  EXPECT_EQ(server_->unacked_bytes(), 0u);
}

TEST_F(forward_server_test, accepting_twice_is_accepting_once) {
  serve();
  raw_socket client{port()};
  ASSERT_TRUE(client.send(packed("a")));
  ASSERT_TRUE(arrived(1));
  acceptance accepted;
  {
    std::lock_guard lock{mutex_};
    accepted = waiting_[0];
  }
  accepted(true);
  accepted(false);
  accepted(true);
  EXPECT_EQ(client.receive(), ack("a"));
  ASSERT_TRUE(client.send(packed("b")));
  ASSERT_TRUE(arrived(2));
  settle(1, true);
  EXPECT_EQ(client.receive(), ack("b"));
}

TEST_F(forward_server_test, stop_waits_for_acks_that_are_due) {
  serve();
  raw_socket busy{port()}, idle{port()};
  ASSERT_TRUE(busy.send(packed("a")));
  ASSERT_TRUE(arrived(1));
  server_->stop();
  EXPECT_EQ(idle.receive_all(), "");
  EXPECT_TRUE(idle.ended());
  EXPECT_EQ(busy.receive(50ms), "");
  EXPECT_FALSE(busy.ended());
  settle(0, true);
  EXPECT_EQ(busy.receive_all(), ack("a"));
  EXPECT_TRUE(busy.ended());
  EXPECT_FALSE(raw_socket{port()}.connected());
  work_.reset();
  for (auto& t : threads_) t.join();  // nothing is left to do
  threads_.clear();
}

TEST_F(forward_server_test, stop_does_not_wait_for_ever) {
  server_options options;
  options.stop_grace = 100ms;
  serve(options);
  raw_socket client{port()};
  ASSERT_TRUE(client.send(packed("a")));
  ASSERT_TRUE(arrived(1));
  server_->stop();
  EXPECT_EQ(client.receive_all(), "");
  EXPECT_TRUE(client.ended());
}

TEST_F(forward_server_test, acceptance_may_come_when_the_server_and_its_loop_are_gone) {
  acceptance late;
  {
    boost::asio::io_context io;
    server_options options;
    options.port = 0;
    forward_server server{io, options, [&](chunk, acceptance accepted) {
                            late = std::move(accepted);
                            io.stop();
                          }};
    raw_socket client{server.port()};
    ASSERT_TRUE(client.send(packed("a")));
    io.run();
  }
  ASSERT_TRUE(late);
  late(true);
}

TEST(forward_server_host, beyond_loopback_only_when_insecure) {
  boost::asio::io_context io;
  server_options options;
  options.port = 0;
  for (const char* host : {"0.0.0.0", "::", "192.0.2.1", "no such host"}) {
    options.host = host;
    try {
      forward_server refused{io, options, {}};
      ADD_FAILURE() << host;
    } catch (const std::invalid_argument& e) {
      EXPECT_THAT(e.what(), HasSubstr("forward.listen = \"" + std::string{host} + "\""));
    }
  }
  options.host = "0.0.0.0";
  options.insecure = true;
  forward_server allowed{io, options, {}};
  EXPECT_NE(allowed.port(), 0);
  options.host = "localhost";
  options.insecure = false;
  forward_server local{io, options, {}};
}

TEST(forward_server_host, a_port_that_is_taken_is_an_error_that_names_the_key) {
  boost::asio::io_context io;
  server_options options;
  options.port = 0;
  forward_server first{io, options, {}};
  options.port = first.port();
  try {
    forward_server second{io, options, {}};
    ADD_FAILURE();
  } catch (const std::system_error& e) {
    EXPECT_THAT(e.what(), HasSubstr("forward.listen = \"127.0.0.1:"));
  }
}

}  // namespace
}  // namespace cartwheel::forward
