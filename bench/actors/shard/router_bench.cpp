// Events dealt to shards on one core: which partition, in what order, under which hash an address is known.
#include "actors/shard/router.hpp"

#include "bench/runtime/sizes.hpp"

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <deque>
#include <memory>

namespace cartwheel {
namespace {

constexpr node_hash_keys keys{{1, 2}, {3, 4}, {5, 6}};
constexpr instant start = from_unix_ms(1'700'000'000'000);

/// Additions to carts; every `person_every`-th event tells an address instead, which stands in `details`.
std::unique_ptr<event_batch> events(size_t n, size_t person_every, std::deque<event_details>& details) {
  auto batch = std::make_unique<event_batch>();
  for (size_t i = 0; i < n; ++i) {
    event e;
    e.time = start;
    e.shop = "shoes-nl";
    e.customer_id = batch->keep(fmt::format("u{}", i));
    e.event_id = batch->keep(fmt::format("e{:011x}", i));
    e.details = &no_details;
    if (i % person_every == 0) {
      e.kind = event_kind::identify;
      details.emplace_back().email = batch->keep(fmt::format("shopper{}@example.com", i));
      e.details = &details.back();
    } else {
      e.kind = event_kind::add_to_cart;
      e.cart_id = batch->keep(fmt::format("c-{:012x}", i * 2654435761u));
    }
    batch->events.push_back(e);
  }
  return batch;
}

void deal_events(benchmark::State& state) {
  const auto shards = static_cast<uint16_t>(state.range(0));
  std::deque<event_details> details;
  const auto batch = events(bench::full_or_small(100'000, 1'000), 10, details);
  router deal{shards, keys};
  size_t dealt = 0, first_shard = 0;
  for (auto _ : state) {
    epoch e{shards};
    deal.deal(*batch, 0, batch->events.size(), e);
    dealt = 0;
    for (uint16_t s = 0; s < shards; ++s) dealt += e.by_cart[s].size() + e.by_person[s].size();
    first_shard = e.by_cart[0].size();
    benchmark::DoNotOptimize(e);
  }
  if (dealt != batch->events.size()) state.SkipWithError("an event went nowhere");
  state.counters["events/s"] = benchmark::Counter(static_cast<double>(dealt) * static_cast<double>(state.iterations()),
                                                  benchmark::Counter::kIsRate);
  state.counters["check_first_shard"] = static_cast<double>(first_shard);
}
BENCHMARK(deal_events)->ArgName("shards")->Arg(1)->Arg(2)->Arg(8)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace cartwheel
