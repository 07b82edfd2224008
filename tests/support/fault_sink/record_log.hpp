#pragma once

#include "tests/support/fault_sink/options.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace cartwheel::fault_sink {

/// What became of one transaction, as the sink knows it.
struct transaction_record {
  uint64_t connection = 0;
  std::string_view sender;
  std::string_view recipients;  // comma and space between them
  uint32_t attempt = 0;         // at the (first) recipient, from 1; 0: none was named
  std::string_view stage;       // of the reply that decided it
  std::string_view how;         // data, bdat, or empty before content
  bool kept = false;            // the sink has the mail, whatever it answered
  std::string_view reply;       // its first 200 bytes; empty: none was given
  std::string_view content;     // as received, dots taken off; only of what was received whole
  bool whole = false;
};

struct counters {
  uint64_t connections = 0, commands = 0, replies = 0, flights = 0, bytes = 0;
  uint64_t kept = 0, accepted = 0, refused = 0, unanswered = 0, throttled = 0, violations = 0;
  std::chrono::steady_clock::time_point first_kept{}, last_kept{};
};

/// The sink's book. Lines are collected and written with flush(), which is called before any reply that follows them leaves:
/// what a client was told stands in the file.
/// Errors: std::system_error, when a file cannot be written; a sink that forgets is of no use.
class record_log {
 public:
  explicit record_log(const options& o);
  ~record_log();
  record_log(const record_log&) = delete;
  record_log& operator=(const record_log&) = delete;

  void write(const transaction_record& r);
  /// Something the client did that no client may do.
  void violation(uint64_t connection, std::string_view what);
  void flush();

  /// Whether contents are wanted.
  bool keeps_content() const { return file_ >= 0 || !dump_.empty(); }
  counters count;

 private:
  void dump(std::string_view content, uint64_t number);

  int file_ = -1;
  std::string dump_;
  uint64_t begun_ms_ = static_cast<uint64_t>(
    std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count());
  std::string lines_;
};

}  // namespace cartwheel::fault_sink
