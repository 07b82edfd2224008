#include "actors/parking/store_parking.hpp"

#include "runtime/store/store_key.hpp"

#include <array>

namespace cartwheel {

namespace {

constexpr size_t batch_bytes = 1 << 20;
constexpr std::array tables{store_table::parked_carts, store_table::persons, store_table::addresses,
                            store_table::orders};

/// Lanes are numbered by kind and shard (parked_kind.hpp).
store_table table_of(uint16_t lane) {
  constexpr std::array by_kind{store_table::parked_carts, store_table::persons, store_table::persons,
                               store_table::addresses, store_table::orders};
  return by_kind.at(lane >> 8);
}

std::string key_of(parked_name name) { return store_key{}.index(name.lane).at(position{name.number}).bytes(); }

}  // namespace

void store_parking::put(parked_name first, std::span<const std::string> records) {
  store_batch some;
  for (const auto& r : records) {
    some.put(table_of(first.lane), key_of(first), r);
    ++first.number;
    if (some.bytes() < batch_bytes) continue;
    store_.write(some);
    some.clear();
  }
  store_.write(some);
}

std::optional<std::string> store_parking::fetch(parked_name name) const {
  return store_.get(table_of(name.lane), key_of(name));
}

void store_parking::erase(std::span<const parked_name> names) {
  store_batch some;
  for (const auto& n : names) some.erase(table_of(n.lane), key_of(n));
  store_.write(some);
}

void store_parking::erase_from(parked_name first) {
  const auto lane = store_key{}.index(first.lane).bytes();
  store_.erase_range(table_of(first.lane), key_of(first), after_prefix(lane));
}

void store_parking::erase_all() {
  for (auto t : tables) store_.erase_range(t, "", "");
}

}  // namespace cartwheel
