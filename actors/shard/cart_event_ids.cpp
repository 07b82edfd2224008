#include "actors/shard/cart_event_ids.hpp"

#include <algorithm>
#include <cstring>
#include <string>

namespace cartwheel {

namespace {

/// A record: the cart, its serial, how many ids, and those, oldest first.
struct record_view {
  const char* bytes;

  uint64_t cart() const { return at<uint64_t>(0); }
  uint32_t serial() const { return at<uint32_t>(8); }
  size_t size() const { return static_cast<uint8_t>(bytes[12]); }
  uint64_t id(size_t i) const { return at<uint64_t>(ids_at + 8 * i); }
  std::vector<uint64_t> ids() const {
    std::vector<uint64_t> all(size());
    std::memcpy(all.data(), bytes + ids_at, 8 * all.size());
    return all;
  }

  static constexpr size_t ids_at = 13;
  static std::string make(uint64_t cart, uint32_t serial, std::span<const uint64_t> ids) {
    std::string made(ids_at + 8 * ids.size(), '\0');
    std::memcpy(made.data(), &cart, 8);
    std::memcpy(made.data() + 8, &serial, 4);
    made[12] = static_cast<char>(ids.size());
    std::memcpy(made.data() + ids_at, ids.data(), 8 * ids.size());
    return made;
  }

 private:
  template <class T>
  T at(size_t offset) const {
    T value;
    std::memcpy(&value, bytes + offset, sizeof value);
    return value;
  }
};

constexpr uint8_t marked = 1;

/// The newest of them.
std::span<const uint64_t> bounded(std::span<const uint64_t> ids) {
  return ids.last(std::min(ids.size(), limits::event_ids_max));
}

}  // namespace

cart_event_ids::name cart_event_ids::find(uint64_t cart) const {
  return names_.find(cart, [&](name n) { return record_view{kept_.bytes(n).data()}.cart() == cart; });
}

bool cart_event_ids::knows(uint64_t cart, uint64_t event_id) const {
  const name n = find(cart);
  if (n == 0) return false;
  const record_view r{kept_.bytes(n).data()};
  for (size_t i = 0; i < r.size(); ++i)
    if (r.id(i) == event_id) return true;
  return false;
}

void cart_event_ids::push_closed(cart_partition p, uint64_t cart, uint64_t event_id) {
  std::vector<uint64_t> ids;
  if (const name n = find(cart); n != 0) ids = record_view{kept_.bytes(n).data()}.ids();
  ids.push_back(event_id);
  keep(p, cart, ids);
}

void cart_event_ids::closed(cart_partition p, uint64_t cart, const older_event_ids& older,
                            std::span<const uint64_t> newest_first) {
  std::vector<uint64_t> ids(older.ids().begin(), older.ids().end());
  for (auto i = newest_first.rbegin(); i != newest_first.rend(); ++i)
    if (*i != 0) ids.push_back(*i);
  if (!ids.empty()) keep(p, cart, ids);
}

older_event_ids cart_event_ids::opened(uint64_t cart) {
  older_event_ids known;
  const name n = find(cart);
  if (n == 0) return known;
  for (auto id : record_view{kept_.bytes(n).data()}.ids()) known.push(id, limits::event_ids_max);
  forget(n);
  return known;
}

void cart_event_ids::keep(cart_partition p, uint64_t cart, std::span<const uint64_t> oldest_first) {
  const auto record = record_view::make(cart, ++serial_, bounded(oldest_first));
  name n = find(cart);
  if (n == 0) {
    n = kept_.add(record, marked);
    names_.insert(cart, n);
  } else if (const name moved = kept_.replace(n, record); moved != n) {
    names_.rename(cart, n, moved);
    n = moved;
  }
  auto& queue = closed_[static_cast<size_t>(p)];
  queue.push_back({n, serial_});
  while (queue.size() > closed_max) {
    const auto oldest = queue.front();
    queue.pop_front();
    if (stands(oldest)) forget(oldest.record);
  }
}

bool cart_event_ids::stands(const place& at) const {
  return kept_.has(at.record) && record_view{kept_.bytes(at.record).data()}.serial() == at.serial;
}

void cart_event_ids::forget(name record) {
  names_.erase(record_view{kept_.bytes(record).data()}.cart(), record);
  kept_.remove(record);
}

void cart_event_ids::save(size_t partition, name record, byte_writer& to) const {
  const record_view r{kept_.bytes(record).data()};
  to.number(partition);
  to.fixed(r.cart());
  to.number(r.size());
  for (size_t i = 0; i < r.size(); ++i) to.fixed(r.id(i));
}

void cart_event_ids::load_closed(byte_reader& from, const shard_share& mine) {
  auto p = cart_partition{static_cast<uint16_t>(from.number())};
  auto cart = from.fixed();
  const auto n = from.number();
  if (n > limits::event_ids_max) throw broken_bytes{"more event ids than a cart keeps"};
  std::vector<uint64_t> ids;
  for (uint64_t i = 0; i < n; ++i) ids.push_back(from.fixed());
  if (static_cast<size_t>(p) >= closed_.size()) throw broken_bytes{"a partition is out of range"};
  if (mine.has(p)) keep(p, cart, ids);
}

}  // namespace cartwheel
