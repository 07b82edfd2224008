#include "actors/gateway/node_log.hpp"

#include <algorithm>

namespace cartwheel {

void node_log::decided(shard_id, std::vector<decision_line> lines) {
  if (hooks_.decided) hooks_.decided(lines);
  std::lock_guard lock{mutex_};
  for (auto& l : lines) decisions_.push_back(std::move(l));
  while (decisions_.size() > decisions_max) decisions_.pop_front();
}

void node_log::dead(shard_id, dead_letter letter) {
  if (letter.failed && hooks_.failed) hooks_.failed(*letter.failed);
  if (letter.event.size() > dead_letter_bytes_max) letter.event.resize(dead_letter_bytes_max);
  std::lock_guard lock{mutex_};
  dead_letters_.push_back(std::move(letter));
  if (dead_letters_.size() > dead_letters_max) dead_letters_.pop_front();
}

void node_log::recovered(shard_id, recovered_cart cart) {
  if (cart.value < 0 || !cart.currency.given()) return;
  std::lock_guard lock{mutex_};
  recovered_[std::string{cart.currency.text()}] += cart.value;
}

std::vector<decision_line> node_log::decisions(size_t most) const {
  std::lock_guard lock{mutex_};
  size_t n = std::min(most, decisions_.size());
  return {decisions_.rbegin(), decisions_.rbegin() + static_cast<std::ptrdiff_t>(n)};
}

std::vector<decision_line> node_log::decisions_about(std::string_view shop, std::string_view cart_id) const {
  std::lock_guard lock{mutex_};
  std::vector<decision_line> found;
  std::copy_if(decisions_.begin(), decisions_.end(), std::back_inserter(found),
               [&](const decision_line& l) { return l.shop == shop && l.cart_id == cart_id; });
  return found;
}

std::vector<dead_letter> node_log::dead_letters(size_t most) const {
  std::lock_guard lock{mutex_};
  size_t n = std::min(most, dead_letters_.size());
  return {dead_letters_.rbegin(), dead_letters_.rbegin() + static_cast<std::ptrdiff_t>(n)};
}

std::map<std::string, int64_t> node_log::recovered_value() const {
  std::lock_guard lock{mutex_};
  return recovered_;
}

}  // namespace cartwheel
