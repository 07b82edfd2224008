#include "runtime/journal/committer.hpp"

#include "runtime/journal/limits.hpp"

#include <algorithm>
#include <system_error>

namespace cartwheel {

committer::committer(journal& log, const clock_source& clock, options o, hooks h)
    : log_{log},
      clock_{clock},
      options_{o},
      hooks_{std::move(h)},
      ticked_{last_tick(clock.now())},
      commit_seconds_{latency_bounds} {}

committer::~committer() { stop(); }

void committer::start(epoch_number epochs, instant newest) {
  epoch_ = epochs;
  newest_ = newest;
  thread_ = std::thread{[this] { run(); }};
}

void committer::submit(submission s) {
  size_t bytes = s.what.payload.bytes.size();
  bool refused;
  {
    std::lock_guard lock{mutex_};
    refused = stopping_;
    if (!refused) {
      waiting_.push_back(std::move(s));
      backlog_bytes_.fetch_add(bytes, std::memory_order_relaxed);
    }
  }
  if (refused) {
    if (s.durable) s.durable(false);
    return;
  }
  wake_.notify_one();
}

void committer::stop() {
  {
    std::lock_guard lock{mutex_};
    stopping_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void committer::run() {
  std::unique_lock lock{mutex_};
  for (;;) {
    auto next_tick = ticked_ + tick_length;
    auto ready = [this] { return stopping_ || !waiting_.empty() || syncs_wanted_ != syncs_done_; };
    if (options_.tick_clock) {
      // Bounded, so that a clock moved by hand or set forward is noticed soon.
      auto wait = std::clamp<std::chrono::nanoseconds>(clock_.real(next_tick - clock_.now()), 100us, 50ms);
      wake_.wait_for(lock, wait, ready);
    } else if (unsynced_ && options_.sync == sync_mode::everysec) {
      wake_.wait_for(lock, 1s, ready);
    } else {
      wake_.wait(lock, ready);
    }
    std::vector<submission> group;
    if (waiting_.size() <= limits::group_records_max) {
      group.swap(waiting_);
    } else {
      auto end = waiting_.begin() + static_cast<std::ptrdiff_t>(limits::group_records_max);
      group.assign(std::move_iterator{waiting_.begin()}, std::move_iterator{end});
      waiting_.erase(waiting_.begin(), end);
    }
    bool last = stopping_ && waiting_.empty();
    const auto wanted = syncs_wanted_;
    lock.unlock();
    instant now = clock_.now();
    bool tick = options_.tick_clock && last_tick(now) > ticked_;
    if (tick) ticked_ = last_tick(now);
    if (!group.empty() || tick) commit(std::move(group), tick, now);
    sync_if_due(last || wanted != syncs_done_);
    lock.lock();
    syncs_done_ = wanted;
    stopped_ = last && waiting_.empty();
    synced_.notify_all();
    if (stopped_) return;
  }
}

void committer::commit(std::vector<submission> group, bool tick, instant now) {
  size_t bytes = 0;
  std::vector<record> records;
  records.reserve(group.size() + 1);
  for (const auto& s : group) {
    bytes += s.what.payload.bytes.size();
    records.push_back(s.what);
  }
  if (tick) records.push_back({record_kind::tick, payload_format::none, now, {}});
  position first{};
  if (!broken_) {
    auto began = std::chrono::steady_clock::now();
    try {
      bool synced = must_sync(group);
      first = log_.append(records, synced);
      if (synced) synced_at_ = began;
      unsynced_ = !synced;
    } catch (const std::system_error& e) {
      broke(e.what());
    }
    commit_seconds_.observe(std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count());
  }
  for (auto& s : group) {
    if (s.durable) s.durable(!broken_);
    s.durable = nullptr;
  }
  backlog_bytes_.fetch_sub(bytes, std::memory_order_relaxed);
  if (broken_) return;
  epoch_ = epoch_number{count(epoch_) + 1};
  // From the log and not from the clock, so that recovery sees the same.
  for (const auto& r : records) newest_ = std::max(newest_, r.received);
  hooks_.epoch({epoch_, first, newest_, tick, std::move(group)});
  log_.truncate_below(position{keep_.load(std::memory_order_acquire)});
}

/// The mode concerns events; what answers for a mail sent or a mail forbidden is never left to luck.
bool committer::must_sync(const std::vector<submission>& group) const {
  return options_.sync == sync_mode::always ||
         std::any_of(group.begin(), group.end(), [](const submission& s) { return s.must_sync; });
}

void committer::sync_if_due(bool wanted) {
  auto now = std::chrono::steady_clock::now();
  bool due = options_.sync == sync_mode::everysec && now - synced_at_ >= 1s;
  if (!unsynced_ || broken_ || !(wanted || due)) return;
  try {
    log_.sync();
    unsynced_ = false;
    synced_at_ = now;
  } catch (const std::system_error& e) {
    broke(e.what());
  }
}

/// The one under way may have begun before: its own is waited for.
bool committer::sync() {
  std::unique_lock lock{mutex_};
  const auto mine = ++syncs_wanted_;
  wake_.notify_one();
  synced_.wait(lock, [&] { return stopped_ || syncs_done_ >= mine; });
  return !broken_;
}

void committer::broke(const char* why) {
  broken_ = true;
  hooks_.failed(why);
}

}  // namespace cartwheel
