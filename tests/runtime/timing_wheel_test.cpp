#include "runtime/timing_wheel.hpp"

#include <gtest/gtest.h>

#include <malloc.h>

#include <algorithm>
#include <array>
#include <map>
#include <random>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
extern "C" size_t __sanitizer_get_current_allocated_bytes();  // the sanitizers' own heap; GCC packages no header
#endif

namespace cartwheel {
namespace {

constexpr wheel_tick start = 1'700'000'000;
constexpr wheel_tick day = 86'400;

size_t heap_bytes_in_use() {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  return __sanitizer_get_current_allocated_bytes();
#else
  auto info = mallinfo2();
  return info.uordblks + info.hblkhd;
#endif
}

/// What the wheel must do, written so that nobody can doubt it.
class slow_wheel {
 public:
  explicit slow_wheel(wheel_tick now) : now_{now} {}
  void insert(wheel_tick at, uint32_t slot) { timers_.emplace(std::max(at, now_ + 1), slot); }
  wheel_tick next() const { return timers_.empty() ? timing_wheel::no_tick : timers_.begin()->first; }
  std::vector<std::pair<wheel_tick, uint32_t>> advance(wheel_tick to) {
    auto end = timers_.upper_bound(to);
    std::vector<std::pair<wheel_tick, uint32_t>> due(timers_.begin(), end);
    timers_.erase(timers_.begin(), end);
    now_ = to;
    return due;
  }
  size_t count_within(wheel_tick ticks) const {
    return static_cast<size_t>(std::distance(timers_.begin(), timers_.upper_bound(now_ + ticks)));
  }
  size_t size() const { return timers_.size(); }

 private:
  std::multimap<wheel_tick, uint32_t> timers_;
  wheel_tick now_;
};

/// Both wheels, driven alike and compared after every step. A timer's slot is its number, so its tick can be looked up.
class twin {
 public:
  explicit twin(wheel_tick now) : wheel{now}, model{now} {}

  void insert(wheel_tick at) {
    wheel.insert(at, {count_, ~count_});
    at_.push_back(std::max(at, wheel.now() + 1));
    model.insert(at, count_++);
  }

  void advance(wheel_tick to) {
    auto expected = model.advance(to);
    due_.clear();
    wheel.advance(to, due_);
    ASSERT_EQ(wheel.now(), to);
    ASSERT_EQ(due_.size(), expected.size());
    // Earlier ticks first; within one tick any order.
    std::vector<std::pair<wheel_tick, uint32_t>> got;
    for (auto t : due_) {
      ASSERT_EQ(t.generation, ~t.slot);
      got.emplace_back(at_[t.slot], t.slot);
    }
    ASSERT_TRUE(std::is_sorted(got.begin(), got.end(), [](auto a, auto b) { return a.first < b.first; }));
    std::sort(got.begin(), got.end());
    std::sort(expected.begin(), expected.end());
    ASSERT_EQ(got, expected);
    check();
  }

  void check() const {
    ASSERT_EQ(wheel.size(), model.size());
    ASSERT_LE(wheel.next(), model.next());
    ASSERT_GT(wheel.next(), wheel.now());
    ASSERT_EQ(wheel.next() == timing_wheel::no_tick, model.size() == 0);
  }

  timing_wheel wheel;
  slow_wheel model;

