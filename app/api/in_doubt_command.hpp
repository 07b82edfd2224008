#pragma once

#include "actors/shard/shard_observer.hpp"
#include "transport/http/message.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cartwheel {

class node;

/// The reminders that an operator's command is about.
struct doubts_meant {
  std::vector<settled_reminder> reminders;
  std::optional<http::response> refusal;  // instead
};

/// Finds what a command's body means among `known`: `{"all":true}`, everything that is held, or `{"shop":..,"cart_id":..}`
/// with `cycle`, `step` and `decided_ms` where these are needed to tell reminders apart; other members are ignored, so an
/// element of GET /v1/in-doubt will do.
/// Errors: 400 for what says neither, 404 when no such reminder is in doubt, 409 when it is not held or several are meant.
doubts_meant meant_by(std::string_view body, const std::vector<doubt>& known);

/// POST /v1/in-doubt/release and /drop (`how`: let_go, dropped): 200 with `{"count":N}` when the command is durable.
/// Errors: as meant_by; 415 for another Content-Type than JSON (no page of another site can send that unasked), 503 when
/// the log is broken.
void command_about_doubts(node& server, const http::request& r, settlement how, http::responder answer);

}  // namespace cartwheel
