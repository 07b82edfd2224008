#include "actors/coupon/coupon_desk.hpp"

#include "actors/coupon/limits.hpp"
#include "actors/shard/epoch.hpp"
#include "runtime/base/bytes.hpp"

#include <algorithm>

namespace cartwheel {

coupon_desk::coupon_desk(coupon_pools pools) : pools_{std::move(pools)} {}

const coupon_terms* coupon_desk::terms(std::string_view pool) const {
  auto i = pools_.find(pool);
  return i == pools_.end() ? nullptr : &i->second;
}

std::optional<given_coupon> coupon_desk::take(const coupon_wish& wish) {
  const auto* t = terms(wish.pool);
  if (t == nullptr) return std::nullopt;
  std::lock_guard lock{mutex_};
  return book_.take(*t, wish);
}

std::optional<given_coupon> coupon_desk::held_by(const std::string& claim) const {
  std::lock_guard lock{mutex_};
  const auto* c = book_.held_by(claim);
  return c == nullptr ? std::nullopt : std::optional{*c};
}

/// Of a pool that is gone the code's own end counts.
bool coupon_desk::holds(const given_coupon& c, instant now) const {
  const auto* t = terms(c.pool);
  return c.until >= now + (t == nullptr ? 0ms : t->at_least);
}

void coupon_desk::add(std::span<const imported_code> codes, instant received) {
  std::lock_guard lock{mutex_};
  for (const auto& c : codes) book_.add(c, received);
}

void coupon_desk::heard(const settled_reminder& r) {
  const auto claim = coupon_claim(r.shop, r.cart_id, r.tick, r.cycle, r.step);
  std::lock_guard lock{mutex_};
  switch (r.how) {
    case settlement::offered: return book_.intended(claim, coupon_cart(r.shop, r.cart_id), r.address, r.coupon);
    case settlement::accepted:
    case settlement::in_doubt:
    case settlement::dropped: return book_.sent(claim);
    case settlement::held:
    case settlement::resent:
    case settlement::let_go: return book_.sent(claim, true);
    case settlement::released: return book_.came_back(claim);
    case settlement::not_sent:
    case settlement::put_off: return;  // the claim is open, and tries again
  }
}

void coupon_desk::ordered(std::string_view shop, std::string_view cart_id, instant when) {
  std::lock_guard lock{mutex_};
  book_.ordered(coupon_cart(shop, cart_id), when);
}

void coupon_desk::pass(instant now) {
  std::lock_guard lock{mutex_};
  book_.pass(now);
}

void coupon_desk::forgotten(const address_key& address) {
  std::lock_guard lock{mutex_};
  book_.forget(address);
  if (auto under_way = cut_.lock()) under_way->who.forget(address);
}

std::function<std::string()> coupon_desk::cut(instant now) {
  // At least what it is without pools: one that is taken out of the configuration for a day is not to forget.
  milliseconds longest = limits::coupon_watched_max;
  for (const auto& [_, t] : pools_) longest = std::max(longest, t.cooldown);
  auto found = std::make_shared<cut_book>();
  {
    std::lock_guard lock{mutex_};
    if (now != before_all) book_.forget_before(now - longest);
    found->codes = book_.saved_codes();
    found->who = book_.who();
    cut_ = found;
  }
  return [this, found] {
    std::string out;
    byte_writer w{out};
    std::lock_guard lock{mutex_};
    w.text(found->codes);
    w.text(coupon_book::saved(found->who));
    return out;
  };
}

void coupon_desk::load(std::string_view bytes) {
  byte_reader r{bytes};
  const auto codes = r.text();
  const auto people = r.text();
  std::lock_guard lock{mutex_};
  book_.load(codes, people);
}

size_t coupon_desk::room() const {
  std::lock_guard lock{mutex_};
  return limits::coupon_codes_max - std::min(limits::coupon_codes_max, book_.codes());
}

coupon_book::counts coupon_desk::counts_of(std::string_view pool) const {
  std::lock_guard lock{mutex_};
  return book_.counts_of(pool);
}

}  // namespace cartwheel
