#pragma once

#include "transport/http/message.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cartwheel::http {

/// Asks a server once (GET), on a connection of its own, and waits for the answer: for commands, not for servers.
/// Bounds: an answer of limits::answer_bytes_max, `most` in all.
/// Errors: std::runtime_error naming host and port.  Runs on: the calling thread.
response get(const std::string& host, uint16_t port, const std::string& target,
             const std::vector<std::pair<std::string, std::string>>& headers, std::chrono::milliseconds most);

/// For a part of a target: all but what RFC 3986 leaves unreserved becomes %XX.
std::string percent_encode(std::string_view text);

}  // namespace cartwheel::http
