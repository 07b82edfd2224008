#pragma once

#include "runtime/base/ids.hpp"
#include "runtime/base/time.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace cartwheel {

/// Builds a key whose bytes sort as its parts do, part after part: a table is visited in the order of time, or of names.
/// Numbers are big-endian. A text ends in 00 01 and a zero byte inside it becomes 00 FF, so a shorter text sorts before
/// every longer one that begins with it, whatever part comes after, and ("ab", "c") is not ("a", "bc").
class store_key {
 public:
  store_key& time(instant t);
  store_key& at(position p);
  store_key& index(uint32_t i);
  store_key& text(std::string_view t);

  const std::string& bytes() const& { return bytes_; }
  std::string&& bytes() && { return std::move(bytes_); }
  operator std::string_view() const& { return bytes_; }

 private:
  std::string bytes_;
};

/// Takes a key apart again, in the order it was built.
/// Errors: std::runtime_error when the key does not hold what is asked of it: it was built otherwise, or is damaged.
class store_key_reader {
 public:
  explicit store_key_reader(std::string_view key) : left_{key} {}
  instant time();
  position at();
  uint32_t index();
  std::string text();
  /// Nothing is left.
  bool done() const { return left_.empty(); }

 private:
  template <class Number>
  Number number(const char* what);

  std::string_view left_;
};

/// The end of the range of all keys that begin with `prefix`; empty (the end of the table) when none can come after.
std::string after_prefix(std::string_view prefix);

}  // namespace cartwheel
