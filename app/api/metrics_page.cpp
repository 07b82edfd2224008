#include "app/api/metrics_page.hpp"

#include "actors/campaign/policy.hpp"
#include "actors/coupon/coupon_desk.hpp"
#include "actors/gateway/gateway.hpp"
#include "actors/gateway/node_log.hpp"
#include "actors/mailer/mailer.hpp"
#include "actors/shard/engine.hpp"
#include "app/api/wording.hpp"
#include "app/serve/node.hpp"
#include "app/version.hpp"
#include "runtime/base/memory_watch.hpp"
#include "runtime/metrics.hpp"
#include "transport/forward/metrics.hpp"
#include "transport/http/metrics.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

namespace cartwheel {

namespace {

// The one channel that reminders leave by: the others are names of the configuration without a sender.
constexpr std::string_view only_channel = "email";

/// Writes the page, one family after the other.
class writer {
 public:
  explicit writer(const metrics_sources& from) : from_{from} {
    for (size_t i = 0; i < from.shards.shards(); ++i) shards_.push_back(&from.shards.metrics(i));
  }

  std::string write() {
    events();
    journal();
    store();
    carts();
    decisions();
    mails();
    coupons();
    times();
    relays();
    forward();
    http();
    process();
    return page_.take();
  }

 private:
  void counts(std::string_view name, std::string_view help, uint64_t value) {
    page_.family(name, "counter", help);
    page_.sample(value);
  }
  void level(std::string_view name, std::string_view help, double value) {
    page_.family(name, "gauge", help);
    page_.sample(value);
  }
  uint64_t sum(counter shard_metrics::*of) const {
    uint64_t n = 0;
    for (const auto* m : shards_) n += (m->*of).value();
    return n;
  }
  double sum(gauge shard_metrics::*of) const {
    int64_t n = 0;
    for (const auto* m : shards_) n += (m->*of).value();
    return static_cast<double>(n);
  }

  uint64_t events_of(event_kind kind, event_result result) const {
    uint64_t n = from_.events.count(kind, result);
    for (const auto* m : shards_) n += m->events[static_cast<size_t>(kind)][static_cast<size_t>(result)].value();
    return n;
  }

  void events() {
    page_.family("cartwheel_events_total", "counter", "Events by name and by what became of them, each counted once.");
    for (size_t k = 0; k < event_kind_count; ++k) {
      for (size_t r = 0; r < event_result_count; ++r) {
        auto kind = static_cast<event_kind>(k);
        auto result = static_cast<event_result>(r);
        // An unknown name is ignored or refused; a known one never ignored.
        bool occurs =
          result == event_result::refused || (kind == event_kind::other) == (result == event_result::ignored);
        uint64_t n = events_of(kind, result);
        if (occurs || n != 0) page_.sample(n, {{"event", to_string(kind)}, {"result", to_string(result)}});
      }
    }
    counts("cartwheel_other_tags_total", "Forward chunks whose tag is not ours: acknowledged, not applied.",
           from_.events.other_tags());
    page_.family("cartwheel_shard_backlog_events", "gauge",
                 "Events a shard has been given and has not worked off yet.");
    for (size_t i = 0; i < shards_.size(); ++i)
      page_.sample(from_.events.events_behind(i), {{"shard", std::to_string(i)}});
    level("cartwheel_ingest_lag_seconds", "How far behind the clock the newest news of the slowest shop is.",
          std::chrono::duration<double>(from_.events.lag()).count());
    level("cartwheel_holding", "1 while nothing is decided after a start, until the shops have been heard again.",
          from_.events.holding() ? 1 : 0);
  }

