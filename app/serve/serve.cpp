#include "actors/gateway/gateway.hpp"
#include "actors/gateway/node_log.hpp"
#include "actors/shard/engine.hpp"
#include "app/commands.hpp"
#include "app/config/endpoint.hpp"
#include "app/config/load.hpp"
#include "app/progress_bar.hpp"
#include "app/serve/node.hpp"
#include "app/serve/signals.hpp"
#include "runtime/journal/log_damage.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <iostream>
#include <memory>

namespace cartwheel {

namespace {

/// On SIGTERM: how long mails under way may take before the process ends without them.
constexpr std::chrono::seconds drain_grace{25};

void say_where(const settings& s, const node& n) {
  auto at = [](endpoint_settings e, uint16_t port) {
    e.port = port;
    return to_string(e);
  };
  spdlog::info("forward listening on {}", at(s.forward.listen, n.forward_port()));
  spdlog::info("http listening on {}", at(s.http.listen, n.http_port()));
  spdlog::info("public listening on {}", at(s.public_site.listen, n.public_port()));
}

/// Shows how far a recovery has come; nothing when there is nothing to recover.
class recovery_bar {
 public:
  void operator()(const recovery_progress& p) const {
    auto now = std::chrono::steady_clock::now();
    if (!bar_) {
      bar_ = std::make_shared<progress_bar>("recovery");
      began_ = now;
    }
    const double took = std::chrono::duration<double>(now - began_).count();
    auto note = fmt::format("{} carts open, {} events, {:.0f} events/s", p.carts, p.events,
                            took > 0 ? static_cast<double>(p.events) / took : 0);
    if (p.part >= 1) return bar_->finish(1, note);
    if (p.part > 0) note += fmt::format(", {:.0f} s left", took / p.part * (1 - p.part));
    bar_->show(p.part, note, now);
  }

 private:
  mutable std::shared_ptr<progress_bar> bar_;
  mutable std::chrono::steady_clock::time_point began_{};
};

/// Errors: also says what to do about a log that is damaged.
std::unique_ptr<node> started(const settings& config) {
  try {
    return std::make_unique<node>(config, nullptr, recovery_bar{});
  } catch (const log_damage& damage) {
    throw std::runtime_error{
      fmt::format("{}; `cartwheel journal verify` looks further, `cartwheel journal repair` gives "
                  "up what cannot be read",
                  damage.what())};
  }
}

void say_what_was(node& n) {
  uint64_t applied = 0, duplicate = 0, carts = 0;
  for (size_t s = 0; s < n.shards().shards(); ++s) {
    const auto& m = n.shards().metrics(s);
    for (const auto& kind : m.events) {
      applied += kind[static_cast<size_t>(event_result::applied)].value();
      duplicate += kind[static_cast<size_t>(event_result::duplicate)].value();
    }
    carts += static_cast<uint64_t>(m.carts.value());
  }
  spdlog::info("drained: {} events applied, {} duplicate, {} carts open", applied, duplicate, carts);
}

}  // namespace

int serve(const serve_options& options) {
  auto config = load_or_complain(options.config, options.sets, std::cerr);
  if (!config) return 1;
  stop_signals signals;  // before any thread: they inherit the mask
  auto running = started(*config);
  node& n = *running;
  if (n.recovered_events() > 0) spdlog::info("recovered: {} events of the log applied again", n.recovered_events());
  say_where(*config, n);
  spdlog::info("ready");
  for (;;) {
    int signal = signals.wait(500ms);
    if (signal == SIGHUP) {
      spdlog::warn("SIGHUP: this version does not reload its configuration; restart it");
    } else if (signal != 0) {
      spdlog::info("signal {}: draining", signal);
      break;
    }
    if (n.failed()) {
      spdlog::critical("{}", n.not_ready());
      return 1;
    }
  }
  n.drain(drain_grace);
  say_what_was(n);
  return 0;
}

}  // namespace cartwheel
