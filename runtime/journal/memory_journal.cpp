#include "runtime/journal/memory_journal.hpp"

#include <algorithm>

namespace cartwheel {

position memory_journal::append(std::span<const record> group) {
  position at = end_;
  records_.insert(records_.end(), group.begin(), group.end());
  end_ = position{count(end_) + group.size()};
  return at;
}

void memory_journal::read_from(position from, const std::function<bool(position, const record&)>& visit) const {
  for (position p = std::max(from, first_); p < end_; p = next(p))
    if (!visit(p, records_[count(p) - count(first_)])) return;
}

void memory_journal::truncate_below(position keep) {
  for (; first_ < std::min(keep, end_); first_ = next(first_)) records_.pop_front();
}

}  // namespace cartwheel
