#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace cartwheel::forward {

/// Reads a server's answers, `{"ack": id}` one after the other, from bytes that come in pieces.
/// Bounds: an answer is at most answer_bytes_max.  Errors: failed() stays true once bytes were no answer.
class ack_reader {
 public:
  static constexpr size_t answer_bytes_max = 1024;

  void feed(std::string_view bytes) { bytes_.append(bytes); }
  /// The chunk id of the next answer; nothing when more bytes are wanted or failed().
  std::optional<std::string> next();
  bool failed() const { return failed_; }

 private:
  std::string bytes_;
  size_t begin_ = 0;
  bool failed_ = false;
};

}  // namespace cartwheel::forward
