#include "runtime/base/duration.hpp"

#include <array>
#include <charconv>

namespace cartwheel {
namespace {

struct unit {
  std::string_view name;
  int64_t length;         // milliseconds
  int64_t least_printed;  // of this unit: a single day reads better as 24h, a single minute as 60s
};

constexpr std::array<unit, 5> units{
  {{"d", 86'400'000, 2}, {"h", 3'600'000, 1}, {"m", 60'000, 2}, {"s", 1000, 1}, {"ms", 1, 1}}};
constexpr int64_t longest = 100'000 * units[0].length;

}  // namespace

std::optional<milliseconds> parse_duration(std::string_view text) {
  // from_chars takes a minus sign; a duration has none.
  if (text.empty() || text[0] < '0' || text[0] > '9') return std::nullopt;
  int64_t count = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error != std::errc{}) return std::nullopt;
  auto name = text.substr(static_cast<size_t>(end - text.data()));
  for (const auto& u : units)
    if (name == u.name) {
      if (count > longest / u.length) return std::nullopt;
      return milliseconds{count * u.length};
    }
  return std::nullopt;
}

std::string print_duration(milliseconds d) {
  auto ms = d.count();
  if (ms == 0) return "0s";
  for (const auto& u : units)
    if (ms % u.length == 0 && ms / u.length >= u.least_printed) return std::to_string(ms / u.length).append(u.name);
  return std::to_string(ms).append("ms");  // not reached: 1 divides every count
}

}  // namespace cartwheel
