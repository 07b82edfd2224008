#include "transport/forward/forward_parser.hpp"

#include "transport/forward/encode.hpp"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdint>
#include <string>

// Bytes and chunks per second of the parser alone, fed as a socket would: 64 KiB a read. The counter `events` uses the
// number of entries sent; the parser does not look into them, so it is what the parser leaves for their decoder to do.
namespace cartwheel::forward {
namespace {

constexpr size_t read_bytes = 64 * 1024;

std::string event(uint64_t n) {
  std::string out = "\x92";
  append_event_time(out, 1'700'000'000'000 + static_cast<int64_t>(n));
  out += '\x86';
  for (std::string_view text : {"event", "add_to_cart", "event_id", "e0000001234", "shop", "shoes-nl", "cart_id",
                                "c-0000deadbeef", "customer_id", "u123456", "items"})
    append_str(out, text);
  out += "\x91\x82";
  append_str(out, "item_id");
  append_str(out, "sku-123456");
  append_str(out, "quantity");
  append_uint(out, 1 + n % 3);
  return out;
}

std::string events(size_t count) {
  std::string out;
  for (size_t i = 0; i < count; ++i) out += event(i);
  return out;
}

void append_chunk_option(std::string& out) {
  out += '\x81';
  append_str(out, "chunk");
  append_str(out, "0123456789abcdef");
}

void parse(benchmark::State& state, const std::string& message, size_t entries) {
  std::string stream;
  const size_t messages = std::max<size_t>(1, 4 * 1024 * 1024 / message.size());
  for (size_t i = 0; i < messages; ++i) stream += message;
  auto pool = std::make_shared<buffer_pool>(limits::read_buffer_bytes_large, limits::read_buffers_kept_max);
  forward_parser parser{{}, pool};
  uint64_t check = 0;
  for (auto _ : state) {
    for (size_t at = 0; at < stream.size();) {
      const auto room = parser.prepare();
      const size_t n = std::min({room.size(), read_bytes, stream.size() - at});
      std::copy_n(stream.data() + at, n, room.data());
      parser.commit(n);
      at += n;
      while (auto m = parser.next()) check += m->content.entries.bytes.size();
    }
  }
  if (parser.fault()) state.SkipWithError(parser.fault()->text().c_str());
  const auto rounds = static_cast<double>(state.iterations());
  using benchmark::Counter;
  state.counters["bytes"] = Counter(rounds * static_cast<double>(stream.size()), Counter::kIsRate, Counter::kIs1024);
  state.counters["chunks"] = Counter(rounds * static_cast<double>(messages), Counter::kIsRate);
  state.counters["events"] = Counter(rounds * static_cast<double>(messages * entries), Counter::kIsRate);
  state.counters["check"] =
    static_cast<double>(check) / rounds;  // bytes of entries per round: the same on every machine
}

void packed(benchmark::State& state) {
  const auto n = static_cast<size_t>(state.range(0));
  parse(state, pack_chunk("cartwheel.events", events(n), "0123456789abcdef", n), n);
}
BENCHMARK(packed)->Arg(1)->Arg(10)->Arg(500)->Arg(5000);

void compressed(benchmark::State& state) {
  const auto n = static_cast<size_t>(state.range(0));
  parse(state, pack_compressed_chunk("cartwheel.events", events(n), "0123456789abcdef", n), n);
}
BENCHMARK(compressed)->Arg(500);

void listed(benchmark::State& state) {
  const auto n = static_cast<size_t>(state.range(0));
  std::string message = "\x93";
  append_str(message, "cartwheel.events");
  message += '\xdc';
  message += static_cast<char>(n >> 8);
  message += static_cast<char>(n & 0xff);
  message += events(n);
  append_chunk_option(message);
  parse(state, message, n);
}
BENCHMARK(listed)->Arg(500);

void single(benchmark::State& state) {
  std::string message = "\x94";
  append_str(message, "cartwheel.events");
  message += event(7).substr(1);  // time and record without the array around them
  append_chunk_option(message);
  parse(state, message, 1);
}
BENCHMARK(single);

}  // namespace
}  // namespace cartwheel::forward
