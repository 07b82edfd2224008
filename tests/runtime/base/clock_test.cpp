#include "runtime/base/clock.hpp"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace cartwheel {
namespace {

TEST(wall_clock, tells_the_machines_time) {
  wall_clock clock;
  auto before = std::chrono::floor<milliseconds>(std::chrono::system_clock::now());
  instant t = clock.now();
  EXPECT_LE(before, t);
  EXPECT_LE(t, std::chrono::system_clock::now());
  EXPECT_EQ(clock.real(1500ms), 1500ms);
}

TEST(wall_clock, never_goes_back_for_any_thread) {
  wall_clock clock;
  std::atomic<int64_t> newest{0};
  std::atomic<int> backward{0};
  std::vector<std::jthread> readers;
  for (int i = 0; i < 4; ++i)
    readers.emplace_back([&] {
      for (int n = 0; n < 50'000; ++n) {
        // What any thread has been told before this call is a lower bound of its answer.
        int64_t known = newest.load();
        int64_t t = unix_ms(clock.now());
        if (t < known) ++backward;
        int64_t seen = newest.load();
        while (seen < t && !newest.compare_exchange_weak(seen, t)) {}
      }
    });
  readers.clear();
  EXPECT_EQ(backward, 0);
}

TEST(scaled_clock, runs_factor_times_as_fast_from_its_start) {
  instant start = from_unix_ms(1'700'000'000'000);
  auto real_before = std::chrono::steady_clock::now();
  scaled_clock clock{start, 600};
  auto real_made = std::chrono::steady_clock::now();
  instant first = clock.now();
  EXPECT_GE(first, start);
  std::this_thread::sleep_for(20ms);
  auto real_asked = std::chrono::steady_clock::now();
  instant t = clock.now();
  auto real_after = std::chrono::steady_clock::now();
  EXPECT_GE(t, first);
  // Bounded by what really went by, however slow the machine; 1 ms for rounding down.
  EXPECT_GE(t - start + 1ms, (real_asked - real_made) * 600);
  EXPECT_LE(t - start, (real_after - real_before) * 600);
}

TEST(scaled_clock, says_how_long_to_really_wait) {
  EXPECT_EQ((scaled_clock{instant{}, 600}.real(60s)), 100ms);
  EXPECT_EQ((scaled_clock{instant{}, 1}.real(1500ms)), 1500ms);
  EXPECT_EQ((scaled_clock{instant{}, 0.5}.real(1s)), 2s);
  EXPECT_EQ((scaled_clock{instant{}, 86'400}.real(1ms)), std::chrono::nanoseconds{11});
}

TEST(manual_clock, moves_by_hand_and_never_back) {
  EXPECT_EQ(manual_clock{}.now(), instant{});
  manual_clock clock{from_unix_ms(5000)};
  EXPECT_EQ(clock.now(), from_unix_ms(5000));
  clock.advance(1500ms);
  EXPECT_EQ(clock.now(), from_unix_ms(6500));
  clock.advance_to(from_unix_ms(6000));
  EXPECT_EQ(clock.now(), from_unix_ms(6500));
  clock.advance_to(from_unix_ms(7000));
  EXPECT_EQ(clock.now(), from_unix_ms(7000));
  clock.advance(-1000ms);
  EXPECT_EQ(clock.now(), from_unix_ms(7000));
  EXPECT_EQ(clock.real(24h), 0ns);
}

TEST(manual_clock, keeps_the_latest_of_what_many_threads_set) {
  manual_clock clock;
  std::vector<std::jthread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&clock, i] {
      for (int64_t n = 0; n < 10'000; ++n) clock.advance_to(from_unix_ms(n * 4 + i));
    });
  threads.clear();
  EXPECT_EQ(clock.now(), from_unix_ms(39'999));
}

}  // namespace
}  // namespace cartwheel
