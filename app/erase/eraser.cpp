#include "app/erase/eraser.hpp"

#include "app/erase/clean_payload.hpp"
#include "app/erase/erased_people.hpp"
#include "app/erase/limits.hpp"
#include "app/journal/carrier.hpp"
#include "runtime/journal/segment_rewrite.hpp"

#include <spdlog/spdlog.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <set>
#include <system_error>

namespace cartwheel {
namespace {

/// Calls `visit` with the place of each event of a record.
template <class Visit>
void each_event(const logged_record& r, Visit&& visit) {
  event_batch batch{r.what.payload};
  decode_parts(r.what, batch);
  for (size_t i = 0; i < batch.events.size(); ++i) visit(event_place{r.at, i}, batch.events[i]);
}

template <class Visit>
void each_erasure(const logged_record& r, Visit&& visit) {
  if (!may_hold_erasure(r.what)) return;
  each_event(r, [&](event_place at, const event& e) {
    if (is_erasure(r.what, e)) visit(at, e);
  });
}

}  // namespace

eraser::eraser(file_layer& files, std::filesystem::path folder, segment_log& log, const clock_source& clock,
               const node_hash_keys& keys, milliseconds after, hooks h)
    : files_{files},
      folder_{std::move(folder)},
      log_{log},
      clock_{clock},
      keys_{keys},
      after_{after},
      hooks_{std::move(h)} {
  // The segment that is appended to is read now, before somebody does; the closed ones, perhaps many, by the thread.
  log_.read_from(log_.closed_below(), [this](const logged_record& r) {
    note_in(r);
    return true;
  });
  thread_ = std::thread{[this] { run(); }};
}

void eraser::note(event_place at, instant received) {
  std::lock_guard lock{mutex_};
  pending_.emplace(at, received);
}

void eraser::note_in(const logged_record& r) {
  each_erasure(r, [&](event_place at, const event&) { note(at, r.what.received); });
}

erasure_figures eraser::figures() const {
  std::lock_guard lock{mutex_};
  erasure_figures f{pending_.size(), done_, milliseconds{0}};
  if (!pending_.empty()) f.oldest_pending = std::max(f.oldest_pending, clock_.now() - pending_.begin()->second);
  return f;
}

void eraser::stop() {
  {
    std::lock_guard lock{mutex_};
    stopping_.store(true, std::memory_order_release);
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void eraser::run() {
  ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), limits::erasure_niceness);
  bool found = false;
  auto next = std::chrono::steady_clock::now();
  for (; !stopping(); rest()) {
    if (std::chrono::steady_clock::now() < next) continue;
    try {
      if (!found) find_pending();
      found = true;
      step();
    } catch (const std::system_error& e) {
      hooks_.broke(std::string{"erasing: "} + e.what());
      return;
    } catch (const std::exception& e) {
      spdlog::error("erasures wait: {}", e.what());
      next = std::chrono::steady_clock::now() + limits::erasure_retry_after;
    }
  }
}

void eraser::rest() {
  std::unique_lock lock{mutex_};
  wake_.wait_for(lock, limits::erasure_look_every, [this] { return stopping(); });
}

void eraser::find_pending() {
  read_closed(files_, folder_, log_.closed_below(), [this](const logged_record& r) {
    note_in(r);
    return !stopping();
  });
}

std::optional<event_place> eraser::newest_if_due() {
  std::lock_guard lock{mutex_};
  if (pending_.empty() || clock_.now() - pending_.begin()->second < after_) return std::nullopt;
  return pending_.rbegin()->first;
}

/// A run waits until its erasures lie in closed segments, and those behind two snapshots; both are helped along, for on a
/// quiet server neither would happen by itself for days.
void eraser::step() {
  if (!due_) due_ = newest_if_due();
  if (!due_) return;
  if (!closed_at_) {
    if (log_.closed_below() <= due_->record) return log_.close_segment();
    closed_at_ = log_.closed_below();
  }
  if (hooks_.needed_from() < *closed_at_) return hooks_.want_snapshot();
  carry_out(*closed_at_);
  due_.reset();
  closed_at_.reset();
}

void eraser::carry_out(position below) {
  auto began = std::chrono::steady_clock::now();
  auto go_on = [this] { return !stopping(); };
  erased_people people{keys_};
  std::set<event_place> erasures;
  position first = below, last{};
  read_closed(files_, folder_, below, [&](const logged_record& r) {
    each_erasure(r, [&](event_place at, const event& e) {
      people.add(at, r.what.received, e);
      erasures.insert(at);
      first = std::min(first, r.at);
    });
    last = r.at;
    return go_on() && erasures.size() < limits::erasures_at_once;
  });
  do {
    people.begin_reading();
    read_closed(files_, folder_, below, [&](const logged_record& r) {
      if (holds_events(r.what)) each_event(r, [&](event_place at, const event& e) { people.look_at(at, e); });
      return go_on();
    });
  } while (go_on() && people.finish_reading());
  if (!go_on()) return;
  auto done = rewrite_closed(
    files_, folder_, log_, {position{}, below}, [&](const logged_record& r) { return payload_without(people, r); },
    go_on);
  if (!go_on()) return;
  if (hooks_.erased) hooks_.erased(people);
  rewrite_closed(
    files_, folder_, log_, {first, below}, [&](const logged_record& r) { return payload_without(erasures, r); }, go_on);
  if (!go_on()) return;
  std::lock_guard lock{mutex_};
  // Also those that were forgotten with their segment before their turn came.
  done_ += std::erase_if(pending_, [&](const auto& p) { return p.first.record <= last; });
  spdlog::info("{} erasures carried out in the log: {} records of {} segments, in {:.1f} s", erasures.size(),
               done.records, done.segments,
               std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count());
}

}  // namespace cartwheel
