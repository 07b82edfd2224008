#pragma once

#include "actors/event/limits.hpp"
#include "actors/parking/packed_values.hpp"
#include "runtime/base/bytes.hpp"

#include <algorithm>
#include <cstdint>
#include <vector>

namespace cartwheel {

/// The hashes of the last event ids accepted for one order or person. Source: docs/SEMANTICS.md rule 22.
/// Bounds: limits::event_ids_max.  Cost: 8 B an id, nothing while there is none.
class event_id_ring {
 public:
  /// True when the id is new; remembers it. 0 stands for "no id" and is always new.
  bool accept(uint64_t id) {
    if (id == 0) return true;
    if (knows(id)) return false;
    if (ids_.size() == limits::event_ids_max) ids_.erase(ids_.begin());
    ids_.push_back(id);
    return true;
  }

  bool knows(uint64_t id) const { return std::find(ids_.begin(), ids_.end(), id) != ids_.end(); }
  bool empty() const { return ids_.empty(); }
  void clear() { ids_.clear(); }

  void save(byte_writer& to) const {
    to.number(ids_.size());
    for (auto id : ids_) to.fixed(id);
  }
  void load(byte_reader& from) {
    ids_.clear();
    for (auto n = from.number(); n > 0; --n) ids_.push_back(from.fixed());
  }

  void pack(packed_writer& to) const {
    to.number(ids_.size());
    for (auto id : ids_) to.fixed(id);
  }
  void unpack(packed_reader& from) {
    ids_.clear();
    for (auto n = from.number(); n > 0; --n) ids_.push_back(from.fixed());
  }

 private:
  std::vector<uint64_t> ids_;
};

}  // namespace cartwheel
