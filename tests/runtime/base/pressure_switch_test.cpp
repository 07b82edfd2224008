#include "runtime/base/pressure_switch.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <latch>
#include <thread>
#include <vector>

namespace cartwheel {
namespace {

using namespace std::chrono_literals;

TEST(pressure_switch, turns_when_what_is_wanted_changes) {
  int level = 0;
  std::vector<bool> told;
  pressure_switch s{[&](bool on) { return level > (on ? 5 : 10); }, [&](bool on) { told.push_back(on); }};
  for (int l : {10, 11, 12, 8, 6, 5, 10, 0}) {
    level = l;
    s.look();
  }
  EXPECT_EQ(told, (std::vector{true, false}));
}

// Who turned it on was held up before the others had heard of it, and was overtaken by who turned it off.
TEST(pressure_switch, a_turn_that_takes_long_is_not_overtaken_by_the_next) {
  std::atomic<int> level{1};
  std::atomic<bool> turning{false};
  std::vector<bool> told;
  pressure_switch s{[&](bool) { return level > 0; },
                    [&](bool on) {
                      if (on) {
                        turning = true;
                        while (level > 0) std::this_thread::sleep_for(1ms);
                        std::this_thread::sleep_for(50ms);  // time enough to overtake
                      }
                      told.push_back(on);
                    }};
  std::thread on{[&] { s.look(); }};
  while (!turning) std::this_thread::sleep_for(1ms);
  level = 0;
  std::thread off{[&] { s.look(); }};
  on.join();
  off.join();
  EXPECT_EQ(told, (std::vector{true, false}));
}

TEST(pressure_switch, who_turns_it_sees_what_changed_meanwhile) {
  int level = 1;
  std::vector<bool> told;
  pressure_switch s{[&](bool) { return level > 0; },
                    [&](bool on) {
                      told.push_back(on);
                      level = 0;  // and whoever did so had looked before it was turned
                    }};
  s.look();
  EXPECT_EQ(told, (std::vector{true, false}));
}

TEST(pressure_switch, stands_right_behind_whatever_many_threads_do) {
  constexpr int threads = 4, rounds = 20'000,
                turns_min = 100;  // where they get in each other's way rarely: more rounds
  std::atomic<int> level{0}, turns{0};
  std::vector<bool> told;
  pressure_switch s{[&](bool on) { return level.load() > (on ? 0 : 1); },
                    [&](bool on) {
                      told.push_back(on);
                      ++turns;
                    }};
  std::latch ready{threads};
  std::vector<std::thread> all;
  for (int t = 0; t < threads; ++t)
    all.emplace_back([&] {
      ready.arrive_and_wait();
      for (int i = 0; i < rounds || turns < turns_min; ++i) {
        ++level;
        s.look();
        --level;
        s.look();
      }
    });
  for (auto& t : all) t.join();
  EXPECT_EQ(told.size() % 2, 0u) << "it was left on";
  for (size_t i = 0; i < told.size(); ++i) ASSERT_EQ(told[i], i % 2 == 0) << i;
}

}  // namespace
}  // namespace cartwheel
