// How soon an order takes a reminder back: a whole node, a relay too slow for what is due, events at a steady rate, and now
// and then the order of somebody whose reminder waits. From the order's being durable to the recall's being confirmed.
//   CARTWHEEL_BENCH_RECALLS=2000     orders (200)
//   CARTWHEEL_BENCH_RATE=100000      events a second beside them (50,000)
#include "actors/gateway/gateway.hpp"
#include "actors/mailer/mailer.hpp"
#include "app/load/load_events.hpp"
#include "app/serve/node.hpp"
#include "bench/runtime/own_process.hpp"
#include "bench/runtime/scratch.hpp"
#include "bench/runtime/sizes.hpp"
#include "runtime/base/clock.hpp"
#include "tests/transport/smtp/loopback_sink.hpp"

#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <future>
#include <random>
#include <string>
#include <thread>
#include <vector>

namespace cartwheel {
namespace {

using steady = std::chrono::steady_clock;

constexpr instant begin = from_unix_ms(1'769'943'600'000);

size_t size_of(const char* name, size_t usual, size_t small) {
  const char* set = std::getenv(name);
  return bench::small() ? small : set != nullptr ? std::strtoull(set, nullptr, 10) : usual;
}

struct recall_figures {
  double p50_ms, p99_ms, most_ms;
  uint64_t recalled, gone, twice, mailed, events;
};

class shop_day {
 public:
  explicit shop_day(size_t carts) : carts_{carts} {
    smtp::test::sink_options slow;
    slow.delay = std::chrono::milliseconds{10};
    relay_.set(slow);
    settings s;
    s.node.data_dir = (folder_.path() / "data").string();
    s.node.watermark_silence = 0s;
    s.forward.listen.port = s.http.listen.port = s.public_site.listen.port = 0;
    s.outlet.kind = outlet_kind::smtp;
    s.relays.at("main").address = fmt::format("127.0.0.1:{}", relay_.port());
    node_ = std::make_unique<node>(std::move(s), clock_);
  }

  /// Every cart is filled by somebody who may be mailed, and left; its reminder waits behind the slow relay.
  void leave_carts() {
    constexpr size_t at_once = 500;
    for (size_t first = 0; first < carts_; first += at_once) {
      std::string body;
      for (size_t i = first; i < std::min(first + at_once, carts_); ++i) {
        body += fmt::format(
          R"({{"event":"identify","time":{0},"cart_id":"c{1}","customer_id":"u{1}","email":"{2}"}})"
          "\n"
          R"({{"event":"consent","time":{0},"email":"{2}","channel":"email","status":"granted"}})"
          "\n"
          R"({{"event":"add_to_cart","time":{0},"cart_id":"c{1}","customer_id":"u{1}","currency":"EUR","items":[{{"item_id":"i","item_name":"Boots","price":"12.50"}}]}})"
          "\n",
          unix_ms(begin), i, address(i));
      }
      post(std::move(body));
    }
    while (!node_->events().wait_until_applied(1s)) {}
    clock_->advance(20min + 2s);
    while (node_->mails().metrics().of(reminder_outcome::accepted) < 8) std::this_thread::sleep_for(1ms);
  }

  /// The order of cart `i`. Returns the moment it was durable.
  steady::time_point order(size_t i) {
    return post(fmt::format(R"({{"event":"purchase","time":{},"cart_id":"c{}","customer_id":"u{}","order_id":"o{}"}})",
                            unix_ms(clock_->now()), i, i, i));
  }

  uint64_t recalled() const {
    uint64_t all = 0;
    for (const auto& c : node_->mails().metrics().recalled) all += c.value();
    return all;
  }
  uint64_t accepted() const { return node_->mails().metrics().of(reminder_outcome::accepted); }
  std::vector<smtp::test::taken_mail> mailed() const { return relay_.taken(); }
  static std::string address(size_t i) { return fmt::format("c{}@example.org", i); }
  gateway& events() { return node_->events(); }
  instant now() const { return clock_->now(); }

