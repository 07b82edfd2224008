#include "actors/parking/packed_values.hpp"

#include <array>

namespace cartwheel {

uint64_t recurring_texts::number_of(std::string_view text) {
  if (auto i = numbers_.find(text); i != numbers_.end()) return i->second;
  if (texts_.size() == texts_max || text.size() > text_bytes_max) return 0;
  const auto i = numbers_.emplace(text, texts_.size() + 1).first;
  texts_.push_back(&i->first);
  return i->second;
}

const std::string& recurring_texts::text(uint64_t number) const {
  if (number == 0 || number > texts_.size()) throw broken_bytes{"a text's number is not known"};
  return *texts_[number - 1];
}

namespace {

// A text is a number, twice its length and whether it is packed, and its bytes; the length of a packed one is in letters of
// six bits, first letter lowest.
constexpr unsigned letter_bits = 6;
constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyz0123456789-_.@:+/ ',()&#=!*~%$;|?[]{}";
constexpr uint8_t capital = 63;  // the next letter is one
static_assert(letters.size() == capital);

constexpr uint8_t none = 0xff, is_capital = 0x40;
constexpr auto letter_of = [] {
  std::array<uint8_t, 256> of{};
  of.fill(none);
  for (size_t i = 0; i < letters.size(); ++i) of[static_cast<uint8_t>(letters[i])] = static_cast<uint8_t>(i);
  for (uint8_t i = 0; i < 26; ++i) of['A' + i] = is_capital | i;
  return of;
}();

/// In letters; 0: there are others in it.
size_t packed_length(std::string_view t) {
  size_t n = t.size();
  for (char c : t) {
    const auto letter = letter_of[static_cast<uint8_t>(c)];
    if (letter == none) return 0;
    n += letter >> 6;
  }
  return n;
}

constexpr size_t bytes_of(size_t n) { return (n * letter_bits + 7) / 8; }

// A first time is five bytes, lowest first: twice the milliseconds since 2020; what is before that, or 17 years behind it, is
// an odd byte and the distance from 1970.
constexpr uint64_t first_times_from = 1'577'836'800'000;
constexpr unsigned first_time_bytes = 5;
constexpr uint64_t first_times_end = first_times_from + (uint64_t{1} << (8 * first_time_bytes - 1));
constexpr uint8_t out_of_range = 1;

}  // namespace

void packed_writer::first_time(uint64_t ms) {
  if (ms < first_times_from || ms >= first_times_end) {
    byte(out_of_range);
    byte_writer{to_}.signed_number(static_cast<int64_t>(ms));
    return;
  }
  const auto since = (ms - first_times_from) << 1;
  for (unsigned i = 0; i < first_time_bytes; ++i) byte(static_cast<uint8_t>(since >> (8 * i)));
}

uint64_t packed_reader::first_time() {
  uint64_t since = byte();
  if ((since & 1) != 0) {
    if (since != out_of_range) throw broken_bytes{"a time begins with what no time begins with"};
    return signed_number();
  }
  for (unsigned i = 1; i < first_time_bytes; ++i) since |= uint64_t{byte()} << (8 * i);
  return first_times_from + (since >> 1);
}

void packed_writer::text(std::string_view t) {
  const size_t n = packed_length(t);
  if (n == 0 || bytes_of(n) >= t.size()) {
    number(t.size() << 1);
    to_.append(t);
    return;
  }
  number(n << 1 | 1);
  uint32_t waiting = 0;
  unsigned bits = 0;
  auto put = [&](uint32_t letter) {
    waiting |= letter << bits;
    bits += letter_bits;
    if (bits < 8) return;
    byte(static_cast<uint8_t>(waiting));
    waiting >>= 8;
    bits -= 8;
  };
  for (char c : t) {
    const auto letter = letter_of[static_cast<uint8_t>(c)];
    if (letter >= is_capital) put(capital);
    put(letter & 0x3f);
  }
  if (bits > 0) byte(static_cast<uint8_t>(waiting));
}

void packed_reader::text(std::string& into) {
  const auto header = number();
  const auto n = static_cast<size_t>(header >> 1);
  if (n > from_.size() * 8) throw broken_bytes{"the bytes end early"};
  if ((header & 1) == 0) {
    into = take(n);
    return;
  }
  const auto bytes = take(bytes_of(n));
  into.clear();
  uint32_t waiting = 0;
  unsigned bits = 0;
  size_t next = 0;
  bool large = false;
  for (size_t i = 0; i < n; ++i) {
    if (bits < letter_bits) {
      waiting |= uint32_t{static_cast<uint8_t>(bytes[next++])} << bits;
      bits += 8;
    }
    const auto letter = static_cast<uint8_t>(waiting & 0x3f);
    waiting >>= letter_bits;
    bits -= letter_bits;
    if (letter == capital) {
      large = true;
      continue;
    }
    if (large && letter >= 26) throw broken_bytes{"a letter has no capital"};
    into.push_back(large ? static_cast<char>('A' + letter) : letters[letter]);
    large = false;
  }
  if (large) throw broken_bytes{"a letter has no capital"};
}

}  // namespace cartwheel
