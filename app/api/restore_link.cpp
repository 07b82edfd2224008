#include "actors/content/restore_page.hpp"
#include "actors/content/restore_target.hpp"
#include "actors/content/token.hpp"
#include "actors/gateway/gateway.hpp"
#include "actors/gateway/node_log.hpp"
#include "app/api/cart_query.hpp"
#include "app/api/public_pages.hpp"
#include "app/serve/node.hpp"
#include "transport/http/answer.hpp"

#include <nlohmann/json.hpp>
#include <spdlog/spdlog.h>

#include <utility>

namespace cartwheel {

namespace {

using restore_page::why;

http::response on_to(std::string where) {
  http::response out;
  out.status = 303;
  out.headers = {{"Location", std::move(where)},
                 {"Cache-Control", std::string{page::cache_control}},
                 {"Referrer-Policy", std::string{page::referrer_policy}}};
  return out;
}

std::string click(const token_payload& link, instant now) {
  nlohmann::ordered_json event;
  event["event"] = "reminder_clicked";
  event["time"] = unix_ms(now);
  event["shop"] = link.shop;
  event["cart_id"] = link.scope;
  event["cycle"] = link.cycle;
  event["step"] = link.step;
  return event.dump();
}

/// Looks without following: a HEAD, and what a browser fetches before anybody has clicked.
bool only_looks(const http::request& r) {
  auto purpose = [&](std::string_view name) { return r.header(name).find("prefetch") != std::string_view::npos; };
  return r.method == "HEAD" || purpose("sec-purpose") || purpose("purpose") || purpose("x-moz");
}

/// One that is noted already says nothing new: a link that is followed a thousand times fills no log.
template <class Cart>
bool is_noted(const Cart& cart, const token_payload& link) {
  return cart.clicked_at != before_all && cart.clicked_cycle == link.cycle && cart.clicked_step == link.step;
}

class followed_link {
 public:
  followed_link(node& server, const http::request& r, token_payload link, http::responder answer)
      : server_{server},
        link_{std::move(link)},
        language_{language_of(r, link_)},
        looks_{only_looks(r)},
        answer_{std::move(answer)} {}

  const token_payload& link() const { return link_; }

  void tell(why w) const {
    const auto& shop = server_.config().shops.of(link_.shop);
    answer_(page_answer(restore_page::told(language_, w, shop.name, shop.base_url), 410));
  }

  void answer(cart_query::result found, const cart_view* cart) const {
    switch (found) {
      case cart_query::result::too_many:
      case cart_query::result::gone: return answer_(not_now());
      case cart_query::result::open: return go(cart->cart_url, is_noted(*cart, link_));
      case cart_query::result::not_open: break;
    }
    std::optional<ended_cart> ended;
    try {
      ended = server_.log().ended_cart_of(link_.shop, link_.scope);
    } catch (const std::exception& e) {
      spdlog::error("a link to cart {}/{} was followed: {}", link_.shop, link_.scope, e.what());
      return answer_(not_now());
    }
    if (!ended) return tell(why::gone);
    switch (ended->why) {
      // The series is over; at the shop's the cart is as it was.
      case cart_end::last_step: return go(ended->cart_url, is_noted(*ended, link_));
      case cart_end::ordered:
      case cart_end::ordered_elsewhere: return tell(why::ordered);
      default: return tell(why::gone);
    }
  }

 private:
  void go(std::string_view cart_url, bool noted) const {
    auto there = on_to(restore_target(server_.config().shops.of(link_.shop), link_.scope, cart_url));
    if (looks_ || noted) return answer_(std::move(there));
    // The shopper's way does not depend on our being able to write it down.
    auto written = [there = std::move(there), answer = answer_](const posted_events& posted) {
      if (!posted.durable || !posted.refused.empty()) spdlog::warn("a click on a reminder's link could not be noted");
      answer(there);
    };
    server_.events().take_json(click(link_, server_.events().now()), payload_format::json_document, std::move(written),
                               news::of_this_node);
  }

  node& server_;
  token_payload link_;
  page::language language_;
  bool looks_;
  http::responder answer_;
};

}  // namespace

void restore(node& server, const cart_query& carts, const http::request& r, const http::path_values& path,
             http::responder answer) {
  auto opened = server.tokens().open(path["token"], token_purpose::restore);
  if (!opened) {
    const auto language = page::choose(r.header("accept-language"));
    return answer(page_answer(restore_page::told(language, why::unknown, {}, {}), 404));
  }
  followed_link followed{server, r, std::move(*opened), std::move(answer)};
  const auto& link = followed.link();
  if (server.events().now() - link.made > server.config().public_site.restore_links) return followed.tell(why::expired);
  carts.ask(link.shop, link.scope, server.events().now(),
            [followed](cart_query::result found, const asked_cart& cart) { followed.answer(found, cart.view); });
}

}  // namespace cartwheel
