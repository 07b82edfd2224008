#pragma once

#include "actors/mailer/mailer.hpp"
#include "app/api/bounce_intake.hpp"
#include "app/erase/eraser.hpp"
#include "runtime/store/store.hpp"
#include "transport/smtp/counters.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cartwheel {

class coupon_desk;
class engine;
class gateway;
class node;
class node_log;
namespace forward {
struct counters;
}
namespace http {
struct counters;
}

constexpr std::string_view metrics_content_type = "text/plain; version=0.0.4; charset=utf-8";

/// Where the figures of /metrics come from.
struct metrics_sources {
  const engine& shards;
  const gateway& events;
  const node_log& log;
  const mailer_metrics& mails;
  std::vector<mailer::named_stats> relays;  // by the name in [smtp.relay.NAME]
  const forward::counters& forward;
  const http::counters& internal;
  const http::counters& outside;
  uint64_t resident_bytes = 0;
  erasure_figures erasures{};
  uint64_t memory_limit_bytes = 0;
  store_figures store{};
  const bounce_counts* bounces = nullptr;  // null: none can come in
  const coupon_desk* coupons = nullptr;    // null: there are none
};

/// All metrics in Prometheus' text format. Shape: every label value that can occur is there from the start, as zero, so
/// that the first event of a kind is seen as an increase.
/// Cost: some ten microseconds a shard; nothing is stopped, so figures of one page may be some events apart.
/// Source: prometheus.io/docs/instrumenting/exposition_formats; the names stay put: dashboards rely on them.
std::string metrics_text(const metrics_sources& from);
std::string metrics_text(node& server);

}  // namespace cartwheel
