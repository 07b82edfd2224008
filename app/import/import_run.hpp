#pragma once

#include "app/import/import_kinds.hpp"
#include "app/import/import_target.hpp"

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace cartwheel {

/// What an import did.
struct import_summary {
  uint64_t rows = 0;  // with those that are bad
  uint64_t bad = 0;
  uint64_t events = 0;
  uint64_t suppressions = 0;
  uint64_t coupons = 0;
  uint64_t sales_without_address = 0;
};

/// Reads files into a target. `kind`: of all of them; nothing: as each one's columns say.
/// `fault` is told each bad row once; `passed` how many bytes were read.
/// Errors: exceptions naming the file, or the target's.
import_summary run_import(const std::vector<std::string>& files, std::optional<import_kind> kind, import_target& to,
                          const std::function<void(const import_fault&)>& fault,
                          const std::function<void(size_t bytes)>& passed);

}  // namespace cartwheel
