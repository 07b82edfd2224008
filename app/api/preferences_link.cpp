#include "actors/content/date_format.hpp"
#include "actors/content/preferences_page.hpp"
#include "actors/content/token.hpp"
#include "actors/content/unsubscribe_page.hpp"
#include "actors/gateway/gateway.hpp"
#include "app/api/limits.hpp"
#include "app/api/public_pages.hpp"
#include "app/serve/node.hpp"
#include "transport/http/answer.hpp"

#include <nlohmann/json.hpp>

namespace cartwheel {

namespace {

using preferences_page::choice;

/// At least thirty days, to the end of a day: pressed twice, it is the same pause.
instant pause_from(instant now) {
  return std::chrono::floor<std::chrono::days>(now) + limits::pause_by_shopper + std::chrono::days{1};
}

nlohmann::ordered_json wish(const token_payload& link, instant now) {
  nlohmann::ordered_json event;
  event["event"] = "preferences";
  event["time"] = unix_ms(now);
  event["email"] = link.address;
  event["shop"] = link.shop;
  return event;
}

}  // namespace

void preferences(node& server, const http::request& r, const http::path_values& path, http::responder answer) {
  auto link = server.tokens().open(path["token"], token_purpose::preferences);
  if (!link) return answer(page_answer(unsubscribe_page::unknown(page::choose(r.header("accept-language"))), 404));
  const auto language = language_of(r, *link);
  const auto& shop = server.config().shops.of(link->shop);
  if (r.method != "POST") return answer(page_answer(preferences_page::question(language, shop.name, link->address)));
  if (!is_form(r)) return answer(http::refuse(415, "wants a form"));
  const auto chosen = preferences_page::choice_named(form_field(r, "choice"));
  // A form without a choice is not one of ours, or lost it on the way: it is shown again.
  if (!chosen) return answer(page_answer(preferences_page::question(language, shop.name, link->address), 400));

  const auto now = server.events().now();
  const auto until = pause_from(now);
  auto done = preferences_page::done(language, *chosen, shop.name, link->address,
                                     long_date(page::tags[static_cast<size_t>(language)], until));
  auto event = wish(*link, now);
  switch (*chosen) {
    case choice::stop:
    case choice::stop_all:
      return withdraw(server, *link, *chosen == choice::stop_all, "preferences-page", std::move(done),
                      std::move(answer));
    case choice::pause: event["paused_until"] = unix_ms(until); break;
    case choice::fewer: event["frequency"] = "weekly"; break;
    case choice::normal:
      event["paused_until"] = unix_ms(now);
      event["frequency"] = "normal";
      break;
  }
  take_own(server, event.dump(), std::move(done), std::move(answer));
}

}  // namespace cartwheel
