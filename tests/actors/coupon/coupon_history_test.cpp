// Random histories of mails, on several nodes' worth of shards and processes: what the log says is all that counts.

#include "actors/coupon/coupon_desk.hpp"
#include "actors/shard/epoch.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>
#include <string>
#include <variant>

namespace cartwheel {
namespace {

constexpr instant start = from_unix_ms(1'795'291'200'000);
constexpr std::chrono::days day{1};

/// A record of the log, as far as coupons go.
using entry = std::variant<std::vector<imported_code>, settled_reminder, instant>;

void tell(coupon_desk& desk, const entry& e, instant now) {
  if (auto* codes = std::get_if<0>(&e))
    desk.add(*codes, now);
  else if (auto* r = std::get_if<1>(&e))
    desk.heard(*r);
  else
    desk.pass(std::get<2>(e));
}

/// One mail from its claim on. What its shard is does not matter to the desk: claims of several come in any order.
struct open_mail {
  settled_reminder reminder;
  bool intended = false;
};

class histories : public testing::TestWithParam<int> {
 protected:
  static coupon_pools pools() {
    return {{"spring", {.percent = 10, .cooldown = 0ms}}, {"guarded", {.percent = 5, .cooldown = 20 * day}}};
  }
  std::unique_ptr<coupon_desk> fresh() { return std::make_unique<coupon_desk>(pools()); }

  void append(entry e) {
    log.push_back({e, now});
    waiting.push_back({std::move(e), now});
  }
  /// The log's records reach the desk a while after they were written.
  void catch_up(size_t most) {
    for (; most > 0 && !waiting.empty(); --most) {
      tell(*desk, waiting.front().first, waiting.front().second);
      waiting.erase(waiting.begin());
    }
  }

  settled_reminder claim(int shard) {
    settled_reminder r;
    r.cart.shard = shard_id{static_cast<uint16_t>(shard)};
    r.shop = "default";
    r.cart_id = "c" + std::to_string(++carts);
    r.tick = now;
    r.address = {static_cast<uint64_t>(pick(20)) + 1, 7};
    return r;
  }
  int pick(int below) { return static_cast<int>(random() % static_cast<unsigned>(below)); }
  void settle(open_mail& m, settlement how) {
    auto r = m.reminder;
    r.how = how;
    if (how == settlement::released) r.coupon.reset();
    append(r);
  }

  /// In order: the next one reads its snapshot.
  void ends() {
    catch_up(waiting.size());
    auto next = fresh();
    next->load(desk->cut(now)());
    desk = std::move(next);
  }

  /// What stood behind the last intent is lost where nobody had waited for it; the next one reads the log, and a mail whose
  /// intent has no outcome is in doubt.
  void is_killed() {
    std::set<std::string> lost;
    for (int most = pick(4); most > 0 && !log.empty(); --most) {
      const auto* r = std::get_if<1>(&log.back().first);
      if (r == nullptr || r->how == settlement::offered) break;
      lost.insert(r->cart_id);
      log.pop_back();
    }
    waiting.clear();
    desk = fresh();
    for (const auto& [e, at] : log) tell(*desk, e, at);
    for (const auto& cart : lost) {
      const settled_reminder* last = nullptr;
      for (const auto& [e, _] : log)
        if (const auto* r = std::get_if<1>(&e); r != nullptr && r->cart_id == cart) last = r;
      std::erase_if(open, [&](const open_mail& m) { return m.reminder.cart_id == cart; });
      if (last == nullptr) continue;  // its claim had no code, for the log
      auto after = *last;
      after.how = last->how == settlement::offered ? settlement::in_doubt : settlement::released;
      append(after);
    }
  }

