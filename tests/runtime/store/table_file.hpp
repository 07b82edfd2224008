#pragma once

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string_view>

namespace cartwheel::test {

/// Where the last byte of a table's properties stands in its file: RocksDB's block-based format 5, a footer of 53 bytes that names
/// the block of names, in which `rocksdb.properties` has its place. None of a file that is still being written.
/// Errors: std::runtime_error when there is no such name.
inline std::optional<size_t> last_byte_of_properties(std::string_view table) {
  constexpr size_t footer_bytes = 53;
  constexpr std::string_view end_of_whole{"\xf7\xcf\xf4\x85\xb7\x41\xe2\x88"};  // the magic number
  if (table.size() < footer_bytes || !table.ends_with(end_of_whole)) return std::nullopt;
  auto number = [&](size_t& at) {
    uint64_t n = 0;
    for (int shift = 0;; shift += 7) {
      const auto b = static_cast<unsigned char>(table.at(at++));
      n |= uint64_t{b & 0x7fu} << shift;
      if (b < 0x80) return n;
    }
  };
  size_t at = table.size() - footer_bytes + 1;  // behind the kind of checksum
  const auto names = number(at), names_bytes = number(at);
  for (at = names; at < names + names_bytes;) {
    number(at);  // bytes shared with the name before: none in this block
    const auto name_bytes = number(at), value_bytes = number(at);
    const auto name = table.substr(at, name_bytes);
    at += name_bytes;
    if (name == "rocksdb.properties") {
      const auto begin = number(at);
      return begin + number(at) - 1;
    }
    at += value_bytes;
  }
  throw std::runtime_error{"a table without properties"};
}

}  // namespace cartwheel::test
