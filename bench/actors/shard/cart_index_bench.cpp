// Finding a cart by its key: the keyed hash, the fingerprint, and the confirmation by the full key.

#include "actors/shard/cart_index.hpp"
#include "bench/runtime/sizes.hpp"
#include "runtime/base/hash.hpp"

#include <benchmark/benchmark.h>
#include <caf/all.hpp>
#include <fmt/format.h>

#include <random>

namespace cartwheel {
namespace {

class idle_host : public caf::event_based_actor {
 public:
  using caf::event_based_actor::event_based_actor;
  caf::behavior make_behavior() override {
    return {[](int) {}};
  }
};

void find_cart_by_key(benchmark::State& state) {
  size_t n = bench::small() ? 10'000 : 1'000'000;
  caf::actor_system_config config;
  caf::actor_system system{config};
  auto host = system.spawn<idle_host>();
  {
    cell_arena cells{cells_of(caf::actor_cast<caf::strong_actor_ptr>(host))};
    cart_index index;
    constexpr hash_key key{1, 2};
    std::vector<std::string> ids;
    for (size_t i = 0; i < n; ++i) {
      ids.push_back(fmt::format("c-{:012x}", i * 2654435761u));
      uint64_t hash = keyed_hash(key, "shoes-nl", ids.back());
      uint32_t slot = index.reserve();
      index.insert(hash, slot, make_cart_cell(cells, system, slot, 0u, ids.back()));
    }
    std::mt19937_64 dice{1};
    auto not_it = [](uint32_t) -> cart_cell* { return nullptr; };  // nothing is parked
    uint64_t found = 0;
    for (auto _ : state) {
      const auto& id = ids[dice() % n];
      found += index.find(keyed_hash(key, "shoes-nl", id), 0, id, not_it) != nullptr;
    }
    state.SetItemsProcessed(static_cast<int64_t>(state.iterations()));
    state.counters["check_found_share"] = static_cast<double>(found) / static_cast<double>(state.iterations());
    for (uint32_t slot = 0; slot < n; ++slot) index.at(slot).place.cart()->end(caf::exit_reason::normal, nullptr);
  }
  caf::anon_send_exit(host, caf::exit_reason::user_shutdown);
}
BENCHMARK(find_cart_by_key);

}  // namespace
}  // namespace cartwheel
