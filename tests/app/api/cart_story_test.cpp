#include "app/api/cart_story.hpp"

#include "actors/campaign/packed_facts.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cartwheel {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

constexpr instant start = from_unix_ms(1'769'943'600'000);

/// Added at `start`, due 20 minutes later.
cart_milestone happened(milestone what, milliseconds after) {
  cart_milestone m;
  m.known = m.happened = start + after;
  m.shop = "s";
  m.cart_id = "c";
  m.what = what;
  m.last_add = start;
  m.due = start + 20min;
  return m;
}

cart_milestone ended(cart_end why, milliseconds after, std::string by = {}) {
  auto m = happened(milestone::ended, after);
  m.end = why;
  m.by = std::move(by);
  return m;
}

cart_knowledge of(std::vector<cart_milestone> milestones) {
  cart_knowledge k;
  k.shop = "s";
  k.cart_id = "c";
  k.milestones = std::move(milestones);
  k.now = start + 1h;
  return k;
}

TEST(cart_story, ordered_before_the_reminder_was_due) {
  EXPECT_EQ(summary_of(of({ended(cart_end::ordered, 4min, "o1")})),
            "ordered (order o1) 4 min after the last addition, 16 min before reminder 1 was due");
}

TEST(cart_story, emptied_after_the_reminder_had_fallen_due) {
  EXPECT_EQ(summary_of(of({ended(cart_end::emptied, 21min)})),
            "emptied 21 min after the last addition, 1 min after reminder 1 had fallen due and before it was decided");
}

TEST(cart_story, a_decision_names_its_campaign_where_that_is_not_the_carts) {
  auto k = of({});
  decision_line l;
  l.tick = start + 20min;
  k.decisions = {l, l};
  k.decisions[1].campaign = campaign_kind::checkout;
  const auto story = story_of(k);
  ASSERT_EQ(story.size(), 2u);
  EXPECT_THAT(story[0].words, StartsWith("reminder 1 (email): "));
  EXPECT_THAT(story[1].words, StartsWith("reminder 1 of campaign checkout (email): "));
}

TEST(cart_story, merged_with_a_late_event) {
  EXPECT_EQ(summary_of(of({ended(cart_end::merged, -2s, "d")})),
            "merged into cart d, dated 2 s before the last addition, 20 min 2 s before reminder 1 was due");
}

TEST(cart_story, every_end_has_words_of_its_own) {
  std::vector<std::string> seen;
  for (auto why : {cart_end::emptied, cart_end::ordered, cart_end::ordered_elsewhere, cart_end::merged,
                   cart_end::last_step, cart_end::superseded, cart_end::failed}) {
    auto words = summary_of(of({ended(why, 4min)}));
    EXPECT_THAT(seen, testing::Not(testing::Contains(words)));
    seen.push_back(std::move(words));
  }
}

TEST(cart_story, every_turn_of_a_mail_has_words_of_its_own) {
  std::vector<std::string> seen;
  for (auto how : {settlement::accepted, settlement::in_doubt, settlement::held, settlement::resent, settlement::let_go,
                   settlement::dropped}) {
    auto m = happened(milestone::mail, 21min);
    m.how = how;
    auto words = story_of(of({m})).at(0).words;
    EXPECT_THAT(words, StartsWith("reminder 1 "));
    EXPECT_THAT(seen, testing::Not(testing::Contains(words)));
    seen.push_back(std::move(words));
  }
}

TEST(cart_story, in_order_of_time_and_of_cause) {
  auto paused = happened(milestone::paused, 5min);
  paused.by = "o1";
  auto k = of({ended(cart_end::last_step, 30min), paused});
  decision_line sent;
  sent.tick = start + 30min;
  sent.outcome = decision_outcome::sent;
  sent.reason = reason::opt_in;
  auto back = sent;
  back.origin = decision_origin::settlement;
  back.outcome = decision_outcome::refused;
  back.reason = reason::recalled_envelope;
  k.decisions = {sent, back};
  auto story = story_of(k);
  std::vector<std::string_view> what;
  for (const auto& c : story) what.push_back(c.what);
  EXPECT_THAT(what, testing::ElementsAre("added", "paused", "decided", "taken_back", "ended"));
  EXPECT_THAT(story[1].words, HasSubstr("(order o1)"));
  EXPECT_THAT(story[2].words, HasSubstr("sent, opt_in (inputs were not recorded then)"));
  EXPECT_THAT(story[3].words, HasSubstr("between envelope and content"));
}

TEST(cart_story, one_that_waits_says_what_would_be_decided) {
  cart_view view;
  view.last_add = start;
  auto k = of({});
  k.open = &view;
  decision_facts facts;
  facts.not_after = 24h;
  k.next = {start + 20min, 0, {decision_outcome::refused, reason::no_address}, {}};
  EXPECT_THAT(summary_of(k), HasSubstr("reminder 1 fell due at 2026-02-01T11:20:00.000Z; as things stand it would be "
                                       "refused, no_address"));
  k.now = start;
  EXPECT_THAT(summary_of(k), HasSubstr("reminder 1 is due at"));
  facts.has_hours = true;
  facts.has_address = true;
  facts.consent = consent_status::granted;
  facts.zone = time_zone_code::of("Europe/Amsterdam");
  facts.quiet_for = 10h;
  facts.opens_at = 480;
  k.next = {start, 0, {decision_outcome::deferred, reason::quiet_hours}, pack(facts), start + 10h};
  EXPECT_THAT(summary_of(k),
              HasSubstr("would be deferred, quiet_hours (quiet until 08:00 Europe/Amsterdam; it comes up "
                        "again 10 h later) and comes up again at 2026-02-01T21:00:00.000Z"));
  k.next.reset();
  view.paused = true;
  view.pause_until = start + 24h;
  EXPECT_THAT(summary_of(k), StartsWith("paused by a pending payment, until 2026-02-02T11:00:00.000Z at most"));
}

TEST(cart_story, facts_that_do_not_read_back_are_not_made_up) {
  EXPECT_EQ(rules_of(std::nullopt), std::nullopt);
  EXPECT_EQ(rules_of("\x01"), std::nullopt);
}

}  // namespace
}  // namespace cartwheel
