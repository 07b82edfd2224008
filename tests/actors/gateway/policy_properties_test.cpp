// Random shoppers in random order of arrival through the engine, judged by what the events said and nothing else: nobody
// gets a reminder without a basis, too soon, or after they withdrew or ordered; each step has one explanation.
#include "actors/gateway/epoch_cutter.hpp"
#include "actors/shard/engine.hpp"
#include "tests/actors/shard/told.hpp"

#include <fmt/format.h>

#include <condition_variable>
#include <map>
#include <mutex>
#include <random>
#include <set>
#include <tuple>

namespace cartwheel {
namespace {

using testing::told;

constexpr node_hash_keys keys{{1, 2}, {3, 4}, {5, 6}};
constexpr int64_t minute = 60'000, hour = 60 * minute, day = 24 * hour;

class notes final : public shard_observer {
 public:
  explicit notes(uint16_t shards) : applied_(shards) {}
  void decided(shard_id, std::vector<decision_line> lines) override {
    std::lock_guard lock{mutex_};
    lines_.insert(lines_.end(), std::move_iterator{lines.begin()}, std::move_iterator{lines.end()});
  }
  void dead(shard_id, dead_letter letter) override { ADD_FAILURE() << letter.reason; }
  void recovered(shard_id, recovered_cart) override {}
  void applied(shard_id shard, size_t) override {
    std::lock_guard lock{mutex_};
    ++applied_[static_cast<size_t>(shard)];
    worked_.notify_one();
  }
  void wait_for(size_t epochs) {
    std::unique_lock lock{mutex_};
    worked_.wait(lock, [&] { return *std::ranges::min_element(applied_) >= epochs; });
  }
  std::vector<decision_line> lines() {
    std::lock_guard lock{mutex_};
    std::ranges::sort(lines_, [](const auto& a, const auto& b) {
      return std::tie(a.tick, a.due, a.shop, a.cart_id, a.step) < std::tie(b.tick, b.due, b.shop, b.cart_id, b.step);
    });
    return lines_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable worked_;
  std::vector<size_t> applied_;
  std::vector<decision_line> lines_;
};

/// What an event said, and the tick it takes effect in: news that comes late counts from then on.
struct said {
  int64_t tick = 0;
  int64_t time = 0;
  int who = 0;
  enum { addition, granted, withdrawn, paid, other } what = other;
  std::string cart;
};

/// Two accounts share an address, so that one person's carts meet in the cap.
int mailbox_of(int who) { return who == 1 ? 0 : who; }

struct story {
  /// `checkouts`: some go into the checkout, and some orders wait for their payment.
  explicit story(uint64_t seed, bool checkouts = false) : dice{seed} {
    int64_t now = 1'700'000'000'000;
    for (int who = 0; who < 6; ++who)
      if (who != 5)  // of whom no address is known
        tell(
          now, who, said::other, "",
          fmt::format(R"("event":"identify","email":"p{}@example.com","address_source":"checkout")", mailbox_of(who)));
    for (int i = 0; i < 400; ++i) {
      now += roll(4) == 0 ? roll(3 * day) : roll(20 * minute);
      int64_t time = roll(5) == 0 ? std::max<int64_t>(first, now - roll(2 * hour)) : now;  // comes in late
      const int who = static_cast<int>(roll(6));
      const auto cart = fmt::format("c{}-{}", who, roll(3));
      if (checkouts && roll(3) == 0) {
        go_on(time, who, cart);
        continue;
      }
      switch (roll(8)) {
        case 0: tell(time, who, said::granted, "", consent(who, "granted")); break;
        case 1:
          if (roll(3) == 0) tell(time, who, said::withdrawn, "", consent(who, "withdrawn"));
          break;
        case 2:
          tell(time, who, said::paid, cart,
               fmt::format(R"("event":"purchase","cart_id":"{}","order_id":"o{}"{})", cart, i,
                           who == 5 ? "" : fmt::format(R"(,"email":"p{}@example.com")", mailbox_of(who))));
          break;
        default:
          tell(time, who, said::addition, cart,
               fmt::format(R"("event":"add_to_cart","cart_id":"{}","items":[{{"item_id":"i{}"}}])", cart, roll(5)));
      }
    }
  }

  std::mt19937_64 dice;
  std::string lines;
  std::vector<said> all;
  int64_t first = 1'700'000'000'000;