 private:
  uint32_t count_ = 0;
  std::vector<wheel_tick> at_;
  std::vector<wheel_timer> due_;
};

TEST(timing_wheel, an_empty_wheel_has_nothing_next) {
  timing_wheel wheel{start};
  std::vector<wheel_timer> due;
  EXPECT_EQ(wheel.next(), timing_wheel::no_tick);
  wheel.advance(start + 1000 * day, due);
  EXPECT_TRUE(due.empty());
  EXPECT_EQ(wheel.now(), start + 1000 * day);
  EXPECT_EQ(wheel.count_within(day), 0u);
}

TEST(timing_wheel, a_tick_that_is_over_means_the_next_one) {
  timing_wheel wheel{start};
  wheel.insert(start, {1, 0});
  wheel.insert(start - 100 * day, {2, 0});
  wheel.insert(0, {3, 0});
  EXPECT_EQ(wheel.next(), start + 1);
  std::vector<wheel_timer> due;
  wheel.advance(start, due);
  EXPECT_TRUE(due.empty());
  wheel.advance(start + 1, due);
  EXPECT_EQ(due.size(), 3u);
  EXPECT_EQ(wheel.size(), 0u);
}

TEST(timing_wheel, every_boundary_is_met_to_the_tick) {
  // The levels change at 256 and 65,536 ticks, the reach ends at 63 * 65,536; the hand may stand anywhere in a slot.
  constexpr std::array<wheel_tick, 28> gaps{
    1,         2,         127,       254,       255,       256,       257,       511,         512,     513,
    65'279,    65'280,    65'281,    65'535,    65'536,    65'537,    65'792,    131'071,     131'072, 131'073,
    4'128'767, 4'128'768, 4'128'769, 4'194'303, 4'194'304, 4'194'305, 100 * day, 20'000 * day};
  for (wheel_tick base : {start / 65'536 * 65'536, start / 256 * 256})
    for (wheel_tick offset : {0, 1, 127, 254, 255, 256, 257, 65'279, 65'280, 65'281, 65'534, 65'535})
      for (wheel_tick gap : gaps) {
        wheel_tick now = base + offset;
        timing_wheel wheel{now};
        wheel.insert(now + gap, {7, 9});
        if (gap < 256) {
          EXPECT_EQ(wheel.next(), now + gap);
        }
        EXPECT_LE(wheel.next(), now + gap);
        std::vector<wheel_timer> due;
        wheel.advance(now + gap - 1, due);
        ASSERT_TRUE(due.empty()) << offset << " " << gap;
        ASSERT_LE(wheel.next(), now + gap);
        wheel.advance(now + gap, due);
        ASSERT_EQ(due.size(), 1u) << offset << " " << gap;
        ASSERT_EQ(due[0].slot, 7u);
        ASSERT_EQ(due[0].generation, 9u);
        ASSERT_EQ(wheel.next(), timing_wheel::no_tick);
      }
}

TEST(timing_wheel, next_leads_to_the_timer_in_few_hops) {
  // Two hops open a far and a middle slot; each further one is a round of 63 far slots for what lies beyond the reach.
  std::mt19937_64 random{4};
  for (int i = 0; i < 20'000; ++i) {
    wheel_tick now = start + static_cast<wheel_tick>(random() % (200 * day));
    wheel_tick gap = 1 + static_cast<wheel_tick>(random() % (random() % 2 ? 300 * day : 2000));
    timing_wheel wheel{now};
    wheel.insert(now + gap, {1, 1});
    std::vector<wheel_timer> due;
    int hops = 0;
    while (due.empty()) {
      wheel_tick stop = wheel.next();
      ASSERT_GT(stop, wheel.now());
      ASSERT_LE(stop, now + gap);
      wheel.advance(stop, due);
      ++hops;
    }
    ASSERT_EQ(wheel.now(), now + gap);
    ASSERT_LE(hops, 3 + gap / (62 * 65'536)) << gap;
  }
}

/// Gaps of every magnitude, with the boundaries and their neighbours more often than chance would bring them.
wheel_tick random_gap(std::mt19937_64& random) {
  switch (random() % 8) {
    case 0: return -static_cast<wheel_tick>(random() % 1000);
    case 1: return 255 + static_cast<wheel_tick>(random() % 3);
    case 2: return 65'535 + static_cast<wheel_tick>(random() % 3);
    case 3: return 63 * 65'536 - 1 + static_cast<wheel_tick>(random() % 3);
    case 4: return 1 + static_cast<wheel_tick>(random() % 256);
    case 5: return 1 + static_cast<wheel_tick>(random() % 65'536);
    case 6: return 1 + static_cast<wheel_tick>(random() % (100 * day));
    default: return static_cast<wheel_tick>(1) << (random() % 31);
  }
}

TEST(timing_wheel, does_what_a_sorted_map_does) {
  constexpr uint64_t sequences = 3000;
  for (uint64_t seed = 1; seed <= sequences; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    std::mt19937_64 random{seed};
    twin both{start + static_cast<wheel_tick>(random() % (100 * day))};
    for (int step = 0; step < 60; ++step) {
      for (uint64_t n = random() % 6; n > 0; --n) both.insert(both.wheel.now() + random_gap(random));
      both.check();
      wheel_tick now = both.wheel.now();
      wheel_tick to = now;
      switch (random() % 6) {
        case 0: break;
        case 1: to = now + 1; break;
        case 2: to = std::min(both.wheel.next(), now + 200 * day); break;
        case 3: to = std::min(both.model.next() - 1, now + 200 * day); break;
        default: to = now + std::max<wheel_tick>(0, random_gap(random)); break;
      }
      both.advance(to);
      if (HasFatalFailure()) return;
    }
    both.advance(both.wheel.now() + (wheel_tick{1} << 31));
    ASSERT_EQ(both.wheel.size(), 0u);
  }
}

TEST(timing_wheel, next_is_exact_when_armed_within_256_ticks) {
  std::mt19937_64 random{11};
  twin both{start};
  for (int i = 0; i < 20'000; ++i) {
    if (random() % 3 != 0) both.insert(both.wheel.now() + 1 + static_cast<wheel_tick>(random() % 255));
    ASSERT_EQ(both.wheel.next(), both.model.next());
    both.advance(both.wheel.now() + static_cast<wheel_tick>(random() % 40));
    if (HasFatalFailure()) return;
  }
}

TEST(timing_wheel, counts_what_comes_up_within) {
  for (uint64_t seed = 1; seed <= 200; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    std::mt19937_64 random{seed};
    twin both{start + static_cast<wheel_tick>(random() % (10 * day))};
    for (int i = 0; i < 2000; ++i) both.insert(both.wheel.now() + random_gap(random));
    both.advance(both.wheel.now() + static_cast<wheel_tick>(random() % (2 * day)));
    for (wheel_tick ticks : {1, 10, 255, 300, 900, 3600, 14'400, 65'535, 65'536, 200'000, 8'640'000}) {
      size_t got = both.wheel.count_within(ticks);
      // The one middle slot the end falls in counts in proportion, so the truth lies within one slot on either side.
      EXPECT_GE(got, both.model.count_within(std::max<wheel_tick>(0, ticks - 256))) << ticks;
      EXPECT_LE(got, both.model.count_within(ticks + 256)) << ticks;
    }
    EXPECT_EQ(both.wheel.count_within(wheel_tick{1} << 31), both.wheel.size());
  }
}

TEST(timing_wheel, counts_a_far_timer_whose_slot_is_about_to_open) {
  // A week ahead is the far level; ten minutes before it is due, and minutes before its slot opens, it must show.
  constexpr wheel_tick opens = (start / 65'536 + 10) * 65'536;
  timing_wheel wheel{start};
  wheel.insert(opens + 100, {1, 1});
  std::vector<wheel_timer> due;
  wheel.advance(opens - 200, due);
  EXPECT_EQ(wheel.count_within(900), 1u);
  EXPECT_EQ(wheel.count_within(299), 0u);
  EXPECT_EQ(wheel.count_within(300), 1u);
}

TEST(timing_wheel, an_event_re_arms_lazily) {
  // The owner's idiom: an event stores its time only; a timer that comes up early goes back in; a stale one is dropped.
  struct cart {
    wheel_tick last_add = 0;
    uint32_t generation = 0;
    wheel_tick abandoned = 0;
  };
  constexpr wheel_tick idle = 1200;
  std::mt19937_64 random{21};
  std::vector<cart> carts(500);
  timing_wheel wheel{start};
  for (uint32_t i = 0; i < carts.size(); ++i) {
    carts[i].last_add = start;
    wheel.insert(start + idle, {i, 0});
  }
  std::vector<wheel_timer> due;
  size_t stale = 0;
  for (wheel_tick now = start + 1; now <= start + 20'000; ++now) {
    for (int n = 0; n < 2 && now < start + 10'000; ++n) {
      auto& c = carts[random() % carts.size()];
      if (c.abandoned == 0) c.last_add = now;
    }
    if (now % 100 == 0 && now < start + 10'000) {  // ended and reopened: the old timer is not looked for, it goes stale
      auto i = static_cast<uint32_t>(random() % carts.size());
      carts[i] = {now, carts[i].generation + 1, 0};
      wheel.insert(now + idle, {i, carts[i].generation});
    }
    due.clear();
    wheel.advance(now, due);
    for (auto t : due) {
      auto& c = carts[t.slot];
      if (t.generation != c.generation) {
        ++stale;
      } else if (now < c.last_add + idle) {
        wheel.insert(c.last_add + idle, t);
      } else {
        ASSERT_EQ(now, c.last_add + idle);  // neither early nor late
        ASSERT_EQ(c.abandoned, 0);
        c.abandoned = now;
      }
    }
  }
  wheel.advance(start + 30'000, due);
  EXPECT_EQ(wheel.size(), 0u);
  EXPECT_GT(stale, 0u);
  for (const auto& c : carts) EXPECT_EQ(c.abandoned, c.last_add + idle);
}

TEST(timing_wheel, a_burst_gives_its_memory_back) {
  constexpr uint32_t burst = 1'000'000;
  for (wheel_tick gap : {100, 10'000, 1'000'000}) {
    timing_wheel wheel{start};
    size_t before = heap_bytes_in_use();
    for (uint32_t i = 0; i < burst; ++i) wheel.insert(start + gap, {i, 0});
    EXPECT_GE(heap_bytes_in_use(), before + burst * sizeof(wheel_timer)) << gap;
    {
      std::vector<wheel_timer> due;
      wheel.advance(start + gap, due);
      EXPECT_EQ(due.size(), burst);
    }
    EXPECT_LE(heap_bytes_in_use(), before + 256 * 1024) << gap;
  }
}

/// What is stale goes bit by bit; the others come up as they would have, and nothing else is seen of it.
TEST(timing_wheel, stale_timers_are_swept_away) {
  std::mt19937_64 dice{7};
  timing_wheel swept{start}, plain{start};
  auto stale = [](wheel_timer t) { return t.slot % 10 != 0; };
  for (uint32_t slot = 0; slot < 30'000; ++slot) {
    const wheel_tick at = start + 1 +
                          static_cast<wheel_tick>(dice() % (slot % 3 == 0   ? 200
                                                            : slot % 3 == 1 ? 40'000
                                                                            : 90 * day));
    swept.insert(at, {slot, 1});
    if (!stale({slot, 1})) plain.insert(at, {slot, 1});
  }
  std::vector<wheel_timer> due, expected;
  const size_t all = swept.size();
  swept.sweep(1'000, stale);
  EXPECT_LT(swept.size(), all);
  EXPECT_GT(swept.size(), all / 2) << "only so many at once";
  for (wheel_tick to = start; to < start + 100 * day; to += 1 + static_cast<wheel_tick>(dice() % 70'000)) {
    for (int n = 0; n < 20; ++n) swept.sweep(1'000, stale);
    swept.advance(to, due);
    plain.advance(to, expected);
    if (to > start) {
      EXPECT_EQ(swept.size(), plain.size());
    }
    std::erase_if(due, stale);
    ASSERT_EQ(due.size(), expected.size());
    for (size_t i = 0; i < due.size(); ++i) ASSERT_EQ(due[i].slot, expected[i].slot);
  }
  EXPECT_EQ(swept.size(), 0u);
  EXPECT_EQ(swept.next(), timing_wheel::no_tick);
}

}  // namespace
}  // namespace cartwheel
