#include "actors/parking/record_index.hpp"

#include <algorithm>

namespace cartwheel {

void record_index::insert(uint64_t hash, uint32_t name) {
  auto& t = table_of(hash);
  if ((t.used + 1) * full_of_ > t.slots.size() * full_taken_)
    resize(t, std::max(slots_min, t.slots.size() + t.slots.size() / grows_by_));
  place(t, uint64_t{top(hash)} << 32 | name);
  ++t.used;
}

void record_index::resize(table& t, size_t slots) {
  const auto old = std::move(t.slots);
  t.slots = std::vector<uint64_t>(slots, 0);
  for (auto slot : old)
    if (slot != 0) place(t, slot);
}

void record_index::place(table& t, uint64_t slot) {
  size_t i = home(t, static_cast<uint32_t>(slot >> 32));
  while (t.slots[i] != 0) i = behind(t, i);
  t.slots[i] = slot;
}

size_t record_index::slot_with(const table& t, uint64_t hash, uint32_t name) {
  size_t i = home(t, top(hash));
  while (static_cast<uint32_t>(t.slots[i]) != name) i = behind(t, i);
  return i;
}

void record_index::rename(uint64_t hash, uint32_t name, uint32_t now) {
  auto& t = table_of(hash);
  t.slots[slot_with(t, hash, name)] = uint64_t{top(hash)} << 32 | now;
}

void record_index::erase(uint64_t hash, uint32_t name) {
  auto& t = table_of(hash);
  const size_t n = t.slots.size();
  size_t i = slot_with(t, hash, name);
  // Backward shift: what follows moves up unless that would put it before its home.
  auto from = [&](size_t a, size_t b) { return b >= a ? b - a : b + n - a; };
  for (size_t next = behind(t, i); t.slots[next] != 0; next = behind(t, next)) {
    const size_t at = home(t, static_cast<uint32_t>(t.slots[next] >> 32));
    if (from(at, next) >= from(i, next)) {
      t.slots[i] = t.slots[next];
      i = next;
    }
  }
  t.slots[i] = 0;
  --t.used;
  // With room for an eighth more than there is, so that it neither grows nor shrinks again at once.
  if (n > slots_min && 3 * t.used * full_of_ < 2 * n * full_taken_)
    resize(t, std::max(slots_min, t.used * full_of_ * 9 / (full_taken_ * 8) + 1));
}

}  // namespace cartwheel
