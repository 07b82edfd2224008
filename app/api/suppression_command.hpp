#pragma once

#include "actors/consent/address_news.hpp"
#include "actors/shard/router.hpp"
#include "app/api/suppression_query.hpp"
#include "transport/http/message.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace cartwheel {

class node;

/// An address key as lists show it and commands take it: 32 hexadecimal digits.
std::string to_hex(const address_key& key);
std::optional<address_key> address_key_of(std::string_view hex);

/// The address that a command is about, and what it says of it.
struct suppression_meant {
  news_of_address news;
  std::optional<http::response> refusal;  // instead
};

/// Reads `{"email":"anna@example.com"}` or `{"address":"<32 hex digits>"}` (as the list calls it); with `lift` false also
/// `"reason"`: complaint (also without one) or hard_bounce.
/// Errors: 400 naming the member that is wrong.
suppression_meant suppression_meant_by(std::string_view body, bool lift, const node_hash_keys& keys);

/// POST /v1/suppressions/add and /lift: 200 with `{"address":..}` when the command is durable.
/// Errors: as suppression_meant_by; 404 when nothing is held against the address that is to be lifted; 415 for another
/// Content-Type than JSON (no page of another site can send that unasked); 503 when the log is broken.
void command_about_suppression(node& server, const suppression_query& known, const http::request& r, bool lift,
                               http::responder answer);

/// GET /v1/suppressions: `{"count":N,"suppressions":[{"address","reason","first","last","count","until"},..]}`, the newest
/// first, `most` of N. `until`: a moment, or "lifted" where only an operator ends it.
std::string suppressions_document(const suppression_query::found& all, size_t most);

}  // namespace cartwheel
