#pragma once

#include "runtime/base/bytes.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace cartwheel {

/// Short numbers for texts that recur in every record of a table and are nobody's own: shops, locales. First come, first
/// numbered, for the life of the table.
/// Bounds: so many texts of so few bytes that what no shop would send cannot fill memory; others stand in their record.
class recurring_texts {
 public:
  static constexpr size_t texts_max = 1024, text_bytes_max = 32;

  /// 0: it is not among them, and none will be.
  uint64_t number_of(std::string_view text);
  /// Errors: broken_bytes for one that was never given.
  const std::string& text(uint64_t number) const;

 private:
  struct hash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };
  std::unordered_map<std::string, uint64_t, hash, std::equal_to<>> numbers_;
  std::vector<const std::string*> texts_;
};

/// Writes values as shortly as memory wants them; the records that are written to disk have a form of their own
/// (byte_writer). A packed_reader that knows the same recurring texts reads them back, in this process.
/// Shape: equal values in equal order are equal bytes; no text's bytes begin another's.
/// Texts: 6 bits a letter where that is shorter (ids and addresses are mostly small letters and digits; a capital takes
/// two). Times: the distance from the time before in the record; the first one of a record takes 5 bytes until 2037.
class packed_writer {
 public:
  packed_writer(std::string& to, recurring_texts& texts) : to_{to}, texts_{texts} {}

  void byte(uint8_t b) { to_.push_back(static_cast<char>(b)); }
  void number(uint64_t n) { byte_writer{to_}.number(n); }
  void fixed(uint64_t n) { byte_writer{to_}.fixed(n); }
  void text(std::string_view t);
  void recurring(std::string_view t) {
    const auto n = texts_.number_of(t);
    number(n);
    if (n == 0) text(t);
  }
  /// With a flag beside it, which mostly costs nothing.
  void recurring(std::string_view t, bool flag) {
    const auto n = texts_.number_of(t);
    number(n << 1 | (flag ? 1 : 0));
    if (n == 0) text(t);
  }
  /// Any there is, before_all and never, too.
  void time(instant t) {
    const auto ms = static_cast<uint64_t>(unix_ms(t));
    if (std::exchange(timed_, true))
      byte_writer{to_}.signed_number(static_cast<int64_t>(ms - last_));  // wraps, as it does when it is read
    else
      first_time(ms);
    last_ = ms;
  }

 private:
  void first_time(uint64_t ms);

  std::string& to_;
  recurring_texts& texts_;
  bool timed_ = false;
  uint64_t last_ = 0;
};

/// Errors: broken_bytes, for what no packed_writer has written.  Lifetime: of what is read and of the texts.
class packed_reader {
 public:
  packed_reader(std::string_view from, const recurring_texts& texts) : from_{from}, texts_{texts} {}

  uint8_t byte() { return static_cast<uint8_t>(take(1).front()); }
  uint64_t number() {
    uint64_t n = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      const uint8_t b = byte();
      n |= static_cast<uint64_t>(b & 0x7f) << shift;
      if (b < 0x80) return n;
    }
    throw broken_bytes{"a number has no end"};
  }
  uint64_t fixed() {
    uint64_t n;
    std::memcpy(&n, take(sizeof n).data(), sizeof n);
    return n;
  }
  template <class Enum>
  static Enum one_of(uint64_t n, Enum last) {
    if (n > static_cast<uint64_t>(last)) throw broken_bytes{"a value is none of its list"};
    return static_cast<Enum>(n);
  }
  void text(std::string& into);
  void recurring(std::string& into) {
    if (const auto n = number(); n != 0)
      into = texts_.text(n);
    else
      text(into);
  }
  /// The flag.
  bool recurring_and_flag(std::string& into) {
    const auto n = number();
    if (n > 1)
      into = texts_.text(n >> 1);
    else
      text(into);
    return (n & 1) != 0;
  }
  instant time() {
    if (std::exchange(timed_, true))
      last_ += signed_number();
    else
      last_ = first_time();
    return from_unix_ms(static_cast<int64_t>(last_));
  }
  /// How much stands behind what was read.
  size_t rest() const { return from_.size(); }

 private:
  /// Of 64 bits that wrap.
  uint64_t signed_number() {
    const auto n = number();
    return n >> 1 ^ (~(n & 1) + 1);
  }
  uint64_t first_time();
  std::string_view take(size_t n) {
    if (n > from_.size()) throw broken_bytes{"the bytes end early"};
    const auto taken = from_.substr(0, n);
    from_.remove_prefix(n);
    return taken;
  }

  std::string_view from_;
  const recurring_texts& texts_;
  bool timed_ = false;
  uint64_t last_ = 0;
};

}  // namespace cartwheel
