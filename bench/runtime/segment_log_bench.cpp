#include "runtime/journal/segment_log.hpp"

#include "bench/runtime/scratch.hpp"
#include "bench/runtime/sizes.hpp"
#include "runtime/base/crc32c.hpp"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <random>

//   CARTWHEEL_BENCH_DIR  where the disk is that is to be measured (the folder for temporary files)
namespace cartwheel {
namespace {

size_t log_bytes() { return bench::full_or_small(1024, 4) << 20; }

/// As many as fill the log, and no more than take some seconds when each is synced.
size_t groups_of(size_t bytes) { return std::min<size_t>(log_bytes() / bytes, 20'000); }

record chunk_of(size_t bytes) {
  std::string chunk(bytes, '\0');
  std::mt19937_64 random{1};
  for (auto& c : chunk) c = static_cast<char>(random());
  return {record_kind::events, payload_format::forward_entries, from_unix_ms(1'700'000'000'000),
          whole(std::move(chunk))};
}

double milliseconds_of(std::vector<double>& seconds, double part) {
  auto at = static_cast<size_t>(part * static_cast<double>(seconds.size() - 1));
  std::nth_element(seconds.begin(), seconds.begin() + static_cast<std::ptrdiff_t>(at), seconds.end());
  return seconds[at] * 1e3;
}

/// One chunk a group; rotations are among them. Arguments: KiB of a chunk; whether each group is synced.
void segment_log_append(benchmark::State& state) {
  auto chunk = chunk_of(static_cast<size_t>(state.range(0)) * 1024);
  size_t groups = groups_of(chunk.payload.bytes.size());
  double bytes = 0;
  std::vector<double> took;
  uint64_t end = 0;
  for (auto _ : state) {
    state.PauseTiming();
    auto folder = std::make_unique<bench::scratch>();
    auto log = std::make_unique<segment_log>(real_files(), *folder / "journal");
    took.clear();
    state.ResumeTiming();
    for (size_t i = 0; i < groups; ++i) {
      auto began = std::chrono::steady_clock::now();
      log->append({&chunk, 1}, state.range(1) != 0);
      took.push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count());
    }
    log->sync();
    state.PauseTiming();
    bytes += static_cast<double>(groups * chunk.payload.bytes.size());
    end = count(log->end());
    log.reset();
    folder.reset();
    state.ResumeTiming();
  }
  state.counters["MB/s"] = benchmark::Counter(bytes / 1e6, benchmark::Counter::kIsRate);
  state.counters["p50_ms"] = milliseconds_of(took, 0.5);
  state.counters["p99_ms"] = milliseconds_of(took, 0.99);
  state.counters["max_ms"] = milliseconds_of(took, 1);
  state.counters["check_end"] = static_cast<double>(end);
}
/// The limit: the same bytes into one preallocated file, and nothing else.
void plain_file_append(benchmark::State& state) {
  auto chunk = chunk_of(static_cast<size_t>(state.range(0)) * 1024);
  size_t groups = groups_of(chunk.payload.bytes.size());
  double bytes = 0;
  for (auto _ : state) {
    state.PauseTiming();
    bench::scratch folder;
    auto file = real_files().create(folder / "journal");
    file->preallocate(log_bytes());
    state.ResumeTiming();
    for (size_t i = 0; i < groups; ++i) {
      write_fully(*file, i * chunk.payload.bytes.size(), chunk.payload.bytes);
      if (state.range(1) != 0) file->sync_data();
    }
    file->sync_data();
    bytes += static_cast<double>(groups * chunk.payload.bytes.size());
  }
  state.counters["MB/s"] = benchmark::Counter(bytes / 1e6, benchmark::Counter::kIsRate);
}

void chunks(benchmark::internal::Benchmark* b) {
  b->ArgNames({"KiB", "synced"})->ArgsProduct({{2, 64, 256}, {1, 0}})->UseRealTime()->Unit(benchmark::kMillisecond);
}
BENCHMARK(plain_file_append)->Apply(chunks);
BENCHMARK(segment_log_append)->Apply(chunks);

/// What sync = always costs where little comes in: a group of one small record.
void segment_log_append_small(benchmark::State& state) {
  bench::scratch folder;
  segment_log log{real_files(), folder / "journal"};
  auto record = chunk_of(256);
  double groups = 0;
  for (auto _ : state) {
    log.append({&record, 1}, true);
    ++groups;
  }
  state.counters["groups/s"] = benchmark::Counter(groups, benchmark::Counter::kIsRate);
}
BENCHMARK(segment_log_append_small)->UseRealTime()->Unit(benchmark::kMicrosecond);

/// Groups as large as a committer gathers them, of small records: what a record costs.
void segment_log_append_records(benchmark::State& state) {
  bench::scratch folder;
  segment_log log{real_files(), folder / "journal"};
  std::vector<record> group(1000, chunk_of(256));
  double records = 0;
  for (auto _ : state) {
    log.append(group, false);
    records += static_cast<double>(group.size());
  }
  state.counters["records/s"] = benchmark::Counter(records, benchmark::Counter::kIsRate);
}
BENCHMARK(segment_log_append_records)
  ->Iterations(bench::small() ? 4 : 1000)
  ->UseRealTime()
  ->Unit(benchmark::kMicrosecond);

/// From the page cache, as a start finds a log that was written a moment ago. Argument: bytes of a record.
void segment_log_read(benchmark::State& state) {
  bench::scratch folder;
  segment_log log{real_files(), folder / "journal"};
  auto chunk = chunk_of(static_cast<size_t>(state.range(0)));
  std::vector<record> group(std::max<size_t>(1, 256 * 1024 / chunk.payload.bytes.size()), chunk);
  size_t groups = log_bytes() / 4 / (group.size() * chunk.payload.bytes.size());
  for (size_t i = 0; i < groups; ++i) log.append(group, false);
  log.sync();
  double bytes = 0, records = 0;
  uint64_t check = 0;
  for (auto _ : state) {
    check = 0;
    log.read_from(position{1}, [&](const logged_record& r) {
      bytes += static_cast<double>(r.what.payload.bytes.size());
      ++records;
      check += r.what.payload.bytes.size();
      return true;
    });
  }
  state.counters["MB/s"] = benchmark::Counter(bytes / 1e6, benchmark::Counter::kIsRate);
  state.counters["records/s"] = benchmark::Counter(records, benchmark::Counter::kIsRate);
  state.counters["check_bytes"] = static_cast<double>(check);
}
BENCHMARK(segment_log_read)
  ->ArgName("bytes")
  ->Arg(256)
  ->Arg(64 * 1024)
  ->Arg(256 * 1024)
  ->UseRealTime()
  ->Unit(benchmark::kMillisecond);

/// What a start reads to find the log's end, in a last segment that is nearly full.
void segment_log_open(benchmark::State& state) {
  bench::scratch folder;
  {
    segment_log log{real_files(), folder / "journal"};
    auto chunk = chunk_of(64 * 1024);
    for (size_t i = 0; i < bench::full_or_small(1000, 10); ++i) log.append({&chunk, 1}, true);
  }
  uint64_t end = 0;
  for (auto _ : state) end = count(segment_log{real_files(), folder / "journal"}.end());
  state.counters["check_end"] = static_cast<double>(end);
}
BENCHMARK(segment_log_open)->UseRealTime()->Unit(benchmark::kMillisecond);

template <uint32_t (*Sum)(std::string_view, uint32_t)>
void crc32c_of(benchmark::State& state) {
  std::string bytes(64 * 1024, 'x');
  uint32_t sum = 0;
  for (auto _ : state) benchmark::DoNotOptimize(sum = Sum(bytes, 0));
  state.counters["MB/s"] = benchmark::Counter(
    static_cast<double>(state.iterations()) * static_cast<double>(bytes.size()) / 1e6, benchmark::Counter::kIsRate);
  state.counters["check_sum"] = sum;
}
BENCHMARK(crc32c_of<crc32c>);
BENCHMARK(crc32c_of<crc32c_by_table>);

}  // namespace
}  // namespace cartwheel
