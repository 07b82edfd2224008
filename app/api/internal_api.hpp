#pragma once

#include "transport/http/message.hpp"

#include <chrono>

namespace cartwheel {

class node;

/// What `http.listen` serves: metrics, health, events in, carts and decisions out. Beyond loopback everything but /healthz
/// and /readyz wants the bearer token `http.token`.
/// Lifetime: the handler ends before the node.  Runs on: any thread; it waits for the disk where history is asked for.
http::handler internal_api(node& server);

/// How long an answer of it may take.
std::chrono::milliseconds answer_time_of(const http::request& r);

}  // namespace cartwheel
