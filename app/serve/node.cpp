#include "app/serve/node.hpp"

#include <utility>

#include "actors/content/bounce_token.hpp"
#include "actors/content/node_keys.hpp"
#include "actors/content/token.hpp"
#include "actors/coupon/coupon_desk.hpp"
#include "actors/gateway/gateway.hpp"
#include "actors/gateway/history.hpp"
#include "actors/gateway/node_log.hpp"
#include "actors/mailer/mailer.hpp"
#include "actors/parking/store_parking.hpp"
#include "actors/shard/engine.hpp"
#include "app/api/bounce_intake.hpp"
#include "app/api/internal_api.hpp"
#include "app/api/limits.hpp"
#include "app/api/public_api.hpp"
#include "app/config/deciding.hpp"
#include "app/config/endpoint.hpp"
#include "app/config/formats.hpp"
#include "app/config/memory.hpp"
#include "app/config/countries.hpp"
#include "app/config/templates.hpp"
#include "app/erase/erased_people.hpp"
#include "app/erase/eraser.hpp"
#include "app/relay/credentials.hpp"
#include "app/relay/relay_options.hpp"
#include "app/serve/data_dir.hpp"
#include "runtime/base/allocator.hpp"
#include "runtime/base/limits.hpp"
#include "runtime/base/memory_watch.hpp"
#include "runtime/journal/segment_log.hpp"
#include "runtime/store/store.hpp"
#include "transport/forward/forward_server.hpp"
#include "transport/http/http_server.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <future>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <thread>

namespace cartwheel {

namespace {

/// Threads that read, decode and answer: two keep one core busy decoding while another waits for sockets.
constexpr int io_threads = 2;

std::shared_ptr<const clock_source> clock_of(const node_settings& s) {
  if (s.clock == clock_kind::scaled)
    return std::make_shared<scaled_clock>(std::chrono::floor<milliseconds>(std::chrono::system_clock::now()),
                                          s.clock_factor);
  return std::make_shared<wall_clock>();
}

uint16_t shards_of(const node_settings& s) {
  if (s.shards != 0) return s.shards;
  return static_cast<uint16_t>(std::clamp(std::thread::hardware_concurrency(), 1u, unsigned{limits::shards_max}));
}

uint64_t memory_limit(const node_settings& s) {
  return parse_memory(s.memory, memory_watch::of_the_machine()).value_or(UINT64_MAX);
}

hash_key hash_key_of(const secret_key& key, std::string_view purpose) {
  auto derived = derive_key(key, purpose);
  hash_key h;
  static_assert(sizeof h <= sizeof derived);
  std::memcpy(&h, derived.data(), sizeof h);
  return h;
}

node_hash_keys hash_keys_of(const node_keys& keys) {
  return {hash_key_of(keys.partitions, "index"), hash_key_of(keys.partitions, "address-high"),
          hash_key_of(keys.partitions, "address-low")};
}

/// Made at the first start. After that they belong to the directory: people are known by hashes under them.
node_keys keys_of(data_dir& directory, const node_settings& s) {
  const auto file = s.keys.empty() ? directory.path() / "keys" : std::filesystem::path{s.keys};
  if (directory.has_keys() && !std::filesystem::exists(file))
    throw std::runtime_error{
      fmt::format("{}: the keys that {} was written with are not there: nobody in it would be "
                  "known again, whoever has withdrawn consent no more than others",
                  file.string(), directory.path().string())};
  auto keys = load_or_make_node_keys(file);
  const auto print = hash_key_of(keys.partitions, "fingerprint");
  directory.belong_to(fmt::format("{:016x}{:016x}", print.k0, print.k1), file);
  return keys;
}

segment_log::options log_options(const journal_settings& s) {
  segment_log::options o;
  o.keep = s.keep;
  return o;
}

std::shared_ptr<const template_set> templates_of(const settings& s) {
  auto loaded = load_templates(s);
  if (loaded.set) return loaded.set;
  std::string all = "the mail templates have errors:";
  for (const auto& e : loaded.errors) all += "\n  " + e;
  throw std::runtime_error{all};
}

std::shared_ptr<const dkim_signer> dkim_of(const settings& s) {
  if (s.dkim.empty()) return nullptr;
  auto signer = std::make_shared<const dkim_signer>(s.dkim);
  for (const auto& w : signer->warnings()) spdlog::warn("dkim: {}", w);
  return signer;
}

/// Breaks the circle of engine -> mailer -> gateway -> engine: shards are told of the mailer before it exists.
class late_reminder_sink final : public reminder_sink {
 public:
  void attach(reminder_sink* to) { to_.store(to, std::memory_order_release); }
  void ready(shard_id shard, size_t waiting) override {
    if (auto* to = get()) to->ready(shard, waiting);
  }
  void offer(due_reminder r) override {
    if (auto* to = get()) to->offer(std::move(r));
  }
  void unused(shard_id shard, size_t credits) override {
    if (auto* to = get()) to->unused(shard, credits);
  }
  void recall(const claim_id& c, reason why) override {
    if (auto* to = get()) to->recall(c, why);
  }
  void refused(const question& q, reason why) override {
    if (auto* to = get()) to->refused(q, why);
  }
  void interrupted(const question& q, uint32_t doubts, bool mail_is_kept) override {
    if (auto* to = get()) to->interrupted(q, doubts, mail_is_kept);
  }

