#include "actors/gateway/ended_carts.hpp"

#include "actors/gateway/limits.hpp"
#include "runtime/base/bytes.hpp"
#include "runtime/store/store.hpp"
#include "runtime/store/store_key.hpp"

#include <fmt/format.h>

#include <stdexcept>

namespace cartwheel {

namespace {

constexpr uint8_t version = 1;
constexpr auto table = store_table::ended_carts;

/// What a key of the table is of; all begin with it.
enum class about : uint32_t {
  cart,  // shop, cart_id -> how it ended
  age,   // a time, shop, cart_id -> nothing: when that cart is to be looked at, less what is kept
};

store_key key_of(about what) {
  store_key key;
  key.index(static_cast<uint32_t>(what));
  return key;
}

store_key cart_key(std::string_view shop, std::string_view cart_id) {
  auto key = key_of(about::cart);
  key.text(shop).text(cart_id);
  return key;
}

store_key age_key(const ended_cart& c) {
  auto key = key_of(about::age);
  key.time(c.when).text(c.shop).text(c.cart_id);
  return key;
}

std::string value_of(const ended_cart& c) {
  std::string value;
  byte_writer w{value};
  w.byte(version);
  w.text(c.customer_id);
  w.fixed(c.address.high);
  w.fixed(c.address.low);
  w.text(c.cart_url);
  w.one_of(c.why);
  w.time(c.when);
  w.number(c.cycle);
  w.time(c.clicked_at);
  w.number(c.clicked_cycle);
  w.byte(c.clicked_step);
  return value;
}

ended_cart cart_in(std::string_view key, std::string_view value) {
  ended_cart c;
  store_key_reader k{key};
  k.index();
  c.shop = k.text();
  c.cart_id = k.text();
  byte_reader r{value};
  if (auto v = r.byte(); v != version)
    throw std::runtime_error{fmt::format("ended carts: version {} is not known here", v)};
  c.customer_id = r.text();
  c.address.high = r.fixed();
  c.address.low = r.fixed();
  c.cart_url = r.text();
  c.why = r.one_of(cart_end::failed);
  c.when = r.time();
  c.cycle = static_cast<uint32_t>(r.number());
  c.clicked_at = r.time();
  c.clicked_cycle = static_cast<uint32_t>(r.number());
  c.clicked_step = r.byte();
  return c;
}

}  // namespace

void ended_carts::put(const ended_cart& cart) {
  const auto key = cart_key(cart.shop, cart.cart_id);
  store_batch batch;
  if (cart.why == cart_end::erased) {
    batch.erase(table, key);
  } else {
    batch.put(table, key, value_of(cart));
    batch.put(table, age_key(cart), {});
  }
  store_.write(batch);
}

void ended_carts::add(const news_of_ended_cart& news) {
  auto cart = find(news.shop, news.cart_id);
  if (!cart) return;
  if (news.ordered) {
    cart->why = cart_end::ordered;
  } else if (news.when >= cart->clicked_at) {
    cart->clicked_at = news.when;
    cart->clicked_cycle = news.cycle;
    cart->clicked_step = news.step;
  }
  store_batch batch;
  batch.put(table, cart_key(news.shop, news.cart_id), value_of(*cart));
  store_.write(batch);
}

void ended_carts::forget(const std::function<bool(const ended_cart&)>& gone) {
  store_batch batch;
  store_.visit(table, key_of(about::cart), key_of(about::age), [&](std::string_view key, std::string_view value) {
    if (auto cart = cart_in(key, value); gone(cart)) {
      batch.erase(table, key);
      batch.erase(table, age_key(cart));
    }
    return true;
  });
  store_.write(batch);
}

void ended_carts::forget_old(instant newest, const std::function<void()>& breathe) {
  size_t looked_at = 0;
  auto end = key_of(about::age);
  end.time(newest - keep_);
  store_.visit(table, key_of(about::age), end, [&](std::string_view age, std::string_view) {
    store_key_reader parts{age};
    parts.index();
    const auto when = parts.time();
    const auto shop = parts.text();
    const auto cart_id = parts.text();
    store_batch batch;
    batch.erase(table, age);
    // It may have been opened and have ended once more since, which has an age of its own.
    if (auto cart = find(shop, cart_id); cart && cart->when == when) batch.erase(table, cart_key(shop, cart_id));
    store_.write(batch);
    if (++looked_at % limits::history_forgotten_at_once == 0 && breathe) breathe();
    return true;
  });
}

void ended_carts::visit(const std::function<void(ended_cart)>& each) const {
  store_.visit(table, key_of(about::cart), key_of(about::age), [&](std::string_view key, std::string_view value) {
    each(cart_in(key, value));
    return true;
  });
}

std::optional<ended_cart> ended_carts::find(std::string_view shop, std::string_view cart_id) const {
  const auto key = cart_key(shop, cart_id);
  auto value = store_.get(table, key);
  if (!value) return std::nullopt;
  return cart_in(key, *value);
}

}  // namespace cartwheel
