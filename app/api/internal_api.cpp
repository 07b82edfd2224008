#include "app/api/internal_api.hpp"

#include "actors/gateway/gateway.hpp"
#include "actors/gateway/node_log.hpp"
#include "actors/shard/engine.hpp"
#include "app/api/answers.hpp"
#include "app/api/bearer.hpp"
#include "app/api/bounce_intake.hpp"
#include "app/api/cart_answer.hpp"
#include "app/api/cart_query.hpp"
#include "app/api/coupon_command.hpp"
#include "app/api/decisions_asked.hpp"
#include "app/api/event_media.hpp"
#include "app/api/in_doubt_command.hpp"
#include "app/api/limits.hpp"
#include "app/api/metrics_page.hpp"
#include "app/api/person_answer.hpp"
#include "app/api/person_query.hpp"
#include "app/api/suppression_command.hpp"
#include "app/api/suppression_query.hpp"
#include "app/config/endpoint.hpp"
#include "app/serve/node.hpp"
#include "transport/http/answer.hpp"
#include "transport/http/limits.hpp"
#include "transport/http/router.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>
#include <exception>
#include <optional>

namespace cartwheel {

namespace {

using http::path_values;
using http::request;
using http::responder;
using json = nlohmann::ordered_json;

http::response readiness(node& server) {
  json out;
  auto why = server.not_ready();
  out["ready"] = why.empty();
  if (!why.empty()) {
    out["why"] = why;
    return http::json_answer(out.dump() + '\n', 503);
  }
  out["journal"] = {{"sync", to_string(server.config().journal.sync)}, {"kind", "segments"}};
  out["holding"] = server.events().holding();
  return http::json_answer(out.dump() + '\n');
}

/// The parameter `limit`, at most `most`. Errors: nothing for what is no number from 1 on.
std::optional<size_t> limit_of(const request& r, size_t most) {
  size_t limit = limits::listed_default;
  for (const auto& [name, value] : r.query) {
    if (name != "limit") continue;
    auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), limit);
    if (error == std::errc::result_out_of_range && end == value.data() + value.size()) return most;
    if (error != std::errc{} || end != value.data() + value.size() || limit == 0) return std::nullopt;
  }
  return std::min(limit, most);
}

http::response limit_refused() { return http::refuse(400, "limit: is no whole number from 1 on"); }

bool is_blank(std::string_view body) { return body.find_first_not_of(" \t\r\n") == body.npos; }

void take_events(node& server, request r, responder answer) {
  auto type = r.header("content-type");
  auto format = format_of_events(type);
  auto coding = r.header("content-encoding");
  if (!format || !(coding.empty() || media_type_of(coding) == "identity")) {
    auto refused = http::refuse(415, format ? "Content-Encoding: events are taken as they are, without a coding"
                                            : "Content-Type: is none of " + std::string{event_media_types});
    refused.headers.emplace_back("Accept-Post", event_media_types);
    return answer(std::move(refused));
  }
  if (is_blank(r.body)) return answer(http::refuse(400, "the body is empty"));
  auto& events = server.events();
  if (events.is_broken()) return answer(come_back("the log is broken; nothing is taken"));
  if (events.busy()) return answer(come_back("the shards are behind; nothing of this was taken"));
  events.take_json(std::move(r.body), *format, [answer = std::move(answer), format](const posted_events& posted) {
    answer(posted_answer(posted, *format));
  });
}

/// What `make` answers from the history, which lies on a disk.
template <class F>
http::response from_history(F make) {
  try {
    return make();
  } catch (const std::exception& e) {
    return http::refuse(500, e.what());
  }
}

/// One page of what the history holds.
template <class F>
http::response page_of(const request& r, size_t most, F document) {
  auto limit = limit_of(r, most);
  return limit ? from_history([&] { return http::json_answer(document(*limit)); }) : limit_refused();
}

std::string parameter(const request& r, std::string_view name) {
  for (const auto& [key, value] : r.query)
    if (key == name) return value;
  return {};
}

