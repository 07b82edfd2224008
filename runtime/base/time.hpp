#pragma once

#include <chrono>
#include <cstdint>

namespace cartwheel {

using namespace std::chrono_literals;

using milliseconds = std::chrono::milliseconds;

/// A moment as the event contract counts it. Units: Unix milliseconds. Source: docs/SEMANTICS.md.
using instant = std::chrono::sys_time<milliseconds>;

constexpr instant never = instant::max();
constexpr instant before_all = instant::min();

constexpr instant from_unix_ms(int64_t ms) { return instant{milliseconds{ms}}; }
constexpr int64_t unix_ms(instant t) { return t.time_since_epoch().count(); }

/// Tick T covers the times in (T - tick_length, T]. Source: docs/SEMANTICS.md, Ticks.
constexpr milliseconds tick_length = 1000ms;

/// The tick a moment belongs to: the first multiple of tick_length that is not before it.
constexpr instant tick_of(instant t) { return std::chrono::ceil<std::chrono::seconds>(t); }

/// The last tick that is complete at a moment: the greatest multiple of tick_length that is not after it.
constexpr instant last_tick(instant t) { return std::chrono::floor<std::chrono::seconds>(t); }

}  // namespace cartwheel