  void journal() {
    page_.family("cartwheel_journal_info", "gauge", "How the log is made durable: journal.sync.");
    page_.sample(uint64_t{1}, {{"sync", to_string(from_.events.sync())}});
    const auto* snapshots = from_.events.snapshots();
    counts("cartwheel_snapshots_total", "Snapshots taken.", snapshots == nullptr ? 0 : snapshots->taken());
    level("cartwheel_snapshot_seconds", "How long the last snapshot took.",
          snapshots == nullptr ? 0 : snapshots->last_seconds());
    level("cartwheel_snapshot_bytes", "How large the last snapshot is.",
          snapshots == nullptr ? 0 : static_cast<double>(snapshots->last_bytes()));
    counts("cartwheel_cart_ends_untold_total",
           "Carts whose end is not in the history, for too many ended at once: nothing explains them later.",
           sum(&shard_metrics::ends_untold));
    counts("cartwheel_records_unmatched_total",
           "Decisions in the log whose cart was not as they say, found in recovery: there should be none.",
           sum(&shard_metrics::records_unmatched));
    const auto& e = from_.erasures;
    level("cartwheel_erasures_pending", "Erased people whom the kept log still names.", static_cast<double>(e.pending));
    counts("cartwheel_erasures_done_total", "Erased people who were taken out of the kept log.", e.done);
    level("cartwheel_erasure_oldest_pending_seconds", "How long ago the oldest of those pending was asked for.",
          std::chrono::duration<double>(e.oldest_pending).count());
  }

  void carts() {
    level("cartwheel_carts_active", "Open carts in memory, one actor each; sales and trails among them.",
          sum(&shard_metrics::carts));
    level("cartwheel_carts_parked", "Open carts, sales and trails that wait in the store.",
          sum(&shard_metrics::parked));
    counts("cartwheel_carts_brought_back_total", "Parked carts that an event or their step brought back.",
           sum(&shard_metrics::carts_brought_back));
    counts("cartwheel_carts_opened_total", "Carts that were opened.", sum(&shard_metrics::carts_opened));
    counts("cartwheel_steps_deferred_total",
           "Steps that came up at a time of day at which no mail leaves; each comes up again.",
           sum(&shard_metrics::deferred));
    counts("cartwheel_carts_abandoned_total", "Carts whose first step came up.", sum(&shard_metrics::carts_abandoned));
    page_.family("cartwheel_carts_abandoned_by_stage_total", "counter",
                 "The same carts, by how far their shoppers had come with them.");
    for (size_t i = 0; i < cart_stage_count; ++i) {
      uint64_t n = 0;
      for (const auto* m : shards_) n += m->abandoned_at[i].value();
      page_.sample(n, {{"stage", to_string(static_cast<cart_stage>(i))}});
    }
    page_.family("cartwheel_carts_due", "gauge", "Carts that come up within this time, as things stand.");
    page_.sample(sum(&shard_metrics::due_5m), {{"within", "5m"}});
    page_.sample(sum(&shard_metrics::due_15m), {{"within", "15m"}});
    page_.sample(sum(&shard_metrics::due_60m), {{"within", "60m"}});
    level("cartwheel_carts_held", "Carts that came up and wait for news of their shop.", sum(&shard_metrics::held));
    counts("cartwheel_cart_failures_total",
           "Events on which a cart's handler failed: dead letters, the cart unchanged.",
           sum(&shard_metrics::cart_failures));
    level("cartwheel_persons", "Customers and visitors in memory.", sum(&shard_metrics::persons));
    level("cartwheel_persons_parked", "Customers and visitors that wait in the store.",
          sum(&shard_metrics::persons_parked));
    level("cartwheel_addresses", "Addresses in memory.", sum(&shard_metrics::addresses));
    level("cartwheel_addresses_parked", "Addresses that wait in the store.", sum(&shard_metrics::addresses_parked));
    level("cartwheel_orders", "Orders in memory.", sum(&shard_metrics::orders));
    level("cartwheel_orders_parked", "Orders that wait in the store.", sum(&shard_metrics::orders_parked));
    counts("cartwheel_recovered_carts_total", "Carts bought within seven days after a reminder of them was accepted.",
           sum(&shard_metrics::recovered));
    page_.family("cartwheel_recovered_value_total", "counter", "What recovered carts were bought for, in whole units.");
    for (const auto& [code, minor] : from_.log.recovered_value()) {
      currency_code currency;
      std::copy_n(code.begin(), std::min(code.size(), currency.letters.size()), currency.letters.begin());
      page_.sample(std::stod(decimal_amount(minor, currency).value_or("0")), {{"currency", code}});
    }
  }

