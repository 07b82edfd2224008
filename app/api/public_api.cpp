#include "app/api/public_api.hpp"

#include "actors/content/token.hpp"
#include "actors/content/unsubscribe_page.hpp"
#include "actors/gateway/gateway.hpp"
#include "app/api/event_media.hpp"
#include "app/api/limits.hpp"
#include "app/serve/node.hpp"
#include "transport/http/answer.hpp"
#include "transport/http/router.hpp"

#include <nlohmann/json.hpp>

namespace cartwheel {

namespace {

namespace pages = unsubscribe_page;
using http::path_values;
using http::request;
using http::responder;

http::response page(std::string document, int status = 200) {
  http::response out;
  out.status = status;
  out.content_type = pages::content_type;
  out.body = std::move(document);
  out.headers = {{"Content-Security-Policy", std::string{pages::content_security_policy}},
                 {"Cache-Control", std::string{pages::cache_control}},
                 {"Referrer-Policy", std::string{pages::referrer_policy}},
                 {"X-Content-Type-Options", "nosniff"}};
  return out;
}

http::response not_now() {
  http::response out;
  out.status = 503;
  out.body = "This could not be written down just now. Please try again in a minute.\n";
  out.headers = {{"Retry-After", limits::retry_after}, {"Cache-Control", std::string{pages::cache_control}}};
  return out;
}

/// What the page's button and mail programs send; some send no body, some no type. Source: RFC 8058 section 3.1.
bool is_form(const request& r) {
  if (r.body.empty() || r.header("content-type").empty()) return true;
  auto type = media_type_of(r.header("content-type"));
  return type == "application/x-www-form-urlencoded" || type == "multipart/form-data";
}

std::string withdrawal(const token_payload& link, instant now) {
  nlohmann::ordered_json event;
  event["event"] = "consent";
  event["time"] = unix_ms(now);
  event["email"] = link.address;
  event["channel"] = link.scope;
  event["status"] = "withdrawn";
  event["shop"] = link.shop;
  event["source"] = "unsubscribe-link";
  return event.dump();
}

void withdraw(node& server, const token_payload& link, pages::language language, responder answer) {
  auto& events = server.events();
  auto done = [&server, link, language, answer = std::move(answer)](const posted_events& posted) {
    if (!posted.durable) return answer(not_now());
    // The token is ours, so its address was once accepted: a refusal is a fault of this program, not of the shopper.
    if (!posted.error.empty() || !posted.refused.empty())
      return answer(http::refuse(500, "the withdrawal was refused"));
    answer(page(pages::done(language, server.config().shops.of(link.shop).name, link.address)));
  };
  events.take_json(withdrawal(link, events.now()), payload_format::json_document, std::move(done), news::of_this_node);
}

void unsubscribe(node& server, const request& r, const path_values& path, responder answer) {
  auto language = pages::choose(r.header("accept-language"));
  auto link = server.tokens().open(path["token"], token_purpose::unsubscribe);
  if (!link) return answer(page(pages::unknown(language), 404));
  if (r.method != "POST")
    return answer(page(pages::question(language, server.config().shops.of(link->shop).name, link->address)));
  if (!is_form(r)) return answer(http::refuse(415, "wants a form, or an empty body"));
  withdraw(server, *link, language, std::move(answer));
}

}  // namespace

http::handler public_api(node& server) {
  http::router routes;
  auto handle = [&server](const request& r, const path_values& path, responder answer) {
    unsubscribe(server, r, path, std::move(answer));
  };
  routes.add("GET", "/u/{token}", handle);
  routes.add("POST", "/u/{token}", handle);
  return routes;
}

}  // namespace cartwheel
