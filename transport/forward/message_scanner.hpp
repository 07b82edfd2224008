#pragma once

#include "transport/forward/msgpack_head.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace cartwheel::forward {

/// Finds the end of one Forward message (nil, or an array of 2 to 4) in bytes that arrive piece by piece.
/// It keeps its place between calls, so every byte is looked at once however small the pieces are; payloads are stepped
/// over, not looked at.
/// Bounds: bytes_max and depth_max, checked against what the heads declare, before the bytes have come.
/// Errors: `failed`, with fault() and position() telling what and where; it stays failed until reset().
class message_scanner {
 public:
  enum class state : uint8_t { complete, more, failed };

  /// Bounds: depth_max 1..32.
  message_scanner(size_t bytes_max, size_t depth_max);

  /// `message` holds all bytes since the message's first one, those of earlier calls included.
  state scan(std::string_view message);

  /// complete: the message's size; more: the size it has at least; failed: where the fault is.
  size_t position() const { return position_; }
  const std::string& fault() const { return fault_; }

  /// Of a complete message: its elements (0 for nil) and where each begins.
  size_t element_count() const { return element_count_; }
  size_t element_begin(size_t i) const { return begins_[i]; }
  /// One past the last byte of element `i`.
  size_t element_end(size_t i) const { return i + 1 < element_count_ ? begins_[i + 1] : position_; }

  void reset();

 private:
  static constexpr size_t elements_max = 4;
  static constexpr size_t depth_room = 32;

  state fail(std::string text);
  state open(const msgpack_head& head);

  size_t bytes_max_;
  size_t depth_max_;
  size_t position_ = 0;  // of the next head; past the end of the bytes while a payload is still on its way
  size_t depth_ = 0;
  std::array<uint64_t, depth_room> open_{};  // objects each open array or map still wants
  size_t element_count_ = 0;
  size_t elements_seen_ = 0;
  std::array<size_t, elements_max> begins_{};
  bool begun_ = false;
  std::string fault_;
};

}  // namespace cartwheel::forward