  std::mt19937 random;
  std::unique_ptr<coupon_desk> desk;
  std::vector<std::pair<entry, instant>> log;
  std::vector<std::pair<entry, instant>> waiting;
  instant now = start;
  int carts = 0;
  std::vector<open_mail> open;
  std::map<std::string, std::string> delivered;  // code -> claim
  std::map<uint64_t, instant> last_of;           // address -> when it was given one, of pool guarded
};

TEST_P(histories, no_code_reaches_two_people_and_none_is_lost) {
  random.seed(static_cast<unsigned>(GetParam()));
  const int shards = 1 + GetParam() % 3;
  desk = fresh();
  size_t brought = 0;
  for (int step = 0; step < 600; ++step) {
    now += std::chrono::minutes{pick(200)};
    const int what = pick(12);
    if (what == 0) {
      std::vector<imported_code> codes;
      for (int i = 0; i < 8; ++i)
        codes.push_back({pick(2) == 0 ? "spring" : "guarded", "K" + std::to_string(++brought),
                         pick(3) == 0 ? never : now + (1 + pick(30)) * day});
      append(codes);
    } else if (what < 4) {
      open.push_back({claim(pick(shards)), false});
    } else if (what < 9 && !open.empty()) {
      const auto which = static_cast<size_t>(pick(static_cast<int>(open.size())));
      auto& m = open[which];
      auto& r = m.reminder;
      const auto name = coupon_claim(r.shop, r.cart_id, r.tick, r.cycle, r.step);
      // Rendered; then its intent; then what becomes of it.
      r.coupon = desk->take({name,
                             coupon_cart(r.shop, r.cart_id),
                             r.address.high % 2 == 0 ? "spring" : "guarded",
                             r.address,
                             {{'E', 'U', 'R'}},
                             100,
                             now});
      ASSERT_TRUE(r.coupon);
      if (r.coupon->has_code()) {
        ASSERT_GE(r.coupon->until, now + 24h);
      }
      if (pick(4) > 0) {
        auto intent = r;
        intent.how = settlement::offered;
        append(intent);
        const int fate = pick(9);
        const bool arrives = fate < 5;
        if (arrives) {
          // Held, an operator lets it go out once more; which may be taken back, or arrive twice.
          if (fate == 3) settle(m, settlement::held);
          settle(m, fate == 3 && pick(2) == 0 ? settlement::released
                    : fate == 4               ? settlement::in_doubt
                                              : settlement::accepted);
          if (r.coupon->has_code()) {
            auto [i, first] = delivered.emplace(r.coupon->code, name);
            ASSERT_TRUE(first) << r.coupon->code << " was in a mail before";
            if (r.coupon->pool == "guarded") {
              auto [had, never_had] = last_of.emplace(r.address.high, r.coupon->given);
              if (!never_had) {
                ASSERT_GE(r.coupon->given - had->second, 20 * day) << "its owner had one lately";
                had->second = r.coupon->given;
              }
            }
          }
          open.erase(open.begin() + static_cast<ptrdiff_t>(which));
        } else if (fate == 5) {
          settle(m, settlement::not_sent);
        } else {
          settle(m, settlement::released);
          open.erase(open.begin() + static_cast<ptrdiff_t>(which));
        }
      } else if (pick(2) == 0) {  // recalled before its intent
        settle(m, settlement::released);
        open.erase(open.begin() + static_cast<ptrdiff_t>(which));
      }
    } else if (what == 9) {
      append(now);
    } else if (what == 10 && pick(4) == 0) {
      if (pick(2) == 0)
        ends();
      else
        is_killed();
    }
    catch_up(static_cast<size_t>(pick(4)));
  }
  // Everything is settled: what is not delivered is free, or has expired.
  for (auto& m : open) settle(m, settlement::released);
  append(now);
  catch_up(waiting.size());
  uint64_t all = 0, out = 0;
  for (const auto* pool : {"spring", "guarded"}) {
    const auto counts = desk->counts_of(pool);
    for (auto n : counts) all += n;
    out += counts[static_cast<size_t>(coupon_state::out)];
  }
  EXPECT_EQ(out, 0u);
  EXPECT_EQ(all, brought);
  // And the log alone says the same.
  auto again = fresh();
  for (const auto& [e, at] : log) tell(*again, e, at);
  for (const auto* pool : {"spring", "guarded"}) EXPECT_EQ(again->counts_of(pool), desk->counts_of(pool)) << pool;
  EXPECT_GT(delivered.size(), 20u) << "a history in which hardly anything happens shows nothing";
}

INSTANTIATE_TEST_SUITE_P(random, histories, testing::Range(1, 61));

}  // namespace
}  // namespace cartwheel
