#pragma once

#include "runtime/base/buffer.hpp"

#include <cstddef>
#include <functional>
#include <string>

namespace cartwheel::forward {

/// One message of the Forward protocol, whatever its mode, as concatenated msgpack entries `[time, record]`.
/// Shape: `entries` is the chunk as received where the mode allows (PackedForward, uncompressed), else built from it.
struct chunk {
  std::string tag;
  slice entries;
  size_t entry_count = 0;  // 0 when the mode does not tell (PackedForward): count by decoding
};

/// Takes chunks in the order of each connection.
/// `accepted` must be called once, from any thread, when the chunk is durable (true) or never will be (false: the
/// connection is closed without an ack, so the client sends again).
using chunk_handler = std::function<void(chunk, std::function<void(bool)> accepted)>;

}  // namespace cartwheel::forward
