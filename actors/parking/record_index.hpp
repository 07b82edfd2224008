#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace cartwheel {

/// Finds records by the hash of their keys: 32 bits of it beside the record's 32-bit name, so a hit has to be confirmed by
/// what the record says.
/// Shape: open addressing in 64 tables, so that none takes long to grow; each grows by a sixteenth when it is full (8/9), and
/// shrinks when it is less than two thirds as full as that.
/// Cost: 8 B an entry at a load between 0.84 and 0.89: 9.0 to 9.6 B; 10.7 to 12 B when full is 3/4 and it grows by an eighth,
/// where what looks in vain comes by fewer lines of the cache.
class record_index {
 public:
  /// A table is full when so many of so many of its slots are taken, and grows by one part of so many.
  explicit record_index(uint32_t taken = 8, uint32_t of = 9, uint32_t grows_by = 16)
      : full_taken_{taken}, full_of_{of}, grows_by_{grows_by} {}

  /// The name for which is_it(name) says yes; 0: none of that hash.
  template <class F>
  uint32_t find(uint64_t hash, F&& is_it) const {
    const auto& t = table_of(hash);
    if (t.slots.empty()) return 0;
    for (size_t i = home(t, top(hash)); t.slots[i] != 0; i = behind(t, i))
      if (t.slots[i] >> 32 == top(hash) && is_it(static_cast<uint32_t>(t.slots[i])))
        return static_cast<uint32_t>(t.slots[i]);
    return 0;
  }

  /// The first name of that upper half of a hash, whether it is the one or not; 0: none.
  uint32_t probable(uint64_t hash) const {
    return find(hash, [](uint32_t) { return true; });
  }
  /// Asks the cache for what find() reads first.
  /// Always inline: a function that does nothing but prefetch counts as pure with GCC 12, which drops calls of it.
  [[gnu::always_inline]] void prefetch(uint64_t hash) const {
    const auto& t = table_of(hash);
    if (!t.slots.empty()) __builtin_prefetch(&t.slots[home(t, top(hash))]);
  }

  /// Bounds: `name` is not 0.
  void insert(uint64_t hash, uint32_t name);
  /// What is called `name` is called `now` from here on.  It is there.
  void rename(uint64_t hash, uint32_t name, uint32_t now);
  void erase(uint64_t hash, uint32_t name);

  /// Taken ones and others.
  size_t slots() const {
    size_t all = 0;
    for (const auto& t : tables_) all += t.slots.size();
    return all;
  }

 private:
  struct table {
    std::vector<uint64_t> slots;  // the hash's upper half, the name; 0: empty
    size_t used = 0;
  };
  static constexpr size_t tables = 64, slots_min = 16;
  static_assert(tables == 1 << 6);

  static uint32_t top(uint64_t hash) { return static_cast<uint32_t>(hash >> 32); }
  // The upper half alone says where an entry is: six bits the table, the others the slot.
  table& table_of(uint64_t hash) { return tables_[hash >> 58]; }
  const table& table_of(uint64_t hash) const { return tables_[hash >> 58]; }
  /// In the order of the hashes, so a table that grows is read and written from front to back.
  static size_t home(const table& t, uint32_t top) {
    return static_cast<size_t>(uint64_t{top << 6} * t.slots.size() >> 32);
  }
  static size_t behind(const table& t, size_t i) { return ++i == t.slots.size() ? 0 : i; }
  static void place(table& t, uint64_t slot);
  static size_t slot_with(const table& t, uint64_t hash, uint32_t name);

  static void resize(table& t, size_t slots);

  uint32_t full_taken_;
  uint32_t full_of_;
  uint32_t grows_by_;
  std::array<table, tables> tables_;
};

}  // namespace cartwheel
