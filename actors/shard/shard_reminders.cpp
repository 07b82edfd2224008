// What becomes of claimed reminders: what their mails are made of, the soft gate, recalls, outcomes, doubts (shard.hpp).

#include "actors/shard/shard.hpp"

#include "actors/content/packed_mail.hpp"

#include <algorithm>

namespace cartwheel {

due_reminder shard::content_of(const cart_cell& cart, const claim_id& claim) const {
  const auto& state = cart.state();
  const auto& extras = state.extras();
  due_reminder r;
  r.claim = claim;
  r.campaign = state.follows(rules_->campaign);
  r.shop = shop_names_[cart.shop()];
  r.cart_id = cart.cart_id();
  r.customer_id = state.customer.view();
  r.cart_url = state.cart_url.view();
  r.lines = state.lines.block();
  r.currency = state.currency;
  r.value = extras.value >= 0 ? extras.value : state.lines.empty() ? -1 : state.lines.value();
  r.shopper_name = extras.shopper_name;
  r.locale = extras.locale;
  r.loyalty_points = extras.loyalty_points;
  r.account_discount = extras.account_discount;
  return r;
}

void shard::look_up_stock(due_reminder& r) const {
  cart_lines::from_block(r.lines).for_each([&](const cart_line& line) {
    r.stock.push_back(items_.stock(r.shop, line.item_id, now_, rules_->campaign.stock_fresh).value_or(-1));
  });
}

/// Whether nothing is left to write about, or the campaign would rather not.
bool shard::sold_out(const due_reminder& r) const {
  auto none_left = [](int64_t pieces) { return pieces == 0; };
  switch (rules_->campaign.sold_out) {
    case sold_out_choice::leave_out: return !r.stock.empty() && std::ranges::all_of(r.stock, none_left);
    case sold_out_choice::refuse: return std::ranges::any_of(r.stock, none_left);
    case sold_out_choice::show: break;
  }
  return false;
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
  r.campaign = q.campaign;
  r.address = q.address.key;
  r.address_as_given = q.address.as_given;
  if (r.shopper_name.empty()) r.shopper_name = q.shopper_name;
  if (r.locale.empty()) r.locale = q.locale;
  r.returning = q.returning;
  r.due = q.due;
  r.decided = q.tick;
  r.not_after = q.due + rules_->campaign.of(q.campaign).step(q.step).not_after;
  r.quiet_from = q.closes;
  if (const auto* fixed = desk_.mail(claim)) {
    r.mail = fixed->packed;
    r.doubts = fixed->doubts;
  }
  // What has been ordered is not for sale any more: how much is left says nothing of it.
  if (r.mail.empty() && r.campaign != campaign_kind::unpaid && !speaks_of_a_sale(r.campaign)) {
    look_up_stock(r);
    if (sold_out(r)) {
      setup_.reminders->refused(*claimed, reason::out_of_stock);
      setup_.reminders->unused(id_, 1);
      desk_.take_back(claim);
      return;
    }
  }
  desk_.offered(claim);
  setup_.reminders->offer(std::move(r));
}

void shard::recall(const cart_ref& cart, reason why) {
  if (setup_.reminders == nullptr) return;
  for (const auto& claim : desk_.claims_of(cart)) {
    if (why == reason::ordered_other_cart && speaks_of_a_sale(desk_.campaign_of(claim))) continue;
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
  const auto campaign = desk_.campaign_of(claim);
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
                      rules_->campaign.of(campaign).step(s.step).channel,
                      decision_outcome::refused,
                      s.why,
                      decision_origin::settlement,
                      s.cycle,
                      {},
                      s.address,
                      {},
                      campaign});
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

}  // namespace cartwheel
