#include "actors/cart/cart_clocks.hpp"

#include <algorithm>

namespace cartwheel {

campaign_kind cart_clocks::follows(const campaign_settings& campaign) const {
  if (subject == cart_subject::sale) return campaign_kind::after_purchase;
  if (subject == cart_subject::trail) return campaign_kind::browse;
  if (is_news(news)) return news;
  if (paused && campaign.unpaid.enabled) return campaign_kind::unpaid;
  return stage != cart_stage::cart && campaign.checkout.enabled ? campaign_kind::checkout : campaign_kind::cart;
}

instant cart_clocks::counts_from(const campaign_settings& campaign) const {
  const auto kind = follows(campaign);
  if (kind == campaign_kind::after_purchase) return last_add;
  if (kind == campaign_kind::browse) return last_seen;
  if (is_news(kind)) return news_at;
  if (kind == campaign_kind::unpaid) return pause_from;
  switch (campaign.of(kind).clock) {
    case campaign_clock::last_cart_change: return std::max(last_add, last_change);
    case campaign_clock::last_seen: return std::max(last_add, last_seen);
    case campaign_clock::checkout_started: return checkout_at;
    case campaign_clock::last_add: break;
  }
  return last_add;
}

std::optional<instant> cart_clocks::due(const campaign_settings& campaign, size_t step) const {
  const auto& series = campaign.of(follows(campaign));
  if (step >= series.steps.size()) return {};
  return counts_from(campaign) + series.idle + series.steps[step].after;
}

}  // namespace cartwheel
