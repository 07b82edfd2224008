// A million carts held: resident bytes a cart (ids, index, timer, bindings, event ids), of a line and of a person, and how
// fast they are spawned, beside the same number of CAF's stock actors in the same run; and deliveries to carts at random.
//   CARTWHEEL_BENCH_HELD=5000000   carts, each of one customer (1 million)

#include "actors/shard/engine.hpp"
#include "bench/runtime/own_process.hpp"
#include "bench/runtime/sizes.hpp"
#include "runtime/base/allocator.hpp"

#include <benchmark/benchmark.h>
#include <caf/all.hpp>
#include <fmt/format.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <memory>
#include <random>
#include <thread>

namespace cartwheel {
namespace {

constexpr node_hash_keys keys{{1, 2}, {3, 4}, {5, 6}};
constexpr instant start = from_unix_ms(1'700'000'000'000);

class watcher final : public shard_observer {
 public:
  void decided(shard_id, std::vector<decision_line>) override {}
  void dead(shard_id, dead_letter) override {}
  void recovered(shard_id, recovered_cart) override {}
  void applied(shard_id, size_t) override { ++epochs; }
  std::atomic<uint64_t> epochs{0};
};

size_t cart_count() {
  const char* set = std::getenv("CARTWHEEL_BENCH_HELD");
  return bench::small() ? 10'000 : set != nullptr ? std::strtoull(set, nullptr, 10) : 1'000'000;
}

/// What the carts are filled with.
struct fill {
  bool customers = true;
  size_t lines = 1;
};

/// Events as forward_load sends them: add_to_cart, with customer and event id.
std::shared_ptr<event_batch> additions(const fill& what, size_t first, size_t n, uint64_t id,
                                       const std::function<size_t(size_t)>& cart_of) {
  auto batch = std::make_shared<event_batch>();
  for (size_t i = first; i < first + n; ++i) {
    size_t c = cart_of(i);
    event e;
    e.kind = event_kind::add_to_cart;
    e.time = start + milliseconds{static_cast<int64_t>(i / 1000)};
    e.shop = "shoes-nl";
    e.cart_id = batch->keep(fmt::format("c-{:012x}", c * 2654435761u));
    if (what.customers) e.customer_id = batch->keep(fmt::format("u{}", c));
    e.event_id = batch->keep(fmt::format("e{:011x}", id + i));
    auto items = batch->make_items(what.lines);
    for (size_t l = 0; l < what.lines; ++l) {
      items[l].item_id = batch->keep(fmt::format("sku-{}", (c + l) % 1'000'000));
      items[l].price = 12999;
    }
    e.items = items;
    e.details = &no_details;
    batch->events.push_back(e);
  }
  return batch;
}

struct held {
  double bytes_per_cart, spawned_per_s, events_per_s, carts, persons;
};

held hold(const fill& what, size_t n) {
  watcher seen;
  engine machine{{1, {}, {}, keys, start - 1s, false, false, &seen, nullptr}};
  router deal{1, keys};
  uint64_t epochs = 0;
  std::mt19937_64 dice{1};
  // A millisecond is over in each epoch, so that all that was said of persons is done in it; no step is due as yet.
  auto submit = [&](std::shared_ptr<epoch> e) {
    e->number = epoch_number{++epochs};
    e->now = e->decide_until = start + milliseconds{static_cast<int64_t>(epochs)};
    machine.submit(std::move(e));
    while (seen.epochs < epochs) std::this_thread::yield();
  };
  auto run = [&](uint64_t id, const std::function<size_t(size_t)>& cart_of) {
    double spent = 0;
    for (size_t done = 0; done < n; done += 10'000) {
      auto batch = additions(what, done, std::min<size_t>(10'000, n - done), id, cart_of);
      auto e = std::make_shared<epoch>(uint16_t{1});
      e->batches.push_back({batch, {}});
      deal.deal(*batch, 0, batch->events.size(), *e);
      auto began = std::chrono::steady_clock::now();
      submit(std::move(e));
      spent += std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
    }
    return spent;
  };
  // What this benchmark made is gone, and the shard has been quiet for long enough to give back what it has freed.
  auto resident = [&] {
    std::this_thread::sleep_for(bench::small() ? 0ms : 1100ms);
    submit(std::make_shared<epoch>(uint16_t{1}));
    return_freed_memory();
    return bench::resident_bytes();
  };
  const double before = resident();
  const double building = run(0, [](size_t i) { return i; });
  const double after = resident();
  const double carts = static_cast<double>(machine.metrics(0).carts.value());
  const double persons = static_cast<double>(machine.metrics(0).persons.value());
  const double again = run(1ull << 32, [&](size_t) { return dice() % n; });
  const double count = static_cast<double>(n);
  return {(after - before) / count, count / building, count / again, carts, persons};
}

/// Bytes of a part are the difference that it makes: a person's are those of the customer, and of their name in the cart.
void carts_held(benchmark::State& state) {
  size_t n = cart_count();
  for (auto _ : state) {
    auto guest = bench::in_own_process([&] { return hold({false, 1}, n); });
    auto longer = bench::in_own_process([&] { return hold({false, 2}, n); });
    auto customer = bench::in_own_process([&] { return hold({true, 1}, n); });
    double line = longer.bytes_per_cart - guest.bytes_per_cart;
    state.SetIterationTime(static_cast<double>(n) / customer.spawned_per_s);
    state.counters["bytes_per_cart"] = guest.bytes_per_cart - line;
    state.counters["bytes_per_line"] = line;
    state.counters["bytes_per_person"] = customer.bytes_per_cart - guest.bytes_per_cart;
    state.counters["bytes_all_in"] = customer.bytes_per_cart;
    state.counters["spawned_per_s"] = customer.spawned_per_s;
    state.counters["events_per_s_on_open_carts"] = customer.events_per_s;
    state.counters["sizeof_cart_cell"] = cell_block<cart_cell>::bytes;
    state.counters["check_carts"] = customer.carts;
    state.counters["check_persons"] = customer.persons;
    if (customer.carts != static_cast<double>(n)) state.SkipWithError("some carts are not open");
    if (customer.persons != static_cast<double>(n)) state.SkipWithError("some customers are not known");
  }
}
BENCHMARK(carts_held)->Iterations(1)->UseManualTime()->Unit(benchmark::kMillisecond);

struct stock_state {
  uint64_t id = 0, last_add = 0;
  uint32_t quantity = 0;
};

class stock_cart : public caf::event_based_actor {
 public:
  explicit stock_cart(caf::actor_config& cfg) : caf::event_based_actor{cfg} {}
  caf::behavior make_behavior() override {
    return {[this](uint64_t t, uint32_t q) {
      state_.last_add = t;
      state_.quantity += q;
    }};
  }

 private:
  stock_state state_;
};

void caf_stock_actor_per_cart(benchmark::State& state) {
  size_t n = cart_count();
  for (auto _ : state) {
    // Left to the process's end: tearing down a million stock actors takes longer than everything that is measured here.
    auto* config = new caf::actor_system_config;
    config->set("scheduler.policy", caf::atom("sharing"));
    config->set("scheduler.max-threads", size_t{1});
    auto* system = new caf::actor_system{*config};
    auto* carts = new std::vector<caf::actor>;
    carts->reserve(n);
    double before = bench::resident_bytes();
    auto began = std::chrono::steady_clock::now();
    for (size_t i = 0; i < n; ++i) carts->push_back(system->spawn<stock_cart>());
    double spent = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
    double after = bench::resident_bytes();
    state.SetIterationTime(spent);
    state.counters["bytes_per_actor"] = (after - before) / static_cast<double>(n);
    state.counters["spawned_per_s"] = static_cast<double>(n) / spent;
  }
}
BENCHMARK(caf_stock_actor_per_cart)->Iterations(1)->UseManualTime()->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace cartwheel
