#pragma once

#include "actors/mailer/bounce_verdict.hpp"
#include "runtime/metrics.hpp"
#include "transport/http/message.hpp"

#include <array>

namespace cartwheel {

class node;

/// Reports that came in, by what came of them.
struct bounce_counts {
  std::array<shared_counter, bounce_kind_count> by_kind;
};

/// POST /v1/bounces: a bounce or a complaint as the mail that it is (message/rfc822, but the Content-Type does not matter:
/// `curl --data-binary @-` sends another, and nothing in it is believed but what it proves). 200 with what was understood,
/// when it is durable: `{"kind":..,"why":..,"proven_by":..,"recipients":[..]}`, `"ignored": "..."` where nothing changes.
/// Errors: 413 beyond limits::bounce_bytes_max, 503 when the log is broken.
void take_bounce(node& server, const http::request& r, http::responder answer);

}  // namespace cartwheel
