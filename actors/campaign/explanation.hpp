#pragma once

#include "actors/campaign/decision_facts.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace cartwheel {

/// What one rule of the policy was asked, and said.
struct rule_check {
  std::string_view rule;  // named by its reason
  std::string input;      // in words, with the values
  bool held = false;      // it is the one that named the outcome
  std::string instead;    // of a rule that refused: what would have had to be different
  friend bool operator==(const rule_check&, const rule_check&) = default;
};

/// Why these facts are decided as they are: each rule up to and including the one that held, in the policy's order.
/// Source: docs/SEMANTICS.md, A decision.
std::vector<rule_check> explain(const decision_facts& facts);

/// "3 h 12 min", "2 d", "1.5 s": the two greatest units that say it, rounded down to the smaller one.
std::string in_words(milliseconds d);

}  // namespace cartwheel
