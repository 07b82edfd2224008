// Lean cells beside CAF's stock actors, in one run: rate of spawning, bytes, rate of delivery. The stock actor gets what
// suits it best: lazy initialisation, the `sharing` policy (work stealing nearly stalls at a million), senders in batches.
#include "runtime/cell.hpp"

#include "bench/runtime/sizes.hpp"

#include <caf/all.hpp>

#include <benchmark/benchmark.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <future>
#include <random>
#include <thread>
#include <vector>

namespace cartwheel {
namespace {

/// As much as a cart keeps at hand; the same in both kinds of actor.
struct bench_state {
  uint64_t last = 0;
  uint64_t quantity = 0;
  std::array<char, 48> rest{};
};
static_assert(sizeof(bench_state) == 64);

struct touch {
  uint64_t at = 0;
  uint64_t quantity = 0;
};
struct touch_some {
  uint64_t messages = 0;
};
struct next_batch {};
using errand = std::shared_ptr<std::function<void()>>;

}  // namespace
}  // namespace cartwheel

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(cartwheel::touch)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(cartwheel::touch_some)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(cartwheel::next_batch)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(cartwheel::errand)

namespace cartwheel {
namespace {

constexpr uint64_t seed = 20'260'101;

double seconds_since(std::chrono::steady_clock::time_point began) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
}

size_t actors() { return bench::full_or_small(1'000'000, 5000); }

class bench_cell final : public lone_cell {
 public:
  bench_cell(caf::actor_config& cfg, caf::strong_actor_ptr host) : lone_cell{cfg, std::move(host)} {}

  void on_touch(uint64_t at, uint64_t quantity) {
    state_.last = at;
    state_.quantity += quantity;
  }
  const bench_state& state() const { return state_; }

 protected:
  void on_message(caf::mailbox_element& what, caf::execution_unit*) override {
    if (!what.content().match_elements<touch>()) return;
    const auto& m = what.content().get_as<touch>(0);
    on_touch(m.at, m.quantity);
  }
  void on_end() override {}

 private:
  bench_state state_;
};

class bench_host final : public caf::event_based_actor {
 public:
  explicit bench_host(caf::actor_config& cfg) : caf::event_based_actor{cfg} {}
  caf::behavior make_behavior() override {
    return {
      [this](const parcel_ptr& p) { p->receiver().receive(*p->what, context()); },
      [](const errand& e) { (*e)(); },
    };
  }
};

/// Made once, when the first benchmark wants it, and never let go: what is measured after it cannot find its memory lying
/// about, and a static actor_system would end after the thread-local state of CAF that it needs for that.
class cell_population {
 public:
  cell_population() {
    host_ = system_.spawn<bench_host, caf::detached>();
    cells_.reserve(actors());
    run([this] {
      double before = bench::resident_bytes();
      auto began = std::chrono::steady_clock::now();
      auto host = caf::actor_cast<caf::strong_actor_ptr>(host_);
      for (size_t i = 0; i < actors(); ++i) cells_.push_back(make_cell<bench_cell>(system_, host));
      spawn_seconds = seconds_since(began);
      // The handles are 8 B of it; an index needs them too.
      bytes_each = (bench::resident_bytes() - before) / static_cast<double>(actors());
    });
  }
  /// Runs `f` on the host's thread, where cells are touched, and waits for it.
  void run(std::function<void()> f) {
    std::promise<void> done;
    caf::anon_send(host_, std::make_shared<std::function<void()>>([&] {
                     f();
                     done.set_value();
                   }));
    done.get_future().wait();
  }

  const std::vector<caf::strong_actor_ptr>& cells() const { return cells_; }
  uint64_t sum() {
    uint64_t total = 0;
    run([&] {
      for (auto& c : cells_) total += cell_cast<bench_cell>(c)->state().quantity;
    });
    return total;
  }

  double spawn_seconds = 0;
  double bytes_each = 0;

 private:
  caf::actor_system_config config_;
  caf::actor_system system_{config_};
  caf::actor host_;
  std::vector<caf::strong_actor_ptr> cells_;
};

cell_population& cells() {
  static auto* it = new cell_population;
  return *it;
}

std::vector<uint32_t> random_receivers(size_t n) {
  std::mt19937_64 random{seed};
  std::vector<uint32_t> out(n);
  for (auto& r : out) r = static_cast<uint32_t>(random() % actors());
  return out;
}

void rate(benchmark::State& state, const char* what, double n) {
  state.counters[what] = benchmark::Counter(n, benchmark::Counter::kIsRate);
}

void cell_spawn(benchmark::State& state) {
  for (auto _ : state) state.SetIterationTime(cells().spawn_seconds);
  rate(state, "spawned/s", static_cast<double>(actors()));
  state.counters["resident_bytes_each"] = cells().bytes_each;
  state.counters["check_cells"] = static_cast<double>(cells().cells().size());
}
BENCHMARK(cell_spawn)->Iterations(1)->UseManualTime()->Unit(benchmark::kMillisecond);

std::atomic<uint64_t> stock_handled{0};

caf::behavior stock_cart(caf::stateful_actor<bench_state>* self) {
  return {[=](const touch& m) {
    self->state.last = m.at;
    self->state.quantity += m.quantity;
    stock_handled.fetch_add(1, std::memory_order_relaxed);
  }};
}

struct sender_state {
  std::vector<caf::actor> carts;
  std::mt19937_64 random{seed};
  uint64_t left = 0;
};

/// Spawns its share of carts and sends to them from inside the system, a batch at a time: the best case for the scheduler.
caf::behavior stock_sender(caf::stateful_actor<sender_state>* self, size_t share) {
  self->state.carts.reserve(share);
  for (size_t i = 0; i < share; ++i) self->state.carts.push_back(self->spawn<caf::lazy_init>(stock_cart));
  return {
    [=](const touch_some& m) {
      self->state.left = m.messages;
      self->send(self, next_batch{});
    },
    [=](const next_batch&) {
      constexpr uint64_t batch = 512;
      auto& s = self->state;
      uint64_t n = std::min(batch, s.left);
      for (uint64_t i = 0; i < n; ++i) self->send(s.carts[s.random() % s.carts.size()], touch{i, 1});
      s.left -= n;
      if (s.left != 0) self->send(self, next_batch{});
    },
    [=](const errand& e) { (*e)(); },
  };
}

class stock_population {
 public:
  stock_population() {
    double before = bench::resident_bytes();
    auto began = std::chrono::steady_clock::now();
    for (size_t i = 0; i < senders; ++i) senders_.push_back(system_.spawn(stock_sender, actors() / senders));
    for (auto& s : senders_) {
      std::promise<void> ready;
      caf::anon_send(s, std::make_shared<std::function<void()>>([&] { ready.set_value(); }));
      ready.get_future().wait();
    }
    spawn_seconds = seconds_since(began);
    bytes_each = (bench::resident_bytes() - before) / static_cast<double>(actors());
    before_ = before;
  }
  /// Sends and waits until all are handled.
  void touch_all(uint64_t messages) {
    stock_handled = 0;
    for (auto& s : senders_) caf::anon_send(s, touch_some{messages / senders});
    while (stock_handled.load() < messages / senders * senders)
      std::this_thread::sleep_for(std::chrono::milliseconds{1});
  }
  double bytes_each_now() const { return (bench::resident_bytes() - before_) / static_cast<double>(actors()); }

