#pragma once

#include "runtime/base/time.hpp"

#include <bit>
#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>

namespace cartwheel {

/// What was written by a byte_writer does not read back: it ends early, or was not written by this format.
struct broken_bytes : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Appends values to a string, for records of the log and of snapshots. Shape: numbers as little-endian base-128 varints
/// (signed ones zigzagged), fixed ones little-endian, texts behind their length.
class byte_writer {
 public:
  explicit byte_writer(std::string& to) : to_{to} {}

  void byte(uint8_t b) { to_.push_back(static_cast<char>(b)); }
  void flag(bool b) { byte(b ? 1 : 0); }
  void number(uint64_t n) {
    for (; n >= 0x80; n >>= 7) byte(static_cast<uint8_t>(n | 0x80));
    byte(static_cast<uint8_t>(n));
  }
  void signed_number(int64_t n) { number(static_cast<uint64_t>(n) << 1 ^ static_cast<uint64_t>(n >> 63)); }
  void fixed(uint64_t n) {
    static_assert(std::endian::native == std::endian::little);
    to_.append(reinterpret_cast<const char*>(&n), sizeof n);
  }
  void text(std::string_view t) {
    number(t.size());
    to_.append(t);
  }
  void time(instant t) { signed_number(unix_ms(t)); }
  template <class Enum>
  requires std::is_enum_v<Enum>
  void one_of(Enum e) {
    static_assert(sizeof e == 1);
    byte(static_cast<uint8_t>(e));
  }

 private:
  std::string& to_;
};

/// Reads what a byte_writer wrote. Errors: broken_bytes. Lifetime: texts point into what is read.
class byte_reader {
 public:
  explicit byte_reader(std::string_view from) : rest_{from} {}

  bool done() const { return rest_.empty(); }
  uint8_t byte() { return static_cast<uint8_t>(take(1).front()); }
  bool flag() { return byte() != 0; }
  uint64_t number() {
    uint64_t n = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      uint8_t b = byte();
      n |= static_cast<uint64_t>(b & 0x7f) << shift;
      if (b < 0x80) return n;
    }
    throw broken_bytes{"a number has no end"};
  }
  int64_t signed_number() {
    uint64_t n = number();
    return static_cast<int64_t>(n >> 1 ^ (~(n & 1) + 1));
  }
  uint64_t fixed() {
    uint64_t n;
    std::memcpy(&n, take(sizeof n).data(), sizeof n);
    return n;
  }
  std::string_view text() { return take(number()); }
  instant time() { return from_unix_ms(signed_number()); }
  /// Errors: also when the value is beyond `last`.
  template <class Enum>
  Enum one_of(Enum last) {
    auto b = byte();
    if (b > static_cast<uint8_t>(last)) throw broken_bytes{"a value is none of its list"};
    return static_cast<Enum>(b);
  }

 private:
  std::string_view take(size_t n) {
    if (n > rest_.size()) throw broken_bytes{"the bytes end early"};
    auto taken = rest_.substr(0, n);
    rest_.remove_prefix(n);
    return taken;
  }

  std::string_view rest_;
};

}  // namespace cartwheel