  void decisions() {
    page_.family("cartwheel_decisions_total", "counter", "Steps that came up, by what was decided and why.");
    for (size_t o = 0; o < std::tuple_size_v<decltype(shard_metrics::decisions)>; ++o) {
      for (size_t w = 0; w < reason_count; ++w) {
        const decision what{static_cast<decision_outcome>(o), static_cast<reason>(w)};
        uint64_t n = 0;
        for (const auto* m : shards_) n += m->decisions[o][w].value();
        const bool known = std::ranges::any_of(policy_rules(), [&](const policy_rule& r) {
          return decision{r.outcome, r.reason} == what;
        });
        if (known || n != 0)
          page_.sample(
            n, {{"outcome", to_string(what.outcome)}, {"reason", to_string(what.reason)}, {"channel", only_channel}});
      }
    }
  }

  void mails() {
    const auto& m = from_.mails;
    page_.family(
      "cartwheel_reminders_total", "counter",
      "Claimed reminders by what became of them, each counted once; what was in doubt and went out again once "
      "more.");
    for (size_t i = 0; i < reminder_outcome_count; ++i) {
      auto outcome = static_cast<reminder_outcome>(i);
      page_.sample(m.of(outcome), {{"outcome", label_of(outcome)}, {"channel", only_channel}});
    }
    page_.family("cartwheel_suppressed_total", "counter", "Addresses that get no mail from then on, by why.");
    for (auto why : {address_news::hard_bounce, address_news::quota, address_news::complaint}) {
      uint64_t n = 0;
      for (const auto* s : shards_) n += s->suppressed[static_cast<size_t>(why)].value();
      page_.sample(n, {{"reason", to_string(why)}});
    }
    page_.family("cartwheel_bounces_total", "counter", "Bounces and complaints that came in, by what they came to.");
    for (size_t i = 0; i < bounce_kind_count; ++i)
      page_.sample(from_.bounces == nullptr ? 0 : from_.bounces->by_kind[i].value(),
                   {{"kind", to_string(static_cast<bounce_kind>(i))}});
    page_.family("cartwheel_recalled_total", "counter", "Reminders taken back, by where the recall met them.");
    for (size_t i = 0; i < recalled_at_count; ++i) page_.sample(m.recalled[i].value(), {{"at", recalled_at_labels[i]}});
    counts("cartwheel_recalls_too_late_total", "Recalls of reminders that had gone or been settled.",
           m.recalls_too_late.value());
    int64_t in_doubt = m.in_doubt.value();
    for (const auto* s : shards_) in_doubt += s->in_doubt.value();
    level("cartwheel_in_doubt",
          "Reminders that were offered and of which no answer came: held, going out again, or dropped by this process.",
          static_cast<double>(in_doubt));
    page_.family(
      "cartwheel_reminders_waiting", "gauge",
      "Claimed reminders by what they wait for: with their shard, for the mailer or for their outcome to stand "
      "in the log; with the mailer, for a connection, for an answer, or to be tried again.");
    const auto mailers = static_cast<double>(m.ready.value() + m.sending.value() + m.deferred.value());
    page_.sample(std::max(0.0, sum(&shard_metrics::claims) - mailers), {{"state", "claimed"}});
    page_.sample(static_cast<double>(m.ready.value()), {{"state", "ready"}});
    page_.sample(static_cast<double>(m.sending.value()), {{"state", "sending"}});
    page_.sample(static_cast<double>(m.deferred.value()), {{"state", "deferred"}});
    counts("cartwheel_reminder_retries_total", "Times a reply put a reminder off, to be tried again.",
           m.retries.value());
    counts("cartwheel_outlet_failures_total", "Times the Maildir could not be written.", m.outlet_failures.value());
  }

  void times() {
    std::vector<const histogram*> lateness;
    for (const auto* m : shards_) lateness.push_back(&m->lateness);
    std::vector<const histogram*> withdrawals;
    for (const auto* m : shards_) withdrawals.push_back(&m->withdrawal_effective);
    one("cartwheel_withdrawal_effective_seconds",
        "From a withdrawal's coming in to the moment from which on nothing more is sent.", withdrawals);
    one("cartwheel_timer_lateness_seconds", "From a step's due time to the tick it was decided in.", lateness);
    one("cartwheel_ack_seconds", "From a chunk's being read to its being durable.", {&from_.events.ack_seconds()});
    one("cartwheel_journal_commit_seconds", "One group commit of the log.", {&from_.events.commit_seconds()});
  }
  void one(std::string_view name, std::string_view help, const std::vector<const histogram*>& of) {
    page_.family(name, "histogram", help);
    page_.distribution(of);
  }

