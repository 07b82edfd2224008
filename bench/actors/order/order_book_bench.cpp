// What an order costs while it waits out its 180 days: in memory, and parked in a store on disk.
//   CARTWHEEL_BENCH_ORDERS=10000000  orders (1 million), one each of as many customers and addresses
//   CARTWHEEL_BENCH_DIR              where the disk is that counts (the folder for temporary files)
#include "actors/event/decode.hpp"
#include "actors/order/order_book.hpp"
#include "actors/parking/store_parking.hpp"
#include "actors/shard/parked_kind.hpp"
#include "bench/runtime/own_process.hpp"
#include "bench/runtime/scratch.hpp"
#include "bench/runtime/sizes.hpp"
#include "runtime/store/limits.hpp"
#include "runtime/store/store.hpp"

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <random>
#include <vector>

namespace cartwheel {
namespace {

constexpr instant start = from_unix_ms(1'769'943'600'000);
constexpr hash_key key{1, 2};

size_t orders() {
  const char* set = std::getenv("CARTWHEEL_BENCH_ORDERS");
  return bench::small() ? 2'000 : set != nullptr ? std::strtoull(set, nullptr, 10) : 1'000'000;
}

double seconds_since(std::chrono::steady_clock::time_point began) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
}

/// The events of orders: a purchase by a customer at an address, or what comes later.
class teller {
 public:
  teller()
      : batch_{whole(R"({"event":"purchase","time":1769943600000,"order_id":"o","cart_id":"cart-00000001"}
{"event":"refund","time":1769943600000,"order_id":"o"})")} {
    decode_json_lines(batch_.chunk().bytes, {}, batch_);
  }
  void tell(order_book& book, size_t number, bool refund = false) {
    notice n;
    n.kind = notice_kind::order;
    n.at = station::orders;
    n.order = ++order_;
    n.what = &batch_.events[refund ? 1 : 0];
    n.time = start + std::chrono::seconds{number / 10};
    n.shop = "shoes-nl";
    n.order_id = fmt::format("2026-{:09}", number);
    n.customer = fmt::format("customer-{:08}", number);
    const auto name = fmt::format("shopper{}@example.com", number);
    n.address.key = {keyed_hash(key, name), keyed_hash({3, 4}, name)};
    book.receive(n, start, out_);
    for (size_t i = 0; i < out_.shards(); ++i) out_.of(i) = {};
  }

 private:
  event_batch batch_;
  outbox out_{1};
  log_order order_ = 0;
};

/// Some at a time, for orders come one by one and are parked an hour later.
void tell_all(teller& orders, order_book& book, size_t n) {
  for (size_t i = 0; i < n; ++i) {
    orders.tell(book, i);
    if (i % 10'000 == 0 || i + 1 == n) book.table().sweep(book.table().buckets(), true, 0);
  }
}

struct figures {
  double told_per_s, bytes_each, back_p50_us, back_p99_us, by_customer_us, forgotten_per_s, parked;
};

figures hold(size_t n, bool parked) {
  bench::scratch at;
  store tables{store_options{at / "store", limits::store_memory_bytes_default, nullptr}};
  store_parking place{tables};
  order_book book{{key, {3, 4}, {5, 6}}, {parked ? &place : nullptr, lane_number(parked_kind::orders, 0)}};
  teller orders;
  // What the store's own memory comes to is not an order's: others fill it first, and what it says of itself is left out.
  order_book others{{key, {3, 4}, {5, 6}}, {&place, lane_number(parked_kind::orders, 1)}};
  tell_all(orders, others, std::min<size_t>(n, 1'000'000));
  tables.flush();
  auto beside_the_store = [&] {
    auto of = tables.figures();
    return bench::resident_bytes() - static_cast<double>(of.cache_bytes + of.memtable_bytes + of.reader_bytes);
  };
  const double before = beside_the_store();
  auto told = std::chrono::steady_clock::now();
  tell_all(orders, book, n);
  figures f{};
  f.told_per_s = static_cast<double>(n) / seconds_since(told);
  f.bytes_each = (beside_the_store() - before) / static_cast<double>(n);
  f.parked = static_cast<double>(book.table().parked());

  std::mt19937_64 dice{1};
  std::vector<double> took;
  for (size_t i = 0; i < bench::full_or_small(20'000, 100); ++i) {
    auto began = std::chrono::steady_clock::now();
    orders.tell(book, dice() % n, true);
    took.push_back(seconds_since(began) * 1e6);
  }
  std::ranges::sort(took);
  f.back_p50_us = took[took.size() / 2];
  f.back_p99_us = took[took.size() * 99 / 100];

  constexpr size_t asked = 100;
  auto began = std::chrono::steady_clock::now();
  for (size_t i = 0; i < asked; ++i)
    if (book.describe(fmt::format("customer-{:08}", dice() % n)).size() != 1) std::abort();
  f.by_customer_us = seconds_since(began) * 1e6 / asked;

  const auto aged = bench::full_or_small(100'000, 500);
  const auto held = book.table().size();
  began = std::chrono::steady_clock::now();
  while (held - book.table().size() < aged) book.forget_before(start + std::chrono::days{400});
  f.forgotten_per_s = static_cast<double>(held - book.table().size()) / seconds_since(began);
  return f;
}

void an_order(benchmark::State& state) {
  for (auto _ : state) {
    auto f = bench::in_own_process([&] { return hold(orders(), state.range(0) != 0); });
    state.counters["bytes_each"] = f.bytes_each;
    state.counters["told_per_s"] = f.told_per_s;
    state.counters["refund_p50_us"] = f.back_p50_us;
    state.counters["refund_p99_us"] = f.back_p99_us;
    state.counters["find_by_customer_us"] = f.by_customer_us;
    state.counters["forgotten_per_s"] = f.forgotten_per_s;
    state.counters["check_parked"] = f.parked;
    state.SetIterationTime(1);
  }
}
BENCHMARK(an_order)->ArgName("parked")->Arg(0)->Arg(1)->Iterations(1)->UseManualTime()->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace cartwheel
