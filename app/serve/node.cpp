#include "app/serve/node.hpp"

#include <utility>

#include "actors/content/node_keys.hpp"
#include "actors/content/token.hpp"
#include "actors/gateway/gateway.hpp"
#include "actors/gateway/node_log.hpp"
#include "actors/mailer/mailer.hpp"
#include "actors/shard/engine.hpp"
#include "app/api/internal_api.hpp"
#include "app/api/public_api.hpp"
#include "app/config/endpoint.hpp"
#include "app/config/templates.hpp"
#include "app/serve/data_dir.hpp"
#include "runtime/base/limits.hpp"
#include "runtime/journal/memory_journal.hpp"
#include "transport/forward/forward_server.hpp"
#include "transport/http/http_server.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/host_name.hpp>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <future>
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

std::shared_ptr<const template_set> templates_of(const settings& s) {
  auto loaded = load_templates(s);
  if (loaded.set) return loaded.set;
  std::string all = "the mail templates have errors:";
  for (const auto& e : loaded.errors) all += "\n  " + e;
  throw std::runtime_error{all};
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

 private:
  reminder_sink* get() const { return to_.load(std::memory_order_acquire); }
  std::atomic<reminder_sink*> to_{nullptr};
};

}  // namespace

struct node::parts {
  parts(settings c, std::shared_ptr<const clock_source> handed_in)
      : config{std::move(c)},
        clock{handed_in ? std::move(handed_in) : clock_of(config.node)},
        directory{config.node.data_dir},
        keys{load_or_make_node_keys(config.node.keys.empty() ? directory.path() / "keys"
                                                             : std::filesystem::path{config.node.keys})},
        hash_keys{hash_keys_of(keys)},
        tokens{keys.links},
        templates{templates_of(config)},
        log{[this](shard_id s, position end, size_t worked) {
          if (events_in != nullptr) events_in->applied(s, end, worked);
        }},
        shards{shard_setup{shards_of(config.node), config.campaign, config.shops, hash_keys,
                           config.node.clock == clock_kind::event ? instant{} : last_tick(clock->now()), true, &log,
                           &sink}} {}

  settings config;
  std::shared_ptr<const clock_source> clock;
  data_dir directory;
  node_keys keys;
  node_hash_keys hash_keys;
  token_box tokens;
  std::shared_ptr<const template_set> templates;
  late_reminder_sink sink;
  memory_journal journal;
  gateway* events_in = nullptr;
  node_log log;
  engine shards;
  std::unique_ptr<gateway> events;
  std::unique_ptr<mailer> mails;
  boost::asio::io_context io{io_threads};
  std::optional<boost::asio::executor_work_guard<boost::asio::io_context::executor_type>> work;
  std::unique_ptr<forward::forward_server> forward_in;
  std::unique_ptr<http::http_server> internal;
  std::unique_ptr<http::http_server> outside;
  std::vector<std::thread> threads;
  std::atomic<bool> ready{false};
  std::atomic<bool> drained{false};

  gateway_options gateway_settings() const;
  mailer_options mailer_settings() const;
  std::string maildir() const {
    return config.outlet.maildir.empty() ? (directory.path() / "maildir").string() : config.outlet.maildir;
  }
};

gateway_options node::parts::gateway_settings() const {
  gateway_options o;
  o.event_clock = config.node.clock == clock_kind::event;
  o.sync = config.journal.sync;
  o.tag = config.forward.tag;
  o.watermarks.lag = config.node.watermark_lag;
  o.watermarks.silence = config.node.watermark_silence;
  o.watermarks.hold = directory.had_state() ? config.node.start_hold : 0ms;
  o.watermarks.expected = directory.known_shops();
  return o;
}

mailer_options node::parts::mailer_settings() const {
  mailer_options o;
  o.outlet = config.outlet.kind == outlet_kind::smtp ? mail_outlet::smtp : mail_outlet::maildir;
  o.maildir = maildir();
  if (config.outlet.kind == outlet_kind::smtp) {
    const auto& relay = config.relays.begin()->second;
    auto address = parse_host_port(relay.address);
    if (!address)
      throw std::runtime_error{"smtp.relay." + config.relays.begin()->first + ".address = \"" + relay.address +
                               "\": no HOST:PORT"};
    o.relay.host = address->host;
    o.relay.port = address->port;
    o.relay.connections = relay.connections;
    o.relay.session.pipelining = relay.pipelining;
    o.relay.session.helo_name = boost::asio::ip::host_name();
  }
  o.shops = config.shops;
  o.campaign = config.campaign;
  o.templates = templates;
  o.keys = keys;
  o.public_url = config.public_site.url;
  o.only_to = config.outlet.only_to;
  o.event_clock = config.node.clock == clock_kind::event;
  return o;
}

