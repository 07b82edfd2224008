#include "actors/mailer/ready_queue.hpp"

namespace cartwheel {

void ready_queue::insert(uint64_t id, instant due, bool came_back, const lane& in) {
  auto& there = came_back ? back_[in.shop] : fresh_[in];
  if (there.emplace(due, id).second) ++size_;
}

void ready_queue::erase(uint64_t id, instant due, bool came_back, const lane& in) {
  const auto take = [&](auto& lanes, const auto& key) {
    const auto found = lanes.find(key);
    if (found == lanes.end()) return;
    size_ -= found->second.erase({due, id});
    if (found->second.empty()) lanes.erase(found);
  };
  if (came_back) return take(back_, in.shop);
  last_ = in;
  take(fresh_, in);
}

std::optional<uint64_t> ready_queue::next(const std::function<bool(const std::string&)>& may_go) const {
  for (const auto& [shop, ids] : back_)
    if (may_go(shop)) return ids.begin()->second;
  const auto behind = fresh_.upper_bound(last_);
  for (auto i = behind; i != fresh_.end(); ++i)
    if (may_go(i->first.shop)) return i->second.begin()->second;
  for (auto i = fresh_.begin(); i != behind; ++i)
    if (may_go(i->first.shop)) return i->second.begin()->second;
  return std::nullopt;
}

}  // namespace cartwheel
