// The store as parking and history use it: puts in batches, look-ups in a table larger than its memory (with the page cache
// and without), flushes, and being opened.
#include "runtime/store/store.hpp"
#include "runtime/store/store_key.hpp"

#include "bench/runtime/scratch.hpp"
#include "bench/runtime/sizes.hpp"

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <random>

#include <fcntl.h>
#include <unistd.h>

namespace cartwheel {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t seed = 20'260'101;
constexpr size_t value_bytes = 200;
constexpr size_t memory_bytes = 64 * 1024 * 1024;

double seconds_since(std::chrono::steady_clock::time_point began) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
}

void rate(benchmark::State& state, const char* what, double n) {
  state.counters[what] = benchmark::Counter(n, benchmark::Counter::kIsRate);
}

/// A cart's key: they are parked in no order.
std::string key_of(uint64_t cart) {
  return std::move(store_key{}.text("shoes-nl").text(fmt::format("c-{:016x}", cart * 0x9e3779b97f4a7c15))).bytes();
}

/// A parked cart's size, and as compressible: ids and times are noise, the rest is alike from cart to cart.
std::string value_of(uint64_t cart) {
  std::mt19937_64 random{cart};
  std::string value;
  while (value.size() < value_bytes / 2) {
    uint64_t noise = random();
    value.append(reinterpret_cast<const char*>(&noise), sizeof noise);
  }
  value += fmt::format("sku-{:07}|EUR 129.99 x1|sku-{:07}|EUR 49.95 x2|https://example.com/p/", cart % 1'000'000,
                       cart * 7 % 1'000'000);
  value.resize(value_bytes, '.');
  return value;
}

void put_carts(store& s, uint64_t first, uint64_t n, size_t batch_size) {
  store_batch batch;
  for (uint64_t i = first; i < first + n; ++i) {
    batch.put(store_table::parked_carts, key_of(i), value_of(i));
    if (batch.size() == batch_size || i + 1 == first + n) {
      s.write(batch);
      batch.clear();
    }
  }
}