node::node(settings config, std::shared_ptr<const clock_source> clock)
    : parts_{std::make_unique<parts>(std::move(config), std::move(clock))} {
  auto& p = *parts_;
  p.events =
    std::make_unique<gateway>(p.shards, p.journal, *p.clock, p.hash_keys, p.log, p.gateway_settings(), [&p](bool on) {
      if (p.forward_in) p.forward_in->pause(on);
    });
  p.events_in = p.events.get();
  // The public site listens first: links in mails name its port.
  http::server_options site;
  site.key = "public.listen";
  site.host = p.config.public_site.listen.host;
  site.port = p.config.public_site.listen.port;
  site.allow_remote = true;  // serves tokens' owners, wherever they are
  p.outside = std::make_unique<http::http_server>(p.io, site, public_api(*this));
  if (site.port == 0 && p.config.public_site.url == public_settings{}.url)
    p.config.public_site.url = "http://127.0.0.1:" + std::to_string(p.outside->port());
  p.mails = std::make_unique<mailer>(p.mailer_settings(), *p.clock, *p.events);
  p.sink.attach(p.mails.get());

  forward::server_options f;
  f.host = p.config.forward.listen.host;
  f.port = p.config.forward.listen.port;
  f.insecure = p.config.forward.insecure;
  f.on_refused = [](std::string_view peer, forward::close_reason why, std::string_view what) {
    spdlog::warn("forward: connection of {} closed ({}): {}", peer, forward::name_of(why), what);
  };
  p.forward_in = std::make_unique<forward::forward_server>(
    p.io, std::move(f), [&p](forward::chunk c, std::function<void(bool)> accepted) {
      p.events->take_chunk(c.tag, std::move(c.entries), std::move(accepted));
    });
  http::server_options h;
  h.host = p.config.http.listen.host;
  h.port = p.config.http.listen.port;
  h.allow_remote = !p.config.http.token.empty();
  p.internal = std::make_unique<http::http_server>(p.io, h, internal_api(*this));
  p.work.emplace(p.io.get_executor());
  for (int i = 0; i < io_threads; ++i) p.threads.emplace_back([&p] { p.io.run(); });
  p.ready = true;
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
  p.forward_in->stop();
  p.outside->stop();
  // What was read is decoded and acknowledged while the io threads still run.
  p.events->wait_until_applied(left());
  std::promise<void> sent;
  p.mails->drain([&sent] { sent.set_value(); });
  sent.get_future().wait();  // bounded by the mailer's own grace
  p.internal->stop();
  p.directory.remember_shops(p.events->shops_heard());
  p.events->stop();
  if (!p.events->wait_until_applied(left())) spdlog::warn("drain: the shards did not finish within the grace");
  p.sink.attach(nullptr);
  p.shards.stop();
  p.work.reset();
  p.io.stop();
  for (auto& t : p.threads) t.join();
  p.threads.clear();
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
  return parts_->ready ? "" : "not listening";
}

bool node::failed() const { return parts_->events->is_broken(); }
uint16_t node::forward_port() const { return parts_->forward_in->port(); }
uint16_t node::http_port() const { return parts_->internal->port(); }
uint16_t node::public_port() const { return parts_->outside->port(); }
const settings& node::config() const { return parts_->config; }
const clock_source& node::clock() const { return *parts_->clock; }
engine& node::shards() { return parts_->shards; }
gateway& node::events() { return *parts_->events; }
mailer& node::mails() { return *parts_->mails; }
node_log& node::log() { return parts_->log; }
const token_box& node::tokens() const { return parts_->tokens; }
const forward::counters& node::forward_metrics() const { return parts_->forward_in->metrics(); }
const http::counters& node::http_metrics() const { return parts_->internal->metrics(); }
const http::counters& node::public_metrics() const { return parts_->outside->metrics(); }
std::string node::maildir() const { return parts_->maildir(); }

}  // namespace cartwheel
