#include "actors/consent/suppression_list.hpp"

#include <benchmark/benchmark.h>

#include <string>

namespace cartwheel {
namespace {

/// What a snapshot's cut waits for: the list is written in one go.
void save_suppressions(benchmark::State& state) {
  suppression_list list;
  for (uint64_t i = 0; i < static_cast<uint64_t>(state.range(0)); ++i)
    list.note({i * 0x9e3779b97f4a7c15ull | 1, i}, address_news::hard_bounce, from_unix_ms(1'769'943'600'000));
  std::string bytes;
  for (auto _ : state) {
    bytes.clear();
    byte_writer w{bytes};
    list.save(w, [] {});
    benchmark::DoNotOptimize(bytes);
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
  state.counters["bytes_each"] = static_cast<double>(bytes.size()) / static_cast<double>(state.range(0));
}
BENCHMARK(save_suppressions)->Arg(1'000)->Arg(100'000)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace cartwheel
