#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

/// The bounds of the HTTP server. Units: bytes unless the name or the type says otherwise.
namespace cartwheel::http::limits {

/// Request line and header fields together; browsers stay below 8 KiB, proxies add a few.
constexpr size_t header_bytes_max = 16 * 1024;

/// One request's body. 8 MiB are 50,000 events of the usual size.
constexpr size_t body_bytes_max = 8 * 1024 * 1024;

/// Bodies announced and not answered yet, over all connections; above this a request with a body is answered 503.
constexpr size_t bodies_bytes_max = 256 * 1024 * 1024;
static_assert(bodies_bytes_max >= body_bytes_max);

/// Query parameters of one request: 16 KiB of target hold at most 8,192 of them, none of ours has more than ten.
constexpr size_t query_parameters_max = 256;

/// Connections; above this new ones are answered 503 and closed.
constexpr size_t connections_max = 1024;

/// Waiting connections in the kernel's queue.
constexpr int backlog_max = 256;

/// A kept-alive connection without a request is closed after this time; proxies keep theirs for about a minute.
constexpr std::chrono::milliseconds idle_max{75'000};

/// From a request's first byte to its header's end, and from there to its body's end.
constexpr std::chrono::milliseconds header_time_max{10'000};
constexpr std::chrono::milliseconds body_time_max{60'000};

/// How long a handler may take to answer; then the answer is 503. An append waits for one group commit, milliseconds.
constexpr std::chrono::milliseconds answer_time_max{30'000};

/// How long a client may take to read an answer.
constexpr std::chrono::milliseconds write_time_max{60'000};

/// How long a closing connection swallows what the client still sends, so that the kernel's reset does not destroy an
/// answer it has not read yet.
constexpr std::chrono::milliseconds linger_max{2'000};

/// How long stop() waits for answers under way.
constexpr std::chrono::milliseconds stop_grace{5'000};

}  // namespace cartwheel::http::limits
