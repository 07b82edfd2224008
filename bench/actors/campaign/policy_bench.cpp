// Decisions of the policy alone: facts in, the first rule that holds out.
#include "actors/campaign/policy.hpp"

#include "bench/runtime/sizes.hpp"

#include <benchmark/benchmark.h>

#include <random>
#include <vector>

namespace cartwheel {
namespace {

/// People as a shop knows them: a third may be written to, the rest fail each at another rule. `sent` is the check value.
std::vector<decision_facts> many_people(size_t n) {
  std::mt19937_64 random{1};
  std::vector<decision_facts> all(n);
  for (auto& f : all) {
    const auto dice = random() % 12;
    f.not_after = 24h;
    f.ordered_elsewhere = dice == 0;
    f.overdue = dice == 1 ? milliseconds{25h} : milliseconds{500};
    f.has_address = dice != 2;
    if (dice == 3) f.consent = consent_status::withdrawn;
    if (dice >= 6) f.consent = consent_status::granted;
    if (dice == 4) f.suppressed = reason::suppressed_bounce;
    f.existing_customer = dice == 8;
    f.since_sale = 30 * 24h;
    f.reminders_sent = dice == 9 ? 3 : 0;
    if (dice == 10) f.since_last_reminder = 1h;
    f.value = 1'999;
  }
  return all;
}

void decide_by_policy(benchmark::State& state) {
  const auto people = many_people(bench::full_or_small(100'000, 1'000));
  size_t sent = 0;
  for (auto _ : state) {
    sent = 0;
    for (const auto& f : people) sent += decide(f).outcome == decision_outcome::sent;
    benchmark::DoNotOptimize(sent);
  }
  if (sent == 0 || sent == people.size()) state.SkipWithError("the policy makes no difference");
  state.counters["decisions/s"] = benchmark::Counter(
    static_cast<double>(people.size()) * static_cast<double>(state.iterations()), benchmark::Counter::kIsRate);
  state.counters["check_sent"] = static_cast<double>(sent);
}
BENCHMARK(decide_by_policy)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace cartwheel
