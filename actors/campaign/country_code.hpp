#pragma once

#include <array>
#include <string_view>

namespace cartwheel {

/// ISO 3166-1 alpha-2, in capitals; all zero when none is known.
struct country_code {
  std::array<char, 2> letters{};

  static country_code of(std::string_view text) {
    return text.size() == 2 ? country_code{{text[0], text[1]}} : country_code{};
  }
  bool given() const { return letters[0] != 0; }
  std::string_view text() const { return given() ? std::string_view{letters.data(), 2} : std::string_view{}; }
  friend auto operator<=>(const country_code&, const country_code&) = default;
};

}  // namespace cartwheel
