#pragma once

#include "actors/gateway/watermark_tracker.hpp"
#include "actors/shard/epoch.hpp"
#include "actors/shard/shard_observer.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cartwheel {

/// The payloads of the records that a node writes of itself (docs/journal-format.md). Each begins with a version, 1.
/// Errors: reading throws broken_bytes for what was not written by these.

/// Version 2: with what each rested on. In version 1 that was not recorded: `facts` is empty.
std::string written_decisions(std::span<const decision_line> lines);
std::vector<decision_line> read_decisions(std::string_view payload);

/// Intents, outcomes and commands alike: reminders, and how far each is. Version 2 where mails are kept with them, 3 where
/// replies say something of addresses, 4 where mails have coupons.
std::string written_settled(std::span<const settled_reminder> reminders);
std::vector<settled_reminder> read_settled(std::string_view payload);

/// Milestones are told by the shards again, so no record holds any; the history does.
std::string written_milestone(const cart_milestone& m);
cart_milestone read_milestone(std::string_view payload);

std::string written_news(std::span<const news_of_address> news);
std::vector<news_of_address> read_news(std::string_view payload);

std::string written_failure(const event_place& place);
event_place read_failure(std::string_view payload);

/// Begins each process's part of the log.
struct process_start {
  watermark_tracker::options watermarks;
  std::string
    configuration;  // what decides in it, as gateway_options says; version 1 has none, and means none is known
};
std::string written_start(const process_start& start);
process_start read_start(std::string_view payload);

}  // namespace cartwheel
