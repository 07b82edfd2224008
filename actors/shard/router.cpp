#include "actors/shard/router.hpp"

#include "actors/shard/event_ids.hpp"
#include "actors/shard/outbox.hpp"
#include "runtime/base/partitions.hpp"

namespace cartwheel {

namespace {

/// Whether an event that names a cart may have something to say to anybody else (part b).
bool touches_persons(const event& e) {
  switch (e.kind) {
    case event_kind::view_item:
    case event_kind::view_cart:
    case event_kind::add_to_cart:
    case event_kind::remove_from_cart:
    case event_kind::update_cart:
    case event_kind::begin_checkout:
    case event_kind::add_shipping_info:
    case event_kind::add_payment_info:
    case event_kind::item_changed:
      return !e.details->email.empty() || !e.details->name.empty() || !e.details->locale.empty();
    case event_kind::reminder_clicked: return false;
    default: return true;
  }
}

/// Whether an event counts where somebody who looks around is reminded.
bool browses(const event& e) {
  return (e.kind == event_kind::view_item || e.kind == event_kind::add_to_cart) &&
         !(e.customer_id.empty() && e.visitor_id.empty());
}

/// Whether an event concerns somebody of whom it says nothing but a telephone number. That is a person all the same, with
/// consents and event ids; an e-mail address never looks like one.
bool known_by_phone(const event& e) {
  if (e.details->phone.empty() || !e.details->email.empty() || !e.customer_id.empty()) return false;
  return e.kind == event_kind::consent ||
         (e.kind == event_kind::item_changed && e.cart_id.empty() && e.visitor_id.empty());
}

}  // namespace

address_key key_of_address(const node_hash_keys& keys, std::string_view normalised) {
  return {keyed_hash(keys.address_high, normalised) | 1, keyed_hash(keys.address_low, normalised)};
}

void add_to(epoch& e, const settled_reminder& s) {
  // What a reply says of an address must reach it in this epoch, not with the next one in which the shards meet.
  e.touches_persons |= s.news != address_news::none;
  e.settled[static_cast<size_t>(s.cart.shard)].push_back(s);
}

void add_to(epoch& e, const news_of_address& n) {
  e.touches_persons = true;
  const auto shards = static_cast<uint16_t>(e.news.size());
  e.news[static_cast<size_t>(shard_of(outbox::partition_of(n.address), shards))].push_back(n);
}

address_key key_of_customer(const node_hash_keys& keys, std::string_view id) {
  return key_of_address(keys, std::string{'\0'}.append(id));
}

const router::shop_prefix& router::prefix_of(std::string_view shop) {
  if (last_shop_.name != shop || shop.empty())
    last_shop_ = {std::string{shop}, partition_prefix(shop), first_key(keys_.index, shop)};
  return last_shop_;
}

size_t router::deal(const event_batch& batch, size_t first, size_t last, epoch& into) {
  size_t dealt = 0;
  for (const auto& v : into.by_cart) dealt += v.size();
  for (const auto& v : into.by_person) dealt += v.size();
  log_order order = (count(into.number) << 32) + dealt;
  size_t ignored = 0;
  for (size_t i = first; i < last; ++i) {
    const event& e = batch.events[i];
    if (e.kind == event_kind::other) {
      ++ignored;
      continue;
    }
    if (e.kind == event_kind::item_changed && (e.details->changed_stock >= 0 || e.details->changed_price >= 0))
      into.items.push_back(&e);
    routed_event r{&e, ++order, {}, 0, event_id_hash(e)};
    if (!e.details->email.empty()) r.address = key_of_address(keys_, e.details->email);
    if (known_by_phone(e)) r.address = key_of_address(keys_, e.details->phone);
    if (!e.cart_id.empty()) {
      into.touches_persons |= touches_persons(e);
      into.merges |= e.kind == event_kind::cart_merged;
      into.browses |= browses(e);
      const auto& shop = prefix_of(e.shop);
      r.cart = keyed_hash(shop.index, e.cart_id);
      into.by_cart[static_cast<size_t>(shard_of(partition_of_cart(shop.partition, e.cart_id), shards_))].push_back(r);
      continue;
    }
    into.touches_persons = true;
    person_partition p{};
    if (concerns_order(e.kind))
      p = partition_of_order(e.shop, e.details->order_id);
    else if (!e.customer_id.empty())
      p = partition_of_person(e.customer_id);
    else if (!e.visitor_id.empty())
      p = partition_of_person(e.visitor_id);
    else
      p = outbox::partition_of(r.address);
    into.by_person[static_cast<size_t>(shard_of(p, shards_))].push_back(r);
  }
  return ignored;
}

}  // namespace cartwheel
