#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace cartwheel {

/// A place in a file, as editors count: FILE:LINE:COLUMN.
struct file_place {
  std::string_view file;
  size_t line = 0;
  size_t column = 0;
};
std::string to_string(const file_place& p);

/// One value of a row, under the name of its column. What is empty is not given.
struct import_value {
  std::string name;
  std::string text;
  file_place at;
};

/// One person's line.
struct import_row {
  file_place at;
  std::vector<import_value> values;

  const import_value* find(std::string_view name) const {
    for (const auto& v : values)
      if (v.name == name) return &v;
    return nullptr;
  }
};

/// Why a row is not taken, and where.
struct import_fault {
  file_place at;
  std::string why;
};

}  // namespace cartwheel
