#include "actors/shard/reminder_desk.hpp"

#include "actors/shard/saved_values.hpp"

#include <algorithm>
#include <tuple>

namespace cartwheel {

namespace {

/// What the log calls a claim.
std::string name_of(std::string_view shop, std::string_view cart_id, instant tick, uint32_t cycle, uint8_t step) {
  std::string name;
  byte_writer w{name};
  w.text(shop);
  w.text(cart_id);
  w.time(tick);
  w.number(cycle);
  w.byte(step);
  return name;
}

std::string name_of(const question& q) { return name_of(q.shop, q.cart_id, q.tick, q.cycle, q.step); }

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
  if (by_name_) by_name_->insert_or_assign(name_of(q), claim);
}

std::vector<question> reminder_desk::hand_out(size_t n) {
  std::vector<question> out;
  while (out.size() < n && !queue_.empty()) {
    std::pop_heap(queue_.begin(), queue_.end(), later);
    auto i = claims_.find(queue_.back().claim);
    queue_.pop_back();
    if (i == claims_.end() || i->second.where != place::queued) continue;  // taken back while it waited
    i->second.where = place::at_gate;
    out.push_back(i->second.asked);
  }
  return out;
}

std::optional<question> reminder_desk::take_back(const claim_id& claim) {
  auto i = claims_.find(claim);
  if (i == claims_.end() || i->second.where == place::offered || i->second.where == place::taken_back)
    return std::nullopt;
  i->second.where = place::taken_back;
  return i->second.asked;
}

void reminder_desk::offered(const claim_id& claim) {
  if (auto i = claims_.find(claim); i != claims_.end()) i->second.where = place::offered;
}

const question* reminder_desk::asked(const claim_id& claim) const {
  auto i = claims_.find(claim);
  return i == claims_.end() || i->second.where != place::at_gate ? nullptr : &i->second.asked;
}

std::vector<claim_id> reminder_desk::claims_of(const cart_ref& cart) const {
  auto i = by_cart_.find(key(cart));
  return i == by_cart_.end() ? std::vector<claim_id>{} : i->second;
}

void reminder_desk::intended(const claim_id& claim, bool stands) {
  if (auto i = claims_.find(claim); i != claims_.end()) i->second.intended = stands;
}

void reminder_desk::settled(const claim_id& claim) {
  claims_.erase(claim);
  kept_.erase(claim);
  auto i = by_cart_.find(key(claim.cart));
  if (i == by_cart_.end()) return;
  std::erase(i->second, claim);
  if (i->second.empty()) by_cart_.erase(i);
}

// Recovery -----------------------------------------------------------------------------------------------------------

void reminder_desk::begin_recovery() {
  by_name_.emplace();
  for (const auto& [claim, open] : claims_) by_name_->emplace(name_of(open.asked), claim);
}

std::optional<claim_id> reminder_desk::named(const settled_reminder& s) const {
  if (!by_name_) return std::nullopt;
  auto i = by_name_->find(name_of(s.shop, s.cart_id, s.tick, s.cycle, s.step));
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
      open.where = place::taken_back;
      left.interrupted.push_back(open.asked);
    } else if (open.where == place::taken_back) {
      left.taken_back.push_back(open.asked);
    } else {
      open.where = place::queued;
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
    to.flag(content != nullptr);
    if (content != nullptr) save_reminder(to, *content);
    cut();
  }
}

void reminder_desk::load_one(byte_reader& from, moved_carts& moved, const shard_share& mine, uint32_t& over) {
  cart_ref then;
  then.shard = shard_id{static_cast<uint16_t>(from.number())};
  then.slot = static_cast<uint32_t>(from.number());
  then.generation = static_cast<uint32_t>(from.number());
  auto q = load_question(from, moved);
  open_claim open{q, from.one_of(place::taken_back), from.flag()};
  std::optional<due_reminder> content;
  if (from.flag()) content = load_reminder(from);
  if (!mine.has(partition_of_cart(q.shop, q.cart_id))) return;
  if (!q.cart.given()) {
    q.cart = {mine.id, over--, UINT32_MAX};
    moved.put(then, q.cart);
  }
  claim_id claim{q.cart, q.cycle, q.step};
  claimed(q);
  open.asked = q;
  claims_.at(claim) = std::move(open);
  if (!content) return;
  content->claim = claim;
  keep(std::move(*content));
}

}  // namespace cartwheel
