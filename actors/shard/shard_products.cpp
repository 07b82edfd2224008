// News of products: there again, or cheaper (shard.hpp, docs/decisions/0022).

#include "actors/shard/shard.hpp"

namespace cartwheel {

/// What is left of it is remembered; and if that is news, or its price may be, carts hear of it at the end of part b.
void shard::note_product(const event& what) {
  const auto& d = *what.details;
  const auto& campaign = rules_->campaign;
  const bool there_again =
    campaign.stock.enabled && d.changed_stock > 0 && items_.none_was_left(what.shop, d.changed_item_id, what.time);
  if (there_again)
    changes_.push_back({&what, campaign_kind::stock});
  else if (campaign.price.enabled && d.changed_price >= 0)
    changes_.push_back({&what, campaign_kind::price});
  if (d.changed_stock >= 0) items_.note(what.shop, d.changed_item_id, d.changed_stock, what.time);
}

void shard::products_changed() {
  for (const auto& change : std::exchange(changes_, {})) {
    const auto& what = *change.what;
    held_items_.each(cart_hash(what.shop, what.details->changed_item_id), [&](uint64_t key) {
      auto* cart = at({id_, static_cast<uint32_t>(key >> 32), static_cast<uint32_t>(key)});
      return cart != nullptr && hear_news(*cart, what, change.campaign);
    });
  }
}

/// False: it does not hold the product.
bool shard::hear_news(cart_cell& cart, const event& what, campaign_kind campaign) {
  const auto& d = *what.details;
  auto& state = cart.state();
  if (shop_names_[cart.shop()] != what.shop) return false;
  bool holds = false;
  int64_t price = -1;
  state.lines.for_each([&](const cart_line& l) {
    if (l.item_id != d.changed_item_id) return;
    holds = true;
    price = l.price;
  });
  if (!holds) return false;
  if (!state.takes_news()) return true;
  if (campaign == campaign_kind::price) {
    const bool comparable = !what.currency.given() || !state.currency.given() || what.currency == state.currency;
    const int64_t most = int64_t{100} - rules_->campaign.price.drop_percent;
    if (price < 0 || !comparable || d.changed_price * 100 > price * most) return true;
  }
  state.hear_news(campaign, what.time);
  arm(cart);
  return true;
}

void shard::hold(const cart_ref& cart, std::string_view shop, std::string_view item_id) {
  held_items_.put(cart_hash(shop, item_id), key_of(cart), [this](uint64_t key) {
    return index_.has(static_cast<uint32_t>(key >> 32), static_cast<uint32_t>(key));
  });
}

void shard::hold(const cart_ref& cart, std::string_view shop, const cart_lines& lines) {
  lines.for_each([&](const cart_line& l) { hold(cart, shop, l.item_id); });
}

/// When a campaign begins to ask, and behind a snapshot.  Cost: a look at each open cart, and each parked one is read.
void shard::hold_all() {
  held_items_ = {};
  for (uint32_t slot = 0; slot < index_.slots(); ++slot) {
    const auto& place = index_.at(slot).place;
    if (place.free()) continue;
    const cart_ref ref{id_, slot, index_.at(slot).generation};
    if (const auto* cart = place.cart()) {
      hold(ref, shop_names_[cart->shop()], cart->state().lines);
      continue;
    }
    const auto record = parked_carts_.read(place.number());
    byte_reader from{record};
    const auto shop = from.text();
    from.text();  // its id
    hold(ref, shop, cart_state::load(from).lines);
  }
}

}  // namespace cartwheel
