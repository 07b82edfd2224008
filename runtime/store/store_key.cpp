#include "runtime/store/store_key.hpp"

#include <fmt/format.h>

#include <stdexcept>

namespace cartwheel {

namespace {

constexpr char escaped_zero = '\xff';
constexpr char end_of_text = '\x01';

template <class Number>
void append_big_endian(std::string& to, Number n) {
  for (int shift = 8 * (sizeof(Number) - 1); shift >= 0; shift -= 8) to += static_cast<char>((n >> shift) & 0xff);
}

/// Unsigned numbers sort as bytes; flipping the sign bit moves the negative ones (before 1970, before_all) below zero.
constexpr uint64_t sign = uint64_t{1} << 63;

}  // namespace

store_key& store_key::time(instant t) {
  append_big_endian(bytes_, static_cast<uint64_t>(unix_ms(t)) ^ sign);
  return *this;
}

store_key& store_key::at(position p) {
  append_big_endian(bytes_, count(p));
  return *this;
}

store_key& store_key::index(uint32_t i) {
  append_big_endian(bytes_, i);
  return *this;
}

store_key& store_key::text(std::string_view t) {
  for (size_t zero; (zero = t.find('\0')) != t.npos; t.remove_prefix(zero + 1))
    bytes_.append(t.substr(0, zero + 1)) += escaped_zero;
  bytes_.append(t) += '\0';
  bytes_ += end_of_text;
  return *this;
}

template <class Number>
Number store_key_reader::number(const char* what) {
  if (left_.size() < sizeof(Number))
    throw std::runtime_error{fmt::format("a key ends within its {}: {} bytes are left", what, left_.size())};
  Number n = 0;
  for (size_t i = 0; i < sizeof(Number); ++i) n = static_cast<Number>(n << 8 | static_cast<unsigned char>(left_[i]));
  left_.remove_prefix(sizeof(Number));
  return n;
}

instant store_key_reader::time() { return from_unix_ms(static_cast<int64_t>(number<uint64_t>("time") ^ sign)); }

position store_key_reader::at() { return position{number<uint64_t>("position")}; }

uint32_t store_key_reader::index() { return number<uint32_t>("index"); }

std::string store_key_reader::text() {
  std::string out;
  for (;;) {
    size_t zero = left_.find('\0');
    if (zero == left_.npos || zero + 1 == left_.size()) throw std::runtime_error{"a key ends within a text"};
    out.append(left_.substr(0, zero));
    char after = left_[zero + 1];
    left_.remove_prefix(zero + 2);
    if (after == end_of_text) return out;
    if (after != escaped_zero) throw std::runtime_error{"a key has a text that was not written by store_key"};
    out += '\0';
  }
}

std::string after_prefix(std::string_view prefix) {
  std::string end{prefix};
  while (!end.empty() && end.back() == '\xff') end.pop_back();
  if (!end.empty()) end.back() = static_cast<char>(static_cast<unsigned char>(end.back()) + 1);
  return end;
}

}  // namespace cartwheel
