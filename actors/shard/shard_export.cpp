// What a shard holds on somebody (shard.hpp, holdings.hpp).

#include "actors/shard/shard.hpp"

namespace cartwheel {

holdings shard::describe(const list_holdings& asked) {
  holdings held;
  auto add_orders = [&](std::vector<held_order> more) {
    held.orders.insert(held.orders.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
  };
  auto add_cart = [&](const cart_cell* cart) {
    if (cart != nullptr)
      held.carts.push_back({shop_names_[cart->shop()], view_of(cart->state(), cart->cart_id()),
                            cart->state().extras().own_address_as_given});
  };
  for (const auto& [shop, key] : asked.beside) add_cart(find(shop, key));
  for (const auto& s : asked.of) {
    if (s.kind == subject_kind::cart) {
      add_cart(s.cart.shard == id_ ? at(s.cart) : nullptr);
      continue;
    }
    auto& book = s.kind == subject_kind::customer ? customers_ : visitors_;
    if (auto person = book.describe(s.id)) held.persons.push_back(std::move(*person));
    if (s.kind == subject_kind::customer) add_orders(orders_.describe(s.id));
    for (auto& b : views_.describe(s.kind, s.id)) held.browsers.push_back(std::move(b));
  }
  for (const auto& key : asked.addresses) {
    if (auto address = addresses_.describe(key)) held.addresses.push_back(std::move(*address));
    add_orders(orders_.describe(key));
  }
  return held;
}

suppressions shard::describe(const list_suppressions& asked) {
  suppressions all;
  addresses_.suppressions().each(asked.now,
                                 [&](const address_key& key, const suppression& s) { all.held.emplace_back(key, s); });
  return all;
}

}  // namespace cartwheel
