#include "transport/forward/forward_server.hpp"

#include "tests/transport/forward/forward_server_fixture.hpp"
#include "transport/forward/ack_reader.hpp"

#include <atomic>
#include <random>

namespace cartwheel::forward {
namespace {

using namespace std::chrono_literals;
using forward_server_backpressure = forward_server_test;
using samples::ack;
using tests::eventually;
using tests::raw_socket;
using testing::HasSubstr;

TEST_F(forward_server_backpressure, a_pause_stops_reading_until_it_is_over) {
  accept_at_once_ = true;
  serve();
  raw_socket client{port()};
  ASSERT_TRUE(client.send(packed("a")));
  ASSERT_EQ(client.receive(), ack("a"));
  server_->pause(true);
  // What the connection was already waiting for is read into its buffer, but not handed over.
  ASSERT_TRUE(client.send(packed("b")));
  EXPECT_EQ(client.receive(100ms), "");
  const std::string much(32 * 1024 * 1024, '\xc0');
  EXPECT_LT(client.send_within(much, 200ms), much.size()) << "the kernel's buffers are full: nobody reads";
  EXPECT_EQ(chunk_count(), 1u);
  server_->pause(false);
  EXPECT_EQ(client.receive(), ack("b"));
}

TEST_F(forward_server_backpressure, new_connections_wait_through_a_pause) {
  accept_at_once_ = true;
  serve();
  server_->pause(true);
  raw_socket client{port()};
  ASSERT_TRUE(client.send(packed("a")));
  EXPECT_EQ(client.receive(50ms), "");
  server_->pause(false);
  EXPECT_EQ(client.receive(), ack("a"));
}

TEST_F(forward_server_backpressure, a_connection_is_not_read_beyond_its_unacked_bytes) {
  server_options options;
  options.unacked_bytes_per_connection_max = 64 * 1024;
  serve(options);
  raw_socket client{port()};
  std::string all;
  for (int i = 0; i < 100; ++i) all += pack_chunk("t", std::string(10'000, 'x'), std::to_string(i), 1);
  std::thread sender{[&] { EXPECT_TRUE(client.send(all)); }};
  ASSERT_TRUE(arrived(7));
  std::this_thread::sleep_for(50ms);
  EXPECT_EQ(chunk_count(), 7u) << "64 KiB are seven chunks of 10,000 bytes";
  std::string expected;
  for (size_t i = 0; i < 100; ++i) {
    ASSERT_TRUE(arrived(i + 1));
    settle(i, true);
    expected += ack(std::to_string(i));
  }
  EXPECT_EQ(client.receive_exactly(expected.size()), expected);
  sender.join();
}

TEST_F(forward_server_backpressure, nor_beyond_its_unacked_chunks) {
  server_options options;
  options.unacked_chunks_per_connection_max = 5;
  serve(options);
  raw_socket client{port()};
  std::string all;
  for (int i = 0; i < 20; ++i) all += pack_chunk("t", "", "", 0);
  ASSERT_TRUE(client.send(all));
  ASSERT_TRUE(arrived(5));
  std::this_thread::sleep_for(50ms);
  EXPECT_EQ(chunk_count(), 5u);
  for (size_t i = 0; i < 20; ++i) {
    ASSERT_TRUE(arrived(i + 1));
    settle(i, true);
  }
}

TEST_F(forward_server_backpressure, all_connections_together_are_not_read_beyond_the_servers_bound) {
  server_options options;
  options.unacked_bytes_max = 100'000;
  serve(options);
  raw_socket first{port()}, second{port()};
  const std::string big = pack_chunk("t", std::string(120'000, 'x'), "big", 1);
  ASSERT_TRUE(first.send(big));
  ASSERT_TRUE(arrived(1));
  EXPECT_GE(server_->unacked_bytes(), 120'000u);
  ASSERT_TRUE(second.send(packed("late")));
  EXPECT_EQ(second.receive(50ms), "");
  EXPECT_EQ(chunk_count(), 1u);
  settle(0, true);
  EXPECT_EQ(first.receive(), ack("big"));
  ASSERT_TRUE(arrived(2)) << "the other connection was woken";
  settle(1, true);
  EXPECT_EQ(second.receive(), ack("late"));
}

// npm fluent-logger's packed modes always ask for acks and, without requireAckResponse, never read them.
TEST_F(forward_server_backpressure, acks_nobody_reads_are_bounded) {
  accept_at_once_ = true;
  server_options options;
  options.ack_buffer_bytes_max = 16 * 1024;
  options.send_buffer_bytes = 8 * 1024;
  serve(options);
  raw_socket client{port(), 4 * 1024};
  std::string many;
  for (int i = 0; i < 1000; ++i) many += pack_chunk("t", "", std::string(200, 'i'), 0);
  EXPECT_TRUE(eventually([&] {
    client.send_within(many, 100ms);
    return closed(close_reason::unread_acks) == 1;
  }));
  EXPECT_THAT(refused(0), HasSubstr("unread_acks"));
  EXPECT_EQ(server_->metrics().connections_open, 0u);
}

TEST_F(forward_server_backpressure, acks_that_are_not_taken_for_long_end_the_connection) {
  accept_at_once_ = true;
  server_options options;
  options.send_buffer_bytes = 8 * 1024;
  options.stalled_after = 100ms;
  serve(options);
  raw_socket client{port(), 4 * 1024};
  std::string many;
  for (int i = 0; i < 1000; ++i) many += pack_chunk("t", "", std::string(200, 'i'), 0);
  ASSERT_TRUE(client.send(many));
  EXPECT_TRUE(eventually([&] { return closed(close_reason::unread_acks) == 1; }));
}

TEST_F(forward_server_backpressure, a_message_begun_must_go_on) {
  accept_at_once_ = true;
  server_options options;
  options.stalled_after = 100ms;
  serve(options);
  raw_socket idle{port()}, stalled{port()};
  ASSERT_TRUE(stalled.send(packed("a").substr(0, 10)));
  EXPECT_EQ(stalled.receive_all(), "");
  EXPECT_TRUE(stalled.ended());
  stalled.close();
  EXPECT_TRUE(eventually([&] { return closed(close_reason::stalled) == 1; }));
  ASSERT_TRUE(idle.send(packed("b"))) << "between messages a connection may be silent for ever";
  EXPECT_EQ(idle.receive(), ack("b"));
}

TEST_F(forward_server_backpressure, connections_above_the_bound_are_turned_away) {
  accept_at_once_ = true;
  server_options options;
  options.connections_max = 2;
  serve(options);
  std::optional<raw_socket> first{std::in_place, port()};
  raw_socket second{port()};
  ASSERT_TRUE(first->send(packed("a")) && second.send(packed("b")));
  ASSERT_EQ(first->receive(), ack("a"));
  ASSERT_EQ(second.receive(), ack("b"));
  raw_socket third{port()};
  EXPECT_EQ(third.receive_all(), "");
  EXPECT_TRUE(third.ended());
  EXPECT_EQ(server_->metrics().connections_turned_away, 1u);
  first.reset();
  EXPECT_TRUE(eventually([&] { return server_->metrics().connections_open == 1; }));
  raw_socket fourth{port()};
  ASSERT_TRUE(fourth.send(packed("d")));
  EXPECT_EQ(fourth.receive(), ack("d"));
}

// A small load generator's flood, accepted from two other threads, over a loop that runs on two threads.
TEST_F(forward_server_backpressure, a_flood_over_several_threads_is_answered_once_and_in_order) {
  serve({}, 2);
  constexpr size_t connections = 4, chunks = 300, window = 16;
  std::atomic<bool> done{false};
  std::vector<std::thread> journal;
  for (int i = 0; i < 2; ++i)
    journal.emplace_back([&] {
      while (!done) {
        std::vector<acceptance> batch;
        {
          std::lock_guard lock{mutex_};
          batch.swap(waiting_);
        }
        for (auto& accepted : batch) accepted(true);
        std::this_thread::sleep_for(200us);
      }
    });
  std::vector<std::thread> senders;
  std::atomic<size_t> acks{0};
  for (size_t c = 0; c < connections; ++c)
    senders.emplace_back([&, c] {
      raw_socket client{port()};
      std::mt19937 random{static_cast<unsigned>(c)};
      ack_reader reader;
      size_t sent = 0, read = 0;
      while (read < chunks) {
        for (; sent < chunks && sent - read < window; ++sent)
          ASSERT_TRUE(client.send(packed(std::to_string(c) + "-" + std::to_string(sent), 1 + random() % 2000)));
        const std::string part = client.receive();
        ASSERT_FALSE(part.empty());
        reader.feed(part);
        while (auto id = reader.next()) {
          ASSERT_EQ(*id, std::to_string(c) + "-" + std::to_string(read));
          ++read;
          ++acks;
        }
      }
    });
  for (auto& t : senders) t.join();
  done = true;
  for (auto& t : journal) t.join();
  EXPECT_EQ(acks, connections * chunks);
  EXPECT_EQ(server_->metrics().acks, connections * chunks);
  EXPECT_EQ(server_->unacked_bytes(), 0u);
}

// Pausing at random must lose no wake-up.
TEST_F(forward_server_backpressure, pausing_under_load_never_sticks) {
  accept_at_once_ = true;
  serve({}, 2);
  std::atomic<bool> done{false};
  std::thread pauser{[&] {
    while (!done) {
      server_->pause(true);
      std::this_thread::sleep_for(200us);
      server_->pause(false);
      std::this_thread::sleep_for(100us);
    }
  }};
  raw_socket client{port()};
  ack_reader reader;
  for (int i = 0; i < 500; ++i) {
    ASSERT_TRUE(client.send(packed(std::to_string(i), 50)));
    const std::string part = client.receive();
    ASSERT_EQ(part, ack(std::to_string(i)));
  }
  done = true;
  pauser.join();
}

}  // namespace
}  // namespace cartwheel::forward
