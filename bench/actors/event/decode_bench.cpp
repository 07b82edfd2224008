// Events decoded, validated and routed per second on one core: Forward entries as peers/forward_load sends them
// (162 B with the frame's share) and JSON lines of about 250 B. `check` is the sum of what the events say, and must not
// change when only the speed does.
#include "actors/event/decode.hpp"

#include <benchmark/benchmark.h>
#include <fmt/core.h>
#include <msgpack.hpp>

#include <cstdlib>
#include <random>

namespace cartwheel {

namespace {

constexpr uint64_t seed = 1;
constexpr int64_t day = 1'764'000'000'000;  // Unix ms

size_t events_in_block() { return std::getenv("CARTWHEEL_BENCH_SMALL") != nullptr ? 100 : 2000; }

void pack_event_time(msgpack::packer<msgpack::sbuffer>& pack, int64_t ms) {
  auto seconds = static_cast<uint32_t>(ms / 1000);
  auto nanoseconds = static_cast<uint32_t>(ms % 1000 * 1'000'000);
  std::string words;
  for (uint32_t word : {seconds, nanoseconds}) {
    for (int shift = 24; shift >= 0; shift -= 8) words += static_cast<char>(word >> shift & 0xff);
  }
  pack.pack_ext(8, 0);
  pack.pack_ext_body(words.data(), 8);
}

std::string entries(size_t n) {
  std::mt19937_64 random{seed};
  msgpack::sbuffer buffer;
  msgpack::packer<msgpack::sbuffer> pack{buffer};
  for (size_t i = 0; i < n; ++i) {
    uint64_t cart = random() % 1'000'000;
    pack.pack_array(2);
    pack_event_time(pack, day + static_cast<int64_t>(i));
    pack.pack_map(6);
    pack.pack("event");
    pack.pack("add_to_cart");
    pack.pack("event_id");
    pack.pack(fmt::format("e{:011x}", (seed << 32) + i));
    pack.pack("shop");
    pack.pack("shoes-nl");
    pack.pack("cart_id");
    pack.pack(fmt::format("c-{:012x}", cart * 2654435761u));
    pack.pack("customer_id");
    pack.pack(fmt::format("u{}", cart));
    pack.pack("items");
    pack.pack_array(1);
    pack.pack_map(3);
    pack.pack("item_id");
    pack.pack(fmt::format("sku-{}", random() % 1'000'000));
    pack.pack("price");
    pack.pack(129.99);
    pack.pack("quantity");
    pack.pack(1);
  }
  return {buffer.data(), buffer.size()};
}

std::string lines(size_t n) {
  std::mt19937_64 random{seed};
  std::string text;
  for (size_t i = 0; i < n; ++i) {
    uint64_t cart = random() % 1'000'000;
    text += fmt::format(
      R"({{"event":"add_to_cart","time":{},"event_id":"e{:011x}","shop":"shoes-nl","cart_id":"c-{:012x}",)"
      R"("customer_id":"u{}","currency":"EUR","items":[{{"item_id":"sku-{}","item_name":"Trail shoe, blue",)"
      R"("price":129.99,"quantity":1}}]}})"
      "\n",
      day + static_cast<int64_t>(i), i, cart * 2654435761u, cart, random() % 1'000'000);
  }
  return text;
}

void report(benchmark::State& state, const slice& block, const event_batch& batch) {
  int64_t check = 0;
  for (const auto& e : batch.events)
    check += unix_ms(e.time) - day + e.items[0].price + static_cast<int64_t>(e.cart_id.size());
  auto events = static_cast<int64_t>(batch.events.size());
  state.SetItemsProcessed(state.iterations() * events);
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(block.bytes.size()));
  state.counters["B/event"] = static_cast<double>(block.bytes.size()) / static_cast<double>(events);
  state.counters["check"] = static_cast<double>(check);
}

template <class Decode>
void run(benchmark::State& state, const slice& block, Decode decode) {
  for (auto _ : state) {
    event_batch batch{block};
    decode(batch);
    benchmark::DoNotOptimize(batch.events.data());
  }
  event_batch batch{block};
  decode(batch);
  if (!batch.refused.empty()) state.SkipWithError(batch.refused[0].reason.c_str());
  report(state, block, batch);
}

void decode_forward_entries(benchmark::State& state) {
  slice block = whole(entries(events_in_block()));
  decode_rules live{from_unix_ms(day), from_unix_ms(day)};
  run(state, block, [&](event_batch& batch) { decode_entries(block.bytes, live, batch); });
}
BENCHMARK(decode_forward_entries);

void decode_lines(benchmark::State& state) {
  slice block = whole(lines(events_in_block()));
  run(state, block, [&](event_batch& batch) { decode_json_lines(block.bytes, {}, batch); });
}
BENCHMARK(decode_lines);

// The limit for the first: msgpack-cxx with a visitor that looks at nothing.
void visit_entries_only(benchmark::State& state) {
  std::string block = entries(events_in_block());
  for (auto _ : state) {
    msgpack::null_visitor visitor;
    for (size_t at = 0; at < block.size();) msgpack::parse(block.data(), block.size(), at, visitor);
  }
  state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(events_in_block()));
}
BENCHMARK(visit_entries_only);

}  // namespace
}  // namespace cartwheel
