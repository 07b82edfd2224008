#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>

namespace cartwheel::forward {

/// The chunks of one connection that are not answered yet, in the order they came.
/// Chunks settle in any order; acks leave in order, exactly once, because a client tells them apart by their place: one
/// ack out of order and a kept-alive connection is out of step for good (fluentd#3361).
/// Runs on: the connection's strand.  Cost: amortised constant.
class ack_queue {
 public:
  /// Adds a chunk and returns its number. `bytes` count as unsettled until settle().
  uint64_t push(std::optional<std::string> chunk_id, size_t bytes);

  /// Records that a chunk is durable, or never will be. Bounds: a number push() returned, once.
  void settle(uint64_t number, bool durable);

  /// Appends the acks that are due, encoded, and forgets their chunks; returns how many acks. A chunk that will never be
  /// durable stops the line for good: what came after it stays unanswered and is sent again.
  size_t take_due(std::string& out);

  bool empty() const { return waiting_.empty(); }
  size_t size() const { return waiting_.size(); }
  size_t unsettled_bytes() const { return unsettled_bytes_; }
  /// True when the next in line will never be durable: nothing more will ever be due.
  bool broken() const { return !waiting_.empty() && waiting_.front().state == settled::lost; }
  /// True as soon as any chunk is known to be lost, wherever it stands.
  bool any_lost() const { return any_lost_; }

 private:
  enum class settled : uint8_t { no, durable, lost };
  struct waiting {
    std::optional<std::string> chunk_id;
    size_t bytes = 0;
    settled state = settled::no;
  };

  std::deque<waiting> waiting_;
  uint64_t first_ = 0;  // number of waiting_.front()
  size_t unsettled_bytes_ = 0;
  bool any_lost_ = false;
};

}  // namespace cartwheel::forward
