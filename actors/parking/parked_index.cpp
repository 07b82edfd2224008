#include "actors/parking/parked_index.hpp"

namespace cartwheel {

void parked_index::insert(uint32_t print, uint64_t number) {
  if ((size_ + 1) * 4 > entries_.size() * 3) {
    auto old = std::move(entries_);
    entries_.assign(old.empty() ? 16 : old.size() * 2, 0);
    for (auto e : old)
      if (e != 0) place(e);
  }
  place(uint64_t{print} << number_bits | number);
  ++size_;
}

void parked_index::place(uint64_t entry) {
  size_t i = print_in(entry) & mask();
  while (entries_[i] != 0) i = (i + 1) & mask();
  entries_[i] = entry;
}

void parked_index::erase(uint32_t print, uint64_t number) {
  const uint64_t entry = uint64_t{print} << number_bits | number;
  size_t i = print & mask();
  while (entries_[i] != entry) i = (i + 1) & mask();
  // Backward shift: what follows moves up unless that would put it before its home.
  for (size_t next = (i + 1) & mask(); entries_[next] != 0; next = (next + 1) & mask()) {
    size_t home = print_in(entries_[next]) & mask();
    if (((next - home) & mask()) >= ((next - i) & mask())) {
      entries_[i] = entries_[next];
      i = next;
    }
  }
  entries_[i] = 0;
  --size_;
}

}  // namespace cartwheel
