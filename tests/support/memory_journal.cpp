#include "tests/support/memory_journal.hpp"

#include <algorithm>

namespace cartwheel {

position memory_journal::append(std::span<const record> group, bool) {
  position at = end_;
  for (const auto& r : group) {
    records_.push_back({end_, r, &r == &group.back()});
    end_ = next(end_);
  }
  return at;
}

void memory_journal::read_from(position from, const std::function<bool(const logged_record&)>& visit) const {
  for (position p = std::max(from, first_); p < end_; p = next(p))
    if (!visit(records_[count(p) - count(first_)])) return;
}

void memory_journal::truncate_below(position keep) {
  for (; first_ < std::min(keep, end_); first_ = next(first_)) {
    records_.pop_front();
    forgot_ = true;
  }
}

void memory_journal::skip_to(position to) {
  if (to <= end_) return;
  records_.clear();
  first_ = end_ = to;
}

}  // namespace cartwheel
