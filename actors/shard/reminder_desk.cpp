#include "actors/shard/reminder_desk.hpp"

#include <algorithm>
#include <tuple>

namespace cartwheel {

bool reminder_desk::later(const waiting_claim& a, const waiting_claim& b) {
  return std::tie(a.due, a.claim.cart.slot) > std::tie(b.due, b.claim.cart.slot);
}

void reminder_desk::claimed(const question& q) {
  claim_id claim{q.cart, q.cycle, q.step};
  queue_.push_back({q.due, claim});
  std::push_heap(queue_.begin(), queue_.end(), later);
  by_cart_[key(q.cart)].push_back(claim);
  questions_.emplace(claim, q);
}

std::vector<question> reminder_desk::hand_out(size_t n) {
  std::vector<question> out;
  while (out.size() < n && !queue_.empty()) {
    std::pop_heap(queue_.begin(), queue_.end(), later);
    auto claim = queue_.back().claim;
    queue_.pop_back();
    auto i = questions_.find(claim);
    if (i == questions_.end()) continue;  // taken back while it waited
    out.push_back(i->second);
  }
  return out;
}

std::optional<question> reminder_desk::take_back(const claim_id& claim) {
  auto node = questions_.extract(claim);
  return node.empty() ? std::nullopt : std::optional{std::move(node.mapped())};
}

std::vector<claim_id> reminder_desk::claims_of(const cart_ref& cart) const {
  auto i = by_cart_.find(key(cart));
  return i == by_cart_.end() ? std::vector<claim_id>{} : i->second;
}

void reminder_desk::settled(const claim_id& claim) {
  questions_.erase(claim);
  kept_.erase(claim);
  auto i = by_cart_.find(key(claim.cart));
  if (i == by_cart_.end()) return;
  std::erase(i->second, claim);
  if (i->second.empty()) by_cart_.erase(i);
}

}  // namespace cartwheel
