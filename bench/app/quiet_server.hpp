#pragma once

#include "actors/gateway/gateway.hpp"
#include "actors/shard/engine.hpp"
#include "app/serve/node.hpp"
#include "bench/runtime/scratch.hpp"

#include <spdlog/spdlog.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <string>
#include <thread>
#include <utility>

namespace cartwheel::bench {

/// The whole server (app/serve/node) on an empty folder of the disk that counts. Events come in where its listeners would
/// put them: what is measured is what is behind. Shops count as heard, so that time alone decides.
class quiet_server {
 public:
  quiet_server(const scratch& folder, std::shared_ptr<const clock_source> clock, settings s = {})
      : node_{std::make_unique<node>(on(folder, std::move(s)), std::move(clock))} {}

  /// Forward entries. Waits while the server has enough to do; gives up the process when they cannot be made durable.
  void take(std::string entries) {
    while (waiting_ > 64 || node_->events().busy()) std::this_thread::sleep_for(std::chrono::microseconds{50});
    ++waiting_;
    node_->events().take_chunk("cartwheel.events", whole(std::move(entries)), [this](bool durable) {
      if (!durable) std::abort();
      --waiting_;
    });
  }
  void wait_until_applied() {
    while (waiting_ > 0) std::this_thread::sleep_for(std::chrono::microseconds{50});
    while (!node_->events().wait_until_applied(std::chrono::seconds{1})) {}
  }

  uint64_t applied(event_kind kind) const {
    return sum([kind](const shard_metrics& m) {
      return m.events[static_cast<size_t>(kind)][static_cast<size_t>(event_result::applied)].value();
    });
  }
  /// Steps of carts that were decided, however.
  uint64_t decided() const {
    return sum([](const shard_metrics& m) {
      uint64_t all = 0;
      for (const auto& outcome : m.decisions)
        for (const auto& n : outcome) all += n.value();
      return all;
    });
  }
  uint64_t decided(decision_outcome outcome) const {
    return sum([outcome](const shard_metrics& m) {
      uint64_t all = 0;
      for (const auto& n : m.decisions[static_cast<size_t>(outcome)]) all += n.value();
      return all;
    });
  }
  int64_t carts() const {
    return static_cast<int64_t>(sum([](const shard_metrics& m) { return static_cast<uint64_t>(m.carts.value()); }));
  }
  /// The gauge is set behind what it counts; gives back what it says when that has become `expected`, or does not.
  int64_t carts_once(int64_t expected) const {
    for (int n = 0; n < 5'000 && carts() != expected; ++n) std::this_thread::sleep_for(std::chrono::milliseconds{1});
    return carts();
  }

 private:
  static settings on(const scratch& folder, settings s) {
    spdlog::set_level(spdlog::level::err);
    s.node.data_dir = (folder / "data").string();
    s.node.watermark_silence = 0s;
    s.forward.listen.port = s.http.listen.port = s.public_site.listen.port = 0;
    return s;
  }
  template <class Of>
  uint64_t sum(Of of) const {
    uint64_t all = 0;
    for (size_t s = 0; s < node_->shards().shards(); ++s) all += of(node_->shards().metrics(s));
    return all;
  }

  std::atomic<size_t> waiting_{0};
  std::unique_ptr<node> node_;
};

}  // namespace cartwheel::bench
