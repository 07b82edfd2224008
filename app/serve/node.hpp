#pragma once

#include "app/config/settings.hpp"
#include "runtime/base/clock.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace cartwheel {

struct bounce_counts;
class bounce_tokens;
class coupon_desk;
class engine;
struct erasure_figures;
class gateway;
class mailer;
class memory_watch;
class node_log;
struct recovery_progress;
class store;
class token_box;
namespace forward {
struct counters;
}
namespace http {
struct counters;
}

/// A running server: everything `cartwheel serve` and `cartwheel demo` put together, from listeners to outlet.
/// Errors: the constructor throws an exception that names the setting when an address is taken, a folder cannot be made, a
/// key file is unsafe, or another server runs on the data directory.
/// Runs on: its own threads; all functions may be called from any.
class node {
 public:
  /// Comes back first when the data directory holds a log: `recovering` is told how far it has come, and the
  /// internal listener answers /healthz and /readyz meanwhile. `clock` null: the one the settings ask for.
  explicit node(settings config, std::shared_ptr<const clock_source> clock = nullptr,
                const std::function<void(const recovery_progress&)>& recovering = nullptr);
  ~node();
  node(const node&) = delete;
  node& operator=(const node&) = delete;

  /// Stops listening, works off what was acknowledged, finishes mails under way (a grace of `most`), and ends.
  void drain(std::chrono::milliseconds most);

  /// Ready: listening, its log intact. Else why not.
  std::string not_ready() const;
  /// Whether recovery is over, so that all parts may be asked.
  bool open() const;
  uint64_t recovered_events() const;
  /// It has begun to drain.
  bool ending() const;
  /// Runs `work` on a thread that may read the store for long, one after the other; lets go of it when the node ends first.
  /// `work` looks at ending() now and then.
  void later(std::function<void()> work);
  /// The log or the store broke: the process should end with 1.
  bool failed() const;

  uint16_t forward_port() const;
  uint16_t http_port() const;
  uint16_t public_port() const;

  const settings& config() const;
  const clock_source& clock() const;
  engine& shards();
  gateway& events();
  mailer& mails();
  node_log& log();
  coupon_desk& coupons();
  const memory_watch& memory() const;
  const store& tables() const;
  erasure_figures erasures() const;
  const token_box& tokens() const;
  const bounce_tokens& bounce_senders() const;
  bounce_counts& bounces();
  const forward::counters& forward_metrics() const;
  const http::counters& http_metrics() const;
  const http::counters& public_metrics() const;
  std::string maildir() const;

 private:
  struct parts;
  std::unique_ptr<parts> parts_;
};

}  // namespace cartwheel
