#pragma once

#include "actors/coupon/limits.hpp"

#include <algorithm>
#include <string_view>

namespace cartwheel {

/// A code is what a person can read off a mail and type: visible ASCII without blanks.
constexpr bool is_coupon_code(std::string_view text) {
  return !text.empty() && text.size() <= limits::coupon_code_bytes_max &&
         std::ranges::all_of(text, [](char c) { return c > ' ' && c < '\x7f'; });
}

}  // namespace cartwheel
