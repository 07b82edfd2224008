// What happens to open carts when other rules come into force (shard.hpp).

#include "actors/shard/shard.hpp"

#include <algorithm>

namespace cartwheel {

namespace {

/// How much earlier than before some step is due, at most; zero when none is.
milliseconds earlier_by(const series_settings& before, const series_settings& now) {
  milliseconds most{};
  for (size_t k = 0; k < std::min(before.steps.size(), now.steps.size()); ++k)
    most = std::max(most, before.idle + before.steps[k].after - now.idle - now.steps[k].after);
  return most;
}

/// Longer than any step may be away.
constexpr milliseconds any_time = std::chrono::days{3650};

/// Likewise of all campaigns. Where carts come to follow another one, or count from something else, it may be any time.
milliseconds earlier_by(const campaign_settings& before, const campaign_settings& now) {
  milliseconds most{};
  for (auto kind : all_campaigns) {
    const auto &then = before.of(kind), &next = now.of(kind);
    if (then.clock != next.clock || (kind != campaign_kind::cart && then.enabled != next.enabled)) return any_time;
    most = std::max(most, earlier_by(then, next));
  }
  return most;
}

}  // namespace

void shard::use(std::shared_ptr<const deciding_rules> rules) {
  auto before = std::exchange(rules_, std::move(rules));
  addresses_.use(*rules_);
  orders_.follow_sales(rules_->campaign.after_purchase.enabled);
  const auto& then = before->campaign;
  const auto& now = rules_->campaign;
  if (now.asks_for_products() && !then.asks_for_products()) hold_all();
  if (!now.asks_for_products()) held_items_ = {};
  auto shorter_series = [&](campaign_kind kind) { return now.of(kind).steps.size() < then.of(kind).steps.size(); };
  const bool shorter = std::ranges::any_of(all_campaigns, shorter_series);
  const auto earlier = earlier_by(then, now);
  // Timers that come up too early go back in by themselves.
  if (shorter || earlier > 0ms) index_.for_each([&](cart_cell& cart) { arm(cart); });
  if (earlier > 0ms) wake_parked_earlier(earlier);
  for (auto kind : all_campaigns) {
    if (!shorter_series(kind)) continue;
    for (const auto& claim : desk_.of_steps_from(kind, now.of(kind).steps.size()))
      if (auto waiting = desk_.take_back(claim); waiting && !past_ && setup_.reminders != nullptr)
        setup_.reminders->refused(*waiting, reason::campaign_off);
  }
}

/// Their steps are known to their records alone; so each comes up as early as any of them may be due, and most go back.
void shard::wake_parked_earlier(milliseconds by) {
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(by).count();
  for (uint32_t slot = 0; slot < index_.slots(); ++slot) {
    if (!index_.at(slot).place.parked()) continue;
    save_slot_first(slot);
    const auto old = cart_index::parked_timer{index_.at(slot).armed}.second(wheel_.now());
    const auto timer = index_.wake_parked_at(slot, std::max(old - seconds, wheel_.now()));
    wheel_.insert(timer.second(wheel_.now()), {slot, timer.bits});
  }
}

}  // namespace cartwheel
