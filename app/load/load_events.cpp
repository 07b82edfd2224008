#include "app/load/load_events.hpp"

#include "app/demo/dice.hpp"
#include "app/load/limits.hpp"

#include <fmt/format.h>

#include <bit>
#include <cstring>
#include <numeric>
#include <stdexcept>

namespace cartwheel {

/// Writes msgpack whose shapes are known when this is compiled: about half the time of a general packer, and the sender
/// shares the machine with what it measures.
class load_events::writer {
 public:
  explicit writer(char* at) : at_{at} {}
  char* at() const { return at_; }

  void byte(unsigned b) { *at_++ = static_cast<char>(b); }
  void array(unsigned n) { byte(0x90 | n); }
  void map(unsigned n) { byte(0x80 | n); }

  /// A text of up to 31 bytes.
  template <size_t N>
  void text(const char (&s)[N]) {
    static_assert(N - 1 < 32);
    byte(0xa0 | (N - 1));
    raw(s);
  }
  template <size_t N>
  void raw(const char (&s)[N]) {
    std::memcpy(at_, s, N - 1);
    at_ += N - 1;
  }
  void begin_text(unsigned bytes) { byte(0xa0 | bytes); }

  template <int Digits>
  void hex(uint64_t v) {
    for (int i = Digits - 1; i >= 0; i--) *at_++ = "0123456789abcdef"[(v >> (4 * i)) & 15];
  }
  template <int Digits>
  void decimal(uint64_t v) {
    for (int i = Digits - 1; i >= 0; i--, v /= 10) at_[i] = static_cast<char>('0' + v % 10);
    at_ += Digits;
  }
  template <class Number>
  void big_endian(Number v) {
    for (int shift = static_cast<int>(sizeof v) * 8 - 8; shift >= 0; shift -= 8)
      byte(static_cast<unsigned>(v >> shift) & 0xff);
  }

  /// EventTime, Forward's ext of type 0.
  void event_time(instant t) {
    byte(0xd7);
    byte(0);
    big_endian(static_cast<uint32_t>(unix_ms(t) / 1000));
    big_endian(static_cast<uint32_t>(unix_ms(t) % 1000 * 1'000'000));
  }

  void real(double v) {
    byte(0xcb);
    big_endian(std::bit_cast<uint64_t>(v));
  }

