#pragma once

#include "actors/campaign/campaign.hpp"

#include <optional>

namespace cartwheel {

/// The moments in a cart's life that campaigns count from, as a plain value.
/// Source: docs/SEMANTICS.md, Campaigns.
struct cart_clocks {
  bool paused = false;
  cart_stage stage = cart_stage::cart;
  instant last_add = before_all;
  instant last_change = before_all;  // before_all: not later than last_add, or nobody asks
  instant last_seen = before_all;    // likewise
  instant checkout_at = before_all;  // when it was first reached since the last addition
  instant pause_from = before_all;   // by the purchase that waits for its payment
  cart_subject subject = cart_subject::cart;
  campaign_kind news = campaign_kind::cart;  // of a product, and then of which campaign; cart: none
  instant news_at = before_all;

  /// Which campaign's series the cart is in.
  campaign_kind follows(const campaign_settings& campaign) const;
  /// What the idle time of that series counts from.
  instant counts_from(const campaign_settings& campaign) const;
  /// Paused, and no campaign reminds of the payment: no step comes up.
  bool rests(const campaign_settings& campaign) const { return paused && !campaign.unpaid.enabled; }
  /// When a step of that series is due. Nothing behind its last one.  Source: rule 7.
  std::optional<instant> due(const campaign_settings& campaign, size_t step) const;
};

}  // namespace cartwheel
