#pragma once

#include "runtime/base/ids.hpp"

#include <cstddef>
#include <vector>

namespace cartwheel {

/// Who waits for credit and who has some. A credit comes back when its reminder arrives or when its shard says that it
/// came to nothing, so what is out is known exactly, and what comes back has nowhere to hide.
class credit_book {
 public:
  struct grant {
    shard_id shard{};
    size_t n = 0;
    friend bool operator==(const grant&, const grant&) = default;
  };

  /// A shard's word, which may be older than the last grant to it: what is granted too much comes back unused.
  void waiting(shard_id shard, size_t n);
  void came_back(shard_id shard, size_t n);

  /// Grants all of `room`, or what waits if that is less, in equal shares; shards take turns at being first.
  std::vector<grant> grants(size_t room);

  size_t out() const { return out_; }
  size_t waiting() const;

 private:
  struct account {
    size_t waiting = 0;
    size_t out = 0;
  };
  account& of(shard_id shard);

  std::vector<account> accounts_;  // by shard number
  size_t out_ = 0;
  size_t first_ = 0;
};

}  // namespace cartwheel
