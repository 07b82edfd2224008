#pragma once

#include <cstddef>
#include <string_view>

namespace cartwheel::fault_sink {

/// Looks at content, in pieces cut anywhere, for what RFC 5321 forbids: a CR or LF on its own (section 2.3.8), lines of
/// more than 998 octets (4.5.3.1.6). Also whether an octet has its eighth bit set.
/// Cost: two memchr a line.
class line_check {
 public:
  void feed(std::string_view piece);

  size_t bare_line_ends = 0;
  size_t long_lines = 0;
  bool eight_bit = false;
  /// The last line had its end.
  bool ended() const { return length_ == 0 && !pending_cr_; }

 private:
  size_t length_ = 0;  // of the line so far, without its end
  bool pending_cr_ = false;
};

}  // namespace cartwheel::fault_sink
