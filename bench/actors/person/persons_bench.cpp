// What persons cost in memory while nothing of them is parked, and how many permissions a core asks and answers about them.
//   CARTWHEEL_BENCH_PERSONS=10000000  persons, one address each (1 million)
// Every measurement has a process of its own, and counts what that process has in memory: records, index, allocator and all.
// With --benchmark_repetitions=3 the line to read is the median.
#include "actors/consent/address_book.hpp"

#include "actors/event/decode.hpp"
#include "actors/person/people.hpp"
#include "bench/runtime/own_process.hpp"
#include "bench/runtime/sizes.hpp"

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <array>
#include <cstdlib>
#include <ctime>
#include <vector>

namespace cartwheel {
namespace {

constexpr instant start = from_unix_ms(1'769'943'600'000);

size_t persons() {
  const char* set = std::getenv("CARTWHEEL_BENCH_PERSONS");
  return bench::small() ? 2'000 : set != nullptr ? std::strtoull(set, nullptr, 10) : 1'000'000;
}

std::string customer_of(size_t number) { return fmt::format("customer-{:08}", number); }
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

/// What is known of each person, beside a customer's id and address.
struct mix {
  const char* name;
  bool consent = false;
  bool account = false;
  bool sale = false;  // a paid order: recorded for the customer and the address, and the address's basis
  bool cart = false;  // open, bound to the customer and a visitor of theirs
};
constexpr std::array mixes{mix{"address"}, mix{"consent", true}, mix{"sale", false, false, true},
                           mix{"consent_account_sale", true, true, true},
                           mix{"consent_account_sale_cart_visitor", true, true, true, true}};
constexpr size_t asked_about = 3;

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
  people visitors{subject_kind::visitor};

  void pass_on() {
    for (const auto& on : std::exchange(out.of(0).notices, {})) {
      if (on->at == station::visitors) visitors.receive(*on, out);
      if (on->at == station::consents) book.receive(*on, out);
    }
    out.of(0) = {};
  }

  void fill(size_t n, const mix& known) {
    event_batch events{whole(
      R"({"event":"identify","time":1769943600000,"customer_id":"u","email":"a@b.example"}
{"event":"identify","time":1769943600000,"customer_id":"u","email":"a@b.example","address_source":"account"}
{"event":"purchase","time":1769943600000,"order_id":"o","customer_id":"u"}
{"event":"consent","time":1769943600000,"customer_id":"u","channel":"email","status":"granted"})")};
    decode_json_lines(events.chunk().bytes, {}, events);
    for (size_t i = 0; i < n; ++i) {
      notice learn;
      learn.kind = notice_kind::learn;
      learn.what = &events.events[known.account ? 1 : 0];
      learn.time = start + milliseconds{i};
      learn.shop = "shoes-nl";
      learn.customer = customer_of(i);
      learn.address = {key_of(i), email_of(i)};
      if (known.cart) {
        notice opened = learn;
        opened.kind = notice_kind::opened;
        opened.visitor = fmt::format("visitor-{:016x}", keyed_hash({5, 6}, learn.customer));
        opened.cart = {shard_id{0}, static_cast<uint32_t>(i), 1};
        customers.receive(opened, out);
        visitors.receive(opened, out);
      }
      customers.receive(learn, out);
      pass_on();
      if (known.consent) {
        notice word = learn;
        word.kind = notice_kind::consent;
        word.what = &events.events[3];
        word.time += std::chrono::seconds{41 + i % 100};
        customers.receive(word, out);
        pass_on();
      }
      if (known.sale) {
        notice sale = learn;
        sale.what = &events.events[2];
        sale.time += std::chrono::hours{72} + milliseconds{i % 1'000};
        sale.order_key = keyed_hash({7, 8}, learn.customer);
        sale.kind = notice_kind::record;
        customers.receive(sale, out);
        pass_on();
        sale.kind = notice_kind::basis;
        book.receive(sale, out);
      }
    }
  }
  std::vector<question> questions(size_t first, size_t n, size_t of, int64_t round) {
    // Far apart in memory, as they come up.
    constexpr size_t stride = 2'654'435'761;
    std::vector<question> all(n);
    for (size_t i = 0; i < n; ++i) {
      const auto who = (first + i) * stride % of;
      auto& q = all[i];
      q.tick = q.due = start + std::chrono::days{7} + std::chrono::hours{30 * (round + 1)};
      q.last_add = q.due - 20min;
      q.shop = "shoes-nl";
      q.cart_id = fmt::format("cart-{:08}", who);
      q.cart = {shard_id{0}, static_cast<uint32_t>(who), 1};
      q.customer = customer_of(who);
      q.currency = {{'E', 'U', 'R'}};
      q.value = 1'999;
    }
    return all;
  }
};

/// So other programs on the machine do not count.
double cpu_seconds() {
  timespec t{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) / 1e9;
}

struct memory {
  double bytes_each, told_per_s;
};

void persons_in_memory(benchmark::State& state) {
  const auto& known = mixes[static_cast<size_t>(state.range(0))];
  for (auto _ : state) {
    const auto found = bench::in_own_process([&] {
      const auto n = persons();
      auto w = std::make_unique<world>();
      const double before = bench::resident_bytes(), began = cpu_seconds();
      w->fill(n, known);
      return memory{(bench::resident_bytes() - before) / static_cast<double>(n),
                    static_cast<double>(n) / (cpu_seconds() - began)};
    });
    state.SetLabel(known.name);
    state.counters["bytes_each"] = found.bytes_each;
    state.counters["persons_told_per_s"] = found.told_per_s;
    state.SetIterationTime(1);
  }
}
BENCHMARK(persons_in_memory)
  ->DenseRange(0, mixes.size() - 1)
  ->Iterations(1)
  ->UseManualTime()
  ->Unit(benchmark::kMillisecond);

struct asking {
  double per_s, sent_share, bytes_each;
};

/// What a shard does with a question: the customer's actor adds what it knows, the address's decides and claims. Each
/// person is asked about once, far apart; then memory has the claims, too.
void persons_permissions(benchmark::State& state) {
  constexpr size_t at_once = 1'000;
  for (auto _ : state) {
    const auto found = bench::in_own_process([&] {
      const auto n = persons();
      auto w = std::make_unique<world>();
      const double before = bench::resident_bytes();
      w->fill(n, mixes[asked_about]);
      double taken = 0;
      uint64_t asked = 0, sent = 0;
      const size_t rounds = std::max<size_t>(1, 2'000'000 / n);
      for (size_t first = 0; first < n * rounds; first += at_once) {
        auto questions = w->questions(first, at_once, n, static_cast<int64_t>(first / n));
        const double began = cpu_seconds();
        for (auto& q : questions) w->customers.resolve(std::move(q), w->out, &w->shops);
        w->book.decide_all(std::exchange(w->out.of(0).questions, {}), w->out);
        auto answers = std::exchange(w->out.of(0).answers, {});
        taken += cpu_seconds() - began;
        for (const auto& a : answers) sent += a.decided.outcome == decision_outcome::sent;
        asked += answers.size();
      }
      return asking{static_cast<double>(asked) / taken, static_cast<double>(sent) / static_cast<double>(asked),
                    (bench::resident_bytes() - before) / static_cast<double>(n)};
    });
    state.counters["per_s_and_core"] = found.per_s;
    state.counters["sent_share"] = found.sent_share;
    state.counters["bytes_each_with_claims"] = found.bytes_each;
    state.SetIterationTime(1);
  }
}
BENCHMARK(persons_permissions)->Iterations(1)->UseManualTime()->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace cartwheel
