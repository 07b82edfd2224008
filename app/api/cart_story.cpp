#include "app/api/cart_story.hpp"

#include "actors/campaign/packed_facts.hpp"
#include "actors/shard/beside_key.hpp"
#include "app/api/wording.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace cartwheel {
namespace {

/// As a shopkeeper counts.
std::string reminder(uint8_t step) { return fmt::format("reminder {}", step + 1); }

/// Of a decision: which series, too, where it is not the abandoned cart's.
std::string reminder(const decision_line& l) {
  auto words = reminder(l.step);
  if (l.campaign != campaign_kind::cart) words += fmt::format(" of campaign {}", to_string(l.campaign));
  return words;
}

std::string of_order(std::string_view order_id) {
  return order_id.empty() ? std::string{} : fmt::format(" (order {})", order_id);
}

/// What its clock counts from.
std::string_view beginning(std::string_view cart_id) {
  switch (subject_of_key(cart_id)) {
    case cart_subject::sale: return "the payment";
    case cart_subject::trail: return "the first look";
    case cart_subject::cart: break;
  }
  return "the last addition";
}

/// Where the end, or what else happened, lies between the last addition and the reminder that would have been next.
std::string placed(const cart_milestone& m) {
  const auto from = beginning(m.cart_id);
  auto words = m.happened >= m.last_add ? fmt::format(" {} after {}", in_words(m.happened - m.last_add), from)
                                        : fmt::format(", dated {} before {}", in_words(m.last_add - m.happened), from);
  if (m.due == before_all) return words;
  if (m.happened < m.due)
    return words + fmt::format(", {} before {} was due", in_words(m.due - m.happened), reminder(m.step));
  return words + fmt::format(", {} after {} had fallen due and before it was decided", in_words(m.happened - m.due),
                             reminder(m.step));
}

std::string of_end(const cart_milestone& m) {
  const auto subject = subject_of_key(m.cart_id);
  if (m.end == cart_end::superseded && subject == cart_subject::sale) return "refunded or cancelled" + placed(m);
  if (m.end == cart_end::superseded && subject == cart_subject::trail)
    return "ended: so many others have looked around since that this shopper is counted no more";
  switch (m.end) {
    case cart_end::ordered: return "ordered" + of_order(m.by) + placed(m);
    case cart_end::emptied: return "emptied" + placed(m);
    case cart_end::merged: return fmt::format("merged into cart {}", m.by) + placed(m);
    case cart_end::ordered_elsewhere: return "ended: its shopper had ordered in this shop since the last addition";
    case cart_end::last_step: return "ended: the last reminder of the series had been decided";
    case cart_end::superseded: return "ended: its shopper opened so many carts that the oldest were given up";
    case cart_end::failed: return "ended: its handler had failed three times within a minute";
    default: return "ended";
  }
}

/// What the mail's coupon was, or why it had none where its step has a pool.
std::string of_coupon(const cart_milestone& m) {
  const auto c = read_brief(m.by);
  if (!c) return {};
  if (c->has_code())
    return fmt::format("; its coupon is {} of pool {}{}", c->code, c->pool,
                       c->until == never ? std::string{} : ", until " + rfc3339(c->until));
  switch (c->lack) {
    case coupon_lack::recently:
      return fmt::format("; without a coupon of pool {}: its address had one within the pool's cooldown", c->pool);
    case coupon_lack::cart_too_small:
      return fmt::format("; without a coupon of pool {}: the cart was not known to be worth its min_value", c->pool);
    case coupon_lack::other_currency:
      return fmt::format("; without a coupon of pool {}: it takes off an amount of another currency", c->pool);
    default: return fmt::format("; without a coupon of pool {}: no code was left that holds long enough", c->pool);
  }
}

std::string of_what_became(const cart_milestone& m) {
  const auto which = reminder(m.step);
  switch (m.how) {
    case settlement::accepted: return which + " was accepted by the outlet";
    case settlement::in_doubt:
      return which + " is in doubt: its content was offered and no answer came; it is not sent again";
    case settlement::held: return which + " is in doubt: it is held until an operator decides";
    case settlement::resent: return which + " is in doubt: it goes out once more with the same bytes";
    case settlement::let_go: return which + " was in doubt: an operator let it go out once more";
    case settlement::dropped: return which + " was in doubt: an operator let it rest";
    default: return which + " was handed out";
  }
}

std::string of_mail(const cart_milestone& m) { return of_what_became(m) + of_coupon(m); }

std::string of_settlement(const decision_line& l) {
  const auto which = reminder(l);
  switch (l.reason) {
    case reason::recalled_queue: return which + " was taken back while it waited to be sent; its claim was released";
    case reason::recalled_envelope:
      return which + " was taken back between envelope and content; its claim was released";
    case reason::recalled_content:
      return which + " was taken back before the end of its content; its claim was released";
    case reason::relay_rejected: return which + " was rejected by the relay; its claim was released";
    default: return fmt::format("{} did not go out ({}); its claim was released", which, to_string(l.reason));
  }
}

chapter of_decision(const decision_line& l) {
  if (l.origin == decision_origin::settlement) return {l.tick, "taken_back", of_settlement(l), &l};
  return {l.tick, "decided",
          fmt::format("{} ({}): {}", reminder(l), to_string(l.channel), words_of({l.outcome, l.reason}, l.facts)), &l};
}

void add_beginning(std::vector<chapter>& to, std::string_view cart_id, instant last_add) {
  auto known = std::ranges::any_of(to, [&](const chapter& c) { return c.what == "added" && c.time == last_add; });
  if (known) return;
  to.push_back({last_add, "added", fmt::format("{}: the idle clock began", beginning(cart_id)), nullptr});
}

std::string of_outlook(const cart_knowledge::outlook& next, instant now) {
  auto words =
    fmt::format("{} {} at {}; as things stand it would be {}", reminder(next.step),
                next.due > now ? "is due" : "fell due", rfc3339(next.due), words_of(next.decided, next.facts));
  if (next.decided.outcome != decision_outcome::deferred) return words;
  return words + fmt::format(" and comes up again at {}", rfc3339(next.again));
}

}  // namespace