void tell_cart(node& server, const cart_query& carts, const request& r, const path_values& path,
               const responder& answer) {
  auto limit = limit_of(r, limits::decisions_listed_max);
  if (!limit) return answer(limit_refused());
  std::optional<instant> at;
  if (auto asked = parameter(r, "at"); !asked.empty() && !(at = moment_asked(asked)))
    return answer(http::refuse(400, "at: is neither an RFC 3339 time nor Unix milliseconds"));
  const auto now = server.events().now();
  auto tell = [&log = server.log(), &campaign = server.config().campaign, shop = path["shop"],
               cart_id = path["cart_id"], limit = *limit, at, now,
               answer](cart_query::result found, const asked_cart& cart) {
    if (found == cart_query::result::too_many) return answer(come_back("too many carts are being asked for"));
    if (found == cart_query::result::gone) return answer(come_back("the server is ending"));
    answer(from_history([&] {
      cart_knowledge known{shop, cart_id, cart.view, {}, {}, {}, now};
      if (cart.next != nullptr)
        known.next = {cart.next->asked.due, cart.next->asked.step, cart.next->decided, cart.next->asked.facts,
                      cart.next->asked.again};
      known.decisions = log.decisions_about(shop, cart_id, limit);
      known.milestones = log.milestones_of(shop, cart_id, limit);
      return cart_answer(known, campaign, at);
    }));
  };
  carts.ask(path["shop"], path["cart_id"], now, std::move(tell));
}

void tell_decisions(node& server, const request& r, const responder& answer) {
  auto limit = limit_of(r, limits::decisions_listed_max);
  if (!limit) return answer(limit_refused());
  auto wanted = decisions_asked(r.query);
  if (!wanted.error.empty()) return answer(http::refuse(400, wanted.error));
  answer(from_history([&] {
    auto page = server.log().decisions(wanted.filter, *limit);
    return http::json_answer(decisions_document(page.lines, page_name(page.next)));
  }));
}

void tell_person(node& server, const person_query& persons, const request& r, const std::string& id,
                 const responder& answer) {
  auto by = person_by_name(parameter(r, "by"));
  if (!by) return answer(http::refuse(400, "by: is none of customer, visitor, email"));
  auto tell = [&server, &log = server.log(), &campaign = server.config().campaign, &keys = server.shards().setup().keys,
               by = *by, id, shop = parameter(r, "shop"), answer](person_query::result found, const holdings& held) {
    switch (found) {
      case person_query::result::no_mailbox: return answer(http::refuse(400, "is no mailbox (RFC 5321)"));
      case person_query::result::too_many: return answer(come_back("too many people are being asked for"));
      case person_query::result::gone: return answer(come_back("the server is ending"));
      case person_query::result::told:
        if (server.ending()) return answer(come_back("the server is ending"));
        return answer(from_history([&] {
          auto wanted = search_for(by, id, shop, held);
          wanted.stop = [&server] { return server.ending(); };
          const person_past past{log.find(wanted, limits::entries_of_person_max),
                                 log.proofs_of(subjects_of(by, id, held, keys))};
          return person_answer(by, id, shop, held, past, campaign);
        }));
    }
  };
  persons.ask(*by, id, std::move(tell));
}

void tell_suppressions(node& server, const suppression_query& known, const request& r, const responder& answer) {
  auto limit = limit_of(r, limits::suppressions_listed_max);
  if (!limit) return answer(limit_refused());
  known.ask(server.events().now(), [limit = *limit, answer](suppression_query::result found, const auto& all) {
    switch (found) {
      case suppression_query::result::too_many: return answer(come_back("too many lists are being asked for"));
      case suppression_query::result::gone: return answer(come_back("the server is ending"));
      case suppression_query::result::told: return answer(http::json_answer(suppressions_document(all, limit)));
    }
  });
}

