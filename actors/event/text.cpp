#include "actors/event/text.hpp"

#include "actors/event/words.hpp"

#include <unicode/utf8.h>

namespace cartwheel {

namespace {

using words::each;

// A set high bit in some byte when one of the eight is below 0x20, is 0x7f, or is not ASCII. A borrow can only mark a
// byte above one that is marked already, so "none marked" is exact.
constexpr uint64_t not_printable(uint64_t eight) {
  uint64_t below_space = eight - each(0x20);
  uint64_t is_delete = (eight ^ each(0x7f)) - each(1);
  return (below_space | is_delete | eight) & each(0x80);
}

bool all_printable_ascii(const char* p, size_t n) {
  if (n < 8) return n == 0 || not_printable(words::load_short(p, n)) == 0;
  uint64_t marks = not_printable(words::load8(p + n - 8));
  for (size_t i = 0; i + 8 < n; i += 8) marks |= not_printable(words::load8(p + i));
  return marks == 0;
}

}  // namespace

text_content inspect_text(std::string_view text) {
  if (all_printable_ascii(text.data(), text.size())) return text_content::printable_ascii;
  bool controls = false;
  const auto* bytes = reinterpret_cast<const uint8_t*>(text.data());
  for (size_t i = 0; i < text.size();) {
    UChar32 c;
    U8_NEXT(bytes, i, text.size(), c);
    if (c < 0) return text_content::broken;
    if (c < 0x20 || (c >= 0x7f && c < 0xa0)) controls = true;
  }
  return controls ? text_content::controls : text_content::utf8;
}

}  // namespace cartwheel
