#pragma once

#include <gtest/gtest.h>
#include <rocksdb/env.h>

#include <atomic>
#include <cstdint>
#include <exception>
#include <functional>
#include <thread>
#include <vector>

namespace cartwheel::test {

/// How many of `n` runs there is time for: a sanitizer makes each take ten times as long, and looks for other things.
constexpr uint64_t runs(uint64_t n) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  return n / 10 + 1;
#else
  return n;
#endif
}

/// Runs `one` for the seeds first..last, several at a time, until one fails: after a failed flush RocksDB rests for a
/// second, and the machine need not rest with it.
inline void many_seeds(uint64_t first, uint64_t last, const std::function<void(uint64_t)>& one) {
  constexpr int at_once = 16;
  for (auto pool : {rocksdb::Env::HIGH, rocksdb::Env::LOW})
    rocksdb::Env::Default()->SetBackgroundThreads(at_once, pool);
  std::atomic<uint64_t> next{first};
  std::vector<std::thread> workers;
  for (int i = 0; i < at_once; ++i)
    workers.emplace_back([&] {
      for (uint64_t seed; (seed = next++) <= last && !testing::Test::HasFailure();) {
        SCOPED_TRACE(testing::Message() << "seed " << seed);
        try {
          one(seed);
        } catch (const std::exception& e) {
          ADD_FAILURE() << e.what();
        }
      }
    });
  for (auto& w : workers) w.join();
}

}  // namespace cartwheel::test
