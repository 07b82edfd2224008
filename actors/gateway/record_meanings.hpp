#pragma once

#include "actors/gateway/log_records.hpp"
#include "actors/shard/epoch.hpp"
#include "runtime/journal/record.hpp"

#include <memory>
#include <utility>
#include <vector>

namespace cartwheel {

/// Whom events tell of. What this node writes itself (a shopper's click on a link) acts as any event does, but says
/// nothing of how far the shop's own news has come in: it moves no watermark and ends no hold.
enum class news : uint8_t { of_the_shop, of_this_node };

/// A record of events, decoded.
struct events_meaning final : record_meaning {
  events_meaning(std::shared_ptr<const event_batch> b, news n) : batch{std::move(b)}, whose{n} {}
  std::shared_ptr<const event_batch> batch;
  news whose;
};

/// Intents, outcomes and commands.
struct settled_meaning final : record_meaning {
  explicit settled_meaning(std::vector<settled_reminder> r) : reminders{std::move(r)} {}
  std::vector<settled_reminder> reminders;
};

/// News of addresses.
struct news_meaning final : record_meaning {
  explicit news_meaning(std::vector<news_of_address> n) : news{std::move(n)} {}
  std::vector<news_of_address> news;
};

/// A process begins here.
struct start_meaning final : record_meaning {
  explicit start_meaning(process_start s) : start{std::move(s)} {}
  process_start start;
};

}  // namespace cartwheel
