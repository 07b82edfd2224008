// Part c: steps that have come up, and what becomes of claimed reminders (shard.hpp).

#include "actors/shard/shard.hpp"

#include "actors/content/packed_mail.hpp"

#include <algorithm>

namespace cartwheel {

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
  for (const auto& timer : due_) {
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
    if (!state.paused() && due && *due <= tick_) {
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
    q.last_add = state.last_add;
    q.visitor = state.visitor.view();
    q.own_address = {state.extras().own_address, state.extras().own_address_as_given};
  }
  if (same) {
    q.cart = ref_of(*cart);
    if (line.step == 0) count_abandoned(cart->state());
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
    setup_.reminders->refused(q,
                              q.step < rules_->campaign.steps.size() ? reason::recalled_queue : reason::campaign_off);
  if (desk_.waiting() > 0) setup_.reminders->ready(id_, desk_.waiting());
}

/// A bot's carts and our own are no shoppers': where they are not reminded they are no figures either.
void shard::count_abandoned(const cart_state& cart) {
  if (!rules_->policy.refuse_bots || !(cart.bot || cart.internal)) metrics_.carts_abandoned.add();
}

question shard::asked_of(const cart_cell& cart, instant tick) const {
  const auto& state = cart.state();
  question q;
  q.tick = tick;
  q.last_add = state.last_add;
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
  const auto& campaign = rules_->campaign;
  if (campaign.refuse_zero || !campaign.min_value.empty())
    q.value = state.extras().value >= 0 ? state.extras().value : state.lines.value();
  return q;
}

void shard::ask(cart_cell& cart) {
  const auto& state = cart.state();
  const auto& steps = rules_->campaign.steps;
  auto abandoned_at = state.last_add + rules_->campaign.idle;
  auto q = asked_of(cart, tick_);
  size_t first = state.next_step;
  size_t last = first;
  // Where a step may be deferred the later ones wait for it: each is asked in a tick of its own.
  const size_t most = rules_->campaign.hours.given() ? first + 1 : steps.size();
  while (last < most && abandoned_at + steps[last].after <= tick_) ++last;
  q.several = last - first > 1;
  if (first == 0 && !state.deferred()) count_abandoned(state);
  for (size_t k = first; k < last; ++k) {
    q.step = static_cast<uint8_t>(k);
    q.due = abandoned_at + steps[k].after;
    out_.ask(q);
  }
  asked_.push_back(q.cart);
}

void shard::resolve(station at) {
  auto waiting = std::exchange(questions_[static_cast<size_t>(at)], {});
  if (at == station::consents) {
    addresses_.decide_all(std::move(waiting), out_);
    return;
  }
  auto& who = at == station::customers ? customers_ : visitors_;
  for (auto& q : waiting) who.resolve(std::move(q), out_, asks_for_orders());
}

void shard::take_answers() {
  auto answers = std::exchange(answers_, {});
  std::sort(answers.begin(), answers.end(),
            [](const answer& a, const answer& b) { return decided_before(a.asked, b.asked); });
  for (auto& a : answers) take(a);
  for (const auto& ref : std::exchange(asked_, {}))
    if (auto* cart = at(ref)) arm(*cart);
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
  metrics_.count(a.decided.outcome, a.decided.reason);
  const auto came_up = state.deferred() ? std::max(q.due, state.extras().deferred_until) : q.due;
  metrics_.lateness.observe(std::chrono::duration<double>(q.tick - came_up).count());
  lines_.push_back({q.tick, q.shop, q.cart_id, q.customer, q.step, rules_->campaign.step(q.step).channel,
                    a.decided.outcome, a.decided.reason,
                    q.recorded ? decision_origin::recorded : decision_origin::part_c, q.cycle, q.due, q.address.key,
                    std::exchange(q.facts, std::nullopt)});
  state.decided(q.step);
  bool last = state.next_step >= rules_->campaign.steps.size();
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

due_reminder shard::content_of(const cart_cell& cart, const claim_id& claim) const {
  const auto& state = cart.state();
  const auto& extras = state.extras();
  due_reminder r;
  r.claim = claim;
  r.shop = shop_names_[cart.shop()];
  r.cart_id = cart.cart_id();
  r.customer_id = state.customer.view();
  r.cart_url = state.cart_url.view();
  r.lines = state.lines.block();
  r.currency = state.currency;
  r.value = extras.value >= 0 ? extras.value : state.lines.value();
  r.shopper_name = extras.shopper_name;
  r.locale = extras.locale;
  return r;
}

std::vector<question> shard::hand_out(size_t n) {
  auto out = desk_.hand_out(n);
  for (auto& q : out) q.gated = setup_.event_clock ? q.tick : std::max(now_, q.tick);
  if (out.size() < n) setup_.reminders->unused(id_, n - out.size());
  return out;
}

void shard::gate(const question& q, const decision& d) {
  claim_id claim{q.cart, q.cycle, q.step};
  const auto* claimed = desk_.asked(claim);
  if (claimed == nullptr) {  // recalled meanwhile; its settlement is on its way
    setup_.reminders->unused(id_, 1);
    return;
  }
  auto* cart = at(q.cart);
  const auto* kept = desk_.kept(claim);
  bool same_cycle = cart != nullptr && cart->state().cycle == q.cycle;
  // A shopper whose address has changed since: the claim is the old address's, and the new one's cap was not asked.
  bool same_address = claimed->address.key == q.address.key;
  const bool may_leave = d.outcome == decision_outcome::sent || d.outcome == decision_outcome::deferred;
  if (!may_leave || !same_address || (!same_cycle && kept == nullptr)) {
    // Released where it was claimed, so with the address of then.
    setup_.reminders->refused(*claimed, may_leave ? reason::recalled_queue : d.reason);
    setup_.reminders->unused(id_, 1);
    desk_.take_back(claim);
    return;
  }
  if (d.outcome == decision_outcome::deferred) {  // it comes out of the queue again then
    setup_.reminders->unused(id_, 1);
    desk_.put_off(claim, q.again);
    return;
  }
  due_reminder r = same_cycle ? content_of(*cart, claim) : *kept;
  r.address = q.address.key;
  r.address_as_given = q.address.as_given;
  if (r.shopper_name.empty()) r.shopper_name = q.shopper_name;
  if (r.locale.empty()) r.locale = q.locale;
  r.due = q.due;
  r.decided = q.tick;
  r.not_after = q.due + rules_->campaign.step(q.step).not_after;
  r.quiet_from = q.closes;
  if (const auto* fixed = desk_.mail(claim)) {
    r.mail = fixed->packed;
    r.doubts = fixed->doubts;
  }
  desk_.offered(claim);
  setup_.reminders->offer(std::move(r));
}

void shard::recall(const cart_ref& cart, reason why) {
  if (setup_.reminders == nullptr) return;
  for (const auto& claim : desk_.claims_of(cart)) {
    if (past_) {
      desk_.take_back(claim);  // told when the log is at its end, if no outcome settles it before
      continue;
    }
    if (auto waiting = desk_.take_back(claim))
      setup_.reminders->refused(*waiting, reason::recalled_queue);
    else if (!desk_.is_held(claim))  // that one remembers it for when it is let go
      setup_.reminders->recall(claim, why);
  }
}

void shard::settle(settled_reminder s) {
  if (!s.cart.given()) {
    // From the log, which knows it by name. One that nobody claimed has left no trace in a cart or address either, but for
    // what its reply said of the address.
    auto claim = desk_.named(s);
    if (!claim) return hear({s.address, s.news, s.tick});
    s.cart = claim->cart;
  }
  claim_id claim{s.cart, s.cycle, s.step};
  switch (s.how) {
    case settlement::offered: return desk_.intended(claim, std::move(s.mail));
    case settlement::not_sent:
    case settlement::put_off: return desk_.not_accepted(claim, s.how == settlement::put_off);
    case settlement::held:
    case settlement::resent:
    case settlement::let_go: return keep_open(s, claim);
    case settlement::dropped:
      if (!desk_.is_held(claim)) return;  // another command came first
      if (!past_) ++doubts_dropped_;
      break;
    default: break;
  }
  passed_mail(s);
  tell_doubt(s, claim);
  if (s.how == settlement::dropped) s.how = settlement::in_doubt;
  desk_.settled(claim);
  auto* cart = at(s.cart);
  if (s.how == settlement::released) {
    // The claim is given back; a step that the cap refused meanwhile is not revived.
    if (cart != nullptr && cart->state().sent > 0) --cart->state().sent;
    lines_.push_back({last_tick(now_),
                      s.shop,
                      s.cart_id,
                      s.customer_id,
                      s.step,
                      rules_->campaign.step(s.step).channel,
                      decision_outcome::refused,
                      s.why,
                      decision_origin::settlement,
                      s.cycle,
                      {},
                      s.address,
                      {}});
  } else if (cart != nullptr) {
    cart->state().reminded(now_);
  }
  notice n;
  n.kind = notice_kind::claim_settled;
  n.at = station::consents;
  n.order = base_;
  n.address.key = s.address;
  n.cart = s.cart;
  n.step = s.step;
  n.settled = s.how;
  n.time = now_;
  n.news = s.news;
  n.mail = s.tick;
  out_.to_address(std::move(n));
}

/// News that came by itself. Its time is the log's, as of an outcome that brings news: when the mail was sent, or the
/// report written, somebody else's clock says.
void shard::hear(const news_of_address& news) {
  if (news.what == address_news::none) return;
  notice n;
  n.kind = notice_kind::heard;
  n.at = station::consents;
  n.order = base_;
  n.time = now_;
  n.address.key = news.address;
  n.news = news.what;
  n.mail = news.mail;
  out_.to_address(std::move(n));
}

/// In doubt, and not given up: the claim counts as before.
void shard::keep_open(const settled_reminder& s, const claim_id& claim) {
  bool known = true;
  switch (s.how) {
    case settlement::held: known = desk_.hold(claim, now_); break;
    case settlement::resent: known = desk_.send_again(claim, now_); break;
    default:
      known = desk_.is_held(claim);
      desk_.let_go(claim);
      break;
  }
  if (!known) return;
  passed_mail(s);
  tell_doubt(s, claim);
  if (!desk_.was_recalled(claim)) return;
  if (auto queued = desk_.take_back(claim); queued && !past_ && setup_.reminders != nullptr)
    setup_.reminders->refused(*queued, reason::recalled_queue);
}

/// How it stands with a reminder that is, or was, in doubt.
void shard::tell_doubt(settled_reminder s, const claim_id& claim) {
  const auto* mail = desk_.mail(claim);
  bool was = mail != nullptr && mail->doubts > 0;
  if (setup_.observer == nullptr || !(was || s.how == settlement::in_doubt)) return;
  setup_.observer->doubted(
    id_, {std::move(s), was ? mail->since : now_, mail == nullptr ? std::string{} : message_id_of(mail->packed)});
}

/// Those of a snapshot, which no record behind it has told.
void shard::tell_open_doubts() {
  desk_.each_doubt([&](const question& q, bool held, const reminder_desk::kept_mail& mail) {
    if (setup_.observer == nullptr) return;
    auto how = held ? settlement::held : settlement::resent;
    settled_reminder s{q.cart, q.cycle,   q.step,     how, reason::in_doubt, q.address.key, q.tick,
                       q.shop, q.cart_id, q.customer, {}};
    setup_.observer->doubted(id_, {std::move(s), mail.since, message_id_of(mail.packed)});
  });
}

void shard::finish(const epoch& e) {
  // Ticks in which nothing came up are over all the same: an addition that arrives late must not come up in one of them.
  if (!e.drain && e.decide_until != before_all) {
    due_.clear();
    wheel_.advance(std::max(wheel_.now(), unix_ms(e.decide_until) / 1000), due_);
  }
  orders_.forget_before(tick_);
  park_idle();
  count_gauges(e.now);
  size_t events = e.by_cart[static_cast<size_t>(id_)].size() + e.by_person[static_cast<size_t>(id_)].size();
  tell_lines();
  if (setup_.observer != nullptr) setup_.observer->applied(id_, events);
  desk_.bring_up(now_);
  if (!past_ && setup_.reminders != nullptr && desk_.waiting() > 0) setup_.reminders->ready(id_, desk_.waiting());
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
