#include "actors/gateway/node_log.hpp"

#include <algorithm>
#include <functional>

namespace cartwheel {

namespace {

/// By tick, and what else the log calls a reminder by.
auto name_of(const doubt& d) {
  const auto& r = d.reminder;
  return std::tuple{r.tick, r.shop, r.cart_id, r.cycle, r.step};
}

}  // namespace

void node_log::decided(shard_id, std::vector<decision_line> lines) {
  if (hooks_.decided) hooks_.decided(lines);
  if (past_ != nullptr) return past_->add(std::move(lines));
  std::lock_guard lock{mutex_};
  for (auto& l : lines) decisions_.push_back(std::move(l));
  while (decisions_.size() > decisions_max) decisions_.pop_front();
}

void node_log::dead(shard_id, dead_letter letter) {
  if (letter.failed && hooks_.failed) hooks_.failed(*letter.failed);
  if (letter.event.size() > dead_letter_bytes_max) letter.event.resize(dead_letter_bytes_max);
  if (past_ != nullptr) return past_->add(std::move(letter));
  std::lock_guard lock{mutex_};
  dead_letters_.push_back(std::move(letter));
  if (dead_letters_.size() > dead_letters_max) dead_letters_.pop_front();
}

void node_log::recovered(shard_id, recovered_cart cart) {
  if (cart.value < 0 || !cart.currency.given()) return;
  std::lock_guard lock{mutex_};
  recovered_[std::string{cart.currency.text()}] += cart.value;
}

void node_log::doubted(shard_id, doubt d) {
  if (past_ != nullptr) past_->add(d);
  std::lock_guard lock{mutex_};
  doubts_.insert_or_assign(name_of(d), std::move(d));
  if (doubts_.size() <= doubts_max) return;
  // Those that are open are bounded by what the shards hold.
  auto over = std::ranges::find_if(doubts_, [](const auto& entry) { return !is_open(entry.second.reminder.how); });
  if (over != doubts_.end()) doubts_.erase(over);
}

void node_log::consented(shard_id, consent_proof proof) {
  if (past_ != nullptr) past_->add(std::move(proof));
}

void node_log::forgotten(shard_id, const address_key& subject) {
  if (hooks_.forgotten) hooks_.forgotten(subject);
  if (past_ != nullptr) past_->add_erased(subject);
}

void node_log::ended(shard_id, ended_cart cart) {
  if (past_ != nullptr) past_->add(std::move(cart));
}

void node_log::heard_of_ended(shard_id, news_of_ended_cart news) {
  if (past_ != nullptr) past_->add(std::move(news));
}

std::optional<ended_cart> node_log::ended_cart_of(std::string_view shop, std::string_view cart_id) const {
  return past_ == nullptr ? std::nullopt : past_->ended_cart_of(shop, cart_id);
}

std::vector<consent_proof> node_log::proofs_of(std::span<const address_key> subjects) const {
  return past_ == nullptr ? std::vector<consent_proof>{} : past_->proofs_of(subjects);
}

std::vector<decision_line> node_log::decisions(size_t most) const {
  if (past_ != nullptr) return past_->decisions(most);
  std::lock_guard lock{mutex_};
  size_t n = std::min(most, decisions_.size());
  return {decisions_.rbegin(), decisions_.rbegin() + static_cast<std::ptrdiff_t>(n)};
}

std::vector<decision_line> node_log::decisions_about(std::string_view shop, std::string_view cart_id,
                                                     size_t most) const {
  if (past_ != nullptr) return past_->decisions_about(shop, cart_id, most);
  std::lock_guard lock{mutex_};
  std::vector<decision_line> found;
  std::copy_if(decisions_.begin(), decisions_.end(), std::back_inserter(found),
               [&](const decision_line& l) { return l.shop == shop && l.cart_id == cart_id; });
  if (found.size() > most) found.erase(found.begin(), found.end() - static_cast<std::ptrdiff_t>(most));
  return found;
}

decision_page node_log::decisions(const decision_filter& wanted, size_t most) const {
  if (past_ != nullptr) return past_->decisions(wanted, most);
  decision_page page;  // of what is in memory there is no next one
  std::lock_guard lock{mutex_};
  for (auto l = decisions_.rbegin(); l != decisions_.rend() && page.lines.size() < most; ++l)
    if (wanted.wants(*l)) page.lines.push_back(*l);
  return page;
}

void node_log::passed(shard_id, std::vector<cart_milestone> milestones) {
  if (past_ != nullptr) past_->add(std::move(milestones));
}

history::findings node_log::find(const history::search& wanted, size_t most) const {
  if (past_ != nullptr) return past_->find(wanted, most);
  history::findings found;
  std::lock_guard lock{mutex_};
  std::copy_if(decisions_.rbegin(), decisions_.rend(), std::back_inserter(found.decisions), wanted.decision);
  found.all = found.decisions.size() <= most;
  if (!found.all) found.decisions.resize(most);
  return found;
}

std::vector<cart_milestone> node_log::milestones_of(std::string_view shop, std::string_view cart_id,
                                                    size_t most) const {
  return past_ == nullptr ? std::vector<cart_milestone>{} : past_->milestones_of(shop, cart_id, most);
}

std::vector<dead_letter> node_log::dead_letters(size_t most) const {
  if (past_ != nullptr) return past_->dead_letters(most);
  std::lock_guard lock{mutex_};
  size_t n = std::min(most, dead_letters_.size());
  return {dead_letters_.rbegin(), dead_letters_.rbegin() + static_cast<std::ptrdiff_t>(n)};
}

std::vector<doubt> node_log::doubts(size_t most) const {
  std::map<doubt_name, doubt> all;
  if (past_ != nullptr)
    for (auto& d : past_->doubts(most)) all.emplace(name_of(d), std::move(d));
  {
    std::lock_guard lock{mutex_};
    for (const auto& [name, d] : doubts_) all.insert_or_assign(name, d);
  }
  std::vector<doubt> found;
  for (auto& [_, d] : all) found.push_back(std::move(d));
  std::ranges::stable_sort(found, std::greater{}, &doubt::since);
  if (found.size() > most) found.resize(most);
  return found;
}

std::map<std::string, int64_t> node_log::recovered_value() const {
  std::lock_guard lock{mutex_};
  return recovered_;
}

}  // namespace cartwheel