  void begin(unsigned fields, const char* name, unsigned bytes) {
    map(fields);
    text("event");
    begin_text(bytes);
    std::memcpy(at_, name, bytes);
    at_ += bytes;
  }
  void ids(uint32_t run, uint64_t serial) {
    text("event_id");
    begin_text(18);
    hex<8>(run);
    hex<10>(serial);
    text("shop");
    text("load");
  }
  void cart(uint64_t key) {
    text("cart_id");
    begin_text(14);
    raw("c-");
    hex<12>(key);
  }
  void customer(uint64_t key) {
    text("customer_id");
    begin_text(14);
    raw("u-");
    hex<12>(key);
  }
  void email(uint64_t key) {
    text("email");
    begin_text(25);
    hex<12>(key);
    raw("@load.example");
  }
  void order(uint32_t run, uint64_t serial) {
    text("order_id");
    begin_text(20);
    raw("o-");
    hex<8>(run);
    hex<10>(serial);
  }
  /// The list of one item; a removal names no price, and neither does who looks.
  void item(uint32_t sku, bool sold, bool named) {
    text("items");
    array(1);
    map(2u + sold + named);
    text("item_id");
    begin_text(10);
    raw("sku-");
    decimal<6>(sku);
    if (named) {
      text("item_name");
      begin_text(14);
      raw("Product ");
      decimal<6>(sku);
    }
    if (sold) {
      text("price");
      real(static_cast<double>(199 + sku % 20'000) / 100);
    }
    text("quantity");
    byte(1);
  }

 private:
  char* at_;
};

namespace {

constexpr uint32_t skus = 1'000'000;
constexpr uint32_t cart_skus = 8;  // a cart's items come from so few, so that lines repeat and removals find them

uint32_t sku_of(uint64_t cart, uint64_t which) {
  return static_cast<uint32_t>(dice{cart, which % cart_skus}.bits() % skus);
}

/// A scattered 48-bit name for a cart's number: multiplication by an odd number repeats nothing.
uint64_t key_of(uint64_t seed, uint64_t cart) {
  return (cart * 0x9e3779b97f4bu + seed * 0x100000001b3u) & 0xffff'ffff'ffffu;
}

template <size_t N>
constexpr unsigned length(const char (&)[N]) {
  return N - 1;
}

}  // namespace

load_events::load_events(const load_share& share)
    : share_{share}, dice_{dice{share.seed, share.connection}.bits()}, visits_{dice{dice_}.bits()} {
  if (share.carts == 0 || share.carts > limits::load_carts_max)
    throw std::invalid_argument("load: carts is outside its bounds");
  if (share.connection >= share.connections || share.connections > share.carts) {
    throw std::invalid_argument("load: a connection without a cart");
  }
  const auto& m = share.mix;
  up_to_ = {m.add_to_cart, m.view_item, m.begin_checkout, m.identify, m.remove_from_cart, m.purchase};
  std::partial_sum(up_to_.begin(), up_to_.end(), up_to_.begin());
  carts_ = (share.carts - share.connection + share.connections - 1) / share.connections;
  first_round_ = share.opened ? 0 : carts_;
  step_ = carts_ * 618 / 1000 + 1;  // the golden section scatters
  while (std::gcd(step_, carts_) != 1) step_++;
}

std::string load_events::cart_id(const load_share& share, uint64_t cart) {
  return fmt::format("c-{:012x}", key_of(share.seed, cart));
}

void load_events::append(std::string& entries, size_t n, instant time) {
  std::array<char, limits::load_event_bytes_max> one;  // copied out: cheaper than clearing room in `entries` first
  for (size_t i = 0; i < n; i++) {
    writer w{one.data()};
    w.array(2);
    w.event_time(time);
    event(w, next_cart() * share_.connections + share_.connection, made_ < first_round_);
    entries.append(one.data(), static_cast<size_t>(w.at() - one.data()));
    made_++;
  }
}

uint64_t load_events::next_cart() {
  if (made_ >= first_round_) return dice{visits_, made_}.below(carts_);
  const auto cart = at_;
  at_ = (at_ + step_) % carts_;
  return cart;
}

void load_events::event(writer& w, uint64_t cart, bool first_round) {
  uint64_t key = key_of(share_.seed, cart);
  uint64_t serial = made_;
  dice d{dice_ + serial};
  double u = first_round ? 0 : d.unit();
  uint32_t sku = sku_of(cart, d.bits());
  auto begin = [&]<size_t N>(unsigned fields, const char(&name)[N]) {
    w.begin(fields, name, length(name));
    w.ids(share_.run, serial);
  };
  if (u < up_to_[0]) {
    begin(share_.brief ? 6 : 7, "add_to_cart");
    w.cart(key);
    w.customer(key);
    if (!share_.brief) {
      w.text("currency");
      w.text("EUR");
    }
    w.item(sku, true, !share_.brief);
  } else if (u < up_to_[1]) {
    begin(5, "view_item");
    w.customer(key);
    w.item(sku, false, false);
  } else if (u < up_to_[2]) {
    begin(5, "begin_checkout");
    w.cart(key);
    w.customer(key);
  } else if (u < up_to_[3]) {
    begin(7, "identify");
    w.customer(key);
    w.email(key);
    w.text("address_source");
    w.text("account");
    w.text("locale");
    w.text("nl-NL");
  } else if (u < up_to_[4]) {
    begin(6, "remove_from_cart");
    w.cart(key);
    w.customer(key);
    w.item(sku, false, false);
  } else if (u < up_to_[5]) {
    begin(7, "purchase");
    w.cart(key);
    w.customer(key);
    w.order(share_.run, serial * share_.connections + share_.connection);
    w.text("payment");
    w.text("paid");
  } else {
    begin(6, "consent");
    w.email(key);
    w.text("channel");
    w.text("email");
    w.text("status");
    if (d.chance(shares::withdraws)) {
      w.text("withdrawn");
    } else {
      w.text("granted");
    }
  }
}

}  // namespace cartwheel
