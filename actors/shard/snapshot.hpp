#pragma once

#include "actors/shard/moved_carts.hpp"
#include "runtime/base/file_layer.hpp"
#include "runtime/base/ids.hpp"

#include <filesystem>
#include <functional>
#include <future>
#include <memory>
#include <string>

namespace cartwheel {

/// What is in the files of a snapshot, block by block (docs/journal-format.md).
enum class snapshot_part : uint8_t {
  end,
  clock,
  carts,
  closed_event_ids,
  failures,
  claims,
  customers,
  visitors,
  orders,
  stray_event_ids,
  addresses,
  gateway,
  lanes,
  parked_carts,
  parked_customers,
  parked_visitors,
  parked_addresses,
  erased_customers,
  erased_visitors,
  suppressions,
  parked_orders,
  parked_order_persons,
  order_ages,
  preferences,
  item_facts,
  browsers,
};

/// Asks each shard to write what it holds behind an epoch into files of its own, while it goes on. `saved` is called once a
/// shard, on its thread, when they are written, not yet synced; with a text when they could not be.
struct snapshot_request {
  file_layer& files;
  std::filesystem::path stem;
  std::function<void(shard_id, const std::string& error)> saved;
};

/// Where a shard's part of a snapshot lies: carts and claims first, for what persons hold names carts.
/// `stem` is what the names of all files of the snapshot begin with, folder and all.
std::filesystem::path carts_file(const std::filesystem::path& stem, uint16_t shard);
std::filesystem::path persons_file(const std::filesystem::path& stem, uint16_t shard);

/// Asks a shard to take up what is its own of a snapshot that `shards` shards have written, in two steps: its carts, which
/// says where they are now, then the persons, with what all shards have said.
struct snapshot_source {
  file_layer& files;
  std::filesystem::path stem;
  uint16_t shards = 1;
};
struct load_carts {
  std::shared_ptr<const snapshot_source> from;
  std::shared_ptr<std::promise<moved_carts>> done;
};
struct load_persons {
  std::shared_ptr<const snapshot_source> from;
  std::shared_ptr<const moved_carts> moved;
  std::shared_ptr<std::promise<void>> done;
};

}  // namespace cartwheel
