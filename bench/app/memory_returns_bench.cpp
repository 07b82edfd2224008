// What becomes of the memory of carts that are over: a server warm with a hundred thousand open carts, many more opened and
// emptied, and what the process holds then. Guests, so that no person stays.
//   CARTWHEEL_BENCH_ENDED=10000000   carts that are opened and end (1 million), all open at one time
#include "bench/app/quiet_server.hpp"
#include "bench/runtime/own_process.hpp"
#include "bench/runtime/sizes.hpp"
#include "runtime/base/allocator.hpp"
#include "runtime/base/clock.hpp"

#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <msgpack.hpp>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <string_view>
#include <thread>

namespace cartwheel {
namespace {

constexpr instant begin = from_unix_ms(1'769'943'600'000);
constexpr size_t chunk_events = 1'000;

size_t ended_carts() {
  const char* set = std::getenv("CARTWHEEL_BENCH_ENDED");
  return bench::small() ? 2'000 : set != nullptr ? std::strtoull(set, nullptr, 10) : 1'000'000;
}

/// One event of a guest's cart, which holds one thing.
void pack_event(msgpack::packer<msgpack::sbuffer>& pack, std::string_view name, size_t cart, instant time) {
  pack.pack_array(2);
  pack.pack(static_cast<uint64_t>(unix_ms(time) / 1000));
  pack.pack_map(4);
  pack.pack("event");
  pack.pack(name);
  pack.pack("event_id");
  pack.pack(fmt::format("{}-{}", name.substr(0, 1), cart));
  pack.pack("cart_id");
  pack.pack(fmt::format("cart-{:09}", cart));
  pack.pack("items");
  pack.pack_array(1);
  pack.pack_map(3);
  pack.pack("item_id");
  pack.pack(fmt::format("sku-{}", cart % 100'000));
  pack.pack("price");
  pack.pack(19.99);
  pack.pack("quantity");
  pack.pack(1);
}

void send(bench::quiet_server& to, std::string_view name, size_t first, size_t last, instant time) {
  for (size_t cart = first; cart < last;) {
    msgpack::sbuffer out;
    msgpack::packer<msgpack::sbuffer> pack{out};
    for (const size_t end = std::min(cart + chunk_events, last); cart < end; ++cart) pack_event(pack, name, cart, time);
    to.take(std::string{out.data(), out.size()});
  }
  to.wait_until_applied();
}

struct returned {
  double empty, warm, full, at_once, later, carts_full, carts_after;
};

returned open_and_end(const bench::scratch& folder, size_t warm, size_t more) {
  const auto clock = std::make_shared<manual_clock>(begin);
  auto* server = new bench::quiet_server{folder, clock};  // left to the process's end
  const auto settle = [&](std::chrono::seconds real) {
    for (int n = 0; n < 10; ++n) {
      clock->advance(1s);
      std::this_thread::sleep_for(real / 10.);
    }
    server->wait_until_applied();
    return_freed_memory();  // of this thread, which stands for those that read connections: these do so when nothing comes
  };
  const auto pause = bench::small() ? 0s : 2s;
  returned r{};
  r.empty = bench::resident_bytes();
  send(*server, "add_to_cart", 0, warm, clock->now());
  settle(pause);
  r.warm = bench::resident_bytes();
  send(*server, "add_to_cart", warm, warm + more, clock->now());
  settle(pause);
  r.full = bench::resident_bytes();
  r.carts_full = static_cast<double>(server->carts_once(static_cast<int64_t>(warm + more)));
  send(*server, "remove_from_cart", warm, warm + more, clock->now());
  r.at_once = bench::resident_bytes();
  // The store's writes are behind it, and what is freed has had time to go back.
  settle(5 * pause);
  r.later = bench::resident_bytes();
  r.carts_after = static_cast<double>(server->carts_once(static_cast<int64_t>(warm)));
  return r;
}

void memory_returns(benchmark::State& state) {
  const size_t warm = bench::full_or_small(100'000, 500), more = ended_carts();
  returned r{};
  for (auto _ : state) {
    const bench::scratch folder;  // outlives the process, which leaves its server behind
    r = bench::in_own_process([&] { return open_and_end(folder, warm, more); });
    state.SetIterationTime(1);
  }
  if (r.carts_full != static_cast<double>(warm + more))
    state.SkipWithError(fmt::format("{} carts are open, not {}", r.carts_full, warm + more).c_str());
  if (r.carts_after != static_cast<double>(warm)) state.SkipWithError("some carts did not end");
  state.counters["empty_MB"] = r.empty / 1e6;
  state.counters["warm_MB"] = r.warm / 1e6;
  state.counters["full_MB"] = r.full / 1e6;
  state.counters["ended_MB"] = r.at_once / 1e6;
  state.counters["later_MB"] = r.later / 1e6;
  state.counters["later_of_warm"] = r.later / r.warm;
  state.counters["check_carts"] = r.carts_full;
}
BENCHMARK(memory_returns)->Iterations(1)->UseManualTime()->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace cartwheel
