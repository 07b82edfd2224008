#include "actors/mailer/mail_queue.hpp"

#include "actors/content/packed_mail.hpp"
#include "actors/coupon/coupon_desk.hpp"
#include "actors/event/address.hpp"
#include "actors/mailer/limits.hpp"
#include "actors/mailer/mail_host.hpp"
#include "runtime/base/bytes.hpp"

#include <algorithm>
#include <cstdlib>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

namespace cartwheel {

using smtp::recall_point;

namespace {

uint64_t number(mail_queue::mail_id id) { return static_cast<uint64_t>(id); }

settled_reminder settled(const question& q, settlement how, reason why) {
  return {q.cart, q.cycle, q.step, how, why, q.address.key, q.tick, q.shop, q.cart_id, q.customer, {}};
}

settled_reminder settled(const due_reminder& r, settlement how, reason why) {
  return {r.claim.cart, r.claim.cycle, r.claim.step, how,           why, r.address,
          r.decided,    r.shop,        r.cart_id,    r.customer_id, {}};
}

}  // namespace

mail_queue::mail_queue(const mailer_options& options, const clock_source& clock, mailer_metrics& metrics)
    : options_{options},
      clock_{clock},
      metrics_{metrics},
      renderer_{options},
      only_to_{options.only_to.begin(), options.only_to.end()},
      random_{options.seed},
      paces_{options.shop_rate, options.host_rate} {}

// From the shards ----------------------------------------------------------------------------------------------------

void mail_queue::offer(due_reminder r) {
  auto id = ++last_id_;
  bool is_new = by_claim_.emplace(r.claim, id).second;
  if (!is_new) {  // a shard hands out a claim once; were it not so, the first one stands
    failures_.say("a reminder was offered twice", fmt::format("{}/{}", r.shop, r.cart_id), clock_.now());
    return;
  }
  auto& h = held_[id];
  h.reminder = std::move(r);
  auto address = normalise_email(h.reminder.address_as_given);
  if (!only_to_.empty() && (!address || !only_to_.contains(*address)))
    return settle(mail_id{id}, settlement::released, reason::shadow, reminder_outcome::shadow);
  auto domain = address ? std::string_view{*address}.substr(address->rfind('@') + 1) : std::string_view{};
  h.lane = {h.reminder.shop, std::string{mail_host_of(domain)}};
  make_ready(id, h);
}

void mail_queue::refused(const question& q, reason why) {
  auto outcome = why == reason::recalled_queue ? reminder_outcome::recalled
                 : why == reason::expired_ttl  ? reminder_outcome::expired
                                               : reminder_outcome::refused;
  metrics_.reminders[static_cast<size_t>(outcome)].add();
  if (outcome == reminder_outcome::recalled) metrics_.recalled[static_cast<size_t>(recall_point::queue)].add();
  settled_.push_back(settled(q, settlement::released, why));
}

/// An earlier process may have sent it, or not: nobody knows any more.
void mail_queue::interrupted(const question& q, uint32_t doubts, bool mail_is_kept) {
  auto how = in_doubt_as(options_.in_doubt, doubts, mail_is_kept);
  metrics_.reminders[static_cast<size_t>(reminder_outcome::in_doubt)].add();
  if (how == settlement::in_doubt) metrics_.in_doubt.set(++in_doubt_);
  failures_.say("in doubt, the process ended over it", fmt::format("{}/{} step {}", q.shop, q.cart_id, q.step),
                clock_.now());
  settled_.push_back(settled(q, how, reason::in_doubt));
  if (options_.coupons != nullptr)
    settled_.back().coupon = options_.coupons->held_by(coupon_claim(q.shop, q.cart_id, q.tick, q.cycle, q.step));
}

void mail_queue::recall(const claim_id& claim, const std::function<recall_point(mail_id, size_t)>& ask_outlet) {
  auto i = by_claim_.find(claim);
  if (i == by_claim_.end()) {
    // Settled, and its shard has not heard of it yet.
    metrics_.recalls_too_late.add();
    return;
  }
  mail_id id{i->second};
  auto& h = at(id);
  if (h.is_ready || h.is_unsigned || h.is_being_signed || h.is_deferred)
    return settle_recalled(id, recall_point::queue);
  if (std::exchange(h.wanted_back, true)) return;
  if (auto where = ask_outlet(id, h.relay); where != recall_point::too_late) h.caught_at = where;
}

// From the outlet ----------------------------------------------------------------------------------------------------

std::optional<uint64_t> mail_queue::next_out(size_t relay) const {
  return ready_.next([&](const std::string& shop) { return may_go(relay, shop); });
}

bool mail_queue::may_go(size_t relay, const std::string& shop) const {
  return !pauses_.paused(relay, shop, clock_.now());
}

/// Where its shop or its host has a rate, it waits among the deferred for its turn, which is its own: others go meanwhile.
bool mail_queue::waits_for_turn(uint64_t id, held& h, instant now) {
  if (std::exchange(h.has_turn, true)) return false;
  h.next_try = paces_.turn(h.lane.shop, h.lane.host, now);
  if (h.next_try <= now) return false;
  h.is_deferred = true;
  deferred_.emplace(h.next_try, id);
  return true;
}

in_doubt_policy mail_queue::policy_of(size_t relay) const {
  bool by_relay = options_.outlet == mail_outlet::smtp && relay < options_.relays.size();
  return by_relay ? options_.relays[relay].in_doubt : options_.in_doubt;
}

std::optional<mail_queue::pulled_mail> mail_queue::pull(size_t relay) {
  take_up_due();
  while (auto id = next_out(relay)) {
    auto& h = held_.at(*id);
    take_off_lists(*id, h);
    if (expire(*id, h)) continue;
    if (coupon_went_stale(h)) {
      h.signed_mail.reset();
      make_ready(*id, h);  // to be signed with a code that holds
      continue;
    }
    if (waits_for_turn(*id, h, clock_.now())) continue;
    h.relay = relay;
    h.was_out = true;
    if (auto ready_made = std::exchange(h.signed_mail, std::nullopt)) {
      if (policy_of(relay) != in_doubt_policy::drop) h.reminder.mail = pack_mail(*ready_made);
      return pulled(*id, h, std::move(*ready_made));
    }
    if (!h.date) h.date = now_for(h);
    if (!with_coupon(*id, h)) continue;
    auto built = content_of(h);
    if (built.mail) return pulled(*id, h, std::move(*built.mail));
    refuse(*id, h, built.refusal);
  }
  return std::nullopt;
}

mail_queue::pulled_mail mail_queue::pulled(uint64_t id, const held& h, rendered_mail m) const {
  return {mail_id{id}, std::move(m), renderer_.envelope_id_of(h.reminder)};
}

/// Whether it was too late for it. On the events' own clock the next event may be days after the decision: a mail leaves in
/// the moment it was decided.
bool mail_queue::expire(uint64_t id, held& h) {
  const auto now = now_for(h);
  if (now <= h.reminder.not_after && now < h.reminder.quiet_from) return false;
  give_up(mail_id{id}, now > h.reminder.not_after ? reason::expired_ttl : reason::quiet_hours,
          reminder_outcome::expired);
  return true;
}

void mail_queue::refuse(uint64_t id, held& h, std::string_view why) {
  say("no mail could be made", h, why);
  give_up(mail_id{id}, reason::template_error, reminder_outcome::template_error);
}

/// Bytes that were offered before are offered again as they are.
built_mail mail_queue::content_of(held& h) {
  const auto& kept = h.reminder.mail;
  if (kept.empty()) {
    auto built = renderer_.render(h.reminder, *h.date, h.coupon ? &*h.coupon : nullptr);
    if (built.mail && policy_of(h.relay) != in_doubt_policy::drop) h.reminder.mail = pack_mail(*built.mail);
    return built;
  }
  try {
    return {unpack_mail(kept), {}};
  } catch (const broken_bytes& e) {
    return {std::nullopt, fmt::format("its bytes as they were offered: {}", e.what())};
  }
}

/// Gives it a code where its step has a pool, or the word why none. False: it is settled, for its bytes are fixed and the
/// code in them is dead, or there is no code and the pool wants no mail then.
bool mail_queue::with_coupon(uint64_t id, held& h) {
  if (options_.coupons == nullptr) return true;
  const auto& r = h.reminder;
  auto claim = coupon_claim(r.shop, r.cart_id, r.decided, r.claim.cycle, r.claim.step);
  if (!r.mail.empty()) {
    if (!h.coupon) h.coupon = options_.coupons->held_by(claim);
    if (!h.coupon || !h.coupon->has_code() || h.coupon->until > now_for(h)) return true;
    give_up(mail_id{id}, reason::expired_ttl, reminder_outcome::expired);
    return false;
  }
  h.coupon.reset();
  const auto& steps = options_.campaign.of(r.campaign).steps;
  if (r.claim.step >= steps.size() || steps[r.claim.step].coupon.empty()) return true;
  const auto& pool = steps[r.claim.step].coupon;
  h.coupon = options_.coupons->take(
    {std::move(claim), coupon_cart(r.shop, r.cart_id), pool, r.address, r.currency, r.value, now_for(h)});
  if (!h.coupon || h.coupon->lack != coupon_lack::pool_empty || !options_.coupons->terms(pool)->refuse_when_empty)
    return true;
  say("not sent without a code, and none is left", h, pool);
  give_up(mail_id{id}, reason::out_of_stock, reminder_outcome::refused);
  return false;
}

/// It was signed, and waited so long that its code holds no longer for as much as the pool wants.
bool mail_queue::coupon_went_stale(const held& h) const {
  return h.signed_mail && h.coupon && h.coupon->has_code() && !options_.coupons->holds(*h.coupon, now_for(h));
}

bool mail_queue::may_send(mail_id id) {
  auto i = held_.find(number(id));
  if (i == held_.end() || i->second.wanted_back) return false;
  i->second.offered = true;
  return true;
}

std::vector<settled_reminder> mail_queue::intents_of(const std::vector<mail_id>& ids) {
  std::vector<settled_reminder> intents;
  intents.reserve(ids.size());
  for (auto id : ids) {
    auto i = held_.find(number(id));
    if (i == held_.end()) continue;
    i->second.intended = true;
    intents.push_back(settled(i->second.reminder, settlement::offered, settled_reminder{}.why));
    intents.back().mail = i->second.reminder.mail;
    intents.back().coupon = i->second.coupon;
  }
  return intents;
}

void mail_queue::accepted(mail_id id) {
  pauses_.accepted(at(id).relay, at(id).reminder.shop);
  if (at(id).wanted_back) metrics_.recalls_too_late.add();
  settle(id, settlement::accepted, settled_reminder{}.why, reminder_outcome::accepted);
}

void mail_queue::rejected(mail_id id, std::string_view reply, address_news news) {
  say("refused by the relay", at(id), failure_log::without_addresses(reply));
  settle(id, settlement::released, reason::relay_rejected, reminder_outcome::rejected, news);
}

void mail_queue::put_off(mail_id id, std::string_view reply) {
  if (has_gone_back(id)) return;
  auto& h = at(id);
  say("put off by the relay", h, failure_log::without_addresses(reply));
  h.lost = 0;
  if (++h.tries >= limits::tries_max) return give_up(id, reason::relay_rejected, reminder_outcome::rejected);
  const auto& waits = limits::try_again_after;
  milliseconds wait = waits[std::min<size_t>(h.tries - 1, waits.size() - 1)];
  h.next_try = clock_.now() + wait +
               milliseconds{std::uniform_int_distribution<int64_t>{-wait.count() / 5, wait.count() / 5}(random_)};
  if (!options_.event_clock && h.next_try > h.reminder.not_after)
    return give_up(id, reason::expired_ttl, reminder_outcome::expired);
  if (!options_.event_clock && h.next_try >= h.reminder.quiet_from)
    return give_up(id, reason::quiet_hours, reminder_outcome::expired);
  metrics_.retries.add();
  close_intent(h);
  h.is_deferred = true;
  deferred_.emplace(h.next_try, number(id));
}

void mail_queue::give_back(mail_id id) {
  if (has_gone_back(id)) return;
  auto& h = at(id);
  close_intent(h);
  make_ready(number(id), h);
}

void mail_queue::connection_lost(mail_id id, std::string_view what) {
  if (++at(id).lost > limits::lost_connections_max) return put_off(id, what);
  give_back(id);
}

/// It says nothing about the mail: no try is used up, and it is worth sending until it is too late for it.
void mail_queue::sender_refused(mail_id id, std::string_view reply) {
  const auto& h = at(id);
  auto now = clock_.now();
  if (auto until = pauses_.refused(h.relay, h.reminder.shop, now)) {
    spdlog::error("mailer: the relay {} refuses the sender of shop {}, its mails pause there for {} s: {}",
                  options_.relays.at(h.relay).name, h.reminder.shop, (*until - now) / 1s,
                  failure_log::without_addresses(reply));
    metrics_.sender_pauses.add();
  }
  give_back(id);
}

void mail_queue::in_doubt(mail_id id, std::string_view what) {
  const auto& h = at(id);
  auto how = in_doubt_as(policy_of(h.relay), h.reminder.doubts, !h.reminder.mail.empty());
  if (h.wanted_back && how == settlement::in_doubt) metrics_.recalls_too_late.add();
  say("in doubt, no answer to its content", h, failure_log::without_addresses(what));
  settle(id, how, reason::in_doubt, reminder_outcome::in_doubt);
}

/// Without the bytes it could only be sent as another message, so it is not. `doubts`: how often it was in doubt before.
settlement mail_queue::in_doubt_as(in_doubt_policy policy, uint32_t doubts, bool mail_is_kept) {
  if (!mail_is_kept) return settlement::in_doubt;
  switch (policy) {
    case in_doubt_policy::hold: return settlement::held;
    case in_doubt_policy::resend: return doubts + 1 < limits::doubts_max ? settlement::resent : settlement::in_doubt;
    default: return settlement::in_doubt;
  }
}

void mail_queue::recalled(mail_id id, recall_point at_gate) { settle_recalled(id, at(id).caught_at.value_or(at_gate)); }

// What it wants ------------------------------------------------------------------------------------------------------

bool mail_queue::has_some(size_t relay) const {
  auto now = clock_.now();
  auto due = std::find_if(deferred_.begin(), deferred_.end(), [&](const auto& d) {
    if (d.first > now) return true;
    const auto& h = held_.at(d.second);
    return may_go(relay, h.reminder.shop) && !wants_signature(h);  // those are signed first
  });
  return (due != deferred_.end() && due->first <= now) || next_out(relay).has_value();
}

std::optional<instant> mail_queue::next_try() const {
  auto next = pauses_.next_end(clock_.now());
  if (!deferred_.empty() && (!next || deferred_.begin()->first < *next)) next = deferred_.begin()->first;
  return next;
}

// Within -------------------------------------------------------------------------------------------------------------

mail_queue::held& mail_queue::at(mail_id id) {
  auto i = held_.find(number(id));
  if (i == held_.end()) {  // the outlet's promise, one end for each mail pulled, is broken
    spdlog::critical("mailer: an outlet spoke of mail {} which it does not hold", number(id));
    std::abort();
  }
  return i->second;
}

void mail_queue::make_ready(uint64_t id, held& h) {
  const bool first_signed = wants_signature(h);
  (first_signed ? h.is_unsigned : h.is_ready) = true;
  (first_signed ? unsigned_ : ready_).insert(id, h.reminder.due, h.was_out, h.lane);
}

/// Those whose next try, or whose turn, has come are as good as others again.
void mail_queue::take_up_due() {
  for (auto now = clock_.now(); !deferred_.empty() && deferred_.begin()->first <= now;) {
    auto id = deferred_.begin()->second;
    auto& h = held_.at(id);
    take_off_lists(id, h);
    make_ready(id, h);
  }
}

void mail_queue::take_off_lists(uint64_t id, held& h) {
  if (std::exchange(h.is_ready, false)) ready_.erase(id, h.reminder.due, h.was_out, h.lane);
  if (std::exchange(h.is_unsigned, false)) unsigned_.erase(id, h.reminder.due, h.was_out, h.lane);
  if (std::exchange(h.is_being_signed, false)) --being_signed_;
  if (std::exchange(h.is_deferred, false)) deferred_.erase({h.next_try, id});
}

void mail_queue::settle(mail_id id, settlement how, reason why, reminder_outcome outcome, address_news news) {
  auto& h = at(id);
  take_off_lists(number(id), h);
  metrics_.reminders[static_cast<size_t>(outcome)].add();
  if (how == settlement::in_doubt) metrics_.in_doubt.set(++in_doubt_);
  settled_.push_back(settled(h.reminder, how, why));
  settled_.back().news = news;
  if (how != settlement::released) settled_.back().coupon = h.coupon;
  by_claim_.erase(h.reminder.claim);
  held_.erase(number(id));
}

/// It does not go (again). What was in doubt before may be with its owner, so its claim stays.
void mail_queue::give_up(mail_id id, reason why, reminder_outcome outcome) {
  settle(id, at(id).reminder.doubts > 0 ? settlement::in_doubt : settlement::released, why, outcome);
}

/// It was not accepted, and nobody need wonder, should this process end here.
void mail_queue::close_intent(held& h) {
  if (!std::exchange(h.intended, false)) return;
  auto how = h.offered && !h.reminder.mail.empty() ? settlement::put_off : settlement::not_sent;
  settled_.push_back(settled(h.reminder, how, settled_reminder{}.why));
}

void mail_queue::settle_recalled(mail_id id, recall_point where) {
  // A recall that came too late for a try ends the reminder here, between two tries.
  if (where == recall_point::too_late) where = recall_point::queue;
  constexpr std::array<reason, recalled_at_count> reasons{reason::recalled_queue, reason::recalled_envelope,
                                                          reason::recalled_content};
  auto i = static_cast<size_t>(where);
  metrics_.recalled[i].add();
  settle(id, settlement::released, reasons[i], reminder_outcome::recalled);
}

/// A mail that comes back from the outlet and was wanted back meanwhile goes no further.
bool mail_queue::has_gone_back(mail_id id) {
  auto& h = at(id);
  if (!h.wanted_back) return false;
  settle_recalled(id, h.caught_at.value_or(recall_point::queue));
  return true;
}

void mail_queue::say(std::string_view kind, const held& h, std::string_view what) {
  failures_.say(kind,
                fmt::format("{}/{} step {}: {}", h.reminder.shop, h.reminder.cart_id, h.reminder.claim.step, what),
                clock_.now());
}

}  // namespace cartwheel
