// Part c: steps that have come up (shard.hpp).

#include "actors/shard/decision_order.hpp"
#include "actors/shard/shard.hpp"

#include <algorithm>

namespace cartwheel {

namespace {

// Carts whose turn comes lie all over memory: each one's slot is asked for ahead, and then its cell (decision 0023).
constexpr size_t to_cell = 8, to_slot = 16;

[[gnu::always_inline]] inline void prefetch_slot(const cart_index& carts, uint32_t slot) {
  if (slot < carts.slots()) __builtin_prefetch(&carts.at(slot));
}

[[gnu::always_inline]] inline void prefetch_cell(const cart_index& carts, uint32_t slot) {
  if (slot >= carts.slots()) return;
  if (const auto* cart = carts.at(slot).place.cart()) cart->prefetch();
}

}  // namespace

bool shard::held(const cart_cell& cart, instant moment) {
  if (!marks_) return false;
  const auto& shop = shop_names_[cart.shop()];
  if (marks_->of(shop) >= tick_of(moment)) return false;
  held_[shop].push_back(ref_of(cart));
  return true;
}

/// Steps that waited for news of their shop come up again when its watermark has moved; those still too early wait on.
void shard::release_held() {
  for (auto i = held_.begin(); i != held_.end();) {
    auto mark = marks_->of(i->first);
    auto& carts = i->second;
    std::erase_if(carts, [&](const cart_ref& ref) {
      auto* cart = at(ref);
      if (cart == nullptr) return true;
      auto wake = cart->state().wake(rules_->campaign);
      if (wake && mark < tick_of(*wake)) return false;
      cart->armed = 0;
      arm(*cart);
      return true;
    });
    i = carts.empty() ? held_.erase(i) : std::next(i);
  }
}

void shard::come_up(wheel_tick t) {
  due_.clear();
  wheel_.advance(t, due_);
  tick_ = from_unix_ms(t * 1000);
  filed_ = base_ | 0xffff'ffff;
  // Growing would copy the questions, half a kilobyte each. Their customers are spread over the shards, or nearly so.
  const size_t share = due_.size() / out_.shards();
  for (size_t i = 0; i < out_.shards(); ++i)
    out_.of(i).questions.reserve(out_.of(i).questions.size() + share + share / 8);
  for (size_t i = 0; i < due_.size(); ++i) {
    if (i + to_slot < due_.size()) prefetch_slot(index_, due_[i + to_slot].slot);
    if (i + to_cell < due_.size()) prefetch_cell(index_, due_[i + to_cell].slot);
    const auto timer = due_[i];
    auto& slot = index_.at(timer.slot);
    if (slot.place.free() || slot.armed != timer.generation) continue;  // stale: cancelled for free
    auto* there = slot.place.cart();
    if (there != nullptr && there->armed != timer.generation) continue;
    auto& cart = asked_for(there == nullptr ? *bring_back(timer.slot) : *there);
    cart.armed = 0;
    auto& state = cart.state();
    if (state.paused()) {
      if (state.pause_until() <= tick_ && held(cart, state.pause_until())) continue;
      if (state.pause_until() <= tick_) {
        state.resume(state.pause_until());
        passed(cart, milestone::resumed, tick_, state.last_add);
      }
    }
    auto due = state.wake(rules_->campaign);
    if (!due) {
      end_series(cart);
      continue;
    }
    // A paused cart is looked at when its pause ends; only a series that reminds of the payment comes up meanwhile.
    if (!state.clocks().rests(rules_->campaign) && *due <= tick_) {
      if (held(cart, *due)) continue;
      if (past_)
        come_up_again(cart);
      else
        ask(cart);
    } else {
      arm(cart);
    }
  }
  if (!past_) return;
  if (auto decided = past_->find(t); decided != past_->end())
    for (const auto& line : decided->second) take_recorded(line);
}

wheel_tick shard::next_tick() const {
  if (!past_) return wheel_.next();
  auto recorded = past_->upper_bound(wheel_.now());
  return recorded == past_->end() ? wheel_.next() : std::min(wheel_.next(), recorded->first);
}

/// In recovery a step that has come up was decided then (its record says so) or not yet: its decision was lost with the
/// process before anything followed from it. On the events' own clock it is made now; on any other, time has gone on, and
/// it is made when the log is at its end.
void shard::come_up_again(cart_cell& cart) {
  if (setup_.event_clock) {
    auto decided = past_->find(unix_ms(tick_) / 1000);
    bool recorded = decided != past_->end() &&
                    std::any_of(decided->second.begin(), decided->second.end(), [&](const decision_line& l) {
                      return l.cart_id == cart.cart_id() && l.shop == shop_names_[cart.shop()];
                    });
    if (!recorded) ask(cart);
    return;
  }
  left_over_.push_back(ref_of(cart));
}

/// Its claim counts in any case; the cart's step goes on only if it is the same cart in the same cycle.
void shard::take_recorded(const decision_line& line) {
  auto* cart = find(line.shop, line.cart_id);
  // Several steps may have been decided in one tick.
  bool same = cart != nullptr && cart->state().cycle == line.cycle && cart->state().next_step <= line.step;
  question q;
  q.at = station::consents;
  q.tick = tick_;
  q.due = line.due;
  q.cycle = line.cycle;
  q.campaign = line.campaign;
  q.step = line.step;
  q.shop = line.shop;
  q.cart_id = line.cart_id;
  q.customer = line.customer_id;
  q.address.key = line.address;
  q.recorded = decision{line.outcome, line.reason};
  q.facts = line.facts;
  q.cart.shard = id_;
  if (cart != nullptr) {
    const auto& state = cart->state();
    q.last_add = line.campaign == campaign_kind::unpaid && state.paused() ? state.extras().pause_from : state.last_add;
    q.visitor = state.visitor.view();
    q.own_address = {state.extras().own_address, state.extras().own_address_as_given};
  }
  if (same) {
    q.cart = ref_of(*cart);
    if (line.step == 0 && line.campaign != campaign_kind::unpaid && !is_news(line.campaign))
      count_abandoned(cart->state());
    asked_.push_back(q.cart);
  } else {
    metrics_.records_unmatched.add();
  }
  out_.ask(std::move(q));
}

void shard::begin_recovery(past_decisions past) {
  past_ = std::move(past);
  desk_.begin_recovery();
}

void shard::end_recovery() {
  past_.reset();
  metrics_.forget_counts();
  for (const auto& ref : std::exchange(left_over_, {}))
    if (auto* cart = at(ref); cart != nullptr && cart->armed == 0) arm(*cart);
  auto left = desk_.end_recovery();
  tell_open_doubts();
  if (setup_.reminders == nullptr) return;
  for (const auto& i : left.interrupted) setup_.reminders->interrupted(i.asked, i.doubts, i.mail_is_kept);
  for (const auto& q : left.taken_back)
    setup_.reminders->refused(
      q, q.step < rules_->campaign.of(q.campaign).steps.size() ? reason::recalled_queue : reason::campaign_off);
  if (desk_.waiting() > 0) setup_.reminders->ready(id_, desk_.waiting());
}

/// A bot's carts and our own are no shoppers': where they are not reminded they are no figures either.
void shard::count_abandoned(const cart_state& cart) {
  if (cart.subject != cart_subject::cart) return;
  if (rules_->policy.refuse_bots && (cart.bot || cart.internal)) return;
  metrics_.carts_abandoned.add();
  metrics_.abandoned_at[static_cast<size_t>(cart.stage)].add();
}

question shard::asked_of(const cart_cell& cart, instant tick) const {
  const auto& state = cart.state();
  question q;
  q.tick = tick;
  q.campaign = state.follows(rules_->campaign);
  q.last_add = q.campaign == campaign_kind::unpaid ? state.extras().pause_from : state.last_add;
  if (const auto from = state.clocks().counts_from(rules_->campaign); from != q.last_add) q.counts_from = from;
  q.cart = ref_of(cart);
  q.cycle = state.cycle;
  q.reminders_sent = state.sent;
  q.shop = shop_names_[cart.shop()];
  q.cart_id = cart.cart_id();
  q.customer = state.customer.view();
  q.visitor = state.visitor.view();
  q.own_address = {state.extras().own_address, state.extras().own_address_as_given};
  q.bot = state.bot;
  q.internal = state.internal;
  q.own_country = state.country;
  q.own_time_zone = state.time_zone;
  q.currency = state.currency;
  const auto& campaign = rules_->campaign.of(q.campaign);
  if (campaign.refuse_zero || !campaign.min_value.empty())
    q.value =
      state.extras().value >= 0 || state.subject != cart_subject::cart ? state.extras().value : state.lines.value();
  return q;
}

void shard::ask(cart_cell& cart) {
  const auto& state = cart.state();
  auto q = asked_of(cart, tick_);
  const auto& steps = rules_->campaign.of(q.campaign).steps;
  const auto due = [&](size_t k) { return *state.clocks().due(rules_->campaign, k); };
  size_t first = state.next_step;
  size_t last = first;
  // Where a step may be deferred the later ones wait for it: each is asked in a tick of its own.
  const size_t most = rules_->campaign.hours.given() ? first + 1 : steps.size();
  while (last < most && due(last) <= tick_) ++last;
  q.several = last - first > 1;
  if (first == 0 && !state.deferred() && q.campaign != campaign_kind::unpaid && !is_news(q.campaign))
    count_abandoned(state);
  asked_.push_back(q.cart);
  const auto of_step = [&](size_t k) -> question& {
    q.step = static_cast<uint8_t>(k);
    q.due = due(k);
    return q;
  };
  for (size_t k = first; k + 1 < last; ++k) out_.ask(of_step(k));
  if (first < last) out_.ask(std::move(of_step(last - 1)));
}

void shard::resolve(station at) {
  auto waiting = std::exchange(questions_[static_cast<size_t>(at)], {});
  if (at == station::consents) {
    addresses_.decide_all(std::move(waiting), out_);
    return;
  }
  auto& who = at == station::customers ? customers_ : visitors_;
  // Growing would copy them all, twice over in sum; what is not used is never touched.
  for (size_t i = 0; i < out_.shards(); ++i) out_.of(i).questions.reserve(out_.of(i).questions.size() + waiting.size());
  for (auto& q : waiting) who.resolve(std::move(q), out_, asks_for_orders());
}

void shard::take_answers() {
  auto answers = std::exchange(answers_, {});
  const auto order = decision_order(
    answers.size(), [&](size_t i) -> const question& { return answers[i].asked; }, [](const question&) { return 0; });
  lines_.reserve(lines_.size() + answers.size());
  // Their order is not the carts' in memory: each is asked for ahead of its turn.
  constexpr size_t to_answer = 24;
  for (size_t i = 0; i < order.size(); ++i) {
    if (i + to_answer < order.size()) __builtin_prefetch(&answers[order[i + to_answer]].asked.cart);
    if (i + to_slot < order.size()) prefetch_slot(index_, answers[order[i + to_slot]].asked.cart.slot);
    if (i + to_cell < order.size()) prefetch_cell(index_, answers[order[i + to_cell]].asked.cart.slot);
    take(answers[order[i]]);
  }
  const auto asked = std::exchange(asked_, {});
  for (size_t i = 0; i < asked.size(); ++i) {
    if (i + to_slot < asked.size()) prefetch_slot(index_, asked[i + to_slot].slot);
    if (i + to_cell < asked.size()) prefetch_cell(index_, asked[i + to_cell].slot);
    if (auto* cart = at(asked[i])) arm(*cart);
  }
  tell_lines();
}

void shard::tell_lines() {
  if (setup_.observer == nullptr) return;
  if (!lines_.empty()) setup_.observer->decided(id_, std::exchange(lines_, {}));
  if (!milestones_.empty()) setup_.observer->passed(id_, std::exchange(milestones_, {}));
}

void shard::take(answer& a) {
  auto& q = a.asked;
  auto* cart = at(q.cart);
  if (cart == nullptr) return;
  auto& state = cart->state();
  if (a.decided.outcome == decision_outcome::deferred) {
    metrics_.deferred.add();
    state.defer(q.again);
    return;
  }
  const auto& series = rules_->campaign.of(q.campaign);
  metrics_.count(a.decided.outcome, a.decided.reason);
  const auto came_up = state.deferred() ? std::max(q.due, state.extras().deferred_until) : q.due;
  metrics_.lateness.observe(std::chrono::duration<double>(q.tick - came_up).count());
  lines_.push_back({q.tick, q.shop, q.cart_id, q.customer, q.step, series.step(q.step).channel, a.decided.outcome,
                    a.decided.reason, q.recorded ? decision_origin::recorded : decision_origin::part_c, q.cycle, q.due,
                    q.address.key, std::exchange(q.facts, std::nullopt), q.campaign});
  state.decided(q.step);
  // A cart whose order waits for its payment goes on waiting behind the last reminder of it.
  // Behind news of a product its own series goes on.
  bool last = state.next_step >= series.steps.size() && q.campaign != campaign_kind::unpaid && !is_news(q.campaign);
  if (a.decided.outcome == decision_outcome::sent) {
    ++state.sent;
    if (setup_.live && setup_.reminders != nullptr) {
      desk_.claimed(q);
    } else {
      state.reminded(q.tick);
    }
  }
  if (a.decided.outcome == decision_outcome::ended) {
    passed(*cart, milestone::ended, tick_, tick_, {}, cart_end::ordered_elsewhere);
    end(*cart, cart_end::ordered_elsewhere);
  } else if (last) {
    end_series(*cart);
  }
}

/// What waits, of the last step or of an earlier one, is made of the cart, which is over now.
void shard::end_series(cart_cell& cart) {
  for (const auto& waiting : desk_.claims_of(ref_of(cart)))
    if (waiting.cycle == cart.state().cycle) desk_.keep(content_of(cart, waiting));
  passed(cart, milestone::ended, tick_, tick_, {}, cart_end::last_step);
  end(cart, cart_end::last_step);
}

void shard::finish(const epoch& e) {
  // Ticks in which nothing came up are over all the same: an addition that arrives late must not come up in one of them.
  if (!e.drain && e.decide_until != before_all) {
    due_.clear();
    wheel_.advance(std::max(wheel_.now(), unix_ms(e.decide_until) / 1000), due_);
  }
  orders_.forget_before(tick_);
  park_idle();
  sweep_timers(e.by_cart[static_cast<size_t>(id_)].empty());
  count_gauges(e.now);
  size_t events = e.by_cart[static_cast<size_t>(id_)].size() + e.by_person[static_cast<size_t>(id_)].size();
  tell_lines();
  if (setup_.observer != nullptr) setup_.observer->applied(id_, events);
  desk_.bring_up(now_);
  if (!past_ && setup_.reminders != nullptr && desk_.waiting() > 0) setup_.reminders->ready(id_, desk_.waiting());
}

/// Timers of carts that are over stand in the wheel until their time, which may be days. When they are more than half of those
/// that mean something they go, some behind each epoch; when there is nothing else to do, the last thousands, too.
void shard::sweep_timers(bool idle) {
  constexpr size_t at_once = 1 << 14;  // a millisecond or two: each looks at its slot
  if (wheel_.size() < index_.size() + (idle ? 0 : index_.size() / 2) + at_once / 4) return;
  wheel_.sweep(at_once, [this](wheel_timer timer) {
    const auto& slot = index_.at(timer.slot);
    return slot.place.free() || slot.armed != timer.generation;
  });
}

void shard::count_gauges(instant now) {
  metrics_.carts.set(static_cast<int64_t>(index_.size() - index_.parked()));
  metrics_.parked.set(static_cast<int64_t>(index_.parked()));
  metrics_.timers.set(static_cast<int64_t>(wheel_.size()));
  const auto &customers = customers_.table(), &visitors = visitors_.table();
  const auto& addresses = addresses_.table();
  const auto parked = customers.parked() + visitors.parked();
  metrics_.persons.set(static_cast<int64_t>(customers.size() + visitors.size() - parked));
  metrics_.persons_parked.set(static_cast<int64_t>(parked));
  metrics_.addresses.set(static_cast<int64_t>(addresses.size() - addresses.parked()));
  metrics_.addresses_parked.set(static_cast<int64_t>(addresses.parked()));
  const auto& orders = orders_.table();
  metrics_.orders.set(static_cast<int64_t>(orders.size() - orders.parked()));
  metrics_.orders_parked.set(static_cast<int64_t>(orders.parked()));
  metrics_.claims.set(static_cast<int64_t>(desk_.unsettled()));
  metrics_.in_doubt.set(static_cast<int64_t>(desk_.doubts() + doubts_dropped_));
  // What follows walks the wheel's slots: once a tick is often enough, and a replay has nobody who looks.
  if (!setup_.live || last_tick(now) <= gauged_) return;
  gauged_ = last_tick(now);
  // The wheel stands where something last came up, which may be behind the time it is.
  wheel_tick passed = std::max<wheel_tick>(0, unix_ms(gauged_) / 1000 - wheel_.now());
  auto within = [&](std::chrono::seconds ahead) {
    return static_cast<int64_t>(wheel_.count_within(passed + ahead.count()));
  };
  metrics_.due_5m.set(within(5min));
  metrics_.due_15m.set(within(15min));
  metrics_.due_60m.set(within(60min));
  size_t held = 0;
  for (const auto& [_, carts] : held_) held += carts.size();
  metrics_.held.set(static_cast<int64_t>(held));
}

}  // namespace cartwheel
