#include "actors/cart/cart_state.hpp"

#include <algorithm>

namespace cartwheel {

namespace {

const cart_extras no_extras{};

// What stands in the bytes that were flags in the first version, where only bit 0 was used.
constexpr uint8_t marked_bot = 1, marked_internal = 2, with_country = 4, with_time_zone = 8, reached_checkout = 32,
                  reached_payment = 64;
constexpr uint8_t with_extras = 1, with_additions = 2, with_clicks = 4, with_deferral = 8, of_sale = 16,
                  with_clocks = 32, of_trail = 64, with_news = 128;

}  // namespace

std::string_view to_string(cart_end end) {
  constexpr std::array<std::string_view, 9> names{
    "open", "emptied", "ordered", "ordered_elsewhere", "merged", "last_step", "erased", "superseded", "failed"};
  return names[static_cast<size_t>(end)];
}

const cart_extras& cart_state::extras() const { return extras_ == nullptr ? no_extras : *extras_; }

cart_extras& cart_state::own_extras() {
  // A copy for this state alone: a copy of the state may still hold the old one.
  return extras_.renew(extras());
}

void cart_state::begin_cycle() {
  next_step = 0;
  ++cycle;
  if (deferred()) own_extras().deferred_until = before_all;
  if (!extras().had_news) return;
  auto& e = own_extras();
  e.news = campaign_kind::cart;
  e.had_news = false;
}

bool cart_state::takes_news() const {
  return subject == cart_subject::cart && !paused() && next_step > 0 && !extras().had_news;
}

void cart_state::hear_news(campaign_kind campaign, instant at) {
  auto& e = own_extras();
  e.news = campaign;
  e.news_at = std::max(at, last_add);
  e.step_behind_news = next_step;
  e.had_news = true;
  e.deferred_until = before_all;
  next_step = 0;
  ++cycle;
}

void cart_state::defer(instant until) { own_extras().deferred_until = until; }

void cart_state::decided(uint8_t step) {
  next_step = static_cast<uint8_t>(step + 1);
  if (is_news(extras().news)) {
    next_step = extras().step_behind_news;
    own_extras().news = campaign_kind::cart;
  }
  if (deferred()) own_extras().deferred_until = before_all;
}

void cart_state::heard(const shopper_signal& signal, instant time, const campaign_settings& campaign) {
  // Kept where a campaign asks: most carts have no extras.
  auto asks = [&](campaign_clock clock) {
    return campaign.clock == clock || (campaign.checkout.enabled && campaign.checkout.clock == clock);
  };
  const bool change = signal.changed && asks(campaign_clock::last_cart_change);
  const bool seen = signal.seen && asks(campaign_clock::last_seen);
  if (!(signal.added || signal.stage > stage || change || seen) || paused()) return;
  // What comes in between says nothing of the series; a new cycle takes it back.
  auto without_news = [this] {
    auto c = clocks();
    c.news = campaign_kind::cart;
    return c;
  };
  const auto before = without_news();
  if (signal.added && time > last_add) {
    last_add = time;
    if (extras().checkout_at < time) stage = cart_stage::cart;
  }
  if (signal.stage > stage && time >= last_add) {
    if (stage == cart_stage::cart) own_extras().checkout_at = time;
    stage = signal.stage;
  }
  if (change && time > extras().last_change) own_extras().last_change = time;
  if (seen && time > extras().last_seen) own_extras().last_seen = time;
  const auto now = without_news();
  if (now.follows(campaign) != before.follows(campaign) || now.counts_from(campaign) > before.counts_from(campaign))
    begin_cycle();
}

bool cart_state::pause(std::string_view order_id, instant time, milliseconds length) {
  if (paused() && extras().pause_from > time) return false;
  auto& e = own_extras();
  e.news = campaign_kind::cart;
  e.pausing_order = order_id;
  e.pause_from = time;
  e.pause_until = time + length;
  if (stage == cart_stage::cart) e.checkout_at = time;
  stage = cart_stage::payment;
  return true;
}

void cart_state::stand_for_sale(instant time) {
  own_extras();  // its record says so in what only extras have: a version that does not know it must not read it as a cart
  subject = cart_subject::sale;
  last_add = time;
  begin_cycle();
}

void cart_state::stand_for_trail(instant since, instant seen) {
  own_extras().last_seen = seen;
  subject = cart_subject::trail;
  last_add = since;
  begin_cycle();
}

bool cart_state::seen_again(instant time) {
  if (time <= extras().last_seen) return false;
  own_extras().last_seen = time;
  begin_cycle();
  return true;
}

void cart_state::resume(instant moment) {
  auto& e = own_extras();
  e.pausing_order.clear();
  e.checkout_at = moment;
  e.last_change = e.last_seen = before_all;
  last_add = moment;
  begin_cycle();
}

bool cart_state::bind_customer(std::string_view id, instant time) {
  if (id.empty() || time < customer_time) return false;
  customer_time = time;
  if (customer == id) return false;
  customer = local_text{id};
  return true;
}

bool cart_state::bind_visitor(std::string_view id, instant time) {
  if (id.empty() || time < visitor_time) return false;
  visitor_time = time;
  if (visitor == id) return false;
  visitor = local_text{id};
  return true;
}

bool cart_state::learn_own_address(const address_key& key, std::string_view as_given, instant time) {
  if (time < extras().own_address_time) return false;
  auto& e = own_extras();
  e.own_address = key;
  e.own_address_as_given = as_given;
  e.own_address_time = time;
  return true;
}

void cart_state::forget_own_address() {
  auto& e = own_extras();
  e.own_address = {};
  e.own_address_as_given.clear();
  e.own_address_time = before_all;
  e.shopper_name.clear();
}

void cart_state::learn_shopper(std::string_view name, std::string_view locale) {
  auto& e = own_extras();
  if (!name.empty()) e.shopper_name = name;
  if (!locale.empty()) e.locale = locale;
}

void cart_state::set_value(int64_t value) {
  if (extras().value != value) own_extras().value = value;
}

void cart_state::reminded(instant at) { own_extras().reminded_at = at; }

void cart_state::count_addition(instant time, uint32_t most) {
  const int64_t minute = std::chrono::floor<std::chrono::minutes>(time).time_since_epoch().count();
  if (bot || minute < extras().minute) return;
  auto& e = own_extras();
  e.additions = minute == e.minute ? e.additions + 1 : 1;
  e.minute = minute;
  bot = e.additions > most;
}

void cart_state::learn_account(int64_t loyalty_points, std::string_view discount) {
  auto& e = own_extras();
  if (loyalty_points >= 0) e.loyalty_points = loyalty_points;
  if (!discount.empty()) e.account_discount = discount;
}

void cart_state::clicked(instant at, uint32_t of_cycle, uint8_t step) {
  if (at < extras().clicked_at) return;
  auto& e = own_extras();
  e.clicked_at = at;
  e.clicked_cycle = of_cycle;
  e.clicked_step = step;
}

cart_clocks cart_state::clocks() const {
  const auto& e = extras();
  return {paused(), stage,  last_add, e.last_change, e.last_seen, e.checkout_at, paused() ? e.pause_from : before_all,
          subject,  e.news, e.news_at};
}

std::optional<instant> cart_state::due(const campaign_settings& campaign) const {
  return clocks().due(campaign, next_step);
}

std::optional<instant> cart_state::wake(const campaign_settings& campaign) const {
  auto next = due(campaign);
  if (next && deferred()) next = std::max(*next, extras_->deferred_until);
  if (!paused()) return next;
  if (clocks().rests(campaign)) return pause_until();
  return std::min(pause_until(), next.value_or(pause_until()));
}

bool cart_state::knows(uint64_t event_id) const {
  return std::find(event_ids_.begin(), event_ids_.end(), event_id) != event_ids_.end();
}

uint64_t cart_state::remember(uint64_t event_id) {
  uint64_t out = event_ids_.back();
  std::move_backward(event_ids_.begin(), event_ids_.end() - 1, event_ids_.end());
  event_ids_.front() = event_id;
  return out;
}

void cart_state::save(byte_writer& to) const {
  to.text(lines.block());
  to.text(customer.view());
  to.text(visitor.view());
  to.text(cart_url.view());
  to.time(customer_time);
  to.time(visitor_time);
  to.time(last_add);
  to.number(cycle);
  to.byte(next_step);
  to.byte(sent);
  to.byte(static_cast<uint8_t>((bot ? marked_bot : 0) | (internal ? marked_internal : 0) |
                               (country.given() ? with_country : 0) | (time_zone.given() ? with_time_zone : 0) |
                               (stage == cart_stage::checkout  ? reached_checkout
                                : stage == cart_stage::payment ? reached_payment
                                                               : 0)));
  if (country.given()) to.text(country.text());
  if (time_zone.given()) to.text(time_zone.name());
  to.text(currency.text());
  for (auto id : event_ids_) to.fixed(id);
  if (extras_ == nullptr) {
    to.byte(0);
    return;
  }
  const auto& e = *extras_;
  const bool clocks = e.checkout_at != before_all || e.last_change != before_all || e.last_seen != before_all;
  to.byte(static_cast<uint8_t>(with_extras | with_clicks | (e.additions > 0 ? with_additions : 0) |
                               (deferred() ? with_deferral : 0) | (clocks ? with_clocks : 0) |
                               (subject == cart_subject::sale ? of_sale : 0) |
                               (subject == cart_subject::trail ? of_trail : 0) | (e.had_news ? with_news : 0)));
  to.fixed(e.own_address.high);
  to.fixed(e.own_address.low);
  to.text(e.own_address_as_given);
  to.time(e.own_address_time);
  to.text(e.shopper_name);
  to.text(e.locale);
  to.text(e.pausing_order);
  to.time(e.pause_from);
  to.time(e.pause_until);
  to.time(e.reminded_at);
  to.signed_number(e.value);
  if (e.additions > 0) {
    to.signed_number(e.minute);
    to.number(e.additions);
  }
  to.signed_number(e.loyalty_points);
  to.text(e.account_discount);
  to.time(e.clicked_at);
  to.number(e.clicked_cycle);
  to.byte(e.clicked_step);
  if (deferred()) to.time(e.deferred_until);
  if (e.had_news) {
    to.one_of(e.news);
    to.time(e.news_at);
    to.byte(e.step_behind_news);
  }
  if (!clocks) return;
  to.time(e.checkout_at);
  to.time(e.last_change);
  to.time(e.last_seen);
}

cart_state cart_state::load(byte_reader& from) {
  cart_state s;
  s.lines = cart_lines::from_block(from.text());
  s.customer = local_text{from.text()};
  s.visitor = local_text{from.text()};
  s.cart_url = local_text{from.text()};
  s.customer_time = from.time();
  s.visitor_time = from.time();
  s.last_add = from.time();
  s.cycle = static_cast<uint32_t>(from.number());
  s.next_step = from.byte();
  s.sent = from.byte();
  const auto marks = from.byte();
  s.bot = (marks & marked_bot) != 0;
  s.internal = (marks & marked_internal) != 0;
  s.stage = (marks & reached_payment) != 0    ? cart_stage::payment
            : (marks & reached_checkout) != 0 ? cart_stage::checkout
                                              : cart_stage::cart;
  if ((marks & with_country) != 0) s.country = country_code::of(from.text());
  if ((marks & with_time_zone) != 0) s.time_zone = time_zone_code::of(from.text());
  if (auto code = from.text(); code.size() == s.currency.letters.size())
    std::copy(code.begin(), code.end(), s.currency.letters.begin());
  else if (!code.empty())
    throw broken_bytes{"a currency has three letters"};
  for (auto& id : s.event_ids_) id = from.fixed();
  const auto extras = from.byte();
  if ((extras & ~(with_extras | with_additions | with_clicks | with_deferral | with_clocks | of_sale | of_trail |
                  with_news)) != 0)
    throw broken_bytes{"a cart's extras are not known to this version"};
  if (extras == 0) return s;
  if ((extras & of_sale) != 0) s.subject = cart_subject::sale;
  if ((extras & of_trail) != 0) s.subject = cart_subject::trail;
  auto& e = s.own_extras();
  e.own_address.high = from.fixed();
  e.own_address.low = from.fixed();
  e.own_address_as_given = from.text();
  e.own_address_time = from.time();
  e.shopper_name = from.text();
  e.locale = from.text();
  e.pausing_order = from.text();
  e.pause_from = from.time();
  e.pause_until = from.time();
  e.reminded_at = from.time();
  e.value = from.signed_number();
  if ((extras & with_additions) != 0) {
    e.minute = from.signed_number();
    e.additions = static_cast<uint32_t>(from.number());
  }
  if ((extras & with_clicks) != 0) {
    e.loyalty_points = from.signed_number();
    e.account_discount = from.text();
    e.clicked_at = from.time();
    e.clicked_cycle = static_cast<uint32_t>(from.number());
    e.clicked_step = from.byte();
  }
  if ((extras & with_deferral) != 0) e.deferred_until = from.time();
  if ((extras & with_news) != 0) {
    e.had_news = true;
    e.news = from.one_of(last_campaign);
    e.news_at = from.time();
    e.step_behind_news = from.byte();
  }
  if ((extras & with_clocks) == 0) return s;
  e.checkout_at = from.time();
  e.last_change = from.time();
  e.last_seen = from.time();
  return s;
}

}  // namespace cartwheel
