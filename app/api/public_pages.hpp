#pragma once

#include "actors/content/page.hpp"
#include "actors/content/token.hpp"
#include "transport/http/message.hpp"
#include "transport/http/router.hpp"

#include <functional>
#include <string>

namespace cartwheel {

class cart_query;
class node;

/// The handlers of `public.listen` (public_api.hpp) and what they share.
using public_answer = http::responder;

/// A page of ours, with the headers that keep it, and the link that leads to it, to whoever opened it.
http::response page_answer(std::string document, int status = 200);

/// The log cannot take it now: nothing was done.
http::response not_now();

/// The mail's language, else the browser's.
page::language language_of(const http::request& r, const token_payload& link);

/// Whether a body can be the page's form. What says nothing of itself counts as one: some mail programs send no type.
/// Source: RFC 8058 section 3.1.
bool is_form(const http::request& r);

/// A field of a form in application/x-www-form-urlencoded; empty when it is not there.
std::string form_field(const http::request& r, std::string_view name);

/// Withdraws consent for the link's channel from its shop, or from every legal entity of the configuration; answers
/// `done` when that is durable.
void withdraw(node& server, const token_payload& link, bool everywhere, std::string_view source, std::string done,
              http::responder answer);

/// Hands events of this node to the log; answers `done` when they are durable.
void take_own(node& server, std::string events, std::string done, http::responder answer);

void unsubscribe(node& server, const http::request& r, const http::path_values& path, http::responder answer);
void preferences(node& server, const http::request& r, const http::path_values& path, http::responder answer);
void restore(node& server, const cart_query& carts, const http::request& r, const http::path_values& path,
             http::responder answer);

}  // namespace cartwheel
