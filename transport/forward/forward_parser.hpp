#pragma once

#include "transport/forward/forward_handler.hpp"
#include "transport/forward/limits.hpp"
#include "transport/forward/message_scanner.hpp"
#include "transport/forward/receive_buffer.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace cartwheel::forward {

struct parser_limits {
  size_t message_bytes_max = limits::message_bytes_max;
  size_t decompressed_bytes_max = limits::decompressed_bytes_max;
  size_t depth_max = limits::depth_max;
};

/// One message of the wire and what its sender wants done with it.
struct message {
  chunk content;
  std::optional<std::string> chunk_id;  // present: the sender waits for an ack with exactly these bytes
  bool apply = true;  // false: metrics or traces (fluent_signal other than 0), to be acknowledged and nothing else
  size_t wire_bytes = 0;
};

/// Where a stream stopped being Forward. Units: bytes since the connection began.
struct parse_fault {
  uint64_t offset = 0;
  std::string what;

  std::string text() const;
};

/// Turns the bytes of a connection into messages: Message, Forward, PackedForward and CompressedPackedForward mode.
/// Shape: entries are a slice of the read buffer in every mode but the compressed one, so a chunk is not copied (an
/// unfinished one at most once when its buffer is full). Entries themselves are not looked into: their decoder refuses
/// them one by one. A top-level nil is a heartbeat and gives no message.
/// Bounds: parser_limits.  Errors: fault(), after which next() gives nothing more; messages before it are not lost.
/// Cost: linear in the bytes however they are cut.  Runs on: one thread at a time.
/// Source: fluentd's in_forward.rb, Forward specification v1 and v1.5.
class forward_parser {
 public:
  explicit forward_parser(const parser_limits& bounds = {}, std::shared_ptr<buffer_pool> pool = nullptr);

  /// Where to read into, and how much was read; feed() does both with a copy.
  std::span<char> prepare() { return buffer_.prepare(scanner_.position()); }
  void commit(size_t bytes) { buffer_.commit(bytes); }
  void feed(std::string_view bytes);

  /// The next whole message, in order; nothing when more bytes are wanted or the stream is broken.
  std::optional<message> next();

  const std::optional<parse_fault>& fault() const { return fault_; }
  /// True between messages: a stream that ends here ended well.
  bool at_boundary() const { return buffer_.unread().empty(); }
  void release_when_idle() { buffer_.release_when_idle(); }

 private:
  struct option_map;

  std::optional<message> read_message(std::string_view bytes);
  bool read_options(std::string_view bytes, size_t at, option_map& out);
  std::optional<message> fail(size_t at, std::string what);

  parser_limits bounds_;
  receive_buffer buffer_;
  message_scanner scanner_;
  uint64_t consumed_ = 0;  // bytes of the stream before the unread ones
  std::optional<parse_fault> fault_;
};

}  // namespace cartwheel::forward