  void relays() {
    page_.family("cartwheel_smtp_messages_total", "counter", "Mails a relay was given, by what became of them.");
    for (const auto& [name, s] : from_.relays)
      for (size_t i = 0; i < smtp::verdicts; ++i)
        page_.sample(s.messages[i], {{"relay", name}, {"result", smtp::label(static_cast<smtp::verdict>(i))}});
    page_.family("cartwheel_smtp_connections", "gauge", "Connections to a relay, by what they are doing.");
    for (const auto& [name, s] : from_.relays)
      for (size_t i = 0; i < smtp::connection_states; ++i)
        page_.sample(s.connections[i],
                     {{"relay", name}, {"state", smtp::label(static_cast<smtp::connection_state>(i))}});
    page_.family("cartwheel_smtp_breaker", "gauge", "1 for the state of a relay's breaker, 0 for the others.");
    for (const auto& [name, s] : from_.relays)
      for (auto b : {smtp::breaker_state::closed, smtp::breaker_state::open, smtp::breaker_state::half_open})
        page_.sample(uint64_t{s.breaker == b}, {{"relay", name}, {"state", smtp::label(b)}});
    of_relays("cartwheel_smtp_round_trips_total", "counter", "Times a connection waited for the relay's replies.",
              &smtp::relay_stats::round_trips);
    of_relays("cartwheel_smtp_connects_total", "counter", "Connections to a relay that were made.",
              &smtp::relay_stats::connects);
    of_relays("cartwheel_smtp_connect_failures_total", "counter", "Connections that were not made, or refused at once.",
              &smtp::relay_stats::connect_failures);
    of_relays("cartwheel_smtp_login_failures_total", "counter",
              "Of these, because of our credentials: a person must act.", &smtp::relay_stats::login_failures);
    of_relays("cartwheel_smtp_connections_wanted", "gauge", "Connections the relay seems to be worth.",
              &smtp::relay_stats::connections_wanted);
    of_relays("cartwheel_smtp_throttled_total", "counter", "Mails a relay put off because they came too fast.",
              &smtp::relay_stats::throttled);
    of_relays("cartwheel_smtp_mails_per_hour_max", "gauge",
              "Mails an hour that go to a relay at most, by configuration or because it throttles; 0: no limit.",
              &smtp::relay_stats::mails_per_hour);
    page_.family("cartwheel_smtp_downgrades_total", "counter",
                 "Times a relay was found not to do what it announces, and is asked without for an hour.");
    for (const auto& [name, s] : from_.relays) {
      page_.sample(s.lock_step_changes, {{"relay", name}, {"extension", "PIPELINING"}});
      page_.sample(s.chunking_changes, {{"relay", name}, {"extension", "CHUNKING"}});
    }
    counts("cartwheel_smtp_sender_pauses_total", "Times a relay refused a shop's sender so often that its mails pause.",
           from_.mails.sender_pauses.value());
  }
  void of_relays(std::string_view metric, std::string_view type, std::string_view help,
                 uint64_t smtp::relay_stats::*figure) {
    page_.family(metric, type, help);
    for (const auto& [name, s] : from_.relays) page_.sample(s.*figure, {{"relay", name}});
  }

  static uint64_t read(const std::atomic<uint64_t>& c) { return c.load(std::memory_order_relaxed); }

  void forward() {
    const auto& f = from_.forward;
    counts("cartwheel_forward_connections_total", "Forward connections that were accepted.", read(f.connections));
    level("cartwheel_forward_connections_open", "Forward connections now.",
          static_cast<double>(read(f.connections_open)));
    counts("cartwheel_forward_connections_turned_away_total", "Forward connections beyond the bound.",
           read(f.connections_turned_away));
    page_.family("cartwheel_forward_connections_closed_total", "counter", "Forward connections that ended, by why.");
    for (size_t i = 0; i < forward::close_reason_count; ++i) {
      auto why = static_cast<forward::close_reason>(i);
      page_.sample(f.closed_by(why), {{"reason", forward::name_of(why)}});
    }
    counts("cartwheel_forward_chunks_total", "Chunks of events that were received.", read(f.chunks));
    counts("cartwheel_forward_chunks_not_applied_total", "Chunks of metrics and traces: acknowledged, not applied.",
           read(f.chunks_not_applied));
    counts("cartwheel_forward_received_bytes_total", "Bytes received over Forward.", read(f.bytes));
    counts("cartwheel_forward_acks_total", "Chunks that were acknowledged.", read(f.acks));
  }

