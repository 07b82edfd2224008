#pragma once

#include "actors/coupon/coupon_book.hpp"
#include "runtime/journal/record.hpp"

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cartwheel {

/// The payload of a record of codes that were brought in (docs/journal-format.md). Begins with a version, 1.
/// Errors: reading throws broken_bytes for what was not written by this.
std::string written_codes(std::span<const imported_code> codes);
std::vector<imported_code> read_codes(std::string_view payload);

/// Such a record, decoded.
struct codes_meaning final : record_meaning {
  explicit codes_meaning(std::vector<imported_code> c) : codes{std::move(c)} {}
  std::vector<imported_code> codes;
};

}  // namespace cartwheel
