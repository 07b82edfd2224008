#include "actors/parking/record_slab.hpp"

#include <cstring>
#include <stdexcept>

namespace cartwheel {

namespace {

// A slot begins with its mark, 0 while it is empty; then the next empty one stands behind it.
constexpr size_t mark_bytes = 1;

template <class T>
T read_at(const char* from) {
  T value;
  std::memcpy(&value, from, sizeof value);
  return value;
}
template <class T>
void write_at(char* to, T value) {
  std::memcpy(to, &value, sizeof value);
}

}  // namespace

record_slab::~record_slab() {
  for (const auto& c : chunks_) {
    if (c.slots == nullptr || c.size_class != of_long) continue;
    for (size_t slot = 0; slot < c.fresh; ++slot)
      if (char* s = c.slots.get() + slot * long_slot; *s != 0) free_long(s);
  }
}

size_t record_slab::class_of(size_t length) {
  const size_t needed = mark_bytes + length;
  if (needed <= slot_min) return 0;
  if (needed > slot_max) return of_long;
  return (needed - slot_min + slot_step - 1) / slot_step;
}

void record_slab::fill(char* slot, size_t c, std::string_view bytes) {
  if (c != of_long) {
    std::memcpy(slot + mark_bytes, bytes.data(), bytes.size());
    return;
  }
  char* block = new char[bytes.size()];
  std::memcpy(block, bytes.data(), bytes.size());
  write_at(slot + mark_bytes, block);
  write_at(slot + mark_bytes + sizeof block, static_cast<uint32_t>(bytes.size()));
  static_assert(mark_bytes + sizeof block + sizeof(uint32_t) <= long_slot);
}

void record_slab::free_long(char* slot) { delete[] read_at<char*>(slot + mark_bytes); }

std::string_view record_slab::bytes(name record) const {
  const char* slot = at(record);
  const auto c = chunk_of(record).size_class;
  if (c != of_long) return {slot + mark_bytes, slot_size(c) - mark_bytes};
  const auto* block = read_at<char*>(slot + mark_bytes);
  return {block, read_at<uint32_t>(slot + mark_bytes + sizeof block)};
}

record_slab::name record_slab::add(std::string_view bytes, uint8_t mark) {
  const auto c = class_of(bytes.size());
  const name record = take_slot(c);
  char* slot = at(record);
  fill(slot, c, bytes);
  *slot = static_cast<char>(mark);
  ++size_;
  return record;
}

record_slab::name record_slab::replace(name record, std::string_view bytes) {
  const auto c = chunk_of(record).size_class;
  if (class_of(bytes.size()) != c) {
    const name moved = add(bytes, mark(record));
    remove(record);
    return moved;
  }
  char* slot = at(record);
  if (c == of_long) free_long(slot);
  fill(slot, c, bytes);
  return record;
}

record_slab::name record_slab::take_slot(size_t c) {
  const uint32_t number = roomy_[c] != no_chunk ? roomy_[c] : new_chunk(c);
  auto& k = chunks_[number];
  size_t slot = k.fresh;
  if (k.free != 0) {
    slot = k.free - 1u;
    k.free = read_at<uint16_t>(k.slots.get() + slot * slot_size(c) + mark_bytes);
  } else {
    ++k.fresh;
    ++slots_;
  }
  ++counts_[c].used;
  if (++k.used == capacity(c)) unlist(number);
  return static_cast<name>((number << slot_bits | slot) + 1);
}

void record_slab::remove(name record) {
  if (chunk_of(record).size_class == of_long) free_long(at(record));
  leave_slot(record);
  --size_;
}

void record_slab::leave_slot(name record) {
  auto& k = chunk_of(record);
  const uint32_t number = (record - 1) >> slot_bits;
  char* slot = at(record);
  *slot = 0;
  write_at(slot + mark_bytes, k.free);
  k.free = static_cast<uint16_t>(slot_of(record) + 1);
  --counts_[k.size_class].used;
  if (k.used-- == capacity(k.size_class)) list(number);
  if (k.used > 0) return;
  if (number == clearing_) {
    clearing_ = no_chunk;
  } else {
    // The last one with room stays, so that nobody takes and gives back a chunk by turns.
    if (k.next == no_chunk && k.before == no_chunk) return;
    unlist(number);
  }
  give_back(number);
}

void record_slab::give_back(uint32_t number) {
  auto& k = chunks_[number];
  --counts_[k.size_class].chunks;
  slots_ -= k.fresh;
  k = {};
  spare_.push_back(number);
}

bool record_slab::wasteful(size_t c) const {
  const auto all = counts_[c].chunks * capacity(c);
  return all - counts_[c].used > empty_chunks * capacity(c) + all / empty_share;
}

uint32_t record_slab::emptiest(size_t c) const {
  uint32_t found = roomy_[c];
  auto number = found;
  for (size_t i = 0; i < compared && number != no_chunk; ++i, number = chunks_[number].next)
    if (chunks_[number].used < chunks_[found].used) found = number;
  return found;
}

record_slab::name record_slab::astray() {
  if (clearing_ == no_chunk) {
    if (!wasteful(looked_at_)) {
      looked_at_ = (looked_at_ + 1) % classes;
      return 0;
    }
    const auto number = emptiest(looked_at_);
    unlist(number);
    if (chunks_[number].used == 0) {  // one that had stayed as the last one with room
      give_back(number);
      return 0;
    }
    clearing_ = number;
    clearing_slot_ = 0;
  }
  const auto& k = chunks_[clearing_];
  while (k.slots[clearing_slot_ * slot_size(k.size_class)] == 0) ++clearing_slot_;
  return static_cast<name>((clearing_ << slot_bits | clearing_slot_) + 1);
}

record_slab::name record_slab::move(name record) {
  const auto c = chunk_of(record).size_class;
  const name moved = take_slot(c);
  std::memcpy(at(moved), at(record), slot_size(c));
  leave_slot(record);
  return moved;
}

uint32_t record_slab::new_chunk(size_t c) {
  uint32_t number = 0;
  if (!spare_.empty()) {
    number = spare_.back();
    spare_.pop_back();
  } else {
    if (chunks_.size() >= chunks_max) throw std::length_error{"a table of persons holds more than 32 GiB"};
    number = static_cast<uint32_t>(chunks_.size());
    chunks_.emplace_back();
  }
  auto& k = chunks_[number];
  k.slots = std::make_unique_for_overwrite<char[]>(chunk_bytes);
  k.size_class = static_cast<uint16_t>(c);
  ++counts_[c].chunks;
  list(number);
  return number;
}

void record_slab::list(uint32_t number) {
  auto& k = chunks_[number];
  k.before = no_chunk;
  k.next = roomy_[k.size_class];
  if (k.next != no_chunk) chunks_[k.next].before = number;
  roomy_[k.size_class] = number;
}

void record_slab::unlist(uint32_t number) {
  auto& k = chunks_[number];
  (k.before != no_chunk ? chunks_[k.before].next : roomy_[k.size_class]) = k.next;
  if (k.next != no_chunk) chunks_[k.next].before = k.before;
  k.next = k.before = no_chunk;
}

bool record_slab::next(position& p, name& found) const {
  while (p.chunk < chunks_.size() && p.slot >= chunks_[p.chunk].fresh) p = {p.chunk + 1, 0};
  if (p.chunk >= chunks_.size()) return false;
  found = static_cast<name>((p.chunk << slot_bits | p.slot) + 1);
  if (mark(found) == 0) found = 0;
  ++p.slot;
  return true;
}

}  // namespace cartwheel