/// Into an empty store, flushes and compactions as they come, up to the last byte's flush.
void store_puts(benchmark::State& state) {
  auto batch_size = static_cast<size_t>(state.range(0));
  uint64_t n = bench::full_or_small(3'000'000, 20'000);
  std::vector<std::pair<std::string, std::string>> carts;
  for (uint64_t i = 0; i < n; ++i) carts.emplace_back(key_of(i), value_of(i));
  double bytes = 0;
  for (auto _ : state) {
    bench::scratch folder;
    store s{{folder / "live", memory_bytes, nullptr}};
    auto began = std::chrono::steady_clock::now();
    store_batch batch;
    for (const auto& [key, value] : carts) {
      batch.put(store_table::parked_carts, key, value);
      if (batch.size() < batch_size) continue;
      s.write(batch);
      batch.clear();
    }
    s.write(batch);
    s.flush();
    state.SetIterationTime(seconds_since(began));
    for (const auto& [key, value] : carts) bytes += static_cast<double>(key.size() + value.size());
    state.counters["disk_bytes_each"] = static_cast<double>(s.figures().disk_bytes) / static_cast<double>(n);
    state.counters["check_lost"] =
      static_cast<double>(n) - static_cast<double>(s.size(store_table::parked_carts).entries);
  }
  rate(state, "puts/s", static_cast<double>(n * state.iterations()));
  state.counters["MB/s"] = benchmark::Counter(bytes / 1e6, benchmark::Counter::kIsRate);
}
BENCHMARK(store_puts)
  ->ArgName("batch")
  ->Arg(1)
  ->Arg(16)
  ->Arg(256)
  ->Iterations(1)
  ->UseManualTime()
  ->Unit(benchmark::kMillisecond);

/// A table many times as large as the store's memory; made when the first benchmark wants it.
class population {
 public:
  static constexpr uint64_t decisions_per_second = 100;

  population() : folder_{}, open_{std::make_unique<store>(options())} {
    carts = bench::full_or_small(10'000'000, 20'000);
    decisions = bench::full_or_small(1'000'000, 5'000);
    put_carts(*open_, 0, carts, 256);
    store_batch batch;
    for (uint64_t i = 0; i < decisions; ++i) {
      batch.put(store_table::decisions, decision_key(i), value_of(i));
      if (batch.size() < 256) continue;
      open_->write(batch);
      batch.clear();
    }
    open_->write(batch);
    open_->flush();
    while (open_->figures().compaction_pending_bytes > 0) ::usleep(100'000);
  }

  static std::string decision_key(uint64_t i) {
    auto at = from_unix_ms(1'700'000'000'000 + static_cast<int64_t>(i * 1000 / decisions_per_second));
    return std::move(store_key{}.time(at).at(position{i}).index(0)).bytes();
  }
  store_options options() const { return {folder_ / "live", memory_bytes, nullptr}; }
  store& open() { return *open_; }
  void close() { open_.reset(); }
  void open_again() { open_ = std::make_unique<store>(options()); }

  /// The kernel forgets what it has of the table files.
  void drop_page_cache() const {
    for (const auto& e : fs::directory_iterator{folder_ / "live"}) {
      if (e.path().extension() != ".sst") continue;
      int file = ::open(e.path().c_str(), O_RDONLY | O_CLOEXEC);
      ::posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED);
      ::close(file);
    }
  }

  uint64_t carts = 0;
  uint64_t decisions = 0;

 private:
  bench::scratch folder_;
  std::unique_ptr<store> open_;
};

population& parked() {
  static population it;
  return it;
}

/// Random keys, of carts that are parked (hit) or are not; with what the kernel caches of the files, or without.
void store_look_ups(benchmark::State& state) {
  auto& p = parked();
  bool hit = state.range(0) == 1;
  bool cold = state.range(1) == 1;
  size_t n = bench::full_or_small(cold ? 30'000 : 200'000, 1'000);
  std::mt19937_64 random{seed};
  std::vector<std::string> keys;
  for (size_t i = 0; i < n; ++i) keys.push_back(key_of(random() % p.carts + (hit ? 0 : p.carts)));
  std::vector<double> took;
  size_t found = 0;
  for (auto _ : state) {
    if (cold) p.drop_page_cache();
    auto began = std::chrono::steady_clock::now();
    for (const auto& k : keys) {
      auto asked = std::chrono::steady_clock::now();
      found += p.open().get(store_table::parked_carts, k).has_value();
      took.push_back(seconds_since(asked));
    }
    state.SetIterationTime(seconds_since(began));
  }
  std::sort(took.begin(), took.end());
  rate(state, "look-ups/s", static_cast<double>(took.size()));
  state.counters["p50_us"] = took[took.size() / 2] * 1e6;
  state.counters["p99_us"] = took[took.size() * 99 / 100] * 1e6;
  auto f = p.open().figures();
  state.counters["times_memory"] = static_cast<double>(f.disk_bytes) / static_cast<double>(memory_bytes);
  state.counters["memory_MB"] = static_cast<double>(f.cache_bytes + f.memtable_bytes + f.reader_bytes) / 1e6;
  state.counters["check_wrong"] = static_cast<double>(hit ? took.size() - found : found);
}
BENCHMARK(store_look_ups)
  ->ArgNames({"hit", "cold"})
  ->Args({1, 0})
  ->Args({0, 0})
  ->Args({1, 1})
  ->Args({0, 1})
  ->Iterations(1)
  ->UseManualTime()
  ->Unit(benchmark::kMillisecond);

/// The same keys one by one (batch 1) and many at a time.
void store_look_ups_together(benchmark::State& state) {
  auto& p = parked();
  auto batch = static_cast<size_t>(state.range(0));
  bool cold = state.range(1) == 1;
  size_t n = bench::full_or_small(cold ? 32'000 : 200'000, 1'024) / batch * batch;
  std::mt19937_64 random{seed + 1};
  std::vector<std::string> keys;
  for (size_t i = 0; i < n; ++i) keys.push_back(key_of(random() % p.carts));
  std::vector<std::string_view> views(keys.begin(), keys.end());
  size_t found = 0;
  for (auto _ : state) {
    if (cold) p.drop_page_cache();
    auto began = std::chrono::steady_clock::now();
    for (size_t i = 0; i < n; i += batch) {
      if (batch == 1) {
        found += p.open().get(store_table::parked_carts, views[i]).has_value();
      } else {
        for (const auto& f : p.open().get(store_table::parked_carts, std::span{views}.subspan(i, batch)))
          found += f.has_value();
      }
    }
    state.SetIterationTime(seconds_since(began));
  }
  rate(state, "look-ups/s", static_cast<double>(n * state.iterations()));
  state.counters["check_wrong"] = static_cast<double>(n * state.iterations() - found);
}
BENCHMARK(store_look_ups_together)
  ->ArgNames({"batch", "cold"})
  ->ArgsProduct({{1, 16, 256}, {0, 1}})
  ->Iterations(1)
  ->UseManualTime()
  ->Unit(benchmark::kMillisecond);

/// The newest hundred decisions, as a page of them asks.
void store_newest_hundred(benchmark::State& state) {
  auto& p = parked();
  uint64_t seen = 0;
  for (auto _ : state) {
    size_t n = 0;
    p.open().visit_backward(store_table::decisions, {}, {}, [&](auto, auto) { return ++n < 100; });
    seen += n;
  }
  state.counters["check_lost"] = static_cast<double>(100 * state.iterations() - seen);
}
BENCHMARK(store_newest_hundred)->Unit(benchmark::kMicrosecond);

/// With so many carts written since the last one; and opened again behind it.
void store_flush(benchmark::State& state) {
  auto& p = parked();
  uint64_t fresh = static_cast<uint64_t>(state.range(0)) / (bench::small() ? 100 : 1);
  uint64_t next = 2 * p.carts;
  double open = 0;
  for (auto _ : state) {
    put_carts(p.open(), next, fresh, 256);
    next += fresh;
    auto began = std::chrono::steady_clock::now();
    p.open().flush();
    state.SetIterationTime(seconds_since(began));
    p.close();
    began = std::chrono::steady_clock::now();
    p.open_again();
    open += seconds_since(began);
  }
  state.counters["open_ms"] = open / static_cast<double>(state.iterations()) * 1e3;
  state.counters["check_lost"] = p.open().get(store_table::parked_carts, key_of(next - 1)).has_value() ? 0 : 1;
}
BENCHMARK(store_flush)
  ->ArgName("fresh")
  ->Arg(1'000)
  ->Arg(50'000)
  ->Iterations(3)
  ->UseManualTime()
  ->Unit(benchmark::kMillisecond);

/// The older half of the decisions, by age. Last: there is one table to forget.
void store_forget(benchmark::State& state) {
  auto& p = parked();
  uint64_t half = p.decisions / 2;
  for (auto _ : state) p.open().erase_range(store_table::decisions, {}, population::decision_key(half));
  rate(state, "erased/s", static_cast<double>(half));
  uint64_t left = 0;
  p.open().visit(store_table::decisions, {}, {}, [&](auto, auto) { return ++left, true; });
  state.counters["check_wrong"] = static_cast<double>(p.decisions - half) - static_cast<double>(left);
}
BENCHMARK(store_forget)->Iterations(1)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace cartwheel
