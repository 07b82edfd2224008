#pragma once

#include "runtime/base/ids.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <stdexcept>
#include <string>

namespace cartwheel {

/// The log is not what was written: it is not read beyond this place before a person has looked (`cartwheel journal`).
struct log_damage : std::runtime_error {
  log_damage(std::filesystem::path in, uint64_t from, position first_missing, std::string what)
      : std::runtime_error{fmt::format("{}: damaged at offset {}, position {}: {}", in.string(), from,
                                       count(first_missing), what)},
        file{std::move(in)},
        offset{from},
        at{first_missing},
        wrong{std::move(what)} {}

  std::filesystem::path file;
  uint64_t offset;
  position at;  // of the first record that is missing
  std::string wrong;
};

}  // namespace cartwheel
