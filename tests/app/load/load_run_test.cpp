#include "app/load/load_run.hpp"

#include "actors/event/decode.hpp"
#include "runtime/base/clock.hpp"
#include "transport/forward/forward_server.hpp"

#include <boost/asio/io_context.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
#include <set>
#include <string>
#include <thread>

namespace cartwheel {
namespace {

using namespace std::chrono_literals;

/// A Forward server that decodes what it gets and accepts it, after a while if asked to.
class receiver {
 public:
  explicit receiver(std::function<bool(size_t chunk)> accepts = [](size_t) { return true; })
      : server_{io_, any_port(), [this, accepts](forward::chunk c, std::function<void(bool)> accepted) {
                  take(c);
                  accepted(accepts(++chunks_));
                }} {
    thread_ = std::jthread{[this] { io_.run(); }};
  }
  ~receiver() {
    io_.stop();
    thread_.join();
  }

  std::string address() const { return "127.0.0.1:" + std::to_string(server_.port()); }
  size_t events() const { return events_; }
  size_t refused() const { return refused_; }
  size_t carts() const { return carts_.size(); }
  size_t chunks() const { return chunks_; }

 private:
  static forward::server_options any_port() {
    forward::server_options options;
    options.port = 0;
    return options;
  }

  void take(const forward::chunk& c) {
    event_batch batch{c.entries};
    decode_entries(c.entries.bytes, {.now = clock_.now()}, batch);
    events_ += batch.events.size();
    refused_ += batch.refused.size();
    for (const auto& e : batch.events) {
      if (e.kind == event_kind::add_to_cart) carts_.emplace(e.cart_id);
    }
  }

  wall_clock clock_;
  boost::asio::io_context io_{1};
  std::atomic<size_t> events_ = 0, refused_ = 0, chunks_ = 0;
  std::set<std::string> carts_;
  forward::forward_server server_;
  std::jthread thread_;
};

load_options options_for(const receiver& r) {
  load_options o;
  o.to = r.address();
  o.events = 20'000;
  o.carts = 5'000;
  return o;
}

void ignore(uint64_t, std::chrono::steady_clock::time_point) {}

TEST(load_run, sends_everything_once) {
  receiver r;
  auto o = options_for(r);
  o.connections = 3;
  auto result = run_load(o, ignore);
  EXPECT_TRUE(result.complete());
  EXPECT_TRUE(result.errors.empty());
  EXPECT_EQ(r.events(), 20'000u);
  EXPECT_EQ(r.refused(), 0u);
  EXPECT_EQ(r.carts(), 5'000u);
  EXPECT_EQ(result.sent_events, 20'000u);
  EXPECT_EQ(result.acks.count(), r.chunks());
  EXPECT_GT(result.events_per_second(), 0);
}

TEST(load_run, keeps_to_its_rate) {
  receiver r;
  auto o = options_for(r);
  o.events = 2'000;
  o.rate = 10'000;
  o.connections = 2;
  auto result = run_load(o, ignore);
  EXPECT_TRUE(result.complete());
  EXPECT_GE(result.elapsed, 185ms);  // the last chunk is due a chunk before 200 ms
  EXPECT_EQ(r.chunks(), 200u);       // of ten events, 2 ms of 5,000 a second
}

TEST(load_run, counts_a_stall_against_every_chunk_that_was_due) {
  // The server sleeps 100 ms once; a closed loop would see one slow ack, here all chunks due meanwhile are slow.
  receiver r{[](size_t chunk) {
    if (chunk == 10) std::this_thread::sleep_for(100ms);
    return true;
  }};
  auto o = options_for(r);
  o.events = 200;
  o.rate = 1'000;
  auto result = run_load(o, ignore);
  EXPECT_TRUE(result.complete());
  EXPECT_GE(result.acks.quantile(0.8), 20ms);  // half of the run was due during the stall
  EXPECT_GE(result.acks.max(), 90ms);
}

TEST(load_run, says_so_when_the_server_closes) {
  receiver r{[](size_t chunk) { return chunk < 5; }};
  auto result = run_load(options_for(r), ignore);
  EXPECT_FALSE(result.complete());
  EXPECT_LT(result.acked_events, 20'000u);
  ASSERT_EQ(result.errors.size(), 1u);
  EXPECT_NE(result.errors[0].find("connection 1: "), std::string::npos);
}

TEST(load_run, says_so_when_nobody_listens) {
  load_options o;
  {
    receiver r;
    o = options_for(r);
  }
  auto result = run_load(o, ignore);
  EXPECT_EQ(result.acked_events, 0u);
  EXPECT_EQ(result.errors.size(), 1u);
  EXPECT_EQ(load(o), 1);
}

TEST(load_run, takes_no_more_connections_than_carts) {
  receiver r;
  auto o = options_for(r);
  o.carts = 2;
  o.events = 100;
  o.connections = 8;
  EXPECT_TRUE(run_load(o, ignore).complete());
  EXPECT_EQ(r.events(), 100u);
  EXPECT_EQ(r.chunks(), 2u);
}

TEST(load_run, refuses_what_makes_no_run) {
  load_options o;
  o.to = "127.0.0.1:1";
  o.chunk_events = 100'000;
  EXPECT_THROW(run_load(o, ignore), std::invalid_argument);
  EXPECT_EQ(load(o), 2);
  o = {};
  o.to = "nowhere";
  EXPECT_EQ(load(o), 2);
}

TEST(load_run, reports_how_far_it_is) {
  receiver r;
  auto o = options_for(r);
  o.events = 300;
  o.rate = 1'000;
  uint64_t seen = 0;
  auto result = run_load(o, [&](uint64_t acked, std::chrono::steady_clock::time_point) {
    EXPECT_GE(acked, seen);
    seen = acked;
  });
  EXPECT_GT(seen, 0u);
  EXPECT_LE(seen, result.acked_events);
}

}  // namespace
}  // namespace cartwheel
