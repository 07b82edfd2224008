// A node from its way in to its shards, on a real disk: how fast it comes back, what `journal.sync` costs, and what a
// parked cart costs.
//   CARTWHEEL_BENCH_CARTS=10000000   carts to come back with (1 million; half as many events behind the snapshot)
//   CARTWHEEL_BENCH_PARKED=20000000  carts to be parked (1 million), beside a twentieth as many that are not
//   CARTWHEEL_BENCH_DIR              where the disk is that counts (the folder for temporary files)
#include "actors/gateway/gateway.hpp"
#include "actors/gateway/node_log.hpp"
#include "actors/parking/store_parking.hpp"
#include "actors/shard/engine.hpp"
#include "app/load/load_events.hpp"
#include "bench/runtime/own_process.hpp"
#include "bench/runtime/scratch.hpp"
#include "bench/runtime/sizes.hpp"
#include "runtime/base/allocator.hpp"
#include "runtime/base/clock.hpp"
#include "runtime/journal/segment_log.hpp"
#include "runtime/store/store.hpp"

#include <benchmark/benchmark.h>
#include <caf/all.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <future>
#include <random>
#include <thread>

#include <fcntl.h>
#include <unistd.h>

namespace cartwheel {
namespace {

namespace fs = std::filesystem;
using seconds_taken = std::chrono::duration<double>;

constexpr instant start = from_unix_ms(1'769'943'600'000);
constexpr size_t chunk_events = 1'000;

size_t size_of(const char* name, size_t usual, size_t small) {
  const char* set = std::getenv(name);
  return bench::small() ? small : set != nullptr ? std::strtoull(set, nullptr, 10) : usual;
}

double since(std::chrono::steady_clock::time_point began) {
  return seconds_taken(std::chrono::steady_clock::now() - began).count();
}

class small_node {
 public:
  struct options {
    sync_mode sync = sync_mode::always;
    bool parks = false;
    uint16_t shards = static_cast<uint16_t>(std::clamp(std::thread::hardware_concurrency(), 1u, 8u));
  };

  small_node(const fs::path& folder, options o)
      : log_{real_files(), folder / "journal"},
        tables_{store_options{folder / "store", limits::store_memory_bytes_default, nullptr}},
        place_{tables_},
        told_{{[this](std::span<const decision_line> lines) { events_->decided(lines); },
               [this](const event_place& p) { events_->failed(p); },
               [this](shard_id s, size_t n) { events_->applied(s, n); },
               {}}},
        shards_{shard_setup{
          o.shards, campaign(), {}, keys, start, true, false, &told_, nullptr, o.parks ? &place_ : nullptr, 60s}} {
    gateway_options g;
    g.sync = o.sync;
    g.snapshots = folder / "snapshots";
    g.snapshot_every = 24h;
    g.before_snapshot_is_whole = [this] { tables_.flush(); };
    g.watermarks = {0ms, 60s, 0ms};
    events_ = std::make_unique<gateway>(shards_, log_, real_files(), clock_, keys, told_, g, [](bool) {});
  }
  ~small_node() {
    events_->stop();
    shards_.stop();
  }

  uint64_t recover() {
    auto events = events_->recover([](const recovery_progress&) {});
    events_->start();
    return events;
  }

  /// Events in chunks, as one connection sends them, until they are durable and applied. Returns how long that took.
  double take(load_events& from, size_t events) {
    std::vector<std::string> chunks((events + chunk_events - 1) / chunk_events);
    for (auto& c : chunks) from.append(c, chunk_events, clock_.now());
    auto began = std::chrono::steady_clock::now();
    for (auto& c : chunks) {
      while (unacknowledged_ > 64 || events_->busy()) std::this_thread::sleep_for(50us);
      ++unacknowledged_;
      events_->take_chunk("cartwheel.events", whole(std::move(c)), [this](bool durable) {
        if (!durable) std::abort();
        --unacknowledged_;
      });
    }
    while (unacknowledged_ > 0) std::this_thread::sleep_for(50us);
    while (!events_->wait_until_applied(1s)) {}
    return since(began);
  }
  /// A million at a time, so that what is made ahead does not count as memory.
  double take_all(load_events& from, size_t events) {
    double took = 0;
    for (size_t left = events; left > 0;) {
      size_t some = std::min<size_t>(left, 1'000'000);
      took += take(from, some);
      left -= some;
    }
    return took;
  }
  void let_time_pass(std::chrono::seconds by) {
    const auto ticks = log_.end();
    clock_.advance(by);
    while (log_.end() == ticks) std::this_thread::sleep_for(100us);
    while (!events_->wait_until_applied(1s)) {}
  }
  int64_t sum(gauge shard_metrics::*what) const {
    int64_t all = 0;
    for (size_t s = 0; s < shards_.shards(); ++s) all += (shards_.metrics(s).*what).value();
    return all;
  }
  engine& shards() { return shards_; }
  void flush_store() { tables_.flush(); }

