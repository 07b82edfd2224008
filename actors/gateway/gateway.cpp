#include "actors/gateway/gateway.hpp"

#include "actors/coupon/coupon_desk.hpp"
#include "actors/coupon/coupon_record.hpp"
#include "actors/event/decode.hpp"
#include "actors/gateway/log_records.hpp"
#include "actors/gateway/record_meanings.hpp"
#include "runtime/base/memory_watch.hpp"
#include "runtime/journal/limits.hpp"

#include <caf/send.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <thread>

namespace cartwheel {

gateway::gateway(engine& shards, journal& log, file_layer& files, const clock_source& clock, const node_hash_keys& keys,
                 node_log& told, gateway_options options, std::function<void(bool)> pressure)
    : engine_{shards},
      journal_{log},
      clock_{clock},
      told_{told},
      options_{std::move(options)},
      in_force_{options_.configuration},
      tag_{options_.tag},
      router_{shards.shards(), keys},
      pressure_{[this](bool on) { return pressed(on); }, std::move(pressure)},
      loads_(shards.shards()),
      files_{files} {
  for (uint16_t i = 0; i < shards.shards(); ++i) {
    epochs_applied_.push_back(std::make_unique<std::atomic<uint64_t>>(0));
  }
  if (options_.event_clock)
    cutter_.emplace(shards.shards(), keys, [this](std::shared_ptr<epoch> e) { hand_on(std::move(e)); });
  committer::hooks hooks{[this](committed_epoch e) { on_epoch(std::move(e)); },
                         [this](const std::string& why) { broke(why); }};
  committer_ =
    std::make_unique<committer>(log, clock, committer::options{!options_.event_clock, options_.sync}, std::move(hooks));
}

gateway::~gateway() { stop(); }

void gateway::broke(const std::string& why) {
  std::lock_guard lock{broken_mutex_};
  if (broken_.empty()) broken_ = why;
  is_broken_.store(true, std::memory_order_release);
}

decode_rules gateway::rules() const {
  decode_rules r;
  r.received = clock_.now();
  // With the events' own clock there is no "now" to be ahead of.
  if (!options_.event_clock) r.now = r.received;
  return r;
}

void gateway::take_chunk(std::string_view tag, slice entries, std::function<void(bool)> accepted) {
  if (!tag_.matches(tag)) {
    other_tags_.add();
    accepted(true);
    return;
  }
  auto began = std::chrono::steady_clock::now();
  auto how = rules();
  auto batch = std::make_shared<event_batch>(std::move(entries));
  decode_entries(batch->chunk().bytes, how, *batch);
  submit_batch(std::move(batch), payload_format::forward_entries, how.received, news::of_the_shop,
               [this, began, accepted = std::move(accepted)](bool durable) {
                 ack_seconds_.observe(std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count());
                 accepted(durable);
               });
}

void gateway::take_json(std::string body, payload_format format, std::function<void(posted_events)> done, news whose) {
  auto how = rules();
  auto batch = std::make_shared<event_batch>(whole(std::move(body)));
  std::optional<std::string> error;
  switch (format) {
    case payload_format::json_lines: decode_json_lines(batch->chunk().bytes, how, *batch); break;
    case payload_format::cloudevents: error = decode_cloudevents(batch->chunk().bytes, how, *batch); break;
    default: error = decode_json(batch->chunk().bytes, how, *batch); break;
  }
  posted_events result;
  if (error) {
    result.error = std::move(*error);
    done(std::move(result));
    return;
  }
  result.accepted = batch->events.size();
  for (const auto& r : batch->refused) result.refused.push_back({r.index, r.reason});
  submit_batch(std::move(batch), format, how.received, whose,
               [result = std::move(result), done = std::move(done)](bool durable) mutable {
                 result.durable = durable;
                 done(std::move(result));
               });
}

/// Told where they stand in the log, so that recovery tells the same.
void gateway::note_refused(const event_batch& batch, instant received, position at) {
  for (const auto& r : batch.refused) {
    counts_[static_cast<size_t>(r.kind)][static_cast<size_t>(event_result::refused)].add();
    told_.dead(shard_id{}, {received,
                            (r.time_ahead ? "time_ahead: " : "") + r.reason,
                            std::string{r.raw.substr(0, node_log::dead_letter_bytes_max)},
                            {},
                            event_place{at, r.index}});
  }
}

void gateway::count_ignored(uint64_t n) {
  counts_[static_cast<size_t>(event_kind::other)][static_cast<size_t>(event_result::ignored)].add(n);
}

/// Before they are acknowledged, so that whoever acts on the ack is dated after them.
void gateway::note_newest(const event_batch& batch) {
  int64_t newest = unix_ms(before_all);
  for (const auto& e : batch.events) newest = std::max(newest, unix_ms(e.time));
  int64_t known = newest_ms_.load(std::memory_order_relaxed);
  while (known < newest && !newest_ms_.compare_exchange_weak(known, newest, std::memory_order_relaxed)) {}
}

void gateway::submit_batch(std::shared_ptr<event_batch> batch, payload_format format, instant received, news whose,
                           std::function<void(bool)> durable) {
  if (is_broken()) {  // also by a snapshot: what one part of the disk does, another will
    if (durable) durable(false);
    return;
  }
  if (options_.event_clock) note_newest(*batch);
  submission s;
  s.what = {whose == news::of_the_shop ? record_kind::events : record_kind::own_events, format, received,
            batch->chunk()};
  s.must_sync = std::ranges::any_of(batch->events, [](const event& e) {
    return e.kind == event_kind::consent || e.kind == event_kind::erase || e.kind == event_kind::preferences;
  });
  s.meaning = std::make_shared<events_meaning>(std::move(batch), whose);
  s.durable = std::move(durable);
  committer_->submit(std::move(s));
  pressure_.look();
}

void gateway::submit_own(record_kind kind, std::string payload, bool must_sync,
                         std::shared_ptr<const record_meaning> meaning, std::function<void(bool)> durable) {
  submission s;
  s.what = {kind, payload_format::none, clock_.now(), whole(std::move(payload))};
  s.meaning = std::move(meaning);
  s.durable = std::move(durable);
  s.must_sync = must_sync;
  committer_->submit(std::move(s));
}

void gateway::write_intents(std::vector<settled_reminder> reminders, std::function<void(bool)> durable) {
  auto payload = written_settled(reminders);
  submit_own(record_kind::intents, std::move(payload), true, std::make_shared<settled_meaning>(std::move(reminders)),
             std::move(durable));
}

void gateway::settle(std::vector<settled_reminder> reminders) {
  auto payload = written_settled(reminders);
  submit_own(record_kind::outcomes, std::move(payload), true, std::make_shared<settled_meaning>(std::move(reminders)));
}

void gateway::command(std::vector<settled_reminder> reminders, std::function<void(bool)> durable) {
  auto payload = written_settled(reminders);
  submit_own(record_kind::commands, std::move(payload), true, std::make_shared<settled_meaning>(std::move(reminders)),
             std::move(durable));
}

void gateway::hear(std::vector<news_of_address> news, std::function<void(bool)> durable) {
  auto payload = written_news(news);
  submit_own(record_kind::addresses, std::move(payload), true, std::make_shared<news_meaning>(std::move(news)),
             std::move(durable));
}

void gateway::take_codes(std::vector<imported_code> codes, std::function<void(bool)> durable) {
  auto payload = written_codes(codes);
  submit_own(record_kind::coupons, std::move(payload), true, std::make_shared<codes_meaning>(std::move(codes)),
             std::move(durable));
}

/// They need no sync of their own: an intent that rests on them stands behind them in the log.
void gateway::decided(std::span<const decision_line> lines) {
  std::vector<decision_line> fresh;
  std::ranges::copy_if(lines, std::back_inserter(fresh),
                       [](const decision_line& l) { return l.origin == decision_origin::part_c; });
  if (!fresh.empty()) submit_own(record_kind::decisions, written_decisions(fresh), false, nullptr);
}

void gateway::failed(const event_place& place) {
  if (recovering_.load(std::memory_order_acquire)) return;
  submit_own(record_kind::failures, written_failure(place), false, nullptr);
}

void gateway::grant(shard_id shard, size_t n) {
  caf::anon_send(engine_.shard_actor_at(static_cast<size_t>(shard)), cartwheel::grant{n});
}

void gateway::on_epoch(committed_epoch committed) {
  position end{cartwheel::count(committed.first) + committed.entries.size() + (committed.tick ? 1 : 0)};
  auto e = std::make_shared<epoch>(engine_.shards());
  e->number = committed.number;
  e->resume = end;
  e->now = committed.now;
  position at = committed.first;
  for (const auto& entry : committed.entries) {
    const position here = std::exchange(at, next(at));
    if (const auto* events = dynamic_cast<const events_meaning*>(entry.meaning.get())) {
      note_refused(*events->batch, entry.what.received, here);
      std::vector<const event*> failed_before;
      if (auto i = failed_before_.find(here); i != failed_before_.end())
        for (size_t index : i->second)
          if (index < events->batch->events.size()) failed_before.push_back(&events->batch->events[index]);
      if (entry.must_sync && options_.erased) tell_of_erasures(*events->batch, here, entry.what.received);
      if (options_.coupons != nullptr) tell_of_orders(*events->batch);
      if (events->whose == news::of_the_shop) {
        std::lock_guard lock{tracker_mutex_};
        tracker_.note(*events->batch, entry.what.received);
      }
      if (cutter_) {
        uint64_t before = cutter_->ignored();
        cutter_->take(events->batch, here, failed_before, std::exchange(resume_index_, 0));
        count_ignored(cutter_->ignored() - before);
        continue;
      }
      e->batches.push_back({events->batch, here});
      e->failed_before.insert(e->failed_before.end(), failed_before.begin(), failed_before.end());
      count_ignored(router_.deal(*events->batch, 0, events->batch->events.size(), *e));
    } else if (const auto* start = dynamic_cast<const start_meaning*>(entry.meaning.get())) {
      if (auto rules = comes_into_force(start->start.configuration)) {
        if (cutter_)
          cutter_->use(std::move(rules));
        else
          e->rules = std::move(rules);
      }
      std::lock_guard lock{tracker_mutex_};
      tracker_.restart(start->start.watermarks, entry.what.received);
    } else if (const auto* outcomes = dynamic_cast<const settled_meaning*>(entry.meaning.get())) {
      for (const auto& r : outcomes->reminders) {
        if (options_.coupons != nullptr) options_.coupons->heard(r);
        if (cutter_)
          cutter_->settle(r);
        else
          add_to(*e, r);
      }
    } else if (const auto* told = dynamic_cast<const news_meaning*>(entry.meaning.get())) {
      for (const auto& n : told->news) {
        if (cutter_)
          cutter_->hear(n);
        else
          add_to(*e, n);
      }
    } else if (const auto* brought = dynamic_cast<const codes_meaning*>(entry.meaning.get())) {
      if (options_.coupons != nullptr) options_.coupons->add(brought->codes, entry.what.received);
    }
  }
  if (options_.coupons != nullptr && (cutter_ || committed.tick))
    options_.coupons->pass(options_.event_clock ? now() : committed.now);
  if (cutter_) return;
  if (committed.tick) {
    std::lock_guard lock{tracker_mutex_};
    bool hold = tracker_.holding(committed.now);
    holding_.set(hold ? 1 : 0);
    lag_ms_.set(tracker_.lag(committed.now).count());
    if (!hold) {
      e->decide_until = last_tick(committed.now);
      e->marks = tracker_.at(committed.now);
    }
  }
  hand_on(std::move(e));
}

void gateway::tell_of_erasures(const event_batch& batch, position at, instant received) const {
  for (size_t i = 0; i < batch.events.size(); ++i)
    if (batch.events[i].kind == event_kind::erase) options_.erased({at, i}, received);
}

/// An order of a cart whose mail had a code uses it, as far as anybody can tell from here.
void gateway::tell_of_orders(const event_batch& batch) const {
  for (const auto& e : batch.events)
    if (e.kind == event_kind::purchase && !e.cart_id.empty() && e.details != nullptr &&
        e.details->payment != payment_state::failed)
      options_.coupons->ordered(e.shop, e.cart_id, e.time);
}

void gateway::hand_on(std::shared_ptr<epoch> e) {
  now_ = e->now;
  last_number_ = e->number;
  if (auto* memory = engine_.setup().memory) memory->look();
  if (snapshot_due()) snapshot_at(*e);
  for (size_t i = 0; i < loads_.size(); ++i)
    loads_[i].handed_on.fetch_add(e->by_cart[i].size() + e->by_person[i].size(), std::memory_order_acq_rel);
  epochs_handed_.fetch_add(1, std::memory_order_acq_rel);
  engine_.submit(std::move(e));
}

void gateway::applied(shard_id shard, size_t events) {
  loads_[static_cast<size_t>(shard)].worked_off.fetch_add(events, std::memory_order_acq_rel);
  epochs_applied_[static_cast<size_t>(shard)]->fetch_add(1, std::memory_order_acq_rel);
  pressure_.look();
}

uint64_t gateway::shard_load::behind() const {
  uint64_t done = worked_off.load(std::memory_order_acquire);
  uint64_t given = handed_on.load(std::memory_order_acquire);
  return given > done ? given - done : 0;
}

uint64_t gateway::events_behind() const {
  uint64_t all = 0;
  for (const auto& load : loads_) all += load.behind();
  return all;
}

uint64_t gateway::events_behind(size_t shard_number) const { return loads_[shard_number].behind(); }

instant gateway::now() const {
  int64_t newest = newest_ms_.load(std::memory_order_relaxed);
  return options_.event_clock && newest != unix_ms(before_all) ? from_unix_ms(newest) : clock_.now();
}

bool gateway::busy() const {
  return events_behind() > limits::applied_backlog_events_max ||
         (committer_ && committer_->backlog_bytes() > limits::commit_backlog_bytes_max);
}

/// Released a few chunks below the bound, so that senders are not stopped and started for each one; not further below,
/// since who has to wait for that is acknowledged so much later.
bool gateway::pressed(bool already) const {
  constexpr size_t released_at = limits::applied_backlog_events_max - limits::applied_backlog_events_max / 8;
  return busy() || (already && events_behind() > released_at);
}

uint64_t gateway::count(event_kind kind, event_result result) const {
  return counts_[static_cast<size_t>(kind)][static_cast<size_t>(result)].value();
}

void gateway::stop() {
  if (std::exchange(stopped_, true)) return;
  committer_->stop();
  if (cutter_) {
    cutter_->finish(false);
    cutter_.reset();
  } else {
    last_snapshot();
  }
  if (snapshots_) snapshots_->wait();  // while the shards can still write theirs
}

bool gateway::wait_until_applied(std::chrono::milliseconds most) {
  auto until = std::chrono::steady_clock::now() + most;
  auto done = [this] {
    uint64_t epochs = epochs_handed_.load(std::memory_order_acquire);
    return std::all_of(epochs_applied_.begin(), epochs_applied_.end(),
                       [epochs](const auto& n) { return n->load(std::memory_order_acquire) == epochs; });
  };
  while (!done()) {
    if (std::chrono::steady_clock::now() > until) return false;
    std::this_thread::sleep_for(1ms);
  }
  return true;
}

}  // namespace cartwheel
