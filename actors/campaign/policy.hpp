#pragma once

#include "actors/campaign/campaign.hpp"
#include "actors/campaign/decision_facts.hpp"
#include "actors/campaign/reason.hpp"

#include <span>

namespace cartwheel {

struct decision {
  decision_outcome outcome = decision_outcome::refused;
  cartwheel::reason reason = cartwheel::reason::no_address;
  friend bool operator==(const decision&, const decision&) = default;
};

/// One line of the policy: what follows when it holds. Its name is its reason's.
struct policy_rule {
  decision_outcome outcome{};
  cartwheel::reason reason{};
  bool (*holds)(const decision_facts&) = nullptr;
};

/// The policy, in the order in which it is asked; the last rule always holds. Source: docs/SEMANTICS.md, A decision.
std::span<const policy_rule> policy_rules();

/// Facts in, permit or reason out: the first rule that holds names the outcome. No clock, no I/O, no allocation.
decision decide(const decision_facts& facts);

}  // namespace cartwheel
