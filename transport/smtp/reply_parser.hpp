#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace cartwheel::smtp {

/// One reply of a server, all its lines.
struct reply {
  int code = 0;      // 200..599
  std::string text;  // without codes and line ends; lines are separated by '\n'

  /// The enhanced status code (RFC 2034, 3463) at the beginning of the last line, "5.1.1"; empty when there is none or
  /// its class contradicts the basic code, which is the one to trust then.
  std::string_view enhanced() const;

  /// The text of the last line, the enhanced code left out.
  std::string_view last_line() const;
};

/// Cuts the bytes of a server into replies; how they were cut into packets does not matter.
/// Shape: `ddd`, `ddd text` and `ddd-text` lines with one code for all lines of a reply; a bare LF ends a line too.
/// Bounds: limits::reply_bytes_max for a reply.  Cost: no allocation once its buffers have grown.
/// Source: RFC 5321 section 4.2.
class reply_parser {
 public:
  enum class result : uint8_t {
    more,       // all bytes were taken, the reply goes on
    complete,   // current() is a reply; bytes behind it were left
    malformed,  // no reply at all: nothing after this has a meaning
    too_long,
  };

  /// Takes bytes from the front of `bytes`, at most to the end of a reply.
  result parse(std::string_view& bytes);

  /// Valid after `complete`, until the next parse().
  const reply& current() const { return current_; }

 private:
  result line(std::string_view l);

  reply current_;
  std::string partial_;  // a line whose end has not come
  size_t size_ = 0;      // bytes of this reply so far
  bool inside_ = false;  // a continuation line has come
};

}  // namespace cartwheel::smtp
