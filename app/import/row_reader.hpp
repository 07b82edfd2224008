#pragma once

#include "app/import/import_row.hpp"

#include <functional>
#include <string>
#include <vector>

namespace cartwheel {

/// Reads a file of rows: CSV with a header line, or NDJSON with one object a line, told by its first byte; plain, gzip or
/// zstd. In NDJSON a value is a text, a number, true or false; null is not given.
/// Errors: std::system_error or std::runtime_error naming the file, when it cannot be read or its header cannot be used.
class row_reader {
 public:
  struct takers {
    std::function<void(std::vector<std::string> columns)> columns;  // CSV: once, before all rows; may throw
    std::function<void(import_row)> row;
    std::function<void(import_fault)> fault;
    std::function<void(size_t bytes)> passed;  // how far it has come, in bytes as unpacked
  };

  /// `path` outlives what is told: places point to it.
  static void read(const std::string& path, const takers& to);
};

}  // namespace cartwheel