http::router routes_of(node& server) {
  http::router routes;
  auto now = [](auto make) {
    return [make](const request& r, const path_values&, const responder& answer) { answer(make(r)); };
  };
  routes.add("GET", "/healthz", now([](const request&) {
               http::response out;
               out.body = "ok\n";
               return out;
             }));
  routes.add("GET", "/readyz", now([&server](const request&) { return readiness(server); }));
  routes.add("GET", "/metrics", now([&server](const request&) {
               http::response out;
               out.content_type = metrics_content_type;
               out.body = metrics_text(server);
               return out;
             }));
  routes.add("GET", "/v1/decisions", [&server](const request& r, const path_values&, const responder& answer) {
    tell_decisions(server, r, answer);
  });
  routes.add("GET", "/v1/dead-letters", now([&server](const request& r) {
               return page_of(r, limits::dead_letters_listed_max,
                              [&](size_t limit) { return dead_letters_document(server.log().dead_letters(limit)); });
             }));
  routes.add("GET", "/v1/in-doubt", now([&server](const request& r) {
               return page_of(r, limits::doubts_listed_max,
                              [&](size_t limit) { return in_doubt_document(server.log().doubts(limit)); });
             }));
  for (auto [path, how] :
       {std::pair{"/v1/in-doubt/release", settlement::let_go}, {"/v1/in-doubt/drop", settlement::dropped}})
    routes.add("POST", path, [&server, how = how](const request& r, const path_values&, responder answer) {
      command_about_doubts(server, r, how, std::move(answer));
    });
  routes.add(
    "GET", "/v1/suppressions",
    [&server, known = suppression_query{server.shards()}](
      const request& r, const path_values&, const responder& answer) { tell_suppressions(server, known, r, answer); });
  for (auto [path, lift] : {std::pair{"/v1/suppressions/add", false}, {"/v1/suppressions/lift", true}})
    routes.add("POST", path,
               [&server, known = suppression_query{server.shards()}, lift = lift](const request& r, const path_values&,
                                                                                  responder answer) {
                 command_about_suppression(server, known, r, lift, std::move(answer));
               });
  routes.add("POST", "/v1/bounces", [&server](const request& r, const path_values&, responder answer) {
    take_bounce(server, r, std::move(answer));
  });
  routes.add("GET", "/v1/coupons",
             now([&server](const request&) { return http::json_answer(coupons_document(server.coupons())); }));
  routes.add("POST", "/v1/coupons", [&server](const request& r, const path_values&, responder answer) {
    take_coupons(server, r, std::move(answer));
  });
  routes.add("POST", "/v1/events", [&server](request r, const path_values&, responder answer) {
    take_events(server, std::move(r), std::move(answer));
  });
  routes.add(
    "GET", "/v1/carts/{shop}/{cart_id}",
    [&server, carts = cart_query{server.shards()}](const request& r, const path_values& path, const responder& answer) {
      tell_cart(server, carts, r, path, answer);
    });
  routes.add("GET", "/v1/persons/{id}",
             [&server, persons = person_query{server.shards(), [&server](auto work) {
                                                server.later(std::move(work));
                                              }}](const request& r, const path_values& path, const responder& answer) {
               tell_person(server, persons, r, path["id"], answer);
             });
  return routes;
}

}  // namespace

std::chrono::milliseconds answer_time_of(const request& r) {
  return r.path.starts_with("/v1/persons/") ? limits::person_answer_max : http::limits::answer_time_max;
}

http::handler internal_api(node& server) {
  const auto& http = server.config().http;
  bool guarded = !is_loopback(http.listen);
  return [&server, routes = routes_of(server), guarded, token = http.token](request r, responder answer) {
    bool open_to_all = r.path == "/healthz" || r.path == "/readyz";
    if (guarded && !open_to_all && !shows_token(r, token)) return answer(token_wanted(r));
    if (!open_to_all && !server.open()) return answer(come_back(server.not_ready()));
    routes(std::move(r), std::move(answer));
  };
}

}  // namespace cartwheel
