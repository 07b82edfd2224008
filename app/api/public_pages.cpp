#include "app/api/public_pages.hpp"

#include "actors/gateway/gateway.hpp"
#include "app/api/event_media.hpp"
#include "app/api/limits.hpp"
#include "app/serve/node.hpp"
#include "transport/http/answer.hpp"
#include "transport/http/target.hpp"

#include <nlohmann/json.hpp>

#include <set>
#include <utility>

namespace cartwheel {

namespace {

nlohmann::ordered_json withdrawal(const token_payload& link, std::string_view shop, std::string_view source,
                                  instant now) {
  nlohmann::ordered_json event;
  event["event"] = "consent";
  event["time"] = unix_ms(now);
  event["email"] = link.address;
  event["channel"] = link.scope;
  event["status"] = "withdrawn";
  event["shop"] = shop;
  event["source"] = source;
  return event;
}

/// The link's shop first, then one shop of each further legal entity: a withdrawal concerns an entity.
std::vector<std::string> a_shop_of_each_entity(const shop_directory& shops, const std::string& first) {
  std::vector<std::string> chosen{first};
  std::set<std::string, std::less<>> seen{shops.of(first).legal_entity};
  if (seen.insert(shops.fallback.legal_entity).second) chosen.emplace_back("default");
  for (const auto& [name, shop] : shops.shops)
    if (seen.insert(shop.legal_entity).second) chosen.push_back(name);
  return chosen;
}

}  // namespace

http::response page_answer(std::string document, int status) {
  http::response out;
  out.status = status;
  out.content_type = page::content_type;
  out.body = std::move(document);
  out.headers = {{"Content-Security-Policy", std::string{page::content_security_policy}},
                 {"Cache-Control", std::string{page::cache_control}},
                 {"Referrer-Policy", std::string{page::referrer_policy}},
                 {"X-Content-Type-Options", "nosniff"}};
  return out;
}

http::response not_now() {
  http::response out;
  out.status = 503;
  out.body = "This could not be written down just now. Please try again in a minute.\n";
  out.headers = {{"Retry-After", limits::retry_after}, {"Cache-Control", std::string{page::cache_control}}};
  return out;
}

page::language language_of(const http::request& r, const token_payload& link) {
  return page::choose(link.language, r.header("accept-language"));
}

bool is_form(const http::request& r) {
  if (r.body.empty() || r.header("content-type").empty()) return true;
  auto type = media_type_of(r.header("content-type"));
  return type == "application/x-www-form-urlencoded" || type == "multipart/form-data";
}

std::string form_field(const http::request& r, std::string_view name) {
  const auto fields = http::parse_form(r.body);
  if (!fields) return {};
  for (const auto& [key, value] : *fields)
    if (key == name) return value;
  return {};
}

void take_own(node& server, std::string events, std::string done, http::responder answer) {
  auto told = [done = std::move(done), answer = std::move(answer)](const posted_events& posted) mutable {
    if (!posted.durable) return answer(not_now());
    // The token is ours, so what it names was once accepted: a refusal is a fault of this program, not of the shopper.
    if (!posted.error.empty() || !posted.refused.empty())
      return answer(http::refuse(500, "what the link asks for was refused"));
    answer(page_answer(std::move(done)));
  };
  server.events().take_json(std::move(events), payload_format::json_document, std::move(told), news::of_this_node);
}

void withdraw(node& server, const token_payload& link, bool everywhere, std::string_view source, std::string done,
              http::responder answer) {
  const auto now = server.events().now();
  nlohmann::ordered_json events;
  if (everywhere) {
    events = nlohmann::ordered_json::array();
    for (const auto& shop : a_shop_of_each_entity(server.config().shops, link.shop))
      events.push_back(withdrawal(link, shop, source, now));
  } else {
    events = withdrawal(link, link.shop, source, now);
  }
  take_own(server, events.dump(), std::move(done), std::move(answer));
}

}  // namespace cartwheel
