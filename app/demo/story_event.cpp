#include "app/demo/story.hpp"

#include "app/demo/catalogue.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace cartwheel {
namespace {

/// The cart's lines just before a step: the story holds them, so a waiting shopper need not.
void lines_before(const story& s, size_t step, std::vector<gateway_item>& items) {
  for (size_t i = 0; i < step; i++) {
    const auto& done = s.steps[i];
    const auto& what = products()[done.product];
    auto held = std::ranges::find(items, what.id, &gateway_item::item_id);
    if (done.kind == event_kind::add_to_cart) {
      if (held == items.end()) {
        items.push_back(line_of(what, places()[s.place], 1));
      } else {
        held->quantity++;
      }
    } else if (done.kind == event_kind::remove_from_cart && held != items.end() && --held->quantity == 0) {
      items.erase(held);
    }
  }
}

}  // namespace

void write_event(const crowd_options& options, const story& s, size_t step, gateway_event& e) {
  const auto& now = s.steps[step];
  const auto& where = places()[s.place];
  auto items = std::move(e.items);  // keeps its memory
  items.clear();
  e = gateway_event{};
  e.items = std::move(items);
  e.kind = now.kind;
  e.time = now.time;
  e.event_id = fmt::format("crowd-{}-{}", s.tag, step);
  e.shop = options.shops[s.shop];
  auto act_as_shopper = [&] {
    if (now.known) {
      e.customer_id = "u-" + s.tag;
    } else {
      e.visitor_id = "v-" + s.tag;
    }
  };
  auto name_cart = [&] { e.cart_id = (now.guest_cart ? "g-" : "c-") + s.tag; };
  auto name_order = [&] { e.order_id = fmt::format("o-{}-{}", s.tag, now.order); };

  switch (now.kind) {
    case event_kind::view_item: {
      act_as_shopper();
      auto& seen = e.items.emplace_back();
      seen.item_id = products()[now.product].id;
      break;
    }
    case event_kind::add_to_cart:
      act_as_shopper();
      name_cart();
      e.items.push_back(line_of(products()[now.product], where, now.quantity));
      e.currency = "EUR";
      e.cart_url = "https://shop.example/cart/" + e.cart_id;
      break;
    case event_kind::remove_from_cart: {
      act_as_shopper();
      name_cart();
      auto& gone = e.items.emplace_back();
      gone.item_id = products()[now.product].id;
      gone.quantity = now.quantity;
      break;
    }
    case event_kind::purchase:
      act_as_shopper();
      name_cart();
      name_order();
      e.payment = now.payment;
      e.email = s.email;
      lines_before(s, step, e.items);
      e.currency = "EUR";
      break;
    case event_kind::cart_merged:
      act_as_shopper();
      e.cart_id = "g-" + s.tag;
      e.into = "c-" + s.tag;
      break;
    case event_kind::identify:
      act_as_shopper();
      if (now.known && now.guest_cart) e.visitor_id = "v-" + s.tag;  // a login
      if (now.source == address_source::checkout) name_cart();
      e.email = s.email;
      e.name = s.name;
      e.locale = where.locale;
      e.country = where.country;
      e.time_zone = where.time_zone;
      e.source_of_address = now.source;
      break;
    case event_kind::consent:
      e.email = s.email;
      e.status = now.status;
      e.source = now.status == consent_status::withdrawn ? "preference-page"
                 : now.known                             ? "account-form"
                                                         : "checkout-box";
      if (now.status == consent_status::granted) e.wording = "Mail me about my cart and offers";
      break;
    case event_kind::order_paid:
    case event_kind::order_cancelled:
    case event_kind::refund:
      act_as_shopper();
      name_order();
      break;
    default:  // view_cart and the steps of a checkout
      act_as_shopper();
      name_cart();
      break;
  }
}

}  // namespace cartwheel
