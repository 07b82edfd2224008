#include "actors/shard/reminder_desk.hpp"

#include "actors/campaign/claim_name.hpp"
#include "actors/shard/saved_values.hpp"

#include <algorithm>
#include <tuple>

namespace cartwheel {

namespace {

/// What a claim has beside itself in a snapshot, one bit each.
constexpr uint8_t with_content = 1;
constexpr uint8_t with_mail = 2;
constexpr uint8_t with_account = 8;
constexpr uint8_t with_recall = 4;

/// What the log calls a claim.
std::string name_of(const question& q) { return claim_name(q.shop, q.cart_id, q.tick, q.cycle, q.step); }

std::string sale_name(std::string_view shop, std::string_view key) {
  return std::string{shop}.append(1, '\0').append(key);
}

}  // namespace

bool reminder_desk::later(const waiting_claim& a, const waiting_claim& b) {
  return std::tie(a.due, a.claim.cart.slot) > std::tie(b.due, b.claim.cart.slot);
}

void reminder_desk::queue(const question& q, const claim_id& claim) {
  queue_.push_back({q.due, claim});
  std::push_heap(queue_.begin(), queue_.end(), later);
}

void reminder_desk::claimed(const question& q) {
  claim_id claim{q.cart, q.cycle, q.step};
  if (!claims_.try_emplace(claim, open_claim{q}).second) return;
  queue(q, claim);
  by_cart_[key(q.cart)].push_back(claim);
  if (speaks_of_a_sale(q.campaign)) sales_.insert_or_assign(sale_name(q.shop, q.cart_id), q.cart);
  if (by_name_) by_name_->insert_or_assign(name_of(q), claim);
}

std::vector<question> reminder_desk::hand_out(size_t n) {
  std::vector<question> out;
  while (out.size() < n && !queue_.empty()) {
    std::pop_heap(queue_.begin(), queue_.end(), later);
    auto i = claims_.find(queue_.back().claim);
    queue_.pop_back();
    if (i == claims_.end() || i->second.where != place::queued) continue;  // taken back while it waited
    move(i->second, place::at_gate);
    out.push_back(i->second.asked);
  }
  return out;
}

void reminder_desk::put_off(const claim_id& claim, instant until) {
  auto i = claims_.find(claim);
  if (i == claims_.end() || i->second.where != place::at_gate) return;
  move(i->second, place::queued);
  put_off_.push_back({until, claim});
  std::push_heap(put_off_.begin(), put_off_.end(), later);
}

void reminder_desk::bring_up(instant now) {
  while (!put_off_.empty() && put_off_.front().due <= now) {
    std::pop_heap(put_off_.begin(), put_off_.end(), later);
    const auto claim = put_off_.back().claim;
    put_off_.pop_back();
    if (auto i = claims_.find(claim); i != claims_.end() && i->second.where == place::queued)
      queue(i->second.asked, claim);
  }
}

std::optional<question> reminder_desk::take_back(const claim_id& claim) {
  auto i = claims_.find(claim);
  if (i == claims_.end()) return std::nullopt;
  auto& open = i->second;
  open.recalled = true;
  if (open.where != place::queued && open.where != place::at_gate) return std::nullopt;
  move(open, place::taken_back);
  return open.asked;
}

void reminder_desk::offered(const claim_id& claim) {
  if (auto i = claims_.find(claim); i != claims_.end()) move(i->second, place::offered);
}

const question* reminder_desk::asked(const claim_id& claim) const {
  auto i = claims_.find(claim);
  return i == claims_.end() || i->second.where != place::at_gate ? nullptr : &i->second.asked;
}

std::vector<claim_id> reminder_desk::claims_of(const cart_ref& cart) const {
  auto i = by_cart_.find(key(cart));
  return i == by_cart_.end() ? std::vector<claim_id>{} : i->second;
}

std::optional<cart_ref> reminder_desk::sale_named(std::string_view shop, std::string_view key) const {
  if (sales_.empty()) return std::nullopt;
  auto i = sales_.find(sale_name(shop, key));
  return i == sales_.end() ? std::nullopt : std::optional{i->second};
}

std::vector<claim_id> reminder_desk::of_steps_from(campaign_kind campaign, size_t first) const {
  std::vector<claim_id> found;
  for (const auto& [claim, open] : claims_)
    if (open.asked.campaign == campaign && claim.step >= first) found.push_back(claim);
  std::sort(found.begin(), found.end(), [](const claim_id& a, const claim_id& b) {
    return std::tuple{a.cart.slot, a.cycle, a.step} < std::tuple{b.cart.slot, b.cycle, b.step};
  });
  return found;
}

void reminder_desk::intended(const claim_id& claim, std::string mail) {
  auto i = claims_.find(claim);
  if (i == claims_.end()) return;
  i->second.intended = true;
  if (!mail.empty()) mails_[claim].packed = std::move(mail);
}

void reminder_desk::not_accepted(const claim_id& claim, bool offered) {
  if (auto i = claims_.find(claim); i != claims_.end()) i->second.intended = false;
  auto m = mails_.find(claim);
  if (m == mails_.end()) return;
  m->second.fixed |= offered;
  if (!m->second.fixed) mails_.erase(m);
}

void reminder_desk::settled(const claim_id& claim) {
  std::string sale;
  if (auto i = claims_.find(claim); i != claims_.end()) {
    const auto& asked = i->second.asked;
    if (speaks_of_a_sale(asked.campaign)) sale = sale_name(asked.shop, asked.cart_id);
    held_ -= i->second.where == place::held;
    claims_.erase(i);
  }
  kept_.erase(claim);
  mails_.erase(claim);
  auto i = by_cart_.find(key(claim.cart));
  if (i == by_cart_.end()) return;
  std::erase(i->second, claim);
  if (!i->second.empty()) return;
  by_cart_.erase(i);
  sales_.erase(sale);
}

// In doubt -----------------------------------------------------------------------------------------------------------

const reminder_desk::kept_mail* reminder_desk::mail(const claim_id& claim) const {
  auto i = mails_.find(claim);
  return i == mails_.end() ? nullptr : &i->second;
}

/// The claim, if its mail is kept, with one more doubt about it.
reminder_desk::open_claim* reminder_desk::in_doubt(const claim_id& claim, instant now) {
  auto i = claims_.find(claim);
  auto m = mails_.find(claim);
  if (i == claims_.end() || m == mails_.end()) return nullptr;
  i->second.intended = false;
  m->second.fixed = true;
  m->second.since = now;
  ++m->second.doubts;
  return &i->second;
}

bool reminder_desk::hold(const claim_id& claim, instant now) {
  auto* open = in_doubt(claim, now);
  if (open != nullptr) move(*open, place::held);
  return open != nullptr;
}

bool reminder_desk::is_held(const claim_id& claim) const {
  auto i = claims_.find(claim);
  return i != claims_.end() && i->second.where == place::held;
}

bool reminder_desk::send_again(const claim_id& claim, instant now) {
  auto* open = in_doubt(claim, now);
  if (open == nullptr) return false;
  move(*open, place::queued);
  queue(open->asked, claim);
  return true;
}

void reminder_desk::let_go(const claim_id& claim) {
  if (!is_held(claim)) return;
  auto& open = claims_.at(claim);
  move(open, place::queued);
  queue(open.asked, claim);
}

bool reminder_desk::was_recalled(const claim_id& claim) const {
  auto i = claims_.find(claim);
  return i != claims_.end() && i->second.recalled;
}

size_t reminder_desk::doubts() const {
  return static_cast<size_t>(std::ranges::count_if(mails_, [](const auto& m) { return m.second.doubts > 0; }));
}

void reminder_desk::each_doubt(const std::function<void(const question&, bool held, const kept_mail&)>& tell) const {
  for (const auto& [claim, mail] : mails_)
    if (mail.doubts > 0) tell(claims_.at(claim).asked, is_held(claim), mail);
}

// Recovery -----------------------------------------------------------------------------------------------------------

void reminder_desk::begin_recovery() {
  by_name_.emplace();
  for (const auto& [claim, open] : claims_) by_name_->emplace(name_of(open.asked), claim);
}

std::optional<claim_id> reminder_desk::named(const settled_reminder& s) const {
  if (!by_name_) return std::nullopt;
  auto i = by_name_->find(claim_name(s.shop, s.cart_id, s.tick, s.cycle, s.step));
  return i == by_name_->end() ? std::nullopt : std::optional{i->second};
}

std::vector<claim_id> reminder_desk::in_order() const {
  std::vector<claim_id> all;
  for (const auto& [claim, _] : claims_) all.push_back(claim);
  std::sort(all.begin(), all.end(), [&](const claim_id& a, const claim_id& b) {
    const auto &x = claims_.at(a).asked, &y = claims_.at(b).asked;
    return x.tick != y.tick ? x.tick < y.tick : decided_before(x, y);
  });
  return all;
}

reminder_desk::left_over reminder_desk::end_recovery() {
  left_over left;
  by_name_.reset();
  queue_.clear();
  for (const auto& claim : in_order()) {
    auto& open = claims_.at(claim);
    if (open.intended) {  // weighs more than a recall: the mail may be with its owner
      move(open, place::taken_back);
      const auto* kept = mail(claim);
      left.interrupted.push_back({open.asked, kept == nullptr ? 0 : kept->doubts, kept != nullptr});
    } else if (open.where == place::taken_back) {
      left.taken_back.push_back(open.asked);
    } else if (open.where != place::held) {
      move(open, place::queued);
      queue(open.asked, claim);
    }
  }
  return left;
}

void reminder_desk::save(byte_writer& to, const std::function<void()>& cut) const {
  for (const auto& claim : in_order()) {
    const auto& open = claims_.at(claim);
    to.number(static_cast<uint16_t>(claim.cart.shard));
    to.number(claim.cart.slot);
    to.number(claim.cart.generation);
    save_question(to, open.asked);
    to.one_of(open.where);
    to.flag(open.intended);
    const auto* content = kept(claim);
    const auto* bytes = mail(claim);
    to.byte(static_cast<uint8_t>((content != nullptr ? with_content : 0) | (bytes != nullptr ? with_mail : 0) |
                                 (content != nullptr && content->speaks_of_account() ? with_account : 0) |
                                 (open.recalled ? with_recall : 0)));
    if (content != nullptr) save_reminder(to, *content);
    if (content != nullptr && content->speaks_of_account()) save_account(to, *content);
    if (bytes != nullptr) {
      to.text(bytes->packed);
      to.flag(bytes->fixed);
      to.number(bytes->doubts);
      to.time(bytes->since);
    }
    cut();
  }
}

void reminder_desk::load_one(byte_reader& from, moved_carts& moved, const shard_share& mine, uint32_t& over) {
  cart_ref then;
  then.shard = shard_id{static_cast<uint16_t>(from.number())};
  then.slot = static_cast<uint32_t>(from.number());
  then.generation = static_cast<uint32_t>(from.number());
  auto q = load_question(from, moved);
  open_claim open{q, from.one_of(place::held), from.flag()};
  const uint8_t with = from.byte();
  open.recalled = (with & with_recall) != 0;
  std::optional<due_reminder> content;
  if ((with & with_content) != 0) content = load_reminder(from);
  if (content && (with & with_account) != 0) load_account(from, *content);
  std::optional<kept_mail> bytes;
  if ((with & with_mail) != 0) {
    bytes.emplace();
    bytes->packed = from.text();
    bytes->fixed = from.flag();
    bytes->doubts = static_cast<uint32_t>(from.number());
    bytes->since = from.time();
  }
  if (!mine.has(partition_of_cart(q.shop, q.cart_id))) return;
  if (!q.cart.given()) {
    q.cart = {mine.id, over--, UINT32_MAX};
    moved.put(then, q.cart);
  }
  claim_id claim{q.cart, q.cycle, q.step};
  claimed(q);
  open.asked = q;
  const auto where = open.where;
  claims_.at(claim) = std::move(open);
  held_ += where == place::held;
  if (bytes) mails_.insert_or_assign(claim, std::move(*bytes));
  if (!content) return;
  content->claim = claim;
  content->campaign = q.campaign;
  keep(std::move(*content));
}

}  // namespace cartwheel
