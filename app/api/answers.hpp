#pragma once

#include "actors/gateway/gateway.hpp"
#include "actors/shard/shard_observer.hpp"
#include "transport/http/message.hpp"

#include <string>
#include <string_view>
#include <vector>

/// The JSON that the internal interface answers with.
namespace cartwheel {

/// POST /v1/events: 200 when every event was taken, 207 when some were refused, 400 when the document is no JSON, 503 when
/// it could not be made durable. A refusal names its "line" from 1 (NDJSON) or its "index" from 0 (documents).
http::response posted_answer(const posted_events& posted, payload_format format);

/// GET /v1/decisions. `next`, where there is one, is the parameter `from` of the next page.
std::string decisions_document(const std::vector<decision_line>& decisions, std::string_view next = {});

/// GET /v1/dead-letters. `event` as it was received where that was JSON, as JSON where it was msgpack; what is neither (or
/// was cut where it no longer reads) as hexadecimal digits in `event_hex`.
std::string dead_letters_document(const std::vector<dead_letter>& letters);

/// GET /v1/in-doubt. `state`: held, resent (goes out again), dropped (nobody will know), accepted or released (it went out
/// again, and how that ended).
std::string in_doubt_document(const std::vector<doubt>& doubts);
std::string_view state_of(const doubt& d);

/// Sent away for a moment: 503 with Retry-After.
http::response come_back(std::string_view why);

}  // namespace cartwheel
