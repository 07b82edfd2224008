// What it costs to remember: a decision with what it rested on, and the end of a cart; and to be asked about one cart, or about
// somebody, for whom everything is read.
//   CARTWHEEL_BENCH_DIR   where the disk is that counts (the folder for temporary files)
#include "actors/gateway/history.hpp"

#include "actors/campaign/packed_facts.hpp"
#include "actors/gateway/log_records.hpp"
#include "bench/runtime/scratch.hpp"
#include "bench/runtime/sizes.hpp"
#include "runtime/store/store.hpp"

#include <benchmark/benchmark.h>
#include <fmt/format.h>

namespace cartwheel {
namespace {

constexpr instant start = from_unix_ms(1'769'943'600'000);

size_t entries() { return bench::small() ? 2'000 : 1'000'000; }

std::string cart_of(size_t i) { return fmt::format("c-{:016x}", i * 0x9e3779b97f4a7c15); }

/// As the shards tell them: four refused to one sent, of carts in no order.
decision_line line_of(size_t i, bool with_facts) {
  decision_line l;
  l.tick = start + std::chrono::seconds{i / 100};
  l.due = l.tick - 300ms;
  l.shop = "shoes-nl";
  l.cart_id = cart_of(i);
  l.customer_id = fmt::format("customer-{:08}", i);
  l.outcome = i % 5 == 0 ? decision_outcome::sent : decision_outcome::refused;
  l.reason = i % 5 == 0 ? reason::opt_in : reason::no_consent;
  l.address = {i * 0x9e3779b97f4a7c15, i * 0xc2b2ae3d27d4eb4f};
  if (!with_facts) return l;
  decision_facts f;
  f.overdue = l.tick - l.due;
  f.not_after = 24h;
  f.has_address = true;
  if (i % 5 == 0) f.consent = consent_status::granted;
  l.facts = pack(f);
  return l;
}

cart_milestone end_of(size_t i) {
  cart_milestone m;
  m.known = m.happened = start + std::chrono::seconds{i / 100};
  m.shop = "shoes-nl";
  m.cart_id = cart_of(i);
  m.customer_id = fmt::format("customer-{:08}", i);
  m.last_add = m.happened - 4min;
  m.due = m.last_add + 20min;
  m.end = cart_end::ordered;
  m.by = fmt::format("2026-{:09}", i);
  return m;
}

template <class Make>
void remember(benchmark::State& state, store_table first, store_table second, Make make) {
  for (auto _ : state) {
    bench::scratch scratch;
    store kept{{scratch / "store", limits::store_memory_bytes_default, nullptr}};
    history past{kept, {}};
    for (size_t i = 0; i < entries(); i += 100) {
      std::vector<decltype(make(i))> some;
      for (size_t k = i; k < i + 100; ++k) some.push_back(make(k));
      past.add(std::move(some));
    }
    past.flush();
    const auto n = static_cast<double>(entries());
    state.counters["entries/s"] = benchmark::Counter(n, benchmark::Counter::kIsIterationInvariantRate);
    state.counters["disk_B"] = static_cast<double>(kept.size(first).bytes + kept.size(second).bytes) / n;
    state.counters["check_found"] = static_cast<double>(past.decisions_about("shoes-nl", cart_of(7), 10).size() +
                                                        past.milestones_of("shoes-nl", cart_of(7), 10).size());
  }
}

void decisions_without_facts(benchmark::State& state) {
  remember(state, store_table::decisions, store_table::cart_decisions, [](size_t i) { return line_of(i, false); });
}
void decisions_with_facts(benchmark::State& state) {
  remember(state, store_table::decisions, store_table::cart_decisions, [](size_t i) { return line_of(i, true); });
}
void ends_of_carts(benchmark::State& state) {
  remember(state, store_table::cart_milestones, store_table::milestone_times, [](size_t i) { return end_of(i); });
}
BENCHMARK(decisions_without_facts)
  ->Unit(benchmark::kMillisecond)
  ->Iterations(1)
  ->MeasureProcessCPUTime()
  ->UseRealTime();
BENCHMARK(decisions_with_facts)->Unit(benchmark::kMillisecond)->Iterations(1)->MeasureProcessCPUTime()->UseRealTime();
BENCHMARK(ends_of_carts)->Unit(benchmark::kMillisecond)->Iterations(1)->MeasureProcessCPUTime()->UseRealTime();

/// A customer of whom there is one decision and one milestone.
void find_of_somebody(benchmark::State& state) {
  bench::scratch scratch;
  store kept{{scratch / "store", limits::store_memory_bytes_default, nullptr}};
  history past{kept, {}};
  for (size_t i = 0; i < entries(); ++i) {
    past.add(std::vector{line_of(i, true)});
    past.add(std::vector{end_of(i)});
  }
  past.flush();
  const auto theirs = [](const auto& one) { return one.customer_id == "customer-00000007"; };
  history::findings found;
  for (auto _ : state) found = past.find({theirs, theirs, theirs, nullptr}, 10'000);
  const auto n = static_cast<double>(2 * entries());
  state.counters["entries/s"] = benchmark::Counter(n, benchmark::Counter::kIsIterationInvariantRate);
  state.counters["check_found"] = static_cast<double>(found.decisions.size() + found.milestones.size());
}
BENCHMARK(find_of_somebody)->Unit(benchmark::kMillisecond)->Iterations(3)->UseRealTime();

/// In the log: one record of a hundred.
void record_of_a_decision(benchmark::State& state) {
  std::vector<decision_line> with, without;
  for (size_t i = 0; i < 100; ++i) {
    with.push_back(line_of(i, true));
    without.push_back(line_of(i, false));
  }
  size_t bytes = 0;
  for (auto _ : state) benchmark::DoNotOptimize(bytes = written_decisions(with).size());
  state.counters["log_B"] = static_cast<double>(bytes) / 100;
  state.counters["log_B_without"] = static_cast<double>(written_decisions(without).size()) / 100;
}
BENCHMARK(record_of_a_decision);

}  // namespace
}  // namespace cartwheel