 private:
  reminder_sink* get() const { return to_.load(std::memory_order_acquire); }
  std::atomic<reminder_sink*> to_{nullptr};
};

}  // namespace

struct node::parts {
  parts(settings c, std::shared_ptr<const clock_source> handed_in)
      : config{std::move(c)},
        countries{countries_or_throw(config.policy)},
        clock{handed_in ? std::move(handed_in) : clock_of(config.node)},
        directory{config.node.data_dir},
        keys{keys_of(directory, config.node)},
        hash_keys{hash_keys_of(keys)},
        tokens{keys.links},
        bounce_senders{keys.message_id},
        templates{templates_of(config)},
        dkim{dkim_of(config)},
        journal{real_files(), directory.path() / "journal", log_options(config.journal)},
        tables{store_options{directory.path() / "store", limits::store_memory_bytes_default, nullptr}},
        place{tables},
        memory{memory_limit(config.node)},
        past{tables, history_options()},
        coupons{config.coupons},
        log{hooks_of_log(), &past},
        shards{shard_setup{shards_of(config.node), config.campaign, config.shops, hash_keys, beginning(), true,
                           config.node.clock == clock_kind::event, &log, &sink, &place, config.node.park_after, &memory,
                           config.policy, std::make_shared<const country_laws>(*countries.laws), clock.get()}} {}

  settings config;
  loaded_countries countries;
  std::shared_ptr<const clock_source> clock;
  data_dir directory;
  node_keys keys;
  node_hash_keys hash_keys;
  token_box tokens;
  bounce_tokens bounce_senders;
  bounce_counts bounces;
  std::shared_ptr<const template_set> templates;
  std::shared_ptr<const dkim_signer> dkim;
  late_reminder_sink sink;
  segment_log journal;
  std::atomic<gateway*> events_in{nullptr};
  store tables;
  store_parking place;
  memory_watch memory;
  history past;
  coupon_desk coupons;
  node_log log;
  engine shards;
  std::unique_ptr<gateway> events;
  std::unique_ptr<mailer> mails;
  std::unique_ptr<eraser> erasing;
  boost::asio::thread_pool readers{1};
  boost::asio::io_context io{io_threads};
  std::optional<boost::asio::executor_work_guard<boost::asio::io_context::executor_type>> work;
  std::unique_ptr<forward::forward_server> forward_in;
  std::mutex reading;          // held while forward_in is made, and while it is paused
  bool shards_behind = false;  // guarded by reading
  std::unique_ptr<http::http_server> internal;
  std::unique_ptr<http::http_server> outside;
  std::vector<std::thread> threads;
  std::atomic<bool> ready{false};
  std::atomic<double> recovered_part{0};
  std::atomic<uint64_t> recovered_events{0};
  std::atomic<bool> drained{false};

