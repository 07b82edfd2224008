#include "app/load/load_sender.hpp"

#include "transport/forward/encode.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <atomic>
#include <deque>
#include <mutex>
#include <optional>
#include <utility>

#include <fmt/format.h>

namespace cartwheel {

namespace asio = boost::asio;
using steady = std::chrono::steady_clock;

struct load_sender::implementation {
  struct ready_chunk {
    forward::outgoing message;
    size_t events;
    std::chrono::nanoseconds due;
  };
  struct flying_chunk {
    size_t events;
    steady::time_point due;
  };

  implementation(asio::io_context& io_, const clock_source& clock_, load_plan plan_, std::function<void()> ended_)
      : io{io_},
        clock{clock_},
        plan{std::move(plan_)},
        told_ended{std::move(ended_)},
        events{plan.share},
        timer{io},
        client{io,
               plan.to,
               {.next = [this] { return next(); },
                .acked = [this](const std::string&, std::chrono::nanoseconds latency) { acked(latency); },
                .ended = [this](std::error_code error, const std::string& what) { ended(error, what); }}} {}

  // next, acked and ended run one at a time (the client's strand); encoding ahead and the timer run beside them.

  std::optional<forward::outgoing> next() {
    auto now = steady::now();
    std::unique_lock lock{mutex};
    if (ahead.empty()) encode_one();
    if (ahead.empty()) return {};
    if (totals.sent_events == 0 && started == steady::time_point{}) started = now;
    auto due = started + ahead.front().due;
    if (plan.pace.paced() && due > now) {
      wait_until(due);
      return {};
    }
    auto chunk = std::move(ahead.front());
    ahead.pop_front();
    ahead_bytes -= chunk.message.bytes.bytes.size();
    bool last = made == plan.events && ahead.empty();
    encode_ahead();
    lock.unlock();

    if (totals.sent_events == 0) totals.first_sent = now;
    totals.sent_events += chunk.events;
    totals.sent_bytes += chunk.message.bytes.bytes.size();
    flying.push_back({chunk.events, due});
    if (last) client.finish();
    return std::move(chunk.message);
  }

  void acked(std::chrono::nanoseconds latency) {
    auto now = steady::now();
    auto chunk = flying.front();
    flying.pop_front();
    totals.acks.record(plan.pace.paced() ? now - chunk.due : latency);
    totals.last_acked = now;
    totals.acked_events += chunk.events;
    acked_events.store(totals.acked_events, std::memory_order_relaxed);
  }

  void ended(std::error_code error, const std::string& what) {
    if (error) totals.error = what.empty() ? error.message() : fmt::format("{} ({})", what, error.message());
    {
      std::lock_guard lock{mutex};
      over = true;
      timer.cancel();
    }
    told_ended();
  }

  /// Makes the next chunk. Holds: mutex.
  void encode_one() {
    size_t n = std::min<uint64_t>(plan.pace.chunk_events(), plan.events - made);
    if (n == 0) return;
    auto due = plan.pace.due(made);
    if (!first_time) first_time = clock.now();
    auto time = plan.pace.paced() ? *first_time + std::chrono::duration_cast<milliseconds>(due) : clock.now();
    entries.clear();
    events.append(entries, n, time);
    auto id = fmt::format("{:016x}", ++chunks);
    auto message = whole(forward::pack_chunk("cartwheel.load", entries, id, n));
    ahead_bytes += message.bytes.size();
    ahead.push_back({{std::move(message), std::move(id)}, n, due});
    made += n;
  }

  /// Has one more chunk encoded when nothing else is to be done: one at a time, so that acks are read in between and their
  /// latency stays the server's. Holds: mutex.
  void encode_ahead() {
    if (over || encoding || made == plan.events) return;
    if (ahead.size() >= plan.to.window || ahead_bytes >= limits::load_ahead_bytes_max) return;
    encoding = true;
    asio::post(io, [this] {
      std::lock_guard lock{mutex};
      encoding = false;
      encode_one();
      encode_ahead();
    });
  }

  /// Holds: mutex.
  void wait_until(steady::time_point due) {
    if (over || waiting) return;
    waiting = true;
    timer.expires_at(due);
    timer.async_wait([this](boost::system::error_code) {
      {
        std::lock_guard lock{mutex};
        waiting = false;
        if (over) return;
      }
      client.wake();
    });
  }

  asio::io_context& io;
  const clock_source& clock;
  const load_plan plan;
  std::function<void()> told_ended;
  std::atomic<uint64_t> acked_events{0};
  load_totals totals;
  std::deque<flying_chunk> flying;

  std::mutex mutex;  // guards what follows, up to the client
  load_events events;
  std::string entries;
  std::deque<ready_chunk> ahead;
  size_t ahead_bytes = 0;
  uint64_t made = 0;
  uint64_t chunks = 0;
  std::optional<instant> first_time;
  steady::time_point started{};
  bool encoding = false;
  bool waiting = false;
  bool over = false;
  asio::steady_timer timer;

  forward::forward_client client;
};

load_sender::load_sender(asio::io_context& io, const clock_source& clock, load_plan plan, std::function<void()> ended)
    : self_{std::make_unique<implementation>(io, clock, std::move(plan), std::move(ended))} {}

load_sender::~load_sender() = default;

void load_sender::start() { self_->client.start(); }

void load_sender::stop() { self_->client.stop(); }

uint64_t load_sender::acked_events() const { return self_->acked_events.load(std::memory_order_relaxed); }

const load_totals& load_sender::totals() const { return self_->totals; }

}  // namespace cartwheel
