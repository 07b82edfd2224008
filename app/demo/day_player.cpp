#include "app/demo/day_player.hpp"

#include <utility>

#include "runtime/base/hash.hpp"
#include "transport/forward/encode.hpp"
#include "transport/forward/forward_client.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <fmt/format.h>

#include <array>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <thread>

namespace cartwheel {

namespace {

constexpr size_t connection_count = 2;
/// How often the player looks at the clock: a gateway that forwards several times a second.
constexpr auto beat = 20ms;
constexpr size_t chunk_events_max = 500;

/// One connection and what waits to go out on it.
struct lane {
  std::unique_ptr<forward::forward_client> client;
  std::mutex mutex;
  std::deque<forward::outgoing> waiting;
  std::string entries;  // of the chunk being gathered, on the player's thread
  size_t count = 0;
  uint64_t chunks = 0;
};

}  // namespace

struct day_player::parts {
  parts(demo_day d, const clock_source& c) : day{std::move(d)}, clock{c}, work{io.get_executor()} {}

  void close_chunk(lane& l, size_t number) {
    if (l.count == 0) return;
    std::string id = fmt::format("demo-{}-{}", number, ++l.chunks);
    forward::outgoing out{whole(forward::pack_chunk("cartwheel.demo", l.entries, id, l.count)), id};
    sent += l.count;
    l.entries.clear();
    l.count = 0;
    {
      std::lock_guard lock{l.mutex};
      l.waiting.push_back(std::move(out));
    }
    l.client->wake();
  }

  demo_day day;
  const clock_source& clock;
  boost::asio::io_context io;
  std::optional<boost::asio::executor_work_guard<boost::asio::io_context::executor_type>> work;
  std::array<lane, connection_count> lanes;
  std::thread thread;
  std::atomic<uint64_t> sent{0};
  std::mutex mutex;
  std::condition_variable over;
  size_t ended = 0;
  std::string trouble;
};

day_player::day_player(demo_day day, const clock_source& clock, uint16_t port)
    : parts_{std::make_unique<parts>(std::move(day), clock)} {
  auto& p = *parts_;
  for (auto& l : p.lanes) {
    forward::client_options options;
    options.port = port;
    forward::client_callbacks callbacks;
    callbacks.next = [&l]() -> std::optional<forward::outgoing> {
      std::lock_guard lock{l.mutex};
      if (l.waiting.empty()) return {};
      auto out = std::move(l.waiting.front());
      l.waiting.pop_front();
      return out;
    };
    callbacks.acked = [](const std::string&, std::chrono::nanoseconds) {};
    callbacks.ended = [&p](std::error_code error, const std::string& what) {
      std::lock_guard lock{p.mutex};
      ++p.ended;
      if (error && p.trouble.empty()) p.trouble = what;
      p.over.notify_all();
    };
    l.client = std::make_unique<forward::forward_client>(p.io, options, std::move(callbacks));
    l.client->start();
  }
  p.thread = std::thread{[&p] { p.io.run(); }};
}

day_player::~day_player() {
  auto& p = *parts_;
  p.work.reset();
  p.io.stop();
  p.thread.join();
}

std::string day_player::play(const std::function<void()>& look, const std::function<bool()>& stop) {
  auto& p = *parts_;
  const gateway_event* e = p.day.next();
  while (e != nullptr && !stop()) {
    instant now = p.clock.now();
    for (; e != nullptr && e->time <= now; e = p.day.next()) {
      const auto& shopper =
        e->customer_id.empty() ? (e->visitor_id.empty() ? e->email : e->visitor_id) : e->customer_id;
      size_t number = fnv1a32(shopper) % connection_count;
      auto& l = p.lanes[number];
      append_entry(l.entries, *e);
      if (++l.count == chunk_events_max) p.close_chunk(l, number);
    }
    for (size_t i = 0; i < p.lanes.size(); ++i) p.close_chunk(p.lanes[i], i);
    look();
    std::unique_lock lock{p.mutex};
    if (p.over.wait_for(lock, beat, [&p] { return p.ended > 0; })) break;
  }
  for (auto& l : p.lanes) l.client->finish();
  std::unique_lock lock{p.mutex};
  p.over.wait(lock, [&p] { return p.ended == connection_count; });
  return p.trouble;
}

uint64_t day_player::sent() const { return parts_->sent; }
const demo_day& day_player::day() const { return parts_->day; }

}  // namespace cartwheel
