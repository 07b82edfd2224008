#pragma once

#include "runtime/journal/journal.hpp"

#include <deque>

namespace cartwheel {

/// A log that lasts as long as the process: order, positions, epochs and acks as in the durable one, nothing on disk.
/// Bounds: holds what has not been truncated; its committer truncates below what every shard has applied.
class memory_journal final : public journal {
 public:
  position append(std::span<const record> group, bool synced) override;
  void sync() override {}
  void read_from(position from, const std::function<bool(const logged_record&)>& visit) const override;
  void truncate_below(position keep) override;
  void skip_to(position to) override;
  bool begins_anew() const override { return !forgot_; }
  position begin() const override { return first_; }
  position end() const override { return end_; }

 private:
  std::deque<logged_record> records_;
  position first_{1};
  position end_{1};
  bool forgot_ = false;
};

}  // namespace cartwheel
