#include "actors/cart/cart_cell.hpp"

#include "actors/cart/cart_messages.hpp"
#include "actors/event/limits.hpp"

#include <caf/make_message.hpp>
#include <caf/sec.hpp>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <new>

namespace cartwheel {

namespace {

#ifdef CARTWHEEL_FAULT_HOOKS
/// docs/testing.md: an item with this id makes the handler fail after it has begun to change the cart.
constexpr std::string_view fault_item = "fault:throw";

void fail_on_demand(const event& e) {
  for (const auto& item : e.items)
    if (item.item_id == fault_item) throw broken_promise{"fault hook: item_id fault:throw"};
}
#else
void fail_on_demand(const event&) {}
#endif

/// What an event says of its shopper's way, but for whether it adds.
shopper_signal signal_of(const event& e) {
  switch (e.kind) {
    case event_kind::add_to_cart:
    case event_kind::remove_from_cart:
    case event_kind::update_cart: return {.changed = true, .seen = true};
    case event_kind::view_item:
    case event_kind::view_cart:
    case event_kind::identify:
    case event_kind::purchase: return {.seen = true};
    case event_kind::begin_checkout:
    case event_kind::add_shipping_info: return {.seen = true, .stage = cart_stage::checkout};
    case event_kind::add_payment_info: return {.seen = true, .stage = cart_stage::payment};
    default: return {};
  }
}

/// Whether the event's order wants to know whose cart it was (rule 9).
bool binds_and_teaches(event_kind kind) {
  return kind != event_kind::consent && kind != event_kind::erase && kind != event_kind::preferences &&
         kind != event_kind::reminder_clicked;
}

}  // namespace

cart_effect act(cart_state& cart, const event& e, const campaign_settings& campaign) {
  const auto& d = *e.details;
  cart_effect effect;
  auto signal = signal_of(e);
  bool concerns_into = e.kind == event_kind::cart_merged;  // rule 5: its ids and address concern `into`
  switch (e.kind) {
    case event_kind::add_to_cart: {
      auto change = cart.lines.add(e.items);
      cart.lines = std::move(change.lines);
      signal.added = effect.added = true;
      break;
    }
    case event_kind::update_cart: {
      auto change = cart.lines.replace(e.items);
      cart.lines = std::move(change.lines);
      signal.added = effect.added = change.grew;
      if (cart.lines.empty()) cart.end = cart_end::emptied;
      break;
    }
    case event_kind::remove_from_cart:
      cart.lines = cart.lines.remove(e.items);
      if (cart.lines.empty()) cart.end = cart_end::emptied;
      break;
    case event_kind::purchase:
      if (d.payment == payment_state::paid || d.payment == payment_state::offline) cart.end = cart_end::ordered;
      // A series of its own may remind of the payment.
      if (d.payment == payment_state::pending && cart.pause(d.order_id, e.time, campaign.pause_max) &&
          campaign.unpaid.enabled)
        cart.begin_cycle();
      if (campaign.after_purchase.enabled && d.payment == payment_state::paid && e.items.empty())
        effect.lines = cart.lines.block();
      break;
    case event_kind::cart_merged:
      effect.lines = cart.lines.block();
      effect.source_was_open = true;
      cart.end = cart_end::merged;
      break;
    case event_kind::reminder_clicked:
      if (d.clicked_cycle <= cart.cycle) cart.clicked(e.time, d.clicked_cycle, d.clicked_step);
      break;
    default: break;
  }
  cart.heard(signal, e.time, campaign);
  fail_on_demand(e);
  if (binds_and_teaches(e.kind) && !concerns_into) {
    cart.bind_customer(e.customer_id, e.time);
    cart.bind_visitor(e.visitor_id, e.time);
    effect.is_subject = e.customer_id.empty() && e.visitor_id.empty() && cart.end == cart_end::none;
    if (!d.cart_url.empty()) cart.cart_url = local_text{d.cart_url};
    if (e.currency.given()) cart.currency = e.currency;
    if (!e.items.empty() && e.kind != event_kind::purchase) cart.set_value(d.value);
    cart.bot |= e.bot;
    cart.internal |= e.internal;
    if (!d.country.empty()) cart.country = country_code::of(d.country);
    if (!d.time_zone.empty()) cart.time_zone = time_zone_code::of(d.time_zone);
    if (d.loyalty_points >= 0 || !d.account_discount.empty()) cart.learn_account(d.loyalty_points, d.account_discount);
  }
  if (concerns_order(e.kind)) {
    effect.customer = cart.customer.view();
    effect.visitor = cart.visitor.view();
  }
  return effect;
}

cart_cell::cart_cell(caf::actor_config& cfg, uint32_t slot, uint32_t shop, std::string_view cart_id)
    : arena_cell{cfg}, id_size_{static_cast<uint8_t>(cart_id.size())} {
  new (front()) in_front{slot, shop};
  std::memcpy(reinterpret_cast<char*>(this) + id_offset(), cart_id.data(), cart_id.size());
}

// What rounding leaves of the cell itself is the id's, too.
constexpr size_t cart_cell::id_offset() {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Winvalid-offsetof"
  return offsetof(cart_cell, id_size_) + sizeof(id_size_);
#pragma GCC diagnostic pop
}

const char* cart_cell::id_begin() const { return reinterpret_cast<const char*>(this) + id_offset(); }

size_t cart_cell::bytes_behind(std::string_view cart_id) {
  return std::max(id_offset() + cart_id.size(), sizeof(cart_cell)) - sizeof(cart_cell);
}

caf::strong_actor_ptr make_cart_cell(cell_arena& arena, caf::actor_system& system, uint32_t slot, uint32_t shop,
                                     std::string_view cart_id) {
  return make_cell_in<cart_cell>(arena, cart_cell::bytes_behind(cart_id), system, slot, shop, cart_id);
}

cart_effect cart_cell::on_event(const event& e, const campaign_settings& campaign) {
  cart_state next = state_;
  auto effect = act(next, e, campaign);
  std::swap(state_, next);
  return effect;
}

void cart_cell::on_message(caf::mailbox_element& what, caf::execution_unit* context) {
  auto& content = what.content();
  if (content.match_elements<get_cart>()) {
    respond(what, caf::make_message(view_of(state_, cart_id())), context);
    return;
  }
  respond(what, caf::make_message(caf::make_error(caf::sec::unexpected_message)), context);
}

void cart_cell::remember(uint64_t event_id) {
  if (auto out = state_.event_ids().back(); out != 0)
    older_ids.push(out, limits::event_ids_max - state_.event_ids().size());
  state_.remember(event_id);
}

void cart_cell::on_end() {
  state_ = cart_state{};
  older_ids = {};
}

}  // namespace cartwheel