 private:
  int64_t roll(int64_t n) { return static_cast<int64_t>(dice() % static_cast<uint64_t>(n)); }
  void go_on(int64_t time, int who, const std::string& cart) {
    const auto order = fmt::format("w{}-{}", who, roll(4));
    switch (roll(5)) {
      case 0:
        tell(time, who, said::other, cart,
             fmt::format(R"("event":"purchase","payment":"pending","cart_id":"{}","order_id":"{}")", cart, order));
        break;
      case 1:
        tell(time, who, said::other, cart,
             fmt::format(R"("event":"{}","order_id":"{}")", roll(2) == 0 ? "order_paid" : "order_cancelled", order));
        break;
      default: tell(time, who, said::other, cart, fmt::format(R"("event":"begin_checkout","cart_id":"{}")", cart));
    }
  }
  static std::string consent(int who, const char* status) {
    return fmt::format(R"("event":"consent","channel":"email","status":"{}","email":"p{}@example.com")", status,
                       mailbox_of(who));
  }
  void tell(int64_t time, int who, decltype(said::what) what, const std::string& cart, const std::string& rest) {
    newest = std::max(newest, time);
    lines += fmt::format(R"({{{},"time":{},"shop":"s","customer_id":"u{}"}})"
                         "\n",
                         rest, time, who);
    all.push_back({unix_ms(tick_of(from_unix_ms(newest))), time, who, what, cart});
  }
  int64_t newest = 0;
};

struct outcome {
  std::vector<decision_line> lines;
  uint64_t abandoned = 0;
  int64_t left = 0;
};

outcome run(const story& s, uint16_t shards, const policy_settings& policy, const campaign_settings& campaign = {}) {
  notes seen{shards};
  size_t submitted = 0;
  shard_setup setup;
  setup.shards = shards;
  setup.campaign = campaign;
  setup.keys = keys;
  setup.start = tick_of(from_unix_ms(s.first)) - tick_length;
  setup.observer = &seen;
  setup.policy = policy;
  engine machine{std::move(setup)};
  epoch_cutter cutter{shards, keys, [&](epoch_ptr e) {
                        machine.submit(std::move(e));
                        ++submitted;
                      }};
  told events{s.lines};
  cutter.take(events.batch());
  cutter.finish(true);
  seen.wait_for(submitted);
  outcome o{seen.lines()};
  for (size_t i = 0; i < shards; ++i) {
    o.abandoned += machine.metrics(i).carts_abandoned.value();
    o.left += machine.metrics(i).carts.value();
  }
  return o;
}

/// What everybody could know when a step was decided.
struct known {
  std::optional<int64_t> granted, withdrawn;
  bool customer = false;
  bool ordered_since = false;
};

known at_decision(const story& s, const decision_line& line) {
  const int who = line.customer_id[1] - '0';
  known k;
  int64_t last_add = 0;
  for (const auto& e : s.all)
    if (e.tick <= unix_ms(line.tick) && e.what == said::addition && e.cart == line.cart_id)
      last_add = std::max(last_add, e.time);
  for (const auto& e : s.all) {
    if (e.tick > unix_ms(line.tick) || mailbox_of(e.who) != mailbox_of(who)) continue;
    if (e.what == said::granted) k.granted = std::max(k.granted.value_or(0), e.time);
    if (e.what == said::withdrawn) k.withdrawn = std::max(k.withdrawn.value_or(0), e.time);
    k.customer |= e.what == said::paid;
    // An addition behind the cart's end opens a new one, whose last_add is not older.
    k.ordered_since |= e.what == said::paid && e.time >= last_add;
  }
  return k;
}

class policy_properties : public ::testing::TestWithParam<uint64_t> {};

TEST_P(policy_properties, hold_for_random_shoppers_in_random_order) {
  const story s{GetParam()};
  policy_settings policy;
  policy.window_count = 3;
  policy.window = std::chrono::days{14};
  policy.cooldown_after_purchase = 12h;
  const auto o = run(s, 2, policy);
  std::map<int, std::vector<int64_t>> sent_to;
  std::set<std::tuple<std::string, uint32_t, int>> explained;
  std::map<std::pair<std::string, uint32_t>, unsigned> steps_of;
  uint64_t first_steps = 0;
  for (const auto& line : o.lines) {
    const auto where =
      fmt::format("{} cycle {} step {} at {}", line.cart_id, line.cycle, line.step, unix_ms(line.tick));
    // A cart that was opened again counts its cycles anew: its due time tells it from the one before.
    EXPECT_TRUE(explained.emplace(fmt::format("{} {}", line.cart_id, unix_ms(line.due)), line.cycle, line.step).second)
      << where << " is explained twice";
    first_steps += line.step == 0;
    if (line.outcome != decision_outcome::sent) continue;
    const int mailbox = mailbox_of(line.customer_id[1] - '0');
    EXPECT_NE(mailbox, 5) << where << ": nobody knows an address";
    const auto k = at_decision(s, line);
    const bool opt_in = k.granted && (!k.withdrawn || *k.granted > *k.withdrawn);
    EXPECT_TRUE(opt_in || (k.customer && !k.withdrawn)) << where << ": no basis";
    EXPECT_EQ(line.reason, opt_in ? reason::opt_in : reason::existing_customer) << where;
    EXPECT_FALSE(k.ordered_since) << where << ": ordered";
    for (const auto& e : s.all) {
      if (e.what != said::paid || mailbox_of(e.who) != mailbox || e.tick > unix_ms(line.tick)) continue;
      EXPECT_GE(unix_ms(line.tick) - e.time, 12 * hour) << where << ": has just ordered";
    }
    auto& before = sent_to[mailbox];
    const auto since = [&](size_t n) { return unix_ms(line.tick) - before[before.size() - n]; };
    EXPECT_TRUE(before.empty() || since(1) >= day) << where << ": too soon";
    EXPECT_TRUE(before.size() < 3 || since(3) >= 14 * day) << where << ": too many";
    before.push_back(unix_ms(line.tick));
  }
  EXPECT_EQ(o.left, 0) << "carts are open and nothing is due";
  EXPECT_EQ(o.abandoned, first_steps) << "each abandoned cart has an explanation, and none another";
  EXPECT_GT(first_steps, 20u);

  const auto again = run(s, 1, policy);
  ASSERT_EQ(again.lines.size(), o.lines.size()) << "the number of shards is no fact";
  for (size_t i = 0; i < o.lines.size(); ++i) {
    EXPECT_EQ(again.lines[i].reason, o.lines[i].reason);
    EXPECT_EQ(again.lines[i].cart_id, o.lines[i].cart_id);
    EXPECT_EQ(again.lines[i].tick, o.lines[i].tick);
  }
}

TEST_P(policy_properties, hold_over_all_campaigns_together) {
  const story s{GetParam(), true};
  campaign_settings campaign;
  campaign.clock = campaign_clock::last_seen;
  campaign.checkout.enabled = campaign.unpaid.enabled = true;
  campaign.checkout.idle = campaign.idle;  // so that they meet in one tick now and then
  campaign.unpaid.idle = 2h;
  const auto o = run(s, 3, {}, campaign);
  std::map<int, int64_t> sent_to;
  std::set<std::tuple<std::string, uint32_t, int>> explained;
  for (const auto& line : o.lines) {
    const auto where = fmt::format("{} {} cycle {} step {} at {}", to_string(line.campaign), line.cart_id, line.cycle,
                                   line.step, unix_ms(line.tick));
    EXPECT_TRUE(explained.emplace(fmt::format("{} {}", line.cart_id, unix_ms(line.due)), line.cycle, line.step).second)
      << where << " is explained twice";
    if (line.outcome != decision_outcome::sent) continue;
    const int mailbox = mailbox_of(line.customer_id[1] - '0');
    const auto k = at_decision(s, line);
    EXPECT_TRUE((k.granted && (!k.withdrawn || *k.granted > *k.withdrawn)) || (k.customer && !k.withdrawn))
      << where << ": no basis";
    const auto before = sent_to.find(mailbox);
    EXPECT_TRUE(before == sent_to.end() || unix_ms(line.tick) - before->second >= day) << where << ": too soon";
    sent_to[mailbox] = unix_ms(line.tick);
  }
  EXPECT_EQ(o.left, 0) << "carts are open and nothing is due";
  const auto again = run(s, 1, {}, campaign);
  ASSERT_EQ(again.lines.size(), o.lines.size()) << "the number of shards is no fact";
  for (size_t i = 0; i < o.lines.size(); ++i) {
    EXPECT_EQ(again.lines[i].reason, o.lines[i].reason);
    EXPECT_EQ(again.lines[i].campaign, o.lines[i].campaign);
    EXPECT_EQ(again.lines[i].cart_id, o.lines[i].cart_id);
    EXPECT_EQ(again.lines[i].tick, o.lines[i].tick);
  }
}

INSTANTIATE_TEST_SUITE_P(seeds, policy_properties, ::testing::Range<uint64_t>(1, 41));

TEST(policy_properties_together, the_stories_reach_what_they_are_about) {
  std::map<reason, unsigned> seen;
  policy_settings policy;
  policy.window_count = 3;
  policy.cooldown_after_purchase = 12h;
  for (uint64_t seed = 1; seed < 41; ++seed)
    for (const auto& line : run(story{seed}, 1, policy).lines) ++seen[line.reason];
  for (auto r : {reason::opt_in, reason::existing_customer, reason::ordered_other_cart, reason::no_address,
                 reason::consent_withdrawn, reason::no_consent, reason::cap_24h, reason::cap_window,
                 reason::cooldown_after_purchase})
    EXPECT_GT(seen[r], 5u) << to_string(r);
  std::map<campaign_kind, unsigned> sent;
  campaign_settings campaign;
  campaign.checkout.enabled = campaign.unpaid.enabled = campaign.after_purchase.enabled = true;
  for (uint64_t seed = 1; seed < 41; ++seed)
    for (const auto& line : run(story{seed, true}, 1, {}, campaign).lines)
      sent[line.campaign] += line.outcome == decision_outcome::sent;
  // Nobody looks around in these stories, and no product changes: of that there are trail_recovery_test and the model.
  for (auto kind : {campaign_kind::cart, campaign_kind::checkout, campaign_kind::unpaid, campaign_kind::after_purchase})
    EXPECT_GT(sent[kind], 5u) << to_string(kind);
}

}  // namespace
}  // namespace cartwheel