std::string words_of(const cart_milestone& m) {
  switch (m.what) {
    case milestone::ended: return of_end(m);
    case milestone::paused:
      return "waits for the payment of a pending order" + of_order(m.by) + "; no reminder of the cart meanwhile";
    case milestone::resumed:
      return m.by.empty() ? "the payment did not come in time; the idle clock began again"
                          : "the pending order" + of_order(m.by) + " was cancelled; the idle clock began again";
    case milestone::mail: return of_mail(m);
  }
  return {};
}

cart_knowledge as_of(cart_knowledge all, instant at) {
  std::erase_if(all.decisions, [&](const decision_line& l) { return l.tick > at; });
  std::erase_if(all.milestones, [&](const cart_milestone& m) { return m.known > at; });
  all.next.reset();
  if (all.open != nullptr && all.open->last_add > at) all.open = nullptr;
  all.now = at;
  all.of_then = true;
  return all;
}

std::vector<chapter> story_of(const cart_knowledge& about) {
  std::vector<chapter> story;
  for (const auto& m : about.milestones) {
    if (m.what != milestone::mail && m.last_add <= m.happened) add_beginning(story, m.cart_id, m.last_add);
    story.push_back({m.happened, to_string(m.what), words_of(m), nullptr});
  }
  if (about.open != nullptr) add_beginning(story, about.open->cart_id, about.open->last_add);
  for (const auto& l : about.decisions) story.push_back(of_decision(l));
  // At one moment what was decided comes before what it led to, and an addition before all.
  auto rank = [](const chapter& c) {
    return c.what == "added" ? 0 : c.what == "decided" ? 1 : c.what == "ended" ? 3 : 2;
  };
  std::ranges::stable_sort(
    story, [&](const chapter& a, const chapter& b) { return a.time != b.time ? a.time < b.time : rank(a) < rank(b); });
  return story;
}

std::string summary_of(const cart_knowledge& about) {
  if (about.of_then) {
    const auto story = story_of(about);
    if (story.empty()) return "nothing had been recorded by then";
    return story.back().what == "added" ? "open, and nothing decided since the last addition" : story.back().words;
  }
  if (about.open != nullptr) {
    if (about.next) return "still waiting: " + of_outlook(*about.next, about.now);
    if (about.open->paused)
      return fmt::format("paused by a pending payment, until {} at most; no reminder meanwhile",
                         rfc3339(about.open->pause_until));
    return "open, with nothing to be decided now";
  }
  auto ended =
    std::ranges::find(about.milestones.rbegin(), about.milestones.rend(), milestone::ended, &cart_milestone::what);
  if (ended != about.milestones.rend()) return of_end(*ended);
  if (!about.decisions.empty()) return "not open; how it ended was not recorded";
  return "nothing had been recorded";
}

std::optional<std::vector<rule_check>> rules_of(const std::optional<std::string>& facts) {
  if (!facts) return std::nullopt;
  auto unpacked = unpack_facts(*facts);
  if (!unpacked) return std::nullopt;
  return explain(*unpacked);
}

std::string words_of(const decision& decided, const std::optional<std::string>& facts) {
  auto words = fmt::format("{}, {}", to_string(decided.outcome), to_string(decided.reason));
  const auto rules = rules_of(facts);
  if (!rules) return words + " (inputs were not recorded then)";
  // Another version's policy may have decided otherwise on the same facts: then its words are not those of this decision.
  if (rules->empty() || rules->back().rule != to_string(decided.reason)) return words;
  words += " (" + rules->back().input;
  if (!rules->back().instead.empty()) words += "; " + rules->back().instead;
  return words + ")";
}

}  // namespace cartwheel
