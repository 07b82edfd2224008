// How a node comes back: its log is read again through the same router and the same parts (gateway.hpp).

#include "actors/coupon/coupon_desk.hpp"
#include "actors/coupon/coupon_record.hpp"
#include "actors/event/decode.hpp"
#include "actors/gateway/gateway.hpp"
#include "actors/gateway/log_records.hpp"
#include "actors/gateway/record_meanings.hpp"
#include "actors/parking/parking.hpp"
#include "runtime/base/bytes.hpp"
#include "runtime/base/partitions.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <stdexcept>
#include <thread>

namespace cartwheel {

namespace {

/// Reads on; what a record does not hold to is told with its place.
template <class F>
void at_record(const std::string& log, const logged_record& r, F&& read) {
  try {
    read();
  } catch (const broken_bytes& e) {
    throw std::runtime_error{fmt::format("{}: the log's record {} cannot be read: {}", log, count(r.at), e.what())};
  }
}

}  // namespace

/// A decision stands behind the epoch it was made in, so they are gathered before the first epoch runs again.
std::vector<past_decisions> gateway::gather_past(position from) {
  std::vector<past_decisions> past(engine_.shards());
  journal_.read_from(from, [&](const logged_record& r) {
    at_record(options_.log, r, [&] {
      if (r.what.kind == record_kind::failures) {
        auto place = read_failure(r.what.payload.bytes);
        failed_before_[place.record].push_back(place.index);
      }
      if (r.what.kind != record_kind::decisions) return;
      for (auto& line : read_decisions(r.what.payload.bytes)) {
        auto shard = shard_of(partition_of_cart(line.shop, line.cart_id), engine_.shards());
        auto tick = unix_ms(line.tick) / 1000;
        past[static_cast<size_t>(shard)][tick].push_back(std::move(line));
      }
    });
    return true;
  });
  return past;
}

/// Decoded as when it came in: by the time it was received, not by today's.
std::shared_ptr<event_batch> gateway::decoded(const record& what) const {
  decode_rules how;
  how.received = what.received;
  if (!options_.event_clock) how.now = what.received;
  auto batch = std::make_shared<event_batch>(what.payload);
  std::optional<std::string> error;
  switch (what.format) {
    case payload_format::forward_entries: decode_entries(batch->chunk().bytes, how, *batch); break;
    case payload_format::json_lines: decode_json_lines(batch->chunk().bytes, how, *batch); break;
    case payload_format::json_document: error = decode_json(batch->chunk().bytes, how, *batch); break;
    case payload_format::cloudevents: error = decode_cloudevents(batch->chunk().bytes, how, *batch); break;
    default: throw broken_bytes{"its events are in no known format"};
  }
  if (error) throw broken_bytes{*error};
  return batch;
}

std::shared_ptr<const record_meaning> gateway::meaning_of(const record& what) {
  switch (what.kind) {
    case record_kind::events:
    case record_kind::own_events: {
      auto batch = decoded(what);
      if (options_.event_clock) note_newest(*batch);
      return std::make_shared<events_meaning>(
        std::move(batch), what.kind == record_kind::events ? news::of_the_shop : news::of_this_node);
    }
    case record_kind::intents:
    case record_kind::outcomes:
    case record_kind::commands: {
      auto reminders = read_settled(what.payload.bytes);
      for (auto& s : reminders) s.cart.shard = shard_of(partition_of_cart(s.shop, s.cart_id), engine_.shards());
      return std::make_shared<settled_meaning>(std::move(reminders));
    }
    case record_kind::addresses: return std::make_shared<news_meaning>(read_news(what.payload.bytes));
    case record_kind::coupons: return std::make_shared<codes_meaning>(read_codes(what.payload.bytes));
    case record_kind::configuration: {
      auto start = read_start(what.payload.bytes);
      if (!start.configuration.empty()) rules_of(start.configuration);  // complains here, where the record is named
      return std::make_shared<start_meaning>(std::move(start));
    }
    case record_kind::tick:
    case record_kind::decisions:
    case record_kind::failures: return nullptr;  // gathered before
  }
  throw broken_bytes{fmt::format("kind {} of a record is not known to this version", static_cast<int>(what.kind))};
}

/// Errors: broken_bytes.
std::shared_ptr<const deciding_rules> gateway::rules_of(const std::string& configuration) const {
  if (!options_.read_configuration) throw broken_bytes{"it holds a configuration, which nobody here can read"};
  try {
    return std::make_shared<const deciding_rules>(options_.read_configuration(configuration));
  } catch (const std::exception& e) {
    throw broken_bytes{fmt::format("its configuration is not known to this version: {}", e.what())};
  }
}

/// The rules of a configuration, when it is another one than what is in force; it is, from here on.
std::shared_ptr<const deciding_rules> gateway::comes_into_force(const std::string& configuration) {
  if (configuration.empty() || configuration == in_force_) return nullptr;
  in_force_ = configuration;
  return rules_of(configuration);
}

position gateway::load_snapshot() {
  if (options_.snapshots.empty()) return journal_.begin();
  snapshots_ = std::make_unique<snapshot_folder>(
    files_, options_.snapshots, [this] { return sync_what_snapshots_rest_on(); },
    [this](position keep, const std::string& error) { snapshot_taken(keep, error); });
  auto found = snapshots_->newest([](const std::string& why) { spdlog::warn("snapshot not used: {}", why); });
  if (!found) {
    if (auto* place = engine_.setup().place) place->erase_all();  // of a process that came to no snapshot
    if (cartwheel::count(journal_.begin()) > 1 && !journal_.begins_anew())
      throw std::runtime_error{
        fmt::format("{}: the log begins at record {} and there is no whole snapshot of what came before",
                    options_.snapshots.string(), cartwheel::count(journal_.begin()))};
    return journal_.begin();
  }
  auto& mark = found->mark;
  if (const auto durable = durable_beside_log(); durable < mark.rests_on)
    throw std::runtime_error{
      fmt::format("{}: this snapshot rests on a store that was written up to {}, the one that is "
                  "there up to {}: it is another one, or an older copy",
                  found->stem.string(), mark.rests_on, durable)};
  if (mark.resume < journal_.begin()) {
    if (!journal_.begins_anew())
      throw std::runtime_error{fmt::format("{}: the snapshot goes on at record {}, the log begins at {}",
                                           options_.snapshots.string(), cartwheel::count(mark.resume),
                                           cartwheel::count(journal_.begin()))};
    spdlog::warn("the records {} to {} were given up by a repair", cartwheel::count(mark.resume),
                 cartwheel::count(journal_.begin()) - 1);
    mark.resume = journal_.begin();
    mark.resume_index = 0;
  }
  if (mark.resume > journal_.end()) {
    spdlog::warn("the log ends before record {}; what stood up to record {} is in the snapshot alone",
                 cartwheel::count(journal_.end()), cartwheel::count(mark.resume) - 1);
    journal_.skip_to(mark.resume);
  }
  if (mark.resume == journal_.end()) mark.resume_index = 0;
  if (auto rules = comes_into_force(mark.configuration)) engine_.use(std::move(rules));
  engine_.load(files_, found->stem, mark.shards);
  if (options_.coupons != nullptr && mark.coupons) options_.coupons->load(mark.coupons());
  tracker_ = mark.tracker;
  recovered_now_ = mark.now;
  resume_index_ = mark.resume_index;
  if (cutter_) cutter_->resume(mark.newest_event);
  newest_ms_.store(unix_ms(mark.newest_event), std::memory_order_relaxed);
  recovered_ = true;
  return mark.resume;
}

uint64_t gateway::recover(const std::function<void(const recovery_progress&)>& show) {
  const position from = load_snapshot(), end = journal_.end();
  if (from == end && !recovered_) return 0;
  recovering_.store(true, std::memory_order_release);
  engine_.begin_recovery(gather_past(from));
  uint64_t events = 0;
  committed_epoch group;
  journal_.read_from(from, [&](const logged_record& r) {
    recovered_now_ = std::max(recovered_now_, r.what.received);
    if (group.entries.empty() && !group.tick) group.first = r.at;  // a repair leaves gaps
    if (r.what.kind == record_kind::tick)
      group.tick = true;
    else
      at_record(options_.log, r, [&] {
        group.entries.push_back({r.what, meaning_of(r.what), {}});
        if (const auto* e = dynamic_cast<const events_meaning*>(group.entries.back().meaning.get()))
          events += e->batch->events.size();
      });
    if (!r.closes_group) return true;
    recovered_epochs_ = epoch_number{cartwheel::count(recovered_epochs_) + 1};
    group.number = recovered_epochs_;
    group.now = recovered_now_;
    on_epoch(std::exchange(group, {}));
    while (busy()) std::this_thread::sleep_for(100us);
    show({static_cast<double>(cartwheel::count(r.at) - cartwheel::count(from)) /
            static_cast<double>(cartwheel::count(end) - cartwheel::count(from)),
          events, open_carts()});
    return true;
  });
  while (!wait_until_applied(1s)) {}
  show({1, events, open_carts()});
  resume_index_ = 0;
  failed_before_.clear();
  recovering_.store(false, std::memory_order_release);
  recovered_ = true;
  return events;
}

uint64_t gateway::open_carts() const {
  int64_t open = 0;
  for (size_t s = 0; s < engine_.shards(); ++s)
    open += engine_.metrics(s).carts.value() + engine_.metrics(s).parked.value();
  return static_cast<uint64_t>(open);
}

void gateway::start() {
  // In front of what recovery has left to decide, as it stands in the log.
  if (auto rules = comes_into_force(options_.configuration)) {
    spdlog::info("the configuration decides otherwise than the one before it: open carts go on by the new one");
    engine_.use(std::move(rules));
  }
  if (std::exchange(recovered_, false)) engine_.end_recovery();
  process_start begun{options_.watermarks, options_.configuration};
  auto payload = written_start(begun);
  submit_own(record_kind::configuration, std::move(payload), true, std::make_shared<start_meaning>(std::move(begun)));
  committer_->start(recovered_epochs_, recovered_now_);
  started_ = true;
}

bool gateway::snapshot_due() const {
  return snapshots_ && !recovering_.load(std::memory_order_relaxed) && !snapshots_->under_way() &&
         (snapshot_wanted_.load(std::memory_order_relaxed) ||
          std::chrono::steady_clock::now() - snapshot_at_ >= options_.snapshot_every);
}

void gateway::want_snapshot() {
  if (snapshots_ && !snapshots_->under_way()) snapshot_wanted_.store(true, std::memory_order_relaxed);
}

void gateway::snapshot_at(epoch& e) {
  if (e.resume == position{}) return;  // a tick cut short by the end
  snapshot_at_ = std::chrono::steady_clock::now();
  snapshot_wanted_.store(false, std::memory_order_relaxed);
  snapshot_mark mark;
  mark.resume = e.resume;
  mark.resume_index = e.resume_index;
  mark.shards = engine_.shards();
  mark.now = e.now;
  mark.newest_event = cutter_ ? cutter_->newest() : before_all;
  mark.configuration = in_force_;
  if (options_.coupons != nullptr) mark.coupons = options_.coupons->cut(e.now);
  {
    std::lock_guard lock{tracker_mutex_};
    mark.tracker = tracker_;
  }
  // What an outcome says to its address waits for the next epoch in which the shards meet. It must not wait beyond the cut:
  // the log behind it does not tell it again.
  e.touches_persons = true;
  try {
    e.snapshot = snapshots_->begin(std::move(mark));
  } catch (const std::exception& error) {
    snapshot_taken({}, error.what());
  }
}

/// At the end, so that the next start has nothing to read again. (On the events' own clock a tick is in progress, and a
/// snapshot in the middle of one would not be what the log says.)
void gateway::last_snapshot() {
  if (!snapshots_ || !started_ || is_broken()) return;
  snapshots_->wait();
  auto e = std::make_shared<epoch>(engine_.shards());
  e->number = epoch_number{cartwheel::count(last_number_) + 1};
  e->now = now_;
  e->resume = journal_.end();
  snapshot_at(*e);
  hand_on(std::move(e));
}

/// A snapshot may hold what the log has not made durable yet (journal.sync): then positions would be given out twice.
/// Returns: how far what stands beside the log is durable.
uint64_t gateway::sync_what_snapshots_rest_on() {
  if (!committer_->sync()) throw std::runtime_error{"the log cannot be synced"};
  if (options_.before_snapshot_is_whole) options_.before_snapshot_is_whole();
  return durable_beside_log();
}

uint64_t gateway::durable_beside_log() const { return options_.durable_beside_log ? options_.durable_beside_log() : 0; }

/// A snapshot that cannot be written is a disk that cannot be trusted.
void gateway::snapshot_taken(position keep, const std::string& error) {
  if (!error.empty()) return broke("snapshot: " + error);
  if (keep == position{}) return;
  needed_from_.store(cartwheel::count(keep), std::memory_order_release);
  committer_->forget_below(keep);
}

}  // namespace cartwheel
