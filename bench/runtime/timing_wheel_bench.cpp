// The wheel alone, at a million timers: arming, coming up, and the lazy re-arm that makes an event free of it.
#include "runtime/timing_wheel.hpp"

#include "bench/runtime/sizes.hpp"

#include <benchmark/benchmark.h>

#include <random>
#include <vector>

namespace cartwheel {
namespace {

constexpr uint64_t seed = 20'260'101;
constexpr wheel_tick start = 1'700'000'000;

uint32_t timers() { return static_cast<uint32_t>(bench::full_or_small(1'000'000, 20'000)); }

/// Ticks ahead, uniform in 1..span, the same in every run.
std::vector<wheel_tick> random_ticks(size_t n, wheel_tick span) {
  std::mt19937_64 random{seed};
  std::vector<wheel_tick> out(n);
  for (auto& t : out) t = start + 1 + static_cast<wheel_tick>(random() % static_cast<uint64_t>(span));
  return out;
}

void rate(benchmark::State& state, const char* what, double n) {
  state.counters[what] = benchmark::Counter(n, benchmark::Counter::kIsRate);
}

/// Arms timers as far ahead as the argument says: the level they lie in.
void wheel_insert(benchmark::State& state) {
  auto at = random_ticks(timers(), state.range(0));
  double armed = 0;
  size_t check = 0;
  for (auto _ : state) {
    timing_wheel wheel{start};
    for (uint32_t i = 0; i < at.size(); ++i) wheel.insert(at[i], {i, 0});
    armed += static_cast<double>(at.size());
    check = wheel.count_within(state.range(0) / 2);
    state.PauseTiming();
    { timing_wheel gone = std::move(wheel); }
    state.ResumeTiming();
  }
  rate(state, "timers/s", armed);
  state.counters["check_within_half"] = static_cast<double>(check);
}
BENCHMARK(wheel_insert)->Arg(200)->Arg(20 * 60)->Arg(7 * 86'400)->Unit(benchmark::kMillisecond);

/// Turns the wheel tick by tick until the last timer has come up, through every level it has to pass.
void wheel_advance(benchmark::State& state) {
  auto at = random_ticks(timers(), state.range(0));
  double due_in_all = 0, ticks = 0;
  uint64_t check = 0;
  std::vector<wheel_timer> due;
  for (auto _ : state) {
    state.PauseTiming();
    timing_wheel wheel{start};
    for (uint32_t i = 0; i < at.size(); ++i) wheel.insert(at[i], {i, 0});
    check = 0;
    state.ResumeTiming();
    while (wheel.size() != 0) {
      due.clear();
      wheel.advance(wheel.now() + 1, due);
      for (auto t : due) check += t.slot;
      due_in_all += static_cast<double>(due.size());
      ++ticks;
    }
  }
  rate(state, "timers/s", due_in_all);
  rate(state, "ticks/s", ticks);
  state.counters["check_slots"] = static_cast<double>(check);
}
BENCHMARK(wheel_advance)->Arg(200)->Arg(20 * 60)->Arg(7 * 86'400)->Unit(benchmark::kMillisecond);

/// A million carts idle after 20 minutes, one event per cart and ten minutes. An event stores a time and no more; timers
/// that come up early go back in. The rate is of events, everything included.
void wheel_lazy_re_arm(benchmark::State& state) {
  constexpr wheel_tick idle = 1200;
  constexpr uint32_t between_events = 600;
  uint32_t n = timers();
  uint32_t events_per_tick = n / between_events;
  wheel_tick ticks = static_cast<wheel_tick>(bench::full_or_small(3600, 2400));
  double events = 0, re_armed = 0;
  uint64_t abandoned = 0;
  for (auto _ : state) {
    state.PauseTiming();
    std::mt19937_64 random{seed};
    timing_wheel wheel{start};
    std::vector<wheel_tick> last_add(n, start);
    for (uint32_t i = 0; i < n; ++i) {
      last_add[i] = start - static_cast<wheel_tick>(random() % idle);
      wheel.insert(last_add[i] + idle, {i, 0});
    }
    std::vector<wheel_timer> due;
    abandoned = 0;
    state.ResumeTiming();
    for (wheel_tick now = start + 1; now <= start + ticks; ++now) {
      for (uint32_t e = 0; e < events_per_tick; ++e) last_add[random() % n] = now;
      due.clear();
      wheel.advance(now, due);
      for (auto t : due) {
        wheel_tick up = last_add[t.slot] + idle;
        if (up <= now) {
          ++abandoned;
          up = now + idle;  // the next step
        }
        wheel.insert(up, t);
        ++re_armed;
      }
      events += events_per_tick;
    }
  }
  rate(state, "events/s", events);
  rate(state, "re_armed/s", re_armed);
  state.counters["re_armed_per_event"] = re_armed / events;
  state.counters["check_abandoned"] = static_cast<double>(abandoned);
}
BENCHMARK(wheel_lazy_re_arm)->Unit(benchmark::kMillisecond);

/// What an owner would pay without it: each event arms a timer of its own, and the stale ones come up all the same.
void wheel_eager_re_arm(benchmark::State& state) {
  constexpr wheel_tick idle = 1200;
  constexpr uint32_t between_events = 600;
  uint32_t n = timers();
  uint32_t events_per_tick = n / between_events;
  wheel_tick ticks = static_cast<wheel_tick>(bench::full_or_small(3600, 2400));
  double events = 0;
  uint64_t abandoned = 0;
  for (auto _ : state) {
    state.PauseTiming();
    std::mt19937_64 random{seed};
    timing_wheel wheel{start};
    std::vector<uint32_t> generation(n, 0);
    for (uint32_t i = 0; i < n; ++i) wheel.insert(start - static_cast<wheel_tick>(random() % idle) + idle, {i, 0});
    std::vector<wheel_timer> due;
    abandoned = 0;
    state.ResumeTiming();
    for (wheel_tick now = start + 1; now <= start + ticks; ++now) {
      for (uint32_t e = 0; e < events_per_tick; ++e) {
        auto i = static_cast<uint32_t>(random() % n);
        wheel.insert(now + idle, {i, ++generation[i]});
      }
      due.clear();
      wheel.advance(now, due);
      for (auto t : due)
        if (t.generation == generation[t.slot]) {
          ++abandoned;
          wheel.insert(now + idle, {t.slot, ++generation[t.slot]});
        }
      events += events_per_tick;
    }
  }
  rate(state, "events/s", events);
  state.counters["check_abandoned"] = static_cast<double>(abandoned);
}
BENCHMARK(wheel_eager_re_arm)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace cartwheel
