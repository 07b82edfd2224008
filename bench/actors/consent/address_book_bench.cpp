// How many permissions an address book answers, and what a person and an address cost in memory.
//   CARTWHEEL_BENCH_PERSONS=10000000  persons, one address each (1 million)
#include "actors/consent/address_book.hpp"

#include "actors/event/decode.hpp"
#include "actors/person/people.hpp"
#include "bench/runtime/own_process.hpp"
#include "bench/runtime/sizes.hpp"

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <chrono>
#include <cstdlib>
#include <vector>

namespace cartwheel {
namespace {

constexpr instant start = from_unix_ms(1'769'943'600'000);

size_t persons() {
  const char* set = std::getenv("CARTWHEEL_BENCH_PERSONS");
  return bench::small() ? 2'000 : set != nullptr ? std::strtoull(set, nullptr, 10) : 1'000'000;
}

std::string email_of(size_t number) { return fmt::format("shopper{}@example.com", number); }
address_key key_of(size_t number) {
  const auto name = email_of(number);
  return {keyed_hash({1, 2}, name) | 1, keyed_hash({3, 4}, name)};
}

/// Laws under which every rule of the policy has something to look at.
std::shared_ptr<const country_laws> some_laws() {
  auto laws = std::make_shared<country_laws>();
  auto& nl = laws->countries[country_code::of("NL")];
  nl.sale.age_max = std::chrono::days{730};
  nl.checkout.allowed = true;
  return laws;
}

struct world {
  world() {
    policy.by_country = policy.refuse_unverified = policy.refuse_roles = policy.refuse_bots = true;
    policy.window_count = 3;
    policy.cooldown_after_purchase = std::chrono::days{1};
    campaign.min_value = {{{{'E', 'U', 'R'}}, 100}};
    campaign.holdout_percent = 10;
  }
  deciding_rules rules{{}, {}, {}, *some_laws()};
  campaign_settings& campaign = rules.campaign;
  shop_directory& shops = rules.shops;
  policy_settings& policy = rules.policy;
  outbox out{1};
  address_book book{rules, false};
  people customers{subject_kind::customer};

  /// A customer with an account, an opt-in and a paid order.
  void fill(size_t n) {
    event_batch batch{whole(
      R"({"event":"identify","time":1769943600000,"customer_id":"u","email":"a@b.example","address_source":"account"})")};
    decode_json_lines(batch.chunk().bytes, {}, batch);
    for (size_t i = 0; i < n; ++i) {
      notice learn;
      learn.kind = notice_kind::learn;
      learn.what = &batch.events[0];
      learn.time = start;
      learn.shop = "shoes-nl";
      learn.customer = fmt::format("customer-{:08}", i);
      learn.address = {key_of(i), email_of(i)};
      customers.receive(learn, out);
      auto& tray = out.of(0);
      for (const auto& on : std::exchange(tray.notices, {})) book.receive(on, out);
      notice word = learn;
      word.kind = notice_kind::consent;
      book.receive(word, out);
      notice sale = learn;
      sale.kind = notice_kind::basis;
      sale.order_key = i + 1;
      book.receive(sale, out);
      tray = {};
    }
  }
  std::vector<question> questions(size_t first, size_t n, size_t of, int64_t round) {
    std::vector<question> all(n);
    for (size_t i = 0; i < n; ++i) {
      const auto who = (first + i) % of;
      auto& q = all[i];
      q.tick = q.due = start + std::chrono::hours{30 * (round + 1)};
      q.last_add = q.due - 20min;
      q.shop = "shoes-nl";
      q.cart_id = fmt::format("cart-{:08}", who);
      q.cart = {shard_id{0}, static_cast<uint32_t>(who), 1};
      q.customer = fmt::format("customer-{:08}", who);
      q.currency = {{'E', 'U', 'R'}};
      q.value = 1'999;
    }
    return all;
  }
};

// First: a process that has worked before has memory to spare, and its children with it.
struct sizes {
  double bytes_each;
};

/// One customer with an account, an opt-in and a paid order, and their address; nothing parked.
void a_person(benchmark::State& state) {
  for (auto _ : state) {
    const auto found = bench::in_own_process([] {
      const auto n = persons();
      auto w = std::make_unique<world>();
      const double before = bench::resident_bytes();
      w->fill(n);
      return sizes{(bench::resident_bytes() - before) / static_cast<double>(n)};
    });
    state.counters["bytes_each"] = found.bytes_each;
    state.SetIterationTime(1);
  }
}
BENCHMARK(a_person)->Iterations(1)->UseManualTime()->Unit(benchmark::kMillisecond);

/// What a shard does with a question: the customer's actor adds what it knows, the address's decides and claims.
void permissions(benchmark::State& state) {
  const auto of = persons();
  constexpr size_t at_once = 1'000;
  world w;
  w.fill(of);
  size_t first = 0;
  uint64_t sent = 0, asked = 0;
  int64_t round = 0;
  for (auto _ : state) {
    state.PauseTiming();
    auto questions = w.questions(first, at_once, of, round);
    state.ResumeTiming();
    for (auto& q : questions) w.customers.resolve(std::move(q), w.out, &w.shops);
    w.book.decide_all(std::exchange(w.out.of(0).questions, {}), w.out);
    auto answers = std::exchange(w.out.of(0).answers, {});
    for (const auto& a : answers) sent += a.decided.outcome == decision_outcome::sent;
    asked += answers.size();
    first += at_once;
    if (first >= of) {
      first %= of;
      ++round;
    }
  }
  state.SetItemsProcessed(static_cast<int64_t>(asked));
  state.counters["sent_share"] = static_cast<double>(sent) / static_cast<double>(std::max<uint64_t>(1, asked));
}
BENCHMARK(permissions)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace cartwheel
