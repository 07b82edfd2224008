#include "actors/shard/item_facts.hpp"

#include <algorithm>

namespace cartwheel {

namespace {

std::string name_of(std::string_view shop, std::string_view item_id) {
  std::string name{shop};
  name += '\0';
  return name.append(item_id);
}

}  // namespace

void item_facts::note(std::string_view shop, std::string_view item_id, int64_t stock, instant time) {
  put(name_of(shop, item_id), std::max<int64_t>(stock, 0), time);
}

void item_facts::put(std::string name, int64_t stock, instant time) {
  if (auto known = by_name_.find(name); known != by_name_.end()) {
    auto at = known->second;
    if (time < at->time) return;
    at->stock = stock;
    at->time = time;
    facts_.splice(facts_.end(), facts_, at);
    return;
  }
  if (by_name_.size() >= most_) {
    by_name_.erase(facts_.front().name);
    facts_.pop_front();
  }
  facts_.push_back({std::move(name), stock, time});
  by_name_.emplace(facts_.back().name, std::prev(facts_.end()));
}

std::optional<int64_t> item_facts::stock(std::string_view shop, std::string_view item_id, instant now,
                                         milliseconds fresh) const {
  auto known = by_name_.find(name_of(shop, item_id));
  if (known == by_name_.end() || now - known->second->time > fresh) return std::nullopt;
  return known->second->stock;
}

bool item_facts::none_was_left(std::string_view shop, std::string_view item_id, instant time) const {
  auto known = by_name_.find(name_of(shop, item_id));
  return known != by_name_.end() && known->second->stock == 0 && time >= known->second->time;
}

void item_facts::save(byte_writer& to, const std::function<void()>& cut) const {
  for (const auto& f : facts_) {
    to.text(f.name);
    to.signed_number(f.stock);
    to.time(f.time);
    cut();
  }
}

void item_facts::load_one(byte_reader& from) {
  std::string name{from.text()};
  const auto stock = from.signed_number();
  put(std::move(name), stock, from.time());
}

}  // namespace cartwheel
