#pragma once

#include "actors/shard/shard.hpp"
#include "actors/shard/snapshot.hpp"
#include "runtime/journal/block_file.hpp"

#include <memory>
#include <vector>

namespace cartwheel {

/// A shard's part of a snapshot while it is written: its two files, and how far the walk along the carts has come.
struct shard::snapshot {
  explicit snapshot(std::shared_ptr<const snapshot_request> r, uint16_t shard);

  static block_writer::part& part_of(block_writer& file, snapshot_part p) { return file.open(static_cast<uint8_t>(p)); }

  std::shared_ptr<const snapshot_request> request;
  block_writer carts_in, persons_in;
  block_writer::part& carts;
  block_writer::part& parked_carts;
  size_t slots = 0;         // that there were at the cut
  uint32_t slot = 0;        // the walk's
  std::vector<bool> ahead;  // slots that the walk need not come to: written, or free at the cut
};

}  // namespace cartwheel