  void open_internal(node& self);
  void open_to_the_world(node& self);
  void pause_reading(bool behind);
  void forget_in_history(const erased_people& who);
  void run_io();
  void end_threads();
  node_log::hooks hooks_of_log();
  history::options history_options();
  instant beginning() const;
  gateway_options gateway_settings();
  mailer_options mailer_settings();
  std::string maildir() const {
    return config.outlet.maildir.empty() ? (directory.path() / "maildir").string() : config.outlet.maildir;
  }
};

node_log::hooks node::parts::hooks_of_log() {
  return {[this](std::span<const decision_line> lines) { events_in.load()->decided(lines); },
          [this](const event_place& at) { events_in.load()->failed(at); },
          [this](shard_id shard, size_t worked) {
            if (auto* in = events_in.load()) in->applied(shard, worked);
          },
          [this](const address_key& who) { coupons.forgotten(who); }};
}

history::options node::parts::history_options() {
  return {config.journal.history, config.journal.evidence, [this](const std::string& why) {
            if (auto* in = events_in.load()) in->broke("history: " + why);
          }};
}

/// Where the shards' time begins: with the log, or now when it is empty.
instant node::parts::beginning() const {
  if (config.node.clock == clock_kind::event) return {};
  instant first = clock->now();
  journal.read_from(journal.begin(), [&](const logged_record& r) {
    first = r.what.received;
    return false;
  });
  return last_tick(first);
}

gateway_options node::parts::gateway_settings() {
  gateway_options o;
  o.event_clock = config.node.clock == clock_kind::event;
  o.sync = config.journal.sync;
  o.log = (directory.path() / "journal").string();
  o.snapshots = directory.path() / "snapshots";
  o.snapshot_every = config.journal.snapshot_every;
  o.before_snapshot_is_whole = [this] { past.flush(); };
  o.durable_beside_log = [this] { return tables.flushed(); };
  o.tag = config.forward.tag;
  o.erased = [this](const event_place& at, instant received) { erasing->note(at, received); };
  o.watermarks.lag = config.node.watermark_lag;
  o.watermarks.silence = config.node.watermark_silence;
  o.watermarks.hold = config.node.start_hold;
  o.configuration = deciding_configuration(config, countries);
  o.read_configuration = read_deciding;
  o.coupons = &coupons;
  return o;
}

mailer_options node::parts::mailer_settings() {
  mailer_options o;
  o.outlet = config.outlet.kind == outlet_kind::smtp ? mail_outlet::smtp : mail_outlet::maildir;
  o.maildir = maildir();
  if (config.outlet.kind == outlet_kind::smtp) {
    o.relays.clear();
    // What an earlier process left unanswered does not say through which relay: a person's decision comes first.
    for (const auto& [name, relay] : config.relays) {
      o.relays.push_back({name, relay.priority, relay.weight, relay.in_doubt, relay_options_of(name, relay)});
      if (relay.in_doubt == in_doubt_policy::hold || o.in_doubt == in_doubt_policy::drop) o.in_doubt = relay.in_doubt;
      // Read again at each login; but a server whose password is not there is better not started.
      const auto found = read_credentials(name, relay);
      for (const auto& warning : found.warnings) spdlog::warn("{}", warning);
      if (!found.problems.empty()) throw std::runtime_error{found.problems.front()};
    }
    o.shop_rate = config::a_second(config.rates.shop);
    o.host_rate = config::a_second(config.rates.host);
  }
  o.shops = config.shops;
  o.campaign = config.campaign;
  o.coupons = &coupons;
  o.templates = templates;
  o.dkim = dkim;
  o.keys = keys;
  o.public_url = config.public_site.url;
  o.restore_links = config.public_site.restore_links;
  o.only_to = config.outlet.only_to;
  o.event_clock = config.node.clock == clock_kind::event;
  return o;
}

node::node(settings config, std::shared_ptr<const clock_source> clock,
           const std::function<void(const recovery_progress&)>& recovering)
    : parts_{std::make_unique<parts>(std::move(config), std::move(clock))} {
  auto& p = *parts_;
  p.events = std::make_unique<gateway>(p.shards, p.journal, real_files(), *p.clock, p.hash_keys, p.log,
                                       p.gateway_settings(), [&p](bool behind) { p.pause_reading(behind); });
  p.events_in = p.events.get();
  if (const auto& cut = p.journal.opened().cut) spdlog::warn("journal: {}", to_string(*cut));
  p.open_internal(*this);
  try {
    auto applied = p.events->recover([&](const recovery_progress& progress) {
      p.recovered_part = progress.part;
      if (recovering) recovering(progress);
    });
    p.recovered_events = applied;
    p.open_to_the_world(*this);
  } catch (...) {
    p.end_threads();
    p.sink.attach(nullptr);
    p.shards.stop();  // they tell events of what they do
    throw;
  }
}

/// First, so that whoever watches hears of a long recovery.
void node::parts::open_internal(node& self) {
  http::server_options h;
  h.host = config.http.listen.host;
  h.port = config.http.listen.port;
  h.allow_remote = !config.http.token.empty();
  h.answer_time_of = answer_time_of;
  internal = std::make_unique<http::http_server>(io, h, internal_api(self));
  work.emplace(io.get_executor());
  for (int i = 0; i < io_threads; ++i) threads.emplace_back([this] { run_io(); });
}

void node::parts::open_to_the_world(node& self) {
  // The public site listens first: links in mails name its port.
  http::server_options site;
  site.key = "public.listen";
  site.host = config.public_site.listen.host;
  site.port = config.public_site.listen.port;
  site.allow_remote = true;  // serves tokens' owners, wherever they are
  site.body_bytes_max = limits::public_body_bytes_max;
  site.bodies_bytes_max = limits::public_bodies_bytes_max;
  outside = std::make_unique<http::http_server>(io, site, public_api(self));
  if (site.port == 0 && config.public_site.url == public_settings{}.url)
    config.public_site.url = "http://127.0.0.1:" + std::to_string(outside->port());
  mails = std::make_unique<mailer>(mailer_settings(), *clock, *events);
  sink.attach(mails.get());
  erasing = std::make_unique<eraser>(
    real_files(), directory.path() / "journal", journal, *clock, hash_keys, config.journal.erase_after,
    eraser::hooks{[this] { return events->needed_from(); }, [this] { events->want_snapshot(); },
                  [this](const std::string& why) { events->broke(why); },
                  [this](const erased_people& who) { forget_in_history(who); }});
  events->start();

  forward::server_options f;
  f.host = config.forward.listen.host;
  f.port = config.forward.listen.port;
  f.insecure = config.forward.insecure;
  f.on_refused = [](std::string_view peer, forward::close_reason why, std::string_view what) {
    spdlog::warn("forward: connection of {} closed ({}): {}", peer, forward::name_of(why), what);
  };
  {
    const std::lock_guard lock{reading};
    forward_in = std::make_unique<forward::forward_server>(
      io, std::move(f), [this](forward::chunk c, std::function<void(bool)> accepted) {
        events->take_chunk(c.tag, std::move(c.entries), std::move(accepted));
      });
    forward_in->pause(shards_behind);
  }
  ready = true;
}

/// The shards may be behind before there is anything to be read from: what was recovered is worked off on their threads.
void node::parts::pause_reading(bool behind) {
  const std::lock_guard lock{reading};
  shards_behind = behind;
  if (forward_in) forward_in->pause(behind);
}

void node::parts::forget_in_history(const erased_people& who) {
  past.forget(
    {[&](const decision_line& l) { return who.named_in(l.tick, l.shop, l.cart_id, l.customer_id, l.address); },
     [&](event_place at, std::string_view event) { return who.named_somewhere_in(at, event); },
     [&](const settled_reminder& r) { return who.named_in(r.tick, r.shop, r.cart_id, r.customer_id, r.address); },
     [&](const cart_milestone& m) { return who.named_in(m.happened, m.shop, m.cart_id, m.customer_id, m.address); },
     [&](const ended_cart& c) { return who.named_in(c.when, c.shop, c.cart_id, c.customer_id, c.address); }});
}

/// What connections brought was made here and freed by whoever used it, and comes back to the allocator with this thread's
/// next allocation: behind a wave of it, that may be far away.
void node::parts::run_io() {
  constexpr size_t wave = 1'000;  // handlers; a reader of /metrics has a few
  bool behind_a_wave = false;
  while (!io.stopped()) {
    const size_t ran = io.run_for(1s);
    if (ran >= wave)
      behind_a_wave = true;
    else if (std::exchange(behind_a_wave, false))
      return_freed_memory();
  }
}

void node::parts::end_threads() {
  work.reset();
  io.stop();
  for (auto& t : threads) t.join();
  threads.clear();
}

void node::drain(std::chrono::milliseconds most) {
  auto& p = *parts_;
  if (p.drained.exchange(true)) return;
  p.ready = false;
  auto until = std::chrono::steady_clock::now() + most;
  auto left = [&] {
    return std::max<std::chrono::milliseconds>(
      1ms, std::chrono::duration_cast<std::chrono::milliseconds>(until - std::chrono::steady_clock::now()));
  };
  p.erasing->stop();
  p.forward_in->stop();
  p.outside->stop();
  // What was read is decoded and acknowledged while the io threads still run.
  p.events->wait_until_applied(left());
  std::promise<void> sent;
  p.mails->drain([&sent] { sent.set_value(); });
  sent.get_future().wait();  // bounded by the mailer's own grace
  p.internal->stop();
  p.readers.join();
  p.events->stop();
  if (!p.events->wait_until_applied(left())) spdlog::warn("drain: the shards did not finish within the grace");
  p.sink.attach(nullptr);
  p.shards.stop();
  try {
    p.past.flush();  // what came behind the last snapshot; so that a start without one behind it has less to repeat
  } catch (const std::exception& e) {
    spdlog::warn("drain: history: {}", e.what());
  }
  p.end_threads();
}

node::~node() {
  drain(5s);
  auto& p = *parts_;
  p.forward_in.reset();
  p.internal.reset();
  p.outside.reset();
  p.mails.reset();
  p.events_in = nullptr;
  p.events.reset();
}

std::string node::not_ready() const {
  if (parts_->events->is_broken()) return "the log is broken: " + parts_->events->broken();
  if (auto why = parts_->tables.broken()) return "the store is broken: " + *why;
  if (parts_->ready) return "";
  if (parts_->drained) return "draining";
  return fmt::format("recovering: {:.0f} % of the log", 100 * parts_->recovered_part);
}

bool node::ending() const { return parts_->drained; }
void node::later(std::function<void()> work) { boost::asio::post(parts_->readers, std::move(work)); }

bool node::open() const { return parts_->ready || parts_->drained; }
uint64_t node::recovered_events() const { return parts_->recovered_events; }

bool node::failed() const { return parts_->events->is_broken() || parts_->tables.broken(); }
uint16_t node::forward_port() const { return parts_->forward_in->port(); }
uint16_t node::http_port() const { return parts_->internal->port(); }
uint16_t node::public_port() const { return parts_->outside->port(); }
const settings& node::config() const { return parts_->config; }
const clock_source& node::clock() const { return *parts_->clock; }
engine& node::shards() { return parts_->shards; }
gateway& node::events() { return *parts_->events; }
mailer& node::mails() { return *parts_->mails; }
node_log& node::log() { return parts_->log; }
coupon_desk& node::coupons() { return parts_->coupons; }
const memory_watch& node::memory() const { return parts_->memory; }
const store& node::tables() const { return parts_->tables; }
erasure_figures node::erasures() const { return parts_->erasing->figures(); }
const token_box& node::tokens() const { return parts_->tokens; }
const bounce_tokens& node::bounce_senders() const { return parts_->bounce_senders; }
bounce_counts& node::bounces() { return parts_->bounces; }
const forward::counters& node::forward_metrics() const { return parts_->forward_in->metrics(); }
const http::counters& node::http_metrics() const { return parts_->internal->metrics(); }
const http::counters& node::public_metrics() const { return parts_->outside->metrics(); }
std::string node::maildir() const { return parts_->maildir(); }

}  // namespace cartwheel