 private:
  steady::time_point post(std::string body) {
    std::promise<steady::time_point> durable;
    node_->events().take_json(std::move(body), payload_format::json_lines, [&](const posted_events& p) {
      if (!p.durable || !p.refused.empty() || !p.error.empty()) std::abort();
      durable.set_value(steady::now());
    });
    return durable.get_future().get();
  }

  size_t carts_;
  bench::scratch folder_;
  smtp::test::loopback_sink relay_;
  std::shared_ptr<manual_clock> clock_ = std::make_shared<manual_clock>(begin);
  std::unique_ptr<node> node_;
};

/// Events of other shoppers, a thousand at a time, at a steady rate.
class background {
 public:
  background(shop_day& day, size_t rate)
      : thread_{[this, &day, rate] {
          load_events load{{.carts = 100'000}};
          for (auto next = steady::now(); !over_; next += std::chrono::microseconds{1'000'000'000 / rate}) {
            std::this_thread::sleep_until(next);
            std::string chunk;
            load.append(chunk, 1000, day.now());
            day.events().take_chunk("cartwheel.events", whole(std::move(chunk)), [this](bool) { events_ += 1000; });
          }
        }} {}
  ~background() { stop(); }
  void stop() {
    over_ = true;
    if (thread_.joinable()) thread_.join();
  }
  uint64_t events() const { return events_; }

 private:
  std::atomic<bool> over_{false};
  std::atomic<uint64_t> events_{0};
  std::thread thread_;
};

recall_figures measure(size_t orders, size_t rate) {
  spdlog::set_level(spdlog::level::err);
  const size_t carts = 20 * orders;
  shop_day day{carts};
  day.leave_carts();
  std::vector<double> took;
  std::vector<size_t> ordered;
  std::mt19937_64 random{7};
  uint64_t gone = 0;
  {
    background others{day, rate};
    for (size_t n = 0; n < orders; ++n) {
      // The later half: the relay takes the first ones meanwhile.
      const auto cart = carts / 2 + random() % (carts / 2);
      if (std::find(ordered.begin(), ordered.end(), cart) != ordered.end()) continue;
      const auto before = day.recalled();
      const auto durable = day.order(cart);
      auto confirmed = steady::now();
      while (day.recalled() == before && confirmed - durable < 1s) {
        std::this_thread::sleep_for(20us);
        confirmed = steady::now();
      }
      if (day.recalled() == before) {
        ++gone;  // its reminder had been sent
        continue;
      }
      ordered.push_back(cart);
      took.push_back(std::chrono::duration<double, std::milli>(confirmed - durable).count());
    }
    others.stop();
    const auto mailed = day.mailed();
    uint64_t twice = 0;
    for (const auto& m : mailed)
      for (const auto cart : ordered) twice += m.recipient == shop_day::address(cart);
    std::sort(took.begin(), took.end());
    const auto at = [&](double part) {
      return took.empty() ? 0 : took[static_cast<size_t>(part * static_cast<double>(took.size() - 1))];
    };
    return {at(0.5), at(0.99), at(1), took.size(), gone, twice, mailed.size(), others.events()};
  }
}

void recall_latency(benchmark::State& state) {
  const auto orders = size_of("CARTWHEEL_BENCH_RECALLS", 2000, 50);
  const auto rate = size_of("CARTWHEEL_BENCH_RATE", 50'000, 10'000);
  recall_figures f{};
  for (auto _ : state) {
    f = bench::in_own_process([&] { return measure(orders, rate); });
    state.SetIterationTime(f.p50_ms / 1000);
  }
  if (f.twice != 0) state.SkipWithError("a reminder that was taken back was mailed");
  if (f.recalled == 0) state.SkipWithError("no recall was seen");
  state.counters["p50_ms"] = f.p50_ms;
  state.counters["p99_ms"] = f.p99_ms;
  state.counters["max_ms"] = f.most_ms;
  state.counters["recalled"] = static_cast<double>(f.recalled);
  state.counters["had_gone"] = static_cast<double>(f.gone);
  state.counters["mailed"] = static_cast<double>(f.mailed);
  state.counters["events_beside"] = static_cast<double>(f.events);
}
BENCHMARK(recall_latency)->Iterations(1)->UseManualTime()->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace cartwheel
