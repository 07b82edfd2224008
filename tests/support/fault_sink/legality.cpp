#include "tests/support/fault_sink/legality.hpp"

#include <cstdint>
#include <cstring>

namespace cartwheel::fault_sink {

namespace {

constexpr size_t line_octets_max = 998;

bool has_eight_bit(std::string_view bytes) {
  uint64_t seen = 0;
  size_t at = 0;
  for (; at + 8 <= bytes.size(); at += 8) {
    uint64_t word;
    std::memcpy(&word, bytes.data() + at, sizeof word);
    seen |= word;
  }
  for (; at < bytes.size(); ++at) seen |= static_cast<unsigned char>(bytes[at]);
  return (seen & 0x8080808080808080U) != 0;
}

}  // namespace

void line_check::feed(std::string_view piece) {
  eight_bit = eight_bit || has_eight_bit(piece);
  while (!piece.empty()) {
    const auto newline = piece.find('\n');
    auto line = piece.substr(0, newline);
    const bool ends = newline != std::string_view::npos;
    piece.remove_prefix(ends ? newline + 1 : piece.size());
    if (pending_cr_ && !line.empty()) {
      ++bare_line_ends;
      ++length_;
      pending_cr_ = false;
    }
    if (line.ends_with('\r')) {
      line.remove_suffix(1);
      pending_cr_ = true;
    }
    length_ += line.size();
    if (line.find('\r') != std::string_view::npos) ++bare_line_ends;
    if (!ends) continue;
    if (!pending_cr_) ++bare_line_ends;
    if (length_ > line_octets_max) ++long_lines;
    length_ = 0;
    pending_cr_ = false;
  }
}

}  // namespace cartwheel::fault_sink
