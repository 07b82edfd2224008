#include "actors/order/order_ages.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace cartwheel {

namespace {

constexpr size_t hashes_an_element = 1024;

}  // namespace

int64_t order_ages::hour_of(instant t) { return std::chrono::ceil<std::chrono::hours>(t.time_since_epoch()).count(); }

void order_ages::file(person_partition of, instant named, uint64_t hash) {
  const auto p = static_cast<size_t>(of);
  save_first(p);
  auto [hour, fresh] = hours_[p].try_emplace(hour_of(named));
  hour->second.push_back(hash);
  // The hour before is over, mostly: it keeps no room for more.
  if (fresh && hour != hours_[p].begin()) std::prev(hour)->second.shrink_to_fit();
}

bool order_ages::empty() const {
  return std::ranges::all_of(hours_, [](const auto& hours) { return hours.empty(); });
}

void order_ages::begin_walk(block_writer::part& to) {
  walk_to_ = &to;
  saved_.fill(false);
  walk_ = 0;
}

bool order_ages::walk() {
  if (walk_ < hours_.size()) save_first(walk_++);
  if (walk_ < hours_.size()) return false;
  walk_to_ = nullptr;
  return true;
}

void order_ages::save_first(size_t p) {
  if (walk_to_ == nullptr || std::exchange(saved_[p], true)) return;
  auto& to = walk_to_->to();
  for (const auto& [hour, hashes] : hours_[p])
    for (size_t i = 0; i < hashes.size(); i += hashes_an_element) {
      const auto n = std::min(hashes_an_element, hashes.size() - i);
      to.number(p);
      to.signed_number(hour);
      to.number(n);
      for (size_t k = i; k < i + n; ++k) to.fixed(hashes[k]);
      walk_to_->cut();
    }
}

void order_ages::load_one(byte_reader& from, const shard_share& mine) {
  const auto p = from.number();
  const auto hour = from.signed_number();
  if (p >= hours_.size()) throw broken_bytes{"a partition is out of range"};
  const bool is_mine = mine.has(person_partition{static_cast<uint16_t>(p)});
  for (auto n = from.number(); n > 0; --n)
    if (const auto hash = from.fixed(); is_mine) hours_[p][hour].push_back(hash);
}

}  // namespace cartwheel
