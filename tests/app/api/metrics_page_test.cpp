#include "app/api/metrics_page.hpp"

#include "actors/gateway/gateway.hpp"
#include "actors/shard/engine.hpp"
#include "tests/support/memory_journal.hpp"
#include "transport/forward/metrics.hpp"
#include "transport/http/metrics.hpp"
#include "tests/scratch_folder.hpp"

#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <sstream>
#include <thread>

namespace cartwheel {
namespace {

/// The sources of a node that never ran, to be filled in by hand.
class metrics_page_test : public testing::Test {
 protected:
  ~metrics_page_test() override { events.stop(); }

  std::string text() {
    return metrics_text(
      {shards, events, log, mails, {{"main", relay.read()}, {"other", {}}}, forward, internal, outside, 4096});
  }
  shard_metrics& shard(size_t i) { return const_cast<shard_metrics&>(shards.metrics(i)); }

  manual_clock clock{from_unix_ms(1'769'943'600'000)};
  node_log log;
  engine shards{shard_setup{2, {}, {}, {{1, 2}, {3, 4}, {5, 6}}, clock.now(), false, false, nullptr, nullptr}};
  memory_journal journal;
  gateway events{shards, journal, real_files(), clock, {{1, 2}, {3, 4}, {5, 6}}, log, {}, [](bool) {}};
  mailer_metrics mails;
  smtp::relay_counters relay;
  forward::counters forward;
  http::counters internal;
  http::counters outside;
};

bool has(const std::string& page, const std::string& line) {
  return page.starts_with(line + '\n') || page.find('\n' + line + '\n') != std::string::npos;
}

/// What promtool says of a page; nothing when it has no complaint.
std::string complaints(const std::string& page) {
  test::scratch_folder folder;
  std::string file = (folder / "page.txt").string();
  std::ofstream{file} << page;
  FILE* pipe = ::popen(("promtool check metrics <'" + file + "' 2>&1; echo \"exit $?\"").c_str(), "r");
  std::string said;
  for (int c; (c = std::fgetc(pipe)) != EOF;) said += static_cast<char>(c);
  ::pclose(pipe);
  return said == "exit 0\n" ? "" : said;
}

bool promtool_is_here() { return std::system("promtool --version >/dev/null 2>&1") == 0; }

TEST_F(metrics_page_test, promtool_has_no_complaint) {
  ASSERT_TRUE(promtool_is_here()) << "promtool (package prometheus) is not installed: scripts/install-deps.sh --tests";
  EXPECT_EQ(complaints(text()), "") << "of a node that has seen nothing";
  shard(0).count(event_kind::add_to_cart, event_result::applied, 3);
  shard(1).lateness.observe(0.7, 5);
  shard(1).count(decision_outcome::refused, reason::erased);
  log.recovered(shard_id{0}, {"s", "c", {{'E', 'U', 'R'}}, 12'999});
  mails.in_doubt.set(3);
  EXPECT_EQ(complaints(text()), "");
}

TEST_F(metrics_page_test, every_name_that_dashboards_rely_on_is_there) {
  auto page = text();
  for (const char* name : {"cartwheel_events_total",
                           "cartwheel_carts_active",
                           "cartwheel_decisions_total",
                           "cartwheel_reminders_total",
                           "cartwheel_recalled_total",
                           "cartwheel_suppressed_total",
                           "cartwheel_bounces_total",
                           "cartwheel_timer_lateness_seconds",
                           "cartwheel_withdrawal_effective_seconds",
                           "cartwheel_ack_seconds",
                           "cartwheel_journal_commit_seconds",
                           "cartwheel_ingest_lag_seconds",
                           "cartwheel_shard_backlog_events",
                           "cartwheel_smtp_messages_total",
                           "cartwheel_smtp_round_trips_total",
                           "cartwheel_smtp_connections",
                           "cartwheel_smtp_login_failures_total",
                           "cartwheel_in_doubt",
                           "cartwheel_carts_due",
                           "cartwheel_recovered_carts_total",
                           "cartwheel_recovered_value_total",
                           "cartwheel_cart_failures_total",
                           "cartwheel_erasures_pending",
                           "cartwheel_erasures_done_total",
                           "cartwheel_erasure_oldest_pending_seconds",
                           "cartwheel_carts_opened_total",
                           "cartwheel_carts_abandoned_total",
                           "cartwheel_carts_abandoned_by_stage_total",
                           "cartwheel_build_info",
                           "process_resident_memory_bytes"}) {
    EXPECT_NE(page.find(std::string{"# TYPE "} + name + ' '), std::string::npos) << name;
    EXPECT_NE(page.find(std::string{"# HELP "} + name + ' '), std::string::npos) << name;
  }
}

TEST_F(metrics_page_test, each_family_stands_once_and_each_sample_with_it) {
  std::istringstream lines{text()};
  std::set<std::string> families, samples;
  std::string family;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("# HELP ")) {
      family = line.substr(7, line.find(' ', 7) - 7);
      EXPECT_TRUE(families.insert(family).second) << line;
    } else if (!line.starts_with("#")) {
      EXPECT_TRUE(line.starts_with(family)) << line;
      EXPECT_TRUE(samples.insert(line.substr(0, line.rfind(' '))).second) << line;
    }
  }
  EXPECT_GT(families.size(), 40u);
}

TEST_F(metrics_page_test, abandoned_carts_are_told_by_how_far_they_had_come) {
  shard(0).abandoned_at[static_cast<size_t>(cart_stage::checkout)].add();
  shard(1).abandoned_at[static_cast<size_t>(cart_stage::checkout)].add();
  shard(1).abandoned_at[static_cast<size_t>(cart_stage::payment)].add();
  const auto page = text();
  EXPECT_TRUE(has(page, "cartwheel_carts_abandoned_by_stage_total{stage=\"cart\"} 0")) << page;
  EXPECT_TRUE(has(page, "cartwheel_carts_abandoned_by_stage_total{stage=\"checkout\"} 2")) << page;
  EXPECT_TRUE(has(page, "cartwheel_carts_abandoned_by_stage_total{stage=\"payment\"} 1")) << page;
}

TEST_F(metrics_page_test, what_shards_have_claimed_waits_with_them_or_with_the_mailer) {
  shard(0).claims.set(4);
  shard(1).claims.set(3);
  mails.ready.set(1);
  mails.sending.set(2);
  auto page = text();
  EXPECT_TRUE(has(page, "cartwheel_reminders_waiting{state=\"claimed\"} 4")) << page;
  EXPECT_TRUE(has(page, "cartwheel_reminders_waiting{state=\"sending\"} 2"));
  mails.deferred.set(9);  // the shards' figures may be a tick old
  EXPECT_TRUE(has(text(), "cartwheel_reminders_waiting{state=\"claimed\"} 0"));
}

TEST_F(metrics_page_test, what_has_not_happened_yet_is_zero_not_missing) {
  auto page = text();
  for (const char* sample : {
         "cartwheel_events_total{event=\"purchase\",result=\"applied\"} 0",
         "cartwheel_events_total{event=\"purchase\",result=\"duplicate\"} 0",
         "cartwheel_events_total{event=\"purchase\",result=\"refused\"} 0",
         "cartwheel_events_total{event=\"other\",result=\"ignored\"} 0",
         "cartwheel_decisions_total{outcome=\"sent\",reason=\"opt_in\",channel=\"email\"} 0",
         "cartwheel_decisions_total{outcome=\"ended\",reason=\"ordered_other_cart\",channel=\"email\"} 0",
         "cartwheel_reminders_total{outcome=\"in_doubt\",channel=\"email\"} 0",
         "cartwheel_recalled_total{at=\"content\"} 0",
         "cartwheel_suppressed_total{reason=\"complaint\"} 0",
         "cartwheel_bounces_total{kind=\"unproven\"} 0",
         "cartwheel_decisions_total{outcome=\"refused\",reason=\"suppressed_bounce\",channel=\"email\"} 0",
         "cartwheel_shard_backlog_events{shard=\"1\"} 0",
         "cartwheel_smtp_messages_total{relay=\"main\",result=\"deferred\"} 0",
         "cartwheel_smtp_connections{relay=\"main\",state=\"idle\"} 0",
         "cartwheel_smtp_connections{relay=\"other\",state=\"idle\"} 0",
         "cartwheel_smtp_breaker{relay=\"main\",state=\"closed\"} 1",
         "cartwheel_smtp_breaker{relay=\"main\",state=\"open\"} 0",
         "cartwheel_smtp_throttled_total{relay=\"other\"} 0",
         "cartwheel_carts_due{within=\"60m\"} 0",
         "cartwheel_forward_connections_closed_total{reason=\"malformed\"} 0",
         "cartwheel_timer_lateness_seconds_count 0",
         "cartwheel_withdrawal_effective_seconds_count 0",
       })
    EXPECT_TRUE(has(page, sample)) << sample;
  EXPECT_EQ(page.find("event=\"purchase\",result=\"ignored\""), std::string::npos) << "that cannot occur";
  EXPECT_EQ(page.find("event=\"other\",result=\"applied\""), std::string::npos);
}

TEST_F(metrics_page_test, doubts_that_are_open_and_that_were_dropped_are_summed) {
  mails.in_doubt.set(3);
  shard(0).in_doubt.set(2);
  shard(1).in_doubt.set(1);
  EXPECT_TRUE(has(text(), "cartwheel_in_doubt 6"));
}

TEST_F(metrics_page_test, shards_are_summed) {
  shard(0).count(event_kind::consent, event_result::applied, 2);
  shard(1).count(event_kind::consent, event_result::applied, 3);
  shard(0).count(decision_outcome::refused, reason::no_consent);
  shard(1).count(decision_outcome::refused, reason::no_consent);
  shard(1).count(decision_outcome::refused, reason::superseded);
  shard(0).lateness.observe(0.3);
  shard(1).lateness.observe(1.1, 2);
  auto page = text();
  EXPECT_TRUE(has(page, "cartwheel_events_total{event=\"consent\",result=\"applied\"} 5"));
  EXPECT_TRUE(has(page, "cartwheel_decisions_total{outcome=\"refused\",reason=\"no_consent\",channel=\"email\"} 2"));
  EXPECT_TRUE(has(page, "cartwheel_decisions_total{outcome=\"refused\",reason=\"superseded\",channel=\"email\"} 1"))
    << "one that is not foreseen is shown all the same";
  EXPECT_TRUE(has(page, "cartwheel_timer_lateness_seconds_bucket{le=\"0.5\"} 1"));
  EXPECT_TRUE(has(page, "cartwheel_timer_lateness_seconds_bucket{le=\"+Inf\"} 3"));
}

TEST_F(metrics_page_test, recovered_value_is_in_whole_units) {
  log.recovered(shard_id{0}, {"s", "a", {{'E', 'U', 'R'}}, 12'999});
  log.recovered(shard_id{1}, {"s", "b", {{'E', 'U', 'R'}}, 1});
  log.recovered(shard_id{1}, {"s", "c", {{'J', 'P', 'Y'}}, 500});
  auto page = text();
  EXPECT_TRUE(has(page, "cartwheel_recovered_value_total{currency=\"EUR\"} 130"));
  EXPECT_TRUE(has(page, "cartwheel_recovered_value_total{currency=\"JPY\"} 500"));
}

TEST_F(metrics_page_test, refusals_at_the_gate_count_once) {
  events.start();
  std::atomic<bool> done{false};
  events.take_json("[{\"event\":\"purchase\"},{\"event\":\"nonsense\",\"time\":1769943600000}]",
                   payload_format::json_document, [&](const posted_events&) { done = true; });
  while (!done) std::this_thread::yield();
  events.stop();
  auto page = text();
  EXPECT_TRUE(has(page, "cartwheel_events_total{event=\"purchase\",result=\"refused\"} 1"));
  EXPECT_TRUE(has(page, "cartwheel_events_total{event=\"other\",result=\"ignored\"} 1"));
}

}  // namespace
}  // namespace cartwheel
