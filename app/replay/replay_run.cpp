#include "app/replay/replay_run.hpp"

#include "actors/event/decode.hpp"
#include "actors/gateway/epoch_cutter.hpp"
#include "actors/shard/engine.hpp"
#include "app/config/countries.hpp"
#include "app/replay/epochs_ahead.hpp"
#include "app/replay/event_file.hpp"
#include "app/replay/limits.hpp"
#include "app/replay/shard_choice.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>
#include <cstring>
#include <mutex>
#include <optional>
#include <thread>
#include <tuple>

namespace cartwheel {

namespace {

/// A replay needs no secrets; fixed keys make its tables, too, the same every time.
constexpr node_hash_keys replay_keys{{1, 2}, {3, 4}, {5, 6}};

class collector final : public shard_observer {
 public:
  explicit collector(uint16_t shards) : lines_(shards), applied_(shards) {}

  void decided(shard_id shard, std::vector<decision_line> lines) override {
    auto& mine = lines_[static_cast<size_t>(shard)];
    mine.insert(mine.end(), std::move_iterator{lines.begin()}, std::move_iterator{lines.end()});
  }
  void dead(shard_id, dead_letter) override {}
  void recovered(shard_id, recovered_cart) override {}
  void applied(shard_id shard, size_t) override {
    std::lock_guard lock{mutex_};
    ++applied_[static_cast<size_t>(shard)];
    worked_.notify_one();
  }

  void wait_until_behind_by(size_t submitted, size_t most) {
    std::unique_lock lock{mutex_};
    worked_.wait(lock, [&] { return submitted - *std::min_element(applied_.begin(), applied_.end()) <= most; });
  }

  std::vector<decision_line> take() {
    std::vector<decision_line> all;
    for (auto& l : lines_) all.insert(all.end(), std::move_iterator{l.begin()}, std::move_iterator{l.end()});
    auto key = [](const decision_line& l) { return std::tie(l.tick, l.shop, l.cart_id, l.step); };
    std::sort(all.begin(), all.end(), [&](const auto& a, const auto& b) { return key(a) < key(b); });
    return all;
  }

 private:
  std::vector<std::vector<decision_line>> lines_;
  std::mutex mutex_;
  std::condition_variable worked_;
  std::vector<size_t> applied_;
};

/// The engine and what feeds it; made when the first event shows where the clock begins.
struct run {
  run(const settings& config, std::shared_ptr<const country_laws> laws, uint16_t shards, instant first_event)
      : seen{shards},
        machine{{shards, config.campaign, config.shops, replay_keys, tick_of(first_event) - tick_length, false, false,
                 &seen, nullptr, nullptr, 1h, nullptr, config.policy, std::move(laws)}},
        cutter{shards, replay_keys, [this](epoch_ptr e) {
                 const auto may_be_under_way = ahead.add(events_in(*e));
                 machine.submit(std::move(e));
                 seen.wait_until_behind_by(++submitted, may_be_under_way);
               }} {}

  static size_t events_in(const epoch& e) {
    size_t events = 0;
    for (const auto& v : e.by_cart) events += v.size();
    for (const auto& v : e.by_person) events += v.size();
    return events;
  }

  collector seen;
  engine machine;
  size_t submitted = 0;
  epochs_ahead ahead{limits::replay_epochs_ahead_max, limits::replay_events_ahead_max};
  epoch_cutter cutter;
};

uint16_t shard_count(const settings& config, const event_batch& first) {
  if (config.node.shards != 0) return config.node.shards;
  return shards_for(first.events, static_cast<uint16_t>(std::thread::hardware_concurrency()));
}

/// By memchr, which looks at many bytes at once.
size_t count_lines(std::string_view block) {
  size_t lines = 0;
  const char* at = block.data();
  const char* end = at + block.size();
  while ((at = static_cast<const char*>(std::memchr(at, '\n', static_cast<size_t>(end - at)))) != nullptr) {
    ++lines;
    if (++at == end) break;
  }
  return lines;
}

void note_refused(replay_summary& summary, const std::string& file, const refused_event& r) {
  ++summary.events[static_cast<size_t>(r.kind)][static_cast<size_t>(event_result::refused)];
  if (summary.refusals.size() < limits::replay_refusals_shown_max)
    summary.refusals.push_back(fmt::format("{}:{}: {}", file, r.index + 1, r.reason));
  else
    ++summary.refusals_not_shown;
}

}  // namespace

uint64_t replay_summary::total(event_result result) const {
  uint64_t n = 0;
  for (const auto& kind : events) n += kind[static_cast<size_t>(result)];
  return n;
}

replay_summary run_replay(const std::vector<std::string>& files, const settings& config, bool drain,
                          const std::function<void(const std::vector<decision_line>&)>& decide) {
  replay_summary summary;
  auto began = std::chrono::steady_clock::now();
  const auto laws = std::make_shared<const country_laws>(*countries_or_throw(config.policy).laws);
  std::optional<run> r;
  for (const auto& path : files) {
    event_file file{path};
    size_t line = 0;
    for (std::string block = file.next_block(); !block.empty(); block = file.next_block()) {
      const size_t lines = count_lines(block);
      auto batch = std::make_shared<event_batch>(whole(std::move(block)));
      batch->events.reserve(lines);
      batch->indexes.reserve(lines);
      decode_json_lines(batch->chunk().bytes, {}, *batch, line);
      line += lines;
      for (const auto& refused : batch->refused) note_refused(summary, path, refused);
      if (batch->events.empty()) continue;
      if (!r) r.emplace(config, laws, shard_count(config, *batch), batch->events.front().time);
      for (const auto& e : batch->events) summary.begin = std::min(summary.begin, e.time);
      r->cutter.take(batch);
    }
  }
  if (r) {
    r->cutter.finish(drain);
    r->seen.wait_until_behind_by(r->submitted, 0);
    summary.end = r->cutter.newest();
    summary.late = r->cutter.late();
    summary.events[static_cast<size_t>(event_kind::other)][static_cast<size_t>(event_result::ignored)] +=
      r->cutter.ignored();
    for (size_t s = 0; s < r->machine.shards(); ++s) {
      const auto& m = r->machine.metrics(s);
      for (size_t k = 0; k < event_kind_count; ++k)
        for (size_t result = 0; result < event_result_count; ++result)
          summary.events[k][result] += m.events[k][result].value();
      for (size_t o = 0; o < m.decisions.size(); ++o)
        for (size_t w = 0; w < reason_count; ++w)
          if (uint64_t n = m.decisions[o][w].value(); n != 0)
            summary.decisions[{static_cast<decision_outcome>(o), static_cast<reason>(w)}] += n;
      summary.carts += m.carts_opened.value();
      summary.abandoned += m.carts_abandoned.value();
      summary.open += static_cast<uint64_t>(m.carts.value());
      summary.recovered += m.recovered.value();
      summary.cart_failures += m.cart_failures.value();
    }
    decide(r->seen.take());
  } else {
    decide({});
  }
  summary.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  return summary;
}

}  // namespace cartwheel
