#pragma once

#include "transport/http/limits.hpp"
#include "transport/http/message.hpp"
#include "transport/http/metrics.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace boost::asio {
class io_context;
}

namespace cartwheel::http {

/// Where to listen and within which bounds; the defaults of the bounds are the ones of limits.hpp.
struct server_options {
  std::string key = "http.listen";  // the setting that errors name
  std::string host = "127.0.0.1";   // an IP address, or a name that means exactly one machine
  uint16_t port = 8480;             // 0: the system chooses
  bool allow_remote = false;        // allows a host beyond loopback: whoever sets it sees to who may do what

  size_t header_bytes_max = limits::header_bytes_max;
  size_t body_bytes_max = limits::body_bytes_max;
  size_t bodies_bytes_max = limits::bodies_bytes_max;
  size_t connections_max = limits::connections_max;
  std::chrono::milliseconds idle_max = limits::idle_max;
  std::chrono::milliseconds header_time_max = limits::header_time_max;
  std::chrono::milliseconds body_time_max = limits::body_time_max;
  std::chrono::milliseconds answer_time_max = limits::answer_time_max;
  /// For requests whose handlers are known to take longer; empty: none.  Runs on: an io thread.
  std::function<std::chrono::milliseconds(const request&)> answer_time_of;
  std::chrono::milliseconds write_time_max = limits::write_time_max;
  std::chrono::milliseconds linger_max = limits::linger_max;
  std::chrono::milliseconds stop_grace = limits::stop_grace;
};

/// An HTTP/1.1 server for small services: whole requests in, whole responses out, connections kept alive.
/// Shape: one request per connection is with the handler at a time; pipelined ones wait for their turn, so answers leave in
/// order. For HEAD the handler answers as for GET, the body is left out here.
/// Bounds: server_options; beyond them 413, 431, 503, or the connection is closed. A responder let go of unanswered
/// answers 500, one that takes longer than answer_time_max 503.
/// Errors: the constructor throws std::invalid_argument naming `options.key` for a host it may not or cannot listen on,
/// std::system_error when the address is taken. A malformed request is answered 400 with `{"error": ...}`.
/// Runs on: the io_context's threads, one strand per connection; the handler is called there. Several threads may run the
/// io_context. All functions, and responders, may be called from any thread.
/// Lifetime: destroy it before the io_context, and while no other thread runs that (or from the one that does); responders
/// may be called later all the same and then do nothing.
class http_server {
 public:
  http_server(boost::asio::io_context& io, server_options options, handler handle);
  ~http_server();
  http_server(const http_server&) = delete;
  http_server& operator=(const http_server&) = delete;

  uint16_t port() const;

  /// Stops listening, closes connections without a whole request, answers the requests that handlers have (for
  /// server_options::stop_grace at most) and closes those connections then.
  void stop();

  const counters& metrics() const;

 private:
  struct implementation;
  std::shared_ptr<implementation> self_;
};

}  // namespace cartwheel::http
