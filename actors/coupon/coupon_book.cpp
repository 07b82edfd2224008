#include "actors/coupon/coupon_book.hpp"

#include "actors/campaign/claim_name.hpp"
#include "actors/coupon/limits.hpp"
#include "runtime/base/bytes.hpp"

#include <algorithm>

namespace cartwheel {

namespace {

/// Of a code that is used up: only ever asked whether it was seen before. FNV-1a, 64 bits: the same in each process.
uint64_t hash_of(std::string_view code) {
  uint64_t h = 14695981039346656037u;
  for (unsigned char c : code) {
    h ^= c;
    h *= 1099511628211u;
  }
  return h;
}

instant until_of(const coupon_terms& terms, instant expires, instant given) {
  return terms.valid > 0ms ? std::min(expires, given + terms.valid) : expires;
}

/// How far a hold is, in a snapshot, one bit each.
constexpr uint8_t is_delivered = 1;
constexpr uint8_t is_open_still = 2;
constexpr uint8_t is_used_up = 4;

/// `never` is too far away to be subtracted from.
bool holds_for(instant until, milliseconds least, instant now) { return until >= now + least; }

std::optional<coupon_lack> lack_of(const coupon_terms& terms, const coupon_wish& wish) {
  if (terms.kind == incentive_kind::amount &&
      std::ranges::find(terms.amount, wish.currency, &least_value::currency) == terms.amount.end())
    return coupon_lack::other_currency;
  if (terms.min_value.empty()) return std::nullopt;
  auto least = std::ranges::find(terms.min_value, wish.currency, &least_value::currency);
  if (least == terms.min_value.end() || wish.value < least->amount) return coupon_lack::cart_too_small;
  return std::nullopt;
}

}  // namespace

std::string_view to_string(coupon_state s) {
  constexpr std::array<std::string_view, coupon_state_count> names{"free", "out", "given", "redeemed", "expired"};
  return names[static_cast<size_t>(s)];
}

std::string coupon_claim(std::string_view shop, std::string_view cart_id, instant tick, uint32_t cycle, uint8_t step) {
  return claim_name(shop, cart_id, tick, cycle, step);
}

std::string coupon_cart(std::string_view shop, std::string_view cart_id) {
  std::string name;
  byte_writer w{name};
  w.text(shop);
  w.text(cart_id);
  return name;
}

coupon_book::pool& coupon_book::pool_of(std::string_view name) {
  auto i = pools_.find(name);
  return i == pools_.end() ? pools_.emplace(name, pool{}).first->second : i->second;
}

/// One that has no end is watched for a year.
instant coupon_book::end_of(const given_coupon& c) {
  return std::min(c.until, c.given + std::chrono::duration_cast<milliseconds>(limits::coupon_watched_max));
}

void coupon_book::move(pool& p, coupon_state from, coupon_state to) {
  auto& left = p.count[static_cast<size_t>(from)];
  if (left > 0) --left;
  ++p.count[static_cast<size_t>(to)];
}

// From the log -------------------------------------------------------------------------------------------------------

bool coupon_book::add(const imported_code& c, instant now) {
  auto& p = pool_of(c.pool);
  if (c.expires <= now || codes_ >= limits::coupon_codes_max || p.used_up.contains(hash_of(c.code))) return false;
  auto [i, is_new] = p.codes.try_emplace(c.code, code{c.expires, ++last_number_});
  if (!is_new) return false;
  p.free.emplace(std::pair{i->second.expires, i->second.number}, c.code);
  ++p.count[static_cast<size_t>(coupon_state::free)];
  ++codes_;
  return true;
}

void coupon_book::hold_code(const std::string& claim, const std::string& cart, const address_key& address,
                            const given_coupon& coupon, bool logged) {
  auto& p = pool_of(coupon.pool);
  if (auto i = p.codes.find(coupon.code); i != p.codes.end()) {
    if (i->second.out) {
      // The log gives it to this claim: whoever had it gave it back without a word of its own (its next mail had another).
      std::erase_if(who_.holds, [&](const auto& h) { return !h.second.delivered && is_of(h.second, coupon); });
      --p.count[static_cast<size_t>(coupon_state::out)];
    } else {
      p.free.erase({i->second.expires, i->second.number});
      --p.count[static_cast<size_t>(coupon_state::free)];
    }
    i->second.out = true;
  }
  ++p.count[static_cast<size_t>(coupon_state::out)];
  instant had = before_all;
  if (address.given()) {
    auto [i, first] = who_.had.try_emplace(address, coupon.given);
    if (!first) had = std::exchange(i->second, std::max(i->second, coupon.given));
  }
  who_.holds.insert_or_assign(claim, hold{coupon, cart, address, had, logged});
}

void coupon_book::intended(const std::string& claim, const std::string& cart, const address_key& address,
                           const std::optional<given_coupon>& coupon) {
  if (auto i = who_.holds.find(claim); i != who_.holds.end()) {
    auto& h = i->second;
    if (coupon && is_of(h, *coupon)) {
      h.coupon = *coupon;
      h.logged = true;
      return;
    }
    if (h.delivered) return;  // another mail of it may be with its owner: that code stays where it is
    came_back(claim);
  }
  if (coupon && coupon->has_code()) hold_code(claim, cart, address, *coupon, true);
}

void coupon_book::sent(const std::string& claim, bool open) {
  auto i = who_.holds.find(claim);
  if (i == who_.holds.end()) return;
  auto& h = i->second;
  h.open = open;
  if (h.delivered) {
    if (h.used_up && !open) who_.holds.erase(i);
    return;
  }
  h.delivered = h.logged = true;
  move(pool_of(h.coupon.pool), coupon_state::out, coupon_state::given);
  if (!h.address.given()) return use_up(claim, coupon_state::expired);  // erased meanwhile
  ends_.emplace(end_of(h.coupon), claim);
  by_cart_[h.cart].push_back(claim);
}

void coupon_book::let_go(pool& p, const std::string& text) {
  auto i = p.codes.find(text);
  if (i == p.codes.end() || !i->second.out) return;
  i->second.out = false;
  p.free.emplace(std::pair{i->second.expires, i->second.number}, text);
}

void coupon_book::came_back(const std::string& claim) {
  auto i = who_.holds.find(claim);
  if (i == who_.holds.end()) return;
  if (i->second.delivered) return sent(claim);  // an earlier try may have arrived
  const auto h = std::move(i->second);
  who_.holds.erase(i);
  auto& p = pool_of(h.coupon.pool);
  if (p.codes.contains(h.coupon.code)) {
    move(p, coupon_state::out, coupon_state::free);
    let_go(p, h.coupon.code);
  } else {  // one for everybody: there is no stock of it
    --p.count[static_cast<size_t>(coupon_state::out)];
  }
  auto had = who_.had.find(h.address);
  if (had == who_.had.end() || had->second != h.coupon.given) return;
  if (h.had_before == before_all)
    who_.had.erase(had);
  else
    had->second = h.had_before;
}

void coupon_book::use_up(const std::string& claim, coupon_state as) {
  auto i = who_.holds.find(claim);
  if (i == who_.holds.end() || i->second.used_up) return;
  const auto h = i->second;
  if (h.open)
    i->second.used_up = true;  // so that it does not go out once more with a dead code
  else
    who_.holds.erase(i);
  auto& p = pool_of(h.coupon.pool);
  move(p, coupon_state::given, as);
  if (p.codes.erase(h.coupon.code) > 0) {
    p.used_up.insert(hash_of(h.coupon.code));
    --codes_;
  }
  ends_.erase({end_of(h.coupon), claim});
  auto of_cart = by_cart_.find(h.cart);
  if (of_cart == by_cart_.end()) return;
  std::erase(of_cart->second, claim);
  if (of_cart->second.empty()) by_cart_.erase(of_cart);
}

void coupon_book::ordered(const std::string& cart, instant when) {
  auto i = by_cart_.find(cart);
  if (i == by_cart_.end()) return;
  for (const auto& claim : std::vector<std::string>{i->second}) {
    const auto& c = who_.holds.at(claim).coupon;
    if (when >= c.given && when < c.until) use_up(claim, coupon_state::redeemed);
  }
}

void coupon_book::pass(instant now) {
  while (!ends_.empty() && ends_.begin()->first <= now)
    use_up(std::string{ends_.begin()->second}, coupon_state::expired);
  for (auto& [_, p] : pools_) {
    while (!p.free.empty() && p.free.begin()->first.first <= now) {
      p.codes.erase(p.free.begin()->second);  // should it be brought in again, it is as dead as it was
      p.free.erase(p.free.begin());
      move(p, coupon_state::free, coupon_state::expired);
      --codes_;
    }
  }
}

void coupon_book::people::forget(const address_key& address) {
  had.erase(address);
  std::erase_if(holds, [&](const auto& h) { return h.second.delivered && h.second.address == address; });
  for (auto& [_, h] : holds)
    if (h.address == address) h.address = {};  // its mail is being recalled: what becomes of it is still to be heard
}

/// What was in their mail is used up: nothing says any more who had it.
void coupon_book::forget(const address_key& address) {
  if (!address.given()) return;
  std::vector<std::string> theirs;
  for (const auto& [claim, h] : who_.holds)
    if (h.address == address && h.delivered) theirs.push_back(claim);
  for (const auto& claim : theirs) use_up(claim, coupon_state::expired);
  who_.forget(address);
}

// For mails ----------------------------------------------------------------------------------------------------------

given_coupon coupon_book::take(const coupon_terms& terms, const coupon_wish& wish) {
  if (auto i = who_.holds.find(wish.claim); i != who_.holds.end()) {
    auto& h = i->second;
    if (h.delivered) return h.coupon;
    const auto& p = pool_of(h.coupon.pool);
    auto known = p.codes.find(h.coupon.code);
    const auto expires = known == p.codes.end() ? never : known->second.expires;
    const bool of_this_pool = h.coupon.pool == wish.pool && (terms.code.empty() || terms.code == h.coupon.code);
    if (of_this_pool && holds_for(h.coupon.until, terms.at_least, wish.now)) return h.coupon;
    if (of_this_pool && holds_for(until_of(terms, expires, wish.now), terms.at_least, wish.now)) {
      if (auto had = who_.had.find(h.address); had != who_.had.end() && had->second == h.coupon.given)
        had->second = wish.now;
      h.coupon.given = wish.now;
      h.coupon.until = until_of(terms, expires, wish.now);
      return h.coupon;
    }
    came_back(wish.claim);  // for another, as of the next intent
  }
  given_coupon found{wish.pool, {}, wish.now, never, coupon_lack::none};
  if (auto lack = lack_of(terms, wish)) {
    found.lack = *lack;
    return found;
  }
  if (auto had = who_.had.find(wish.address);
      had != who_.had.end() && had->second != before_all && wish.now < had->second + terms.cooldown) {
    found.lack = coupon_lack::recently;
    return found;
  }
  auto expires = never;
  if (!terms.code.empty()) {
    found.code = terms.code;
  } else {
    const auto& free = pool_of(wish.pool).free;
    auto next = free.lower_bound({wish.now + terms.at_least, 0});
    if (next == free.end()) {
      found.lack = coupon_lack::pool_empty;
      return found;
    }
    expires = next->first.first;
    found.code = next->second;
  }
  found.until = until_of(terms, expires, wish.now);
  hold_code(wish.claim, wish.cart, wish.address, found, false);
  return found;
}

const given_coupon* coupon_book::held_by(const std::string& claim) const {
  auto i = who_.holds.find(claim);
  return i == who_.holds.end() ? nullptr : &i->second.coupon;
}

void coupon_book::forget_before(instant moment) {
  std::erase_if(who_.had, [&](const auto& h) { return h.second < moment; });
}

coupon_book::counts coupon_book::counts_of(std::string_view name) const {
  auto i = pools_.find(name);
  return i == pools_.end() ? counts{} : i->second.count;
}

// Snapshots ----------------------------------------------------------------------------------------------------------

/// What was taken without an intent is free for the log.
std::string coupon_book::saved_codes() const {
  std::unordered_set<std::string> only_taken;
  for (const auto& [_, h] : who_.holds)
    if (!h.logged) only_taken.insert(h.coupon.pool + ' ' + h.coupon.code);
  std::string out;
  byte_writer w{out};
  w.number(last_number_);
  for (const auto& [name, p] : pools_) {
    w.text(name);
    w.number(p.count[static_cast<size_t>(coupon_state::redeemed)]);
    w.number(p.count[static_cast<size_t>(coupon_state::expired)]);
    w.number(p.codes.size());
    for (const auto& [text, c] : p.codes) {
      w.text(text);
      w.time(c.expires);
      w.number(c.number);
      w.flag(c.out && !only_taken.contains(name + ' ' + text));
    }
    w.number(p.used_up.size());
    for (auto h : p.used_up) w.fixed(h);
  }
  return out;
}

coupon_book::people coupon_book::who() const {
  auto logged = who_;
  for (const auto& [_, h] : who_.holds) {
    if (h.logged) continue;
    auto had = logged.had.find(h.address);
    if (had == logged.had.end() || had->second != h.coupon.given) continue;
    if (h.had_before == before_all)
      logged.had.erase(had);
    else
      had->second = h.had_before;
  }
  std::erase_if(logged.holds, [](const auto& h) { return !h.second.logged; });
  return logged;
}

std::string coupon_book::saved(const people& who) {
  std::string out;
  byte_writer w{out};
  w.number(who.holds.size());
  for (const auto& [claim, h] : who.holds) {
    w.text(claim);
    save(w, h.coupon);
    w.text(h.cart);
    w.fixed(h.address.high);
    w.fixed(h.address.low);
    w.time(h.had_before);
    w.byte(static_cast<uint8_t>((h.delivered ? is_delivered : 0) | (h.open ? is_open_still : 0) |
                                (h.used_up ? is_used_up : 0)));
  }
  for (const auto& [address, when] : who.had) {
    w.fixed(address.high);
    w.fixed(address.low);
    w.time(when);
  }
  return out;
}

void coupon_book::load(std::string_view codes, std::string_view who) {
  byte_reader r{codes};
  last_number_ = r.number();
  while (!r.done()) {
    const std::string name{r.text()};
    auto& p = pool_of(name);
    p.count[static_cast<size_t>(coupon_state::redeemed)] = r.number();
    p.count[static_cast<size_t>(coupon_state::expired)] = r.number();
    for (auto left = r.number(); left > 0; --left) {
      std::string text{r.text()};
      code c;
      c.expires = r.time();
      c.number = r.number();
      c.out = r.flag();
      p.codes.emplace(std::move(text), c);
      ++codes_;
    }
    for (auto left = r.number(); left > 0; --left) p.used_up.insert(r.fixed());
  }
  byte_reader w{who};
  std::unordered_set<std::string> had_by_somebody;
  for (auto left = w.number(); left > 0; --left) {
    std::string claim{w.text()};
    hold h;
    h.coupon = load_coupon(w);
    h.cart = w.text();
    h.address.high = w.fixed();
    h.address.low = w.fixed();
    h.had_before = w.time();
    const auto flags = w.byte();
    h.delivered = (flags & is_delivered) != 0;
    h.open = (flags & is_open_still) != 0;
    h.used_up = (flags & is_used_up) != 0;
    h.logged = true;
    if (h.used_up) {
      who_.holds.emplace(std::move(claim), std::move(h));
      continue;
    }
    had_by_somebody.insert(h.coupon.pool + ' ' + h.coupon.code);
    ++pool_of(h.coupon.pool).count[static_cast<size_t>(h.delivered ? coupon_state::given : coupon_state::out)];
    if (h.delivered) {
      ends_.emplace(end_of(h.coupon), claim);
      by_cart_[h.cart].push_back(claim);
    }
    who_.holds.emplace(std::move(claim), std::move(h));
  }
  while (!w.done()) {
    address_key address;
    address.high = w.fixed();
    address.low = w.fixed();
    const auto when = w.time();
    who_.had.emplace(address, when);
  }
  for (auto& [name, p] : pools_) {
    for (auto i = p.codes.begin(); i != p.codes.end();) {
      const auto& [text, c] = *i;
      if (!c.out) {
        p.free.emplace(std::pair{c.expires, c.number}, text);
        ++p.count[static_cast<size_t>(coupon_state::free)];
        ++i;
      } else if (!had_by_somebody.contains(name + ' ' + text)) {  // of somebody who was erased since
        p.used_up.insert(hash_of(text));
        ++p.count[static_cast<size_t>(coupon_state::expired)];
        --codes_;
        i = p.codes.erase(i);
      } else {
        ++i;
      }
    }
  }
}

}  // namespace cartwheel