 private:
  static constexpr node_hash_keys keys{{1, 2}, {3, 4}, {5, 6}};
  /// Nothing comes up: what is measured is the holding.
  static campaign_settings campaign() {
    campaign_settings c;
    c.idle = 24h;
    return c;
  }

  manual_clock clock_{start};
  segment_log log_;
  store tables_;
  store_parking place_;
  std::unique_ptr<gateway> events_;
  node_log told_;
  engine shards_;
  std::atomic<size_t> unacknowledged_{0};
};

void drop_page_cache(const fs::path& folder) {
  for (const auto& entry : fs::recursive_directory_iterator{folder}) {
    if (!entry.is_regular_file()) continue;
    int file = ::open(entry.path().c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) continue;
    ::fdatasync(file);
    ::posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED);
    ::close(file);
  }
}

struct came_back {
  double seconds, carts, events, bytes;
};

/// Carts from a snapshot, and the events behind it from the log. Each process ends as by a power cut but for the first.
void recovery(benchmark::State& state) {
  const bool cold = state.range(0) != 0;
  const size_t carts = size_of("CARTWHEEL_BENCH_CARTS", 1'000'000, 5'000), tail = carts / 2;
  for (auto _ : state) {
    bench::scratch at;
    bench::in_own_process([&] {
      small_node node{at.path(), {}};
      node.recover();
      for (uint32_t line : {0u, 1u}) {
        load_events load{{1, carts, 0, 1, line, {}}};
        node.take_all(load, carts);
      }
      return true;  // its end takes a snapshot
    });
    bench::in_own_process([&] {
      load_events load{{1, carts, 0, 1, 2, {}}};
      auto* node = new small_node{at.path(), {}};
      node->recover();
      node->take_all(load, tail);
      return true;  // cut off: `node` is never told
    });
    if (cold) drop_page_cache(at.path());
    auto back = bench::in_own_process([&] {
      auto began = std::chrono::steady_clock::now();
      auto* node = new small_node{at.path(), {}};
      auto events = node->recover();
      return came_back{since(began), static_cast<double>(node->sum(&shard_metrics::carts)), static_cast<double>(events),
                       bench::resident_bytes()};
    });
    state.SetIterationTime(back.seconds);
    state.counters["seconds"] = back.seconds;
    state.counters["carts_and_events_per_s"] = (back.carts + back.events) / back.seconds;
    state.counters["check_carts"] = back.carts;
    state.counters["check_events"] = back.events;
    state.counters["resident_GB"] = back.bytes / 1e9;
  }
}
BENCHMARK(recovery)->ArgName("cold")->Arg(0)->Arg(1)->Iterations(1)->UseManualTime()->Unit(benchmark::kMillisecond);

/// `off` and `always` by turns, so that both meet the same machine.
void ingest_by_sync(benchmark::State& state) {
  const size_t events = bench::full_or_small(2'000'000, 5'000);
  for (auto _ : state) {
    std::vector<double> off, everysec, always;
    for (int turn = 0; turn < (bench::small() ? 1 : 5); ++turn)
      for (auto [mode, rates] : {std::pair{sync_mode::off, &off}, std::pair{sync_mode::always, &always},
                                 std::pair{sync_mode::everysec, &everysec}}) {
        rates->push_back(bench::in_own_process([&] {
          bench::scratch at;
          load_events load{{1, 100'000, 0, 1, 0, {}}};
          small_node node{at.path(), {mode}};
          node.recover();
          node.take(load, 100'000);
          return static_cast<double>(events) / node.take(load, events);
        }));
      }
    auto median = [](std::vector<double> of) {
      std::ranges::sort(of);
      return of[of.size() / 2];
    };
    state.counters["off_events_per_s"] = median(off);
    state.counters["always_events_per_s"] = median(always);
    state.counters["everysec_events_per_s"] = median(everysec);
    state.counters["always_of_off"] = median(always) / median(off);
    state.SetIterationTime(static_cast<double>(events) / median(always));
  }
}
BENCHMARK(ingest_by_sync)->Iterations(1)->UseManualTime()->Unit(benchmark::kMillisecond);

struct parked_figures {
  double bytes_open, bytes_parked, bytes_further, parked, persons, persons_parked, back_p50_us, back_p99_us,
    open_p99_us, rate_before, rate_beside;
};

double percentile(std::vector<double> of, double p) {
  std::ranges::sort(of);
  return of[static_cast<size_t>(p * static_cast<double>(of.size() - 1))];
}

parked_figures park(size_t carts) {
  bench::scratch at;
  const size_t active = std::max<size_t>(1, carts / 20);
  const load_share them{1, carts, 0, 1, 0, {}};
  load_events idle{them}, busy{{2, active, 0, 1, 1, {}}};
  small_node node{at.path(), {sync_mode::always, true, 2}};
  node.recover();
  parked_figures f{};
  load_events few{{3, active, 0, 1, 2, {}}};
  node.take_all(few, active);
  f.rate_before = static_cast<double>(active) / node.take_all(few, active);
  const double before = bench::resident_bytes();
  // What the store had in memory is on the disk, and what was freed is given back: what is left is there for as long as they are.
  struct {
    double resident = 0, parked = 0;
  } half;
  const auto settled = [&] {
    node.flush_store();
    std::this_thread::sleep_for(bench::small() ? 0ms : 2s);
    node.let_time_pass(1s);
    return_freed_memory();
    return bench::resident_bytes();
  };
  for (size_t left = carts; left > 0;) {
    size_t some = std::min<size_t>({left, 1'000'000, std::max<size_t>(1, carts / 2)});
    node.take(idle, some);
    if (left == carts) f.bytes_open = (bench::resident_bytes() - before) / static_cast<double>(some);
    left -= some;
    // Two turns of the hand, and as many more as it takes to let go of some thousands at a time.
    for (auto was = int64_t{-1}; was != node.sum(&shard_metrics::parked);) {
      was = node.sum(&shard_metrics::parked);
      for (int n = 0; n < 130; ++n) node.let_time_pass(1s);
    }
    if (half.resident == 0 && left <= carts / 2) {
      half.resident = settled();
      half.parked = static_cast<double>(node.sum(&shard_metrics::parked));
    }
  }
  f.parked = static_cast<double>(node.sum(&shard_metrics::parked));
  std::this_thread::sleep_for(bench::small() ? 0ms : 2s);  // what was freed goes back to the machine
  f.bytes_parked = (bench::resident_bytes() - before) / f.parked;
  f.bytes_further = (settled() - half.resident) / (f.parked - half.parked);
  f.persons = static_cast<double>(node.sum(&shard_metrics::persons));
  f.persons_parked = static_cast<double>(node.sum(&shard_metrics::persons_parked));

  // By handle, one by one: through the shard's mailbox and back.
  auto ask = [&](size_t n) {
    caf::scoped_actor self{node.shards().system()};
    std::mt19937_64 dice{1};  // the same ones each time
    std::vector<double> took;
    for (size_t i = 0; i < n; ++i) {
      const auto id = load_events::cart_id(them, dice() % carts);
      auto began = std::chrono::steady_clock::now();
      self
        ->request(node.shards().shard_of_cart(load_events::shop, id), caf::infinite,
                  find_cart{std::string{load_events::shop}, id})
        .receive([](caf::actor&) {}, [](caf::error&) {});
      took.push_back(since(began) * 1e6);
    }
    return took;
  };
  const size_t asked = bench::full_or_small(20'000, 100);
  auto back = ask(asked);
  auto open = ask(asked);  // they are open now
  f.back_p50_us = percentile(back, .5);
  f.back_p99_us = percentile(back, .99);
  f.open_p99_us = percentile(open, .99);
  node.take_all(busy, active);
  f.rate_beside = static_cast<double>(active) / node.take_all(busy, active);
  return f;
}

void parked_carts(benchmark::State& state) {
  const size_t carts = size_of("CARTWHEEL_BENCH_PARKED", 1'000'000, 2'000);
  for (auto _ : state) {
    auto f = bench::in_own_process([&] { return park(carts); });
    state.counters["bytes_per_open_cart_all_in"] = f.bytes_open;
    state.counters["bytes_per_parked_cart_all_in"] = f.bytes_parked;
    // Between half of them and all: without what a node costs that has parked any.
    state.counters["bytes_per_further_parked_cart_and_customer"] = f.bytes_further;
    state.counters["persons_in_memory"] = f.persons;
    state.counters["persons_parked"] = f.persons_parked;
    state.counters["back_p50_us"] = f.back_p50_us;
    state.counters["back_p99_us"] = f.back_p99_us;
    state.counters["open_p99_us"] = f.open_p99_us;
    state.counters["events_per_s_before"] = f.rate_before;
    state.counters["events_per_s_beside"] = f.rate_beside;
    state.counters["check_parked"] = f.parked;
    state.SetIterationTime(1);
  }
}
BENCHMARK(parked_carts)->Iterations(1)->UseManualTime()->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace cartwheel