  void http() {
    const std::array<std::pair<std::string_view, const http::counters*>, 2> listeners{
      {{"http", &from_.internal}, {"public", &from_.outside}}};
    auto family = [&](std::string_view name, std::string_view type, std::string_view help,
                      http::counters::counter http::counters::*of) {
      page_.family(name, type, help);
      for (const auto& [listener, counters] : listeners) page_.sample(read(counters->*of), {{"listener", listener}});
    };
    using c = http::counters;
    family("cartwheel_http_connections_total", "counter", "HTTP connections that were accepted.", &c::connections);
    family("cartwheel_http_connections_open", "gauge", "HTTP connections now.", &c::connections_open);
    family("cartwheel_http_connections_turned_away_total", "counter", "HTTP connections beyond the bound.",
           &c::connections_turned_away);
    family("cartwheel_http_requests_total", "counter", "HTTP requests that were read whole.", &c::requests);
    family("cartwheel_http_refused_total", "counter", "HTTP requests that were malformed, too large or one too many.",
           &c::refused);
    family("cartwheel_http_unanswered_total", "counter", "HTTP requests that got no answer in time.", &c::unanswered);
    family("cartwheel_http_timeouts_total", "counter", "HTTP clients too slow to send or to read.", &c::timeouts);
  }

  void process() {
    page_.family("cartwheel_build_info", "gauge", "Always 1; says which version runs.");
    page_.sample(uint64_t{1}, {{"version", version}});
    level("process_resident_memory_bytes", "What the process holds in memory.",
          static_cast<double>(from_.resident_bytes));
    level("cartwheel_memory_limit_bytes",
          "What the process may hold: from 85 % on idle things are parked sooner, at 100 % new "
          "carts are refused.",
          static_cast<double>(from_.memory_limit_bytes));
  }

  void store() {
    const auto& s = from_.store;
    page_.family("cartwheel_store_memory_bytes", "gauge", "What the store holds in memory, by what it is.");
    page_.sample(uint64_t{s.cache_bytes}, {{"part", "cache"}});
    page_.sample(uint64_t{s.memtable_bytes}, {{"part", "memtables"}});
    page_.sample(uint64_t{s.reader_bytes}, {{"part", "readers"}});
    level("cartwheel_store_disk_bytes", "Table files of the store.", static_cast<double>(s.disk_bytes));
    level("cartwheel_store_writers_wait", "1 while the store's flush or compaction is behind and its writers wait.",
          s.writers_wait ? 1.0 : 0.0);
  }

  void coupons() {
    if (from_.coupons == nullptr || from_.coupons->pools().empty()) return;
    page_.family("cartwheel_coupons", "gauge",
                 "Codes of the configuration's pools, by what became of them; of a pool with one code for everybody, "
                 "how often it was given.");
    for (const auto& [pool, _] : from_.coupons->pools()) {
      const auto counts = from_.coupons->counts_of(pool);
      for (size_t i = 0; i < coupon_state_count; ++i)
        page_.sample(counts[i], {{"pool", pool}, {"state", to_string(static_cast<coupon_state>(i))}});
    }
  }

  const metrics_sources& from_;
  std::vector<const shard_metrics*> shards_;
  metrics_page page_;
};

}  // namespace

std::string metrics_text(const metrics_sources& from) { return writer{from}.write(); }

std::string metrics_text(node& server) {
  return metrics_text({server.shards(), server.events(), server.log(), server.mails().metrics(),
                       server.mails().relay_stats(), server.forward_metrics(), server.http_metrics(),
                       server.public_metrics(), memory_watch::resident_bytes(), server.erasures(),
                       server.memory().limit(), server.tables().figures(), &server.bounces(), &server.coupons()});
}

}  // namespace cartwheel
