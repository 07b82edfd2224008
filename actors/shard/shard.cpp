#include "actors/shard/shard.hpp"

#include "actors/shard/beside_key.hpp"
#include "actors/shard/parked_kind.hpp"
#include "actors/shard/shard_snapshot.hpp"

#include <algorithm>

namespace cartwheel {

std::string_view to_string(event_result r) {
  constexpr std::array<std::string_view, event_result_count> names{"applied", "duplicate", "ignored", "refused"};
  return names[static_cast<size_t>(r)];
}

shard::shard(shard_id id, const shard_setup& setup, shard_metrics& metrics, caf::actor_system& system,
             caf::strong_actor_ptr host)
    : id_{id},
      setup_{setup},
      rules_{std::make_shared<const deciding_rules>(
        deciding_rules{setup.campaign, setup.shops, setup.policy, setup.laws ? *setup.laws : country_laws{}})},
      system_{system},
      cells_{cells_of(std::move(host))},
      wheel_{std::max<wheel_tick>(0, unix_ms(setup.start) / 1000)},
      orders_{setup.keys, lane_of(setup, parked_kind::orders, id)},
      customers_{subject_kind::customer, setup.keys, lane_of(setup, parked_kind::customers, id)},
      visitors_{subject_kind::visitor, setup.keys, lane_of(setup, parked_kind::visitors, id)},
      addresses_{*rules_, setup.live, lane_of(setup, parked_kind::addresses, id)},
      out_{setup.shards},
      parked_carts_{lane_of(setup, parked_kind::carts, id)},
      metrics_{metrics} {
  orders_.follow_sales(rules_->campaign.after_purchase.enabled);
}

shard::~shard() = default;

// Carts --------------------------------------------------------------------------------------------------------------

uint32_t shard::shop_number(std::string_view shop) {
  auto i = shop_numbers_.find(shop);
  if (i != shop_numbers_.end()) return i->second;
  auto number = static_cast<uint32_t>(shop_names_.size());
  shop_names_.emplace_back(shop);
  shop_numbers_.emplace(shop, number);
  last_shop_ = {};
  return number;
}

/// A shop that is only asked about gets no number: those are never given back.
const shard::known_shop& shard::known(std::string_view shop) const {
  if (same_text(last_shop_.name, shop) && !shop.empty()) return last_shop_;
  auto i = shop_numbers_.find(shop);
  last_shop_ = {std::string{shop}, first_key(setup_.keys.index, shop), i == shop_numbers_.end() ? no_shop : i->second};
  return last_shop_;
}

uint64_t shard::cart_hash(std::string_view shop, std::string_view cart_id) const {
  return keyed_hash(known(shop).key, cart_id);
}

cart_cell* shard::find(std::string_view shop, std::string_view cart_id) {
  return find(shop, cart_id, cart_hash(shop, cart_id));
}

cart_cell* shard::find(std::string_view shop, std::string_view cart_id, uint64_t hash) {
  // A shop without a number has no open carts, but may have parked ones.
  auto* cart =
    index_.find(hash, known(shop).number, cart_id, [&](uint32_t slot) { return bring_back_if(slot, shop, cart_id); });
  return cart == nullptr ? nullptr : &asked_for(*cart);
}

cart_cell* shard::at(const cart_ref& ref) {
  if (!index_.has(ref.slot, ref.generation)) return nullptr;
  auto* cart = index_.at(ref.slot).place.cart();
  return &asked_for(cart == nullptr ? *bring_back(ref.slot) : *cart);
}

cart_cell& shard::asked_for(cart_cell& cart) {
  cart.asked_for = true;
  save_slot_first(cart.slot());
  return cart;
}

cart_ref shard::ref_of(const cart_cell& cart) const { return {id_, cart.slot(), index_.at(cart.slot()).generation}; }

cart_cell& shard::open(std::string_view shop, std::string_view cart_id, uint64_t hash) {
  uint32_t slot = index_.reserve();
  save_slot_first(slot);  // free at the cut, so nothing is written
  auto handle = make_cart_cell(cells_, system_, slot, shop_number(shop), cart_id);
  index_.insert(hash, slot, handle);
  if (subject_of_key(cart_id) == cart_subject::cart) metrics_.carts_opened.add();
  auto& cart = *cell_cast<cart_cell>(handle);
  cart.older_ids = event_ids_.opened(hash);
  return cart;
}

void shard::end(cart_cell& cart, cart_end why) {
  auto& shop = shop_names_[cart.shop()];
  uint64_t hash = cart_hash(shop, cart.cart_id());
  const auto& state = cart.state();
  tell_end(cart, why);
  // A sale is its order's: no person and no address was told of it.
  const bool is_cart = state.subject == cart_subject::cart;
  if (is_cart) register_binding(cart, state.customer.view(), state.visitor.view(), notice_kind::closed, filed_, why);
  if (why == cart_end::ordered && filed_ == base_)
    ordered_[key_of(ref_of(cart))] = {state.extras().own_address, state.extras().own_address_time};
  if (is_cart && state.extras().own_address.given()) {
    notice n;
    n.kind = notice_kind::unlink;
    n.at = station::consents;
    n.order = filed_;
    n.address.key = state.extras().own_address;
    n.who = {subject_kind::cart, {}, ref_of(cart)};
    out_.to_address(std::move(n));
  }
  event_ids_.closed(partition_of_cart(shop, cart.cart_id()), hash, cart.older_ids, state.event_ids());
  caf::strong_actor_ptr handle{cart.ctrl()};  // keeps the cell alive while it is told
  index_.erase(hash, cart.slot());
  cart.end(caf::exit_reason::normal, nullptr);
}

/// Of one that no reminder was claimed for no link can be in a mail.
void shard::tell_end(const cart_cell& cart, cart_end why) {
  const auto& state = cart.state();
  const auto& extras = state.extras();
  if (setup_.observer == nullptr || (state.sent == 0 && extras.reminded_at == before_all)) return;
  setup_.observer->ended(
    id_, {shop_names_[cart.shop()], std::string{cart.cart_id()}, std::string{state.customer.view()}, extras.own_address,
          std::string{state.cart_url.view()}, why, now_, state.cycle, extras.clicked_at, extras.clicked_cycle,
          extras.clicked_step});
}

/// An event of a cart that is not open: its last mail's link is followed, or it is bought after all.
void shard::tell_ended(const event& what) {
  const bool click = what.kind == event_kind::reminder_clicked;
  const bool order = what.kind == event_kind::purchase &&
                     (what.details->payment == payment_state::paid || what.details->payment == payment_state::offline);
  if (setup_.observer == nullptr || !(click || order)) return;
  setup_.observer->heard_of_ended(id_, {std::string{what.shop}, std::string{what.cart_id}, what.time, order,
                                        what.details->clicked_cycle, what.details->clicked_step});
}

void shard::arm(cart_cell& cart) {
  auto wake = cart.state().wake(rules_->campaign);
  // No step is left of a series that has got shorter: the cart comes up at once, and ends.
  auto at = wake ? unix_ms(tick_of(*wake)) / 1000 : wheel_.now();
  // Lazy: a timer that comes up too early goes back in; only a sooner moment needs a new one. A cell has no room for
  // moments behind 2106, which a replay may have: a new one each time then.
  constexpr int64_t shown_max = UINT32_MAX;
  if (cart.armed != 0 && cart.armed_at <= at && at <= shown_max) return;
  cart.armed = index_.rearm(cart.slot());
  cart.armed_at = static_cast<uint32_t>(std::clamp<int64_t>(at, 0, shown_max));
  wheel_.insert(at, {cart.slot(), cart.armed});
}

void shard::cell_ended(cart_cell& cart) {
  // A killed cell has lost its state already; what persons know of it goes stale and is ignored by its generation.
  if (index_.at(cart.slot()).place.cart() != &cart) return;
  caf::strong_actor_ptr handle{cart.ctrl()};
  index_.erase(cart_hash(shop_names_[cart.shop()], cart.cart_id()), cart.slot());
}

void shard::end_all(caf::error reason) {
  index_.for_each([&](cart_cell& cart) { cart.end(reason, nullptr); });
}

// Part a -------------------------------------------------------------------------------------------------------------

namespace {

/// The texts of an event from a client lie together, about where its cart's id does. (Inline: local_text::prefetch.)
[[gnu::always_inline]] inline void prefetch_texts(const event& what) {
  __builtin_prefetch(what.cart_id.data());
  __builtin_prefetch(what.cart_id.data() + 64);
  __builtin_prefetch(what.items.data());
  __builtin_prefetch(reinterpret_cast<const char*>(what.items.data()) + 64);
}

/// Three lines of the cache, wherever it begins in its first.
[[gnu::always_inline]] inline void prefetch_event(const event& what) {
  static_assert(sizeof(event) > 64 && sizeof(event) <= 128);
  const auto* at = reinterpret_cast<const char*>(&what);
  __builtin_prefetch(at);
  __builtin_prefetch(at + 64);
  __builtin_prefetch(at + sizeof(event) - 1);
}

}  // namespace

void shard::part_a(const epoch& e) {
  if (e.rules) use(e.rules);
  now_ = e.now;
  epoch_ = &e;
  base_ = count(e.number) << 32;
  filed_ = base_;
  ordered_.clear();
  bound_.clear();
  tick_ = std::max(tick_, tick_of(e.now));
  // A node on the events' own clock learns only now where time begins.
  if (wheel_.now() == 0) wheel_ = timing_wheel{std::max<wheel_tick>(1, unix_ms(tick_) / 1000 - 1)};
  if (e.marks) {
    marks_ = e.marks;
    release_held();  // before next_tick() is asked: a wheel that has nothing else would never come round to them
  }
  for (const auto* i : e.items) note_product(*i);
  for (const auto& s : e.settled[static_cast<size_t>(id_)]) settle(s);
  for (const auto& n : e.news[static_cast<size_t>(id_)]) hear(n);
  act_on_all(e.by_cart[static_cast<size_t>(id_)], e);
  for (const auto& r : e.by_person[static_cast<size_t>(id_)]) person_event(r);
}

/// Carts lie all over memory, and events where another core has just written them: what an event will look at is asked for
/// some events ahead, step by step. Distances are in events; each step takes longer than memory does.
void shard::act_on_all(const std::vector<routed_event>& events, const epoch& e) {
  constexpr size_t to_act = 0, to_texts = 6, to_cell = 12, to_slot = 18, to_items = 18, to_entry = 24, to_event = 24,
                   to_route = 40;
  const size_t n = events.size();
  for (size_t i = 0; i < n + to_route; ++i) {
    const auto ahead = [&](size_t by) -> const routed_event* {
      return i + by >= to_route && i + by - to_route < n ? &events[i + by - to_route] : nullptr;
    };
    if (auto* r = ahead(to_route)) __builtin_prefetch(r);
    if (auto* r = ahead(to_event)) prefetch_event(*r->what);
    if (auto* r = ahead(to_entry)) index_.prefetch_entry(r->cart);
    if (auto* r = ahead(to_slot)) index_.prefetch_slot(r->cart);
    if (auto* r = ahead(to_items)) prefetch_texts(*r->what);
    if (auto* r = ahead(to_cell))
      if (auto* cart = index_.probable(r->cart)) cart->prefetch();
    if (auto* r = ahead(to_texts))
      if (auto* cart = index_.probable(r->cart)) cart->prefetch_texts();
    if (auto* r = ahead(to_act)) act_on(*r, e);
  }
}

void shard::act_on(const routed_event& r, const epoch& e) {
  acting_ = r.order;
  const event& what = *r.what;
  const uint64_t hash = r.cart, id = r.id;
  auto* cart = find(what.shop, what.cart_id, hash);
  if (id != 0 && (cart != nullptr ? cart->knows(id) : event_ids_.knows(hash, id))) {
    metrics_.count(what.kind, event_result::duplicate);
    return;
  }
  cart_effect effect;
  cart_ref named;
  bool opened = cart == nullptr && opens_cart(what) && !what.persons_only;
  if (opened && full()) {
    metrics_.count(what.kind, event_result::refused);
    dead(r, e, "capacity: no memory for a new cart");
    return;
  }
  if (opened) cart = &open(what.shop, what.cart_id, hash);
  if (cart != nullptr && !what.persons_only) {
    // The bindings of before, kept while the state changes under them.
    local_text old_customer = cart->state().customer;
    local_text old_visitor = cart->state().visitor;
    const bool was_paused = cart->state().paused();
    try {
      if (!e.failed_before.empty() && std::ranges::find(e.failed_before, r.what) != e.failed_before.end())
        throw broken_promise{"it did before"};
      effect = cart->on_event(what, rules_->campaign);
    } catch (const std::exception& fault) {
      if (opened) end(*cart, cart_end::failed);
      failed(opened ? nullptr : cart, r, e, fault.what());
      return;
    }
    auto& state = cart->state();
    if (effect.added && rules_->policy.additions_per_minute_max > 0)
      state.count_addition(what.time, rules_->policy.additions_per_minute_max);
    named = ref_of(*cart);
    if (e.merges) note_binding(*cart, what);
    if (id != 0) cart->remember(id);
    if (effect.added && rules_->campaign.asks_for_products())
      for (const auto& item : what.items) hold(named, what.shop, item.item_id);
    rebound(*cart, old_customer.view(), old_visitor.view(), base_);
    if (state.end != cart_end::none) {
      if (state.end == cart_end::ordered && setup_.observer != nullptr && state.extras().reminded_at != before_all &&
          what.time - state.extras().reminded_at <= std::chrono::days{7}) {
        int64_t value = what.details->value >= 0 ? what.details->value : state.lines.value();
        metrics_.recovered.add();
        setup_.observer->recovered(id_, {std::string{what.shop}, std::string{what.cart_id},
                                         what.currency.given() ? what.currency : state.currency, value});
      }
      if (state.end == cart_end::ordered) recall(ref_of(*cart), reason::ordered_other_cart);
      passed(*cart, milestone::ended, now_, what.time,
             state.end == cart_end::merged ? what.details->into : what.details->order_id, state.end);
      end(*cart, state.end);
    } else {
      if (state.paused() && !was_paused)
        passed(*cart, milestone::paused, now_, what.time, state.extras().pausing_order);
      arm(*cart);
    }
  } else if (id != 0) {
    event_ids_.push_closed(partition_of_cart(what.shop, what.cart_id), hash, id);
  }
  if (cart == nullptr) tell_ended(what);
  metrics_.count(what.kind, event_result::applied);
  tell_persons(r, effect, named);
}

/// Rule 4: where times are equal, later arrival wins; a merge binds in part b, when later events have acted.
void shard::note_binding(const cart_cell& cart, const event& what) {
  if (what.kind == event_kind::cart_merged || what.kind == event_kind::consent || what.kind == event_kind::erase ||
      what.kind == event_kind::preferences || what.kind == event_kind::reminder_clicked)
    return;
  auto& by = bound_[key_of(ref_of(cart))];
  if (!what.customer_id.empty() && cart.state().customer_time == what.time) by.customer = acting_;
  if (!what.visitor_id.empty() && cart.state().visitor_time == what.time) by.visitor = acting_;
}

/// What becomes of it here depends on more than the log: so the log is told which event it was.
void shard::dead(const routed_event& r, const epoch& e, std::string reason) {
  if (setup_.observer == nullptr) return;
  std::string text =
    std::string{to_string(r.what->kind)} + " of cart " + std::string{r.what->shop} + "/" + std::string{r.what->cart_id};
  setup_.observer->dead(id_, {r.what->time, std::move(reason), std::move(text), place_of(*r.what, e)});
}

event_place shard::place_of(const event& what, const epoch& e) const {
  for (const auto& [batch, at] : e.batches)
    if (std::less_equal<>{}(batch->events.data(), &what) &&
        std::less<>{}(&what, batch->events.data() + batch->events.size()))
      return {at, static_cast<size_t>(&what - batch->events.data())};
  return {};
}

void shard::failed(cart_cell* cart, const routed_event& r, const epoch& e, std::string_view what) {
  metrics_.count(r.what->kind, event_result::refused);
  metrics_.cart_failures.add();
  dead(r, e, "the cart's handler failed: " + std::string{what});
  std::string key = std::string{r.what->shop} + '\0' + std::string{r.what->cart_id};
  auto& record = failures_[key];
  // Three within a minute end the cart: it would fail again and again.
  record.times[record.count % record.times.size()] = e.now;
  ++record.count;
  bool third = record.count >= record.times.size() &&
               e.now - *std::min_element(record.times.begin(), record.times.end()) <= std::chrono::minutes{1};
  if (third && cart != nullptr) {
    passed(*cart, milestone::ended, now_, r.what->time, {}, cart_end::failed);
    end(*cart, cart_end::failed);
    failures_.erase(key);
  }
  if (failures_.size() > 1024) failures_.clear();
}

/// The `source` of a consent whose owner answered a mail that was sent to the address (double opt-in).
constexpr std::string_view source_of_confirmed = "double_opt_in";

notice shard::notice_of(const routed_event& r, notice_kind kind) const {
  const event& e = *r.what;
  notice n;
  n.kind = kind;
  n.order = r.order;
  n.what = r.what;
  n.time = e.time;
  n.shop = e.shop;
  n.customer = e.customer_id;
  n.visitor = e.visitor_id;
  n.address.key = r.address;
  if (r.address.given())
    n.address.as_given = e.details->email_as_given.empty() ? e.details->phone : e.details->email_as_given;
  n.order_id = e.details->order_id;
  n.channel = e.details->channel;
  n.status = e.details->status;
  n.confirmed = e.kind == event_kind::consent && e.details->source == source_of_confirmed;
  return n;
}

namespace {

/// Events of the shopper on the site may name a country or a zone each time: they teach it to their cart alone.
bool teaches_place(const event& e) {
  const bool named = !e.details->country.empty() || !e.details->time_zone.empty();
  return named && (e.kind == event_kind::identify || e.kind == event_kind::purchase);
}

/// Whether an event has anything to say to a person. Asked before a notice is made of it: most events have not.
bool teaches(const event& e, const address_key& address) {
  return address.given() || !e.details->name.empty() || !e.details->locale.empty() || teaches_place(e) ||
         (e.kind == event_kind::identify && !e.customer_id.empty() && !e.visitor_id.empty());
}

}  // namespace

void shard::tell_learn(notice n, bool first) {
  n.kind = notice_kind::learn;
  n.first = first;
  n.customer = n.what->customer_id;
  n.visitor = n.what->visitor_id;
  if (!first && !teaches(*n.what, n.address.key)) return;
  if (!n.customer.empty()) {
    n.at = station::customers;
    out_.to_customer(std::move(n));
  } else if (!n.visitor.empty()) {
    n.at = station::visitors;
    out_.to_visitor(std::move(n));
  }
}

void shard::tell_persons(const routed_event& r, const cart_effect& effect, const cart_ref& named) {
  const event& e = *r.what;
  bool says = r.address.given() || !e.details->name.empty() || !e.details->locale.empty();
  if (effect.is_subject && says) {
    notice n = notice_of(r, notice_kind::learn);
    n.at = station::carts;
    n.cart = named;
    out_.to_cart(std::move(n));
  }
  switch (e.kind) {
    case event_kind::cart_merged: {
      notice n = notice_of(r, notice_kind::merge);
      n.at = station::carts;
      n.cart_id = e.details->into;
      n.lines = effect.lines;
      n.source_was_open = effect.source_was_open;
      boundaries_.push_back(r.order + 1);
      out_.to_cart_named(e.shop, e.details->into, std::move(n));
      break;
    }
    case event_kind::purchase:
    case event_kind::order_paid:
    case event_kind::order_cancelled:
    case event_kind::refund: {
      notice n = notice_of(r, notice_kind::order);
      n.at = station::orders;
      // Rule 9: the event's, else the named cart's.
      if (n.customer.empty()) n.customer = effect.customer;
      if (n.visitor.empty()) n.visitor = effect.visitor;
      n.cart = named;
      n.lines = effect.lines;
      out_.to_order(std::move(n));
      break;
    }
    case event_kind::consent:
    case event_kind::erase: tell_consent_or_erase(r, false); return;
    case event_kind::preferences: tell_preferences(r, false); return;
    case event_kind::reminder_clicked: return;
    default: break;
  }
  const bool nobodys = e.customer_id.empty() && e.visitor_id.empty() && !effect.is_subject;
  if (e.kind == event_kind::identify && nobodys && r.address.given()) {  // rule 14: nobody learns the address
    const auto n = notice_of(r, notice_kind::learn);
    if (says_how_obtained(n)) out_.to_address(onward(n, notice_kind::obtained, station::consents));
    return;
  }
  if (teaches(e, r.address)) tell_learn(notice_of(r, notice_kind::learn), false);
  if (!counts_as_browsing(e)) return;
  auto n = notice_of(r, notice_kind::browsed);
  if (!n.customer.empty()) {
    n.at = station::customers;
    out_.to_customer(std::move(n));
  } else {
    n.at = station::visitors;
    out_.to_visitor(std::move(n));
  }
}

void shard::rebound(const cart_cell& cart, std::string_view old_customer, std::string_view old_visitor,
                    log_order order) {
  const auto& s = cart.state();
  bool customer = !(s.customer == old_customer);
  bool visitor = !(s.visitor == old_visitor);
  if (!customer && !visitor) return;  // most events
  register_binding(cart, customer ? old_customer : "", visitor ? old_visitor : "", notice_kind::closed, order);
  if (s.end != cart_end::none) return;
  register_binding(cart, customer ? s.customer.view() : "", visitor ? s.visitor.view() : "", notice_kind::opened,
                   order);
}

void shard::register_binding(const cart_cell& cart, std::string_view customer, std::string_view visitor,
                             notice_kind kind, log_order order, cart_end why) {
  notice n;
  n.kind = kind;
  n.end = why;
  n.order = order;
  n.sub = acting_;
  n.cart = ref_of(cart);
  if (!customer.empty()) {
    n.customer = customer;
    n.at = station::customers;
    out_.to_customer(n);
  }
  if (!visitor.empty()) {
    n.visitor = visitor;
    n.at = station::visitors;
    out_.to_visitor(std::move(n));
  }
}

}  // namespace cartwheel
