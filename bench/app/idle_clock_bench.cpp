// When carts left behind are decided, in the whole server: all of one second at once, and many in every second.
//   CARTWHEEL_BENCH_DUE=1000000         carts due in one second (1 million)
//   CARTWHEEL_BENCH_DUE_RATE=100000     carts due a second (100,000), for
//   CARTWHEEL_BENCH_DUE_SECONDS=10      so many seconds (10)
//   CARTWHEEL_BENCH_DUE_CURVE=FILE      where to write, as CSV, how many were due and decided when
#include "app/load/load_events.hpp"
#include "bench/app/quiet_server.hpp"
#include "bench/runtime/own_process.hpp"
#include "bench/runtime/sizes.hpp"
#include "runtime/base/clock.hpp"
#include "tests/transport/smtp/loopback_sink.hpp"

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <thread>
#include <vector>

namespace cartwheel {
namespace {

using steady = std::chrono::steady_clock;

constexpr instant begin = from_unix_ms(1'769'943'600'000);
constexpr auto patience = std::chrono::minutes{3};

size_t size_of(const char* name, size_t usual, size_t small) {
  const char* set = std::getenv(name);
  return bench::small() ? small : set != nullptr ? std::strtoull(set, nullptr, 10) : usual;
}

double since(steady::time_point began) { return std::chrono::duration<double>(steady::now() - began).count(); }

/// Events of one kind, one for each cart.
load_mix only_identify() { return {0, 0, 0, 1, 0, 0, 0}; }
load_mix only_consent() { return {0, 0, 0, 0, 0, 0, 1}; }

void send_one_each(bench::quiet_server& to, size_t carts, uint32_t run, const load_mix& what, instant time) {
  load_events events{{1, carts, 0, 1, run, what}};
  for (size_t left = carts; left > 0;) {
    const size_t some = std::min<size_t>(left, 1'000);
    std::string entries;
    events.append(entries, some, time);
    to.take(std::move(entries));
    left -= some;
  }
  to.wait_until_applied();
}

struct at_once_figures {
  double seconds, decided, to_send, before_their_time;
};

at_once_figures all_in_one_second(const bench::scratch& folder, size_t carts, bool mails) {
  settings s;
  std::optional<smtp::test::loopback_sink> relay;
  if (mails) {  // one that is slow: what counts is that each cart has its decision
    smtp::test::sink_options slow;
    slow.delay = std::chrono::milliseconds{10};
    relay.emplace(slow);
    s.outlet.kind = outlet_kind::smtp;
    s.relays.at("main").address = fmt::format("127.0.0.1:{}", relay->port());
  }
  auto clock = std::make_shared<manual_clock>(begin);
  const auto idle = s.campaign.idle;
  auto* server = new bench::quiet_server{folder, clock, std::move(s)};  // left to the process's end
  if (mails) {
    send_one_each(*server, carts, 1, only_identify(), begin);
    send_one_each(*server, carts, 2, only_consent(), begin);
  }
  send_one_each(*server, carts, 3, {}, begin);  // the first visit to each cart adds to it
  clock->advance_to(begin + idle - 1s);
  std::this_thread::sleep_for(bench::small() ? 50ms : 500ms);
  server->wait_until_applied();
  const auto early = server->decided();
  const auto began = steady::now();
  clock->advance_to(begin + idle + 1s);
  while (server->decided() < carts && steady::now() - began < patience) std::this_thread::sleep_for(1ms);
  return {since(began), static_cast<double>(server->decided()),
          static_cast<double>(server->decided(decision_outcome::sent)), static_cast<double>(early)};
}

/// From the moment the clock passes the second in which all are due until the last is decided. Customers without an address,
/// who are refused; with argument 1 they have one and an opt-in, and each cart's reminder is claimed and queued.
void due_in_one_second(benchmark::State& state) {
  const auto carts = size_of("CARTWHEEL_BENCH_DUE", 1'000'000, 1'000);
  const bool mails = state.range(0) != 0;
  at_once_figures f{};
  for (auto _ : state) {
    const bench::scratch folder;  // outlives the process, which leaves its server behind
    f = bench::in_own_process([&] { return all_in_one_second(folder, carts, mails); });
    state.SetIterationTime(f.seconds);
  }
  if (f.decided != static_cast<double>(carts)) state.SkipWithError("some carts were not decided, or more than once");
  // An eighth of the load's customers have withdrawn.
  if (mails && f.to_send < 0.8 * static_cast<double>(carts)) state.SkipWithError("hardly anybody may be written to");
  state.counters["seconds"] = f.seconds;
  state.counters["carts"] = f.decided;
  state.counters["to_send"] = f.to_send;
  state.counters["early"] = f.before_their_time;
}
BENCHMARK(due_in_one_second)
  ->ArgName("mails")
  ->Arg(0)
  ->Arg(1)
  ->Iterations(1)
  ->UseManualTime()
  ->Unit(benchmark::kMillisecond);

struct seen {
  double at;  // seconds from the first due time on
  uint64_t decided;
};

struct lateness_figures {
  double p50, p99, most, early, in_time;
};

/// Due times are spread evenly, chunk by chunk. Decisions have no name here: the n-th due counts as decided when n were.
class due_curve {
 public:
  due_curve(size_t chunks, size_t chunk_carts, double chunk_seconds)
      : chunks_{chunks}, chunk_carts_{chunk_carts}, chunk_seconds_{chunk_seconds} {}

  uint64_t due_by(double at) const {
    if (at < 0) return 0;
    return std::min<uint64_t>(static_cast<uint64_t>(at / chunk_seconds_) + 1, chunks_) * chunk_carts_;
  }
  lateness_figures against(const std::vector<seen>& samples) const {
    std::vector<double> late;
    uint64_t early = 0;
    size_t sample = 0;
    for (size_t chunk = 0; chunk < chunks_; ++chunk) {
      while (sample < samples.size() && samples[sample].decided < (chunk + 1) * chunk_carts_) ++sample;
      if (sample == samples.size()) break;
      late.push_back(samples[sample].at - static_cast<double>(chunk) * chunk_seconds_);
    }
    for (const auto& s : samples) early = std::max(early, s.decided - std::min(s.decided, due_by(s.at)));
    std::ranges::sort(late);
    const bool all = late.size() == chunks_;
    const auto at = [&](double part) {
      return late.empty() ? 0 : late[static_cast<size_t>(std::ceil(part * static_cast<double>(late.size()))) - 1];
    };
    return {at(.5), at(.99), at(1), static_cast<double>(early), all ? 1. : 0.};
  }
  void write(const char* file, const std::vector<seen>& samples) const {
    std::ofstream out{file};
    out << "at,due,decided\n";
    for (const auto& s : samples) out << fmt::format("{:.3f},{},{}\n", s.at, due_by(s.at), s.decided);
    if (!out) throw std::runtime_error{fmt::format("{}: cannot be written", file)};
  }

 private:
  size_t chunks_, chunk_carts_;
  double chunk_seconds_;
};

/// On the machine's clock: carts whose additions lie so far back that they fall due in the seconds to come.
lateness_figures many_every_second(const bench::scratch& folder, size_t rate, size_t seconds) {
  constexpr double chunk_seconds = .01;
  const size_t chunk_carts = std::max<size_t>(1, static_cast<size_t>(static_cast<double>(rate) * chunk_seconds));
  const size_t chunks = static_cast<size_t>(static_cast<double>(seconds) / chunk_seconds);
  settings s;
  const auto idle = s.campaign.idle;
  const auto clock = std::make_shared<wall_clock>();
  auto* server = new bench::quiet_server{folder, clock, std::move(s)};  // left to the process's end
  // Time enough to take them all in.
  const auto lead = 2s + std::chrono::milliseconds{chunks * chunk_carts / 200};
  const instant first_due = clock->now() + std::chrono::duration_cast<milliseconds>(lead);
  load_events events{{1, chunks * chunk_carts, 0, 1, 0, {}}};
  for (size_t chunk = 0; chunk < chunks; ++chunk) {
    std::string entries;
    events.append(entries, chunk_carts, first_due - idle + milliseconds{static_cast<int64_t>(chunk) * 10});
    server->take(std::move(entries));
  }
  server->wait_until_applied();
  if (clock->now() > first_due) return {0, 0, 0, 0, -1};
  std::vector<seen> samples;
  const auto now = [&] {
    using namespace std::chrono;
    return duration<double>(system_clock::now().time_since_epoch()).count() -
           static_cast<double>(unix_ms(first_due)) / 1e3;
  };
  // Decided is read before the time: that is on the side of "early".
  for (const auto began = steady::now(); steady::now() - began < patience;) {
    const auto decided = server->decided();
    samples.push_back({now(), decided});
    if (decided >= chunks * chunk_carts) break;
    std::this_thread::sleep_for(1ms);
  }
  const due_curve due{chunks, chunk_carts, chunk_seconds};
  if (const char* file = std::getenv("CARTWHEEL_BENCH_DUE_CURVE")) due.write(file, samples);
  return due.against(samples);
}

/// From when a cart was due until it was decided; ticks are whole seconds, so half a second of it is the tick's.
void lateness(benchmark::State& state) {
  const auto rate = size_of("CARTWHEEL_BENCH_DUE_RATE", 100'000, 500);
  const auto seconds = size_of("CARTWHEEL_BENCH_DUE_SECONDS", 10, 2);
  lateness_figures f{};
  for (auto _ : state) {
    const bench::scratch folder;  // as above
    f = bench::in_own_process([&] { return many_every_second(folder, rate, seconds); });
    state.SetIterationTime(f.p99);
  }
  if (f.in_time < 0)
    state.SkipWithError("the carts were not in before the first was due");
  else if (f.in_time == 0)
    state.SkipWithError("some carts were not decided");
  else if (f.early > 0)
    state.SkipWithError("carts were decided before they were due");
  state.counters["p50_seconds"] = f.p50;
  state.counters["p99_seconds"] = f.p99;
  state.counters["max_seconds"] = f.most;
  state.counters["early"] = f.early;
  state.counters["due_per_s"] = static_cast<double>(rate);
}
BENCHMARK(lateness)->Iterations(1)->UseManualTime()->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace cartwheel
