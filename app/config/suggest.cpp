#include "app/config/suggest.hpp"

#include <algorithm>

namespace cartwheel::config {
namespace {

/// Optimal string alignment: Levenshtein's distance, and a swap of neighbours counts once.
size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::vector<size_t>> d(a.size() + 1, std::vector<size_t>(b.size() + 1));
  for (size_t i = 0; i <= a.size(); ++i)
    for (size_t j = 0; j <= b.size(); ++j) {
      if (i == 0 || j == 0) {
        d[i][j] = i + j;
        continue;
      }
      const size_t changed = a[i - 1] == b[j - 1] ? 0 : 1;
      d[i][j] = std::min({d[i - 1][j] + 1, d[i][j - 1] + 1, d[i - 1][j - 1] + changed});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
    }
  return d[a.size()][b.size()];
}

}  // namespace

std::optional<std::string> closest(std::string_view mistyped, const std::vector<std::string>& known) {
  std::optional<std::string> best;
  size_t least = 0;
  for (const auto& name : known) {
    auto allowed = std::max<size_t>(1, std::max(name.size(), mistyped.size()) / 3);
    // A key may be as long as its file; beyond the bound the lengths alone say no.
    if (std::max(name.size(), mistyped.size()) - std::min(name.size(), mistyped.size()) > allowed) continue;
    auto d = distance(mistyped, name);
    if (d <= allowed && (!best || d < least)) {
      best = name;
      least = d;
    }
  }
  return best;
}

}  // namespace cartwheel::config
