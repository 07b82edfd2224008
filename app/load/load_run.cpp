#include "app/load/load_run.hpp"

#include "app/config/endpoint.hpp"
#include "app/load/limits.hpp"
#include "app/load/load_sender.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include <algorithm>
#include <condition_variable>
#include <csignal>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <utility>

#include <fmt/format.h>

namespace cartwheel {
namespace {

constexpr std::chrono::milliseconds look_every{50};

/// Counts connections down, and lets one thread wait for the last.
class countdown {
 public:
  explicit countdown(size_t n) : left_{n} {}
  void down() {
    std::lock_guard lock{mutex_};
    if (--left_ == 0) over_.notify_all();
  }
  bool wait(std::chrono::milliseconds d) {
    std::unique_lock lock{mutex_};
    return over_.wait_for(lock, d, [this] { return left_ == 0; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable over_;
  size_t left_;
};

void check(const load_options& o) {
  if (o.events == 0) throw std::invalid_argument("--events: at least 1");
  if (o.carts == 0 || o.carts > limits::load_carts_max) {
    throw std::invalid_argument(fmt::format("--carts: {} is outside 1..{}", o.carts, limits::load_carts_max));
  }
  if (o.connections == 0) throw std::invalid_argument("--connections: at least 1");
  if (o.chunk_events == 0 || o.chunk_events > limits::load_chunk_events_max) {
    throw std::invalid_argument(fmt::format("--chunk-events: {} is outside 1..{}, what fits one Forward message",
                                            o.chunk_events, limits::load_chunk_events_max));
  }
  if (!(o.rate >= 0)) throw std::invalid_argument("--rate: at least 0");
}

load_result gather(const load_options& options, const std::vector<std::unique_ptr<load_sender>>& senders) {
  load_result r;
  r.events = options.events;
  r.rate = options.rate;
  auto first = std::chrono::steady_clock::time_point::max();
  std::chrono::steady_clock::time_point last{};
  for (size_t i = 0; i < senders.size(); i++) {
    const auto& t = senders[i]->totals();
    r.sent_events += t.sent_events;
    r.sent_bytes += t.sent_bytes;
    r.acked_events += t.acked_events;
    r.acks.merge(t.acks);
    if (t.sent_events > 0) first = std::min(first, t.first_sent);
    last = std::max(last, t.last_acked);
    if (!t.error.empty()) r.errors.push_back(fmt::format("connection {}: {}", i + 1, t.error));
  }
  if (r.acked_events > 0) r.elapsed = last - first;
  return r;
}

}  // namespace

load_result run_load(const load_options& options, const load_progress& progress) {
  check(options);
  auto to = parse_host_port(options.to);
  if (!to) throw std::invalid_argument(fmt::format("--to: {} is no HOST:PORT", options.to));

  auto connections = static_cast<uint32_t>(std::min<uint64_t>({options.connections, options.carts, options.events}));
  auto threads = std::clamp<size_t>(std::thread::hardware_concurrency(), 1, connections);
  wall_clock clock;
  // Told apart by the time of their start: runs of the last 49 days.
  auto run = static_cast<uint32_t>(unix_ms(clock.now()));

  boost::asio::io_context io{static_cast<int>(threads)};
  countdown ending{connections};
  std::vector<std::unique_ptr<load_sender>> senders;
  for (uint32_t c = 0; c < connections; c++) {
    load_plan plan{
      .to = {.host = to->host, .port = to->port, .window = options.window},
      .share = {.seed = options.seed, .carts = options.carts, .connection = c, .connections = connections, .run = run},
      .pace = {options.rate, c, connections, options.chunk_events},
      .events = options.events / connections + (c < options.events % connections ? 1 : 0)};
    senders.push_back(std::make_unique<load_sender>(io, clock, std::move(plan), [&] { ending.down(); }));
  }
  boost::asio::signal_set signals{io, SIGINT, SIGTERM};
  signals.async_wait([&](boost::system::error_code error, int) {
    if (error) return;
    for (auto& s : senders) s->stop();
  });

  for (auto& s : senders) s->start();
  std::vector<std::jthread> running;
  for (size_t i = 0; i < threads; i++) running.emplace_back([&] { io.run(); });
  while (!ending.wait(look_every)) {
    uint64_t acked = 0;
    for (const auto& s : senders) acked += s->acked_events();
    progress(acked, std::chrono::steady_clock::now());
  }
  io.stop();  // ends the wait for signals too
  running.clear();
  return gather(options, senders);
}

}  // namespace cartwheel