  static constexpr size_t senders = 2;
  double spawn_seconds = 0;
  double bytes_each = 0;

 private:
  static caf::actor_system_config& sharing(caf::actor_system_config& c) {
    c.set("scheduler.policy", caf::atom("sharing"));
    return c;
  }

  caf::actor_system_config config_;
  caf::actor_system system_{sharing(config_)};
  std::vector<caf::actor> senders_;
  double before_ = 0;
};

stock_population& stock() {
  static auto* it = new stock_population;
  return *it;
}

void stock_actor_spawn(benchmark::State& state) {
  for (auto _ : state) state.SetIterationTime(stock().spawn_seconds);
  rate(state, "spawned/s", static_cast<double>(actors()));
  state.counters["resident_bytes_each"] = stock().bytes_each;
}
BENCHMARK(stock_actor_spawn)->Iterations(1)->UseManualTime()->Unit(benchmark::kMillisecond);

/// In place, to random cells, on the host's thread; with argument 1 a batch's cells are fetched ahead, as a shard does
/// with a batch of events.
void cell_delivery_in_place(benchmark::State& state) {
  constexpr size_t batch = 512;
  auto to = random_receivers(bench::full_or_small(10'000'000, 100'000) / batch * batch);
  const auto& all = cells().cells();
  uint64_t before = cells().sum();
  double delivered = 0;
  for (auto _ : state) {
    double seconds = 0;
    cells().run([&] {
      auto began = std::chrono::steady_clock::now();
      if (state.range(0) == 0) {
        for (size_t i = 0; i < to.size(); ++i) cell_cast<bench_cell>(all[to[i]])->on_touch(i, 1);
      } else {
        for (size_t i = 0; i < to.size(); i += batch) {
          for (size_t j = i; j < i + batch; ++j) __builtin_prefetch(&all[to[j]]);
          for (size_t j = i; j < i + batch; ++j) __builtin_prefetch(&cell_cast<bench_cell>(all[to[j]])->state());
          for (size_t j = i; j < i + batch; ++j) cell_cast<bench_cell>(all[to[j]])->on_touch(j, 1);
        }
      }
      seconds = seconds_since(began);
    });
    state.SetIterationTime(seconds);
    delivered += static_cast<double>(to.size());
  }
  rate(state, "deliveries/s", delivered);
  state.counters["check_lost"] = delivered - static_cast<double>(cells().sum() - before);
}
BENCHMARK(cell_delivery_in_place)->ArgName("ahead")->Arg(0)->Arg(1)->UseManualTime()->Unit(benchmark::kMillisecond);

/// One message at a time to the handles of random cells, from another thread, through the host's mailbox; until the last
/// one is handled.
void cell_messages_from_outside(benchmark::State& state) {
  auto to = random_receivers(bench::full_or_small(2'000'000, 20'000));
  const auto& all = cells().cells();
  uint64_t before = cells().sum();
  double sent = 0;
  for (auto _ : state) {
    for (size_t i = 0; i < to.size(); ++i)
      all[to[i]]->get()->enqueue(caf::make_mailbox_element(nullptr, caf::make_message_id(), {}, touch{i, 1}), nullptr);
    cells().run([] {});
    sent += static_cast<double>(to.size());
  }
  rate(state, "messages/s", sent);
  state.counters["check_lost"] = sent - static_cast<double>(cells().sum() - before);
}
BENCHMARK(cell_messages_from_outside)->UseRealTime()->Unit(benchmark::kMillisecond);

/// To random actors, from two senders inside the system; bytes after most actors have had a message.
void stock_actor_messages(benchmark::State& state) {
  uint64_t messages = bench::full_or_small(4'000'000, 20'000);
  double handled = 0;
  for (auto _ : state) {
    stock().touch_all(messages);
    handled += static_cast<double>(stock_handled.load());
  }
  rate(state, "messages/s", handled);
  state.counters["resident_bytes_each"] = stock().bytes_each_now();
  state.counters["check_lost"] = static_cast<double>(messages * static_cast<uint64_t>(state.iterations())) - handled;
}
BENCHMARK(stock_actor_messages)->UseRealTime()->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace cartwheel
