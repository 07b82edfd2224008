#include "transport/forward/message_scanner.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace cartwheel::forward {

message_scanner::message_scanner(size_t bytes_max, size_t depth_max)
    : bytes_max_{bytes_max}, depth_max_{std::clamp<size_t>(depth_max, 1, depth_room)} {}

void message_scanner::reset() {
  position_ = depth_ = element_count_ = elements_seen_ = 0;
  begun_ = false;
  fault_.clear();
}

message_scanner::state message_scanner::fail(std::string text) {
  fault_ = std::move(text);
  return state::failed;
}

// Enters an array or a map. Each object in it takes a byte at least, so a count that cannot fit is refused at once: it
// would otherwise cost its sender nothing and us the wait.
message_scanner::state message_scanner::open(const msgpack_head& head) {
  const uint64_t objects = head.kind == msgpack_kind::map ? head.length * 2 : head.length;
  if (objects > bytes_max_ - std::min(position_ + head.size, bytes_max_))
    return fail(fmt::format("{} of {} elements cannot fit into a message of at most {} bytes", name_of(head.kind),
                            head.length, bytes_max_));
  if (depth_ == depth_max_) return fail(fmt::format("arrays and maps more than {} deep", depth_max_));
  if (depth_ == 0) element_count_ = head.length;
  if (objects > 0) open_[depth_++] = objects;
  position_ += head.size;
  return state::more;
}

message_scanner::state message_scanner::scan(std::string_view message) {
  if (!fault_.empty()) return state::failed;
  for (;;) {
    if (position_ > message.size()) return state::more;
    while (depth_ > 0 && open_[depth_ - 1] == 0) --depth_;
    if (begun_ && depth_ == 0) return state::complete;

    // position() promises the least size of the message, so a cut head moves nothing but is asked for whole.
    if (position_ == message.size()) return state::more;
    const auto first = static_cast<uint8_t>(message[position_]);
    if (message.size() - position_ < msgpack_head_size(first)) return state::more;
    const msgpack_head head = read_msgpack_head(message.substr(position_));

    if (!begun_) {
      if (head.kind != msgpack_kind::nil && head.kind != msgpack_kind::array)
        return fail(
          fmt::format("a message is an array or nil, this begins with {} (byte 0x{:02x})", name_of(head.kind), first));
      if (head.kind == msgpack_kind::array && (head.length < 2 || head.length > elements_max))
        return fail(fmt::format("a message has 2 to 4 elements, this has {}", head.length));
      begun_ = true;
    } else {
      if (depth_ == 1) begins_[elements_seen_++] = position_;
      --open_[depth_ - 1];
    }

    switch (head.kind) {
      case msgpack_kind::array:
      case msgpack_kind::map:
        if (open(head) == state::failed) return state::failed;
        break;
      case msgpack_kind::invalid: return fail(fmt::format("byte 0x{:02x} begins no msgpack object", first));
      default: {
        const uint64_t end = position_ + head.size + head.length;
        if (end > bytes_max_)
          return fail(fmt::format("{} of {} bytes cannot fit into a message of at most {} bytes", name_of(head.kind),
                                  head.length, bytes_max_));
        position_ = end;
      }
    }
  }
}

}  // namespace cartwheel::forward
