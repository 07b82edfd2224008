#pragma once

#include "runtime/base/buffer.hpp"

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace cartwheel::forward {

/// Lends out read buffers of one size and takes them back when their last slice is gone, from whatever thread.
/// A buffer just freed is lent out again first: it is still in the cache, and needs neither zeroing nor page faults.
/// Bounds: limits::read_buffers_kept_max at rest.  Runs on: any thread.
class buffer_pool {
 public:
  explicit buffer_pool(size_t buffer_bytes, size_t kept_max);
  std::shared_ptr<std::string> lend();
  size_t buffer_bytes() const { return buffer_bytes_; }
  size_t kept() const;

 private:
  struct shelf;
  size_t buffer_bytes_;
  std::shared_ptr<shelf> shelf_;
};

/// Bytes as they come from a socket, in buffers that chunks go on sharing after the socket has moved on.
/// Shape: what has been consumed may be held by slices and is never written again; what is unread is written once, and
/// moves to a new buffer at most once per doubling of its size.
/// Runs on: one thread at a time; slices may be read and let go of on any.
class receive_buffer {
 public:
  explicit receive_buffer(std::shared_ptr<buffer_pool> pool);

  /// Room to read into, at least limits::read_room_bytes_min. `message_bytes` is what the unread message is known to
  /// need: buffers grow towards it with the bytes that have come, never with the bytes that were promised.
  std::span<char> prepare(size_t message_bytes);
  void commit(size_t bytes);

  std::string_view unread() const { return {data_ + begin_, end_ - begin_}; }
  /// For the one rewrite that spares a copy (forward_parser::message_mode): bytes nobody shares yet.
  char* unread_begin() { return data_ + begin_; }
  slice share(std::string_view part) const { return {owner_, part}; }
  void consume(size_t bytes) { begin_ += bytes; }

  /// Gives the buffer back when nothing is unread and no slice holds it: what an idle connection should do.
  void release_when_idle();
  size_t capacity() const { return capacity_; }

 private:
  void replace(size_t capacity);

  std::shared_ptr<buffer_pool> pool_;
  std::shared_ptr<std::string> owner_;
  char* data_ = nullptr;
  size_t capacity_ = 0;
  size_t begin_ = 0;
  size_t end_ = 0;
  bool busy_ = false;  // the last read filled its room: the next buffer is a large one
};

}  // namespace cartwheel::forward
