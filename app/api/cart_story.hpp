#pragma once

#include "actors/campaign/campaign.hpp"
#include "actors/campaign/explanation.hpp"
#include "actors/cart/cart_messages.hpp"
#include "actors/shard/question.hpp"
#include "actors/shard/shard_observer.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// What became of a cart and why, in words. Source: docs/decisions/0016-what-a-decision-rested-on.md.
/// Nothing of it names an address: whether there is one is all that an operator need know.
namespace cartwheel {

/// All that is known of one cart.
struct cart_knowledge {
  std::string_view shop;
  std::string_view cart_id;
  const cart_view* open = nullptr;  // null: it is not
  /// What would be decided about its next step as things stand, with what that rests on. Nothing: it is not open, is
  /// paused, or has no step left.
  struct outlook {
    instant due{};
    uint8_t step = 0;
    decision decided;
    std::optional<std::string> facts;  // packed
    instant again = before_all;        // when it would come up again, where it is deferred
  };
  std::optional<outlook> next;
  std::vector<decision_line> decisions;    // the oldest first
  std::vector<cart_milestone> milestones;  // likewise
  instant now{};
  bool of_then = false;  // made by as_of()
};

/// The same without what came after `at`. What a cart held then is not kept: of one that is open, only an addition stays.
cart_knowledge as_of(cart_knowledge all, instant at);

/// One thing that happened.
struct chapter {
  instant time{};
  std::string_view what;  // added, decided, taken_back, ended, paused, resumed, mail
  std::string words;
  const decision_line* decision = nullptr;  // of the knowledge it was made from
};

/// "ordered (order o1) 4 min after the last addition, 16 min before reminder 1 was due".
std::string words_of(const cart_milestone& m);

/// In order of time.
std::vector<chapter> story_of(const cart_knowledge& about);

/// How it stands, in a sentence or two: "still waiting: reminder 1 is due at ...", or how it ended.
std::string summary_of(const cart_knowledge& about);

/// The rules that were asked, the last one being the one that decided; nothing when that was not recorded, or was by a
/// version whose record this one cannot read.
std::optional<std::vector<rule_check>> rules_of(const std::optional<std::string>& facts);

/// What decided, and of a refusal what would have had to be different.
std::string words_of(const decision& decided, const std::optional<std::string>& facts);

}  // namespace cartwheel
