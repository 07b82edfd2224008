#pragma once

#include <system_error>

namespace cartwheel::forward {

/// What can end a client's connection besides the socket's own errors.
enum class errc {
  closed_with_unacked = 1,  // the server closed while chunks were waiting for their acks
  unexpected_ack,           // an ack for another chunk than the oldest one under way
  malformed_ack,            // bytes that are no ack
  ack_timeout,              // the oldest chunk has waited too long
};

const std::error_category& forward_category();

inline std::error_code make_error_code(errc e) { return {static_cast<int>(e), forward_category()}; }

}  // namespace cartwheel::forward

template <>
struct std::is_error_code_enum<cartwheel::forward::errc> : std::true_type {};
