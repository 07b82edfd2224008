#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

namespace cartwheel {

/// Millions of small records of bytes, each under a 32-bit name and behind a mark of one byte that its owner sets.
/// Shape: slots of equal size in chunks of 16 KiB, one list of chunks for each size, in steps of 2 bytes; what is longer
/// than a slot may be lies in a block of its own. A chunk that has become empty goes back to the allocator; where records
/// that grew, or went, have left many slots of a size empty, astray() names one after the other of a chunk that is to become
/// empty, too.
/// Bounds: 2^21 chunks, 32 GiB.  Errors: std::length_error beyond.
/// Cost: the mark and some byte of rounding each, about 1 % for the chunks, and 1/16 or two chunks of a size's slots that are
/// empty.
/// Runs on: one thread.  Source: docs/decisions/0020-persons-in-few-bytes.md.
class record_slab {
 public:
  using name = uint32_t;  // 0: none
  static constexpr size_t slot_max = 512;

  record_slab() = default;
  record_slab(const record_slab&) = delete;
  record_slab& operator=(const record_slab&) = delete;
  ~record_slab();

  /// `mark`: not 0, here and whenever it is set.
  name add(std::string_view bytes, uint8_t mark);
  /// Its bytes are these from here on; the mark stays. Gives its name, which may be a new one.
  name replace(name record, std::string_view bytes);
  void remove(name record);

  /// One that had better lie in an empty slot of its size; none: so few are empty that there is nothing to gain, or not of the
  /// size that was looked at this time.
  name astray();
  /// Puts it there. Gives its new name.
  name move(name record);

  /// Its bytes, and up to slot_step - 1 behind them that mean nothing.  Lifetime: until the next change.
  std::string_view bytes(name record) const;
  /// Whether there is a record of that name; it may be another one than before. Any name that was ever given.
  bool has(name record) const {
    const size_t at_chunk = (record - 1) >> slot_bits;
    return at_chunk < chunks_.size() && slot_of(record) < chunks_[at_chunk].fresh && mark(record) != 0;
  }
  uint8_t mark(name record) const { return static_cast<uint8_t>(*at(record)); }
  void set_mark(name record, uint8_t mark) { *at(record) = static_cast<char>(mark); }

  size_t size() const { return size_; }
  /// Slots that hold a record, or have held one: what a round of next() comes by.
  size_t slots() const { return slots_; }

  /// A place in a round through all slots. What is added meanwhile may be come by or not.
  struct position {
    uint32_t chunk = 0;
    uint32_t slot = 0;
  };
  /// Goes on to the next slot and gives the record in it, `none` when it is empty; false: there was no further slot.
  bool next(position& at, name& found) const;

 private:
  static constexpr size_t chunk_bytes = size_t{16} << 10;
  static constexpr size_t slot_step = 2, slot_min = 8;
  static constexpr unsigned slot_bits = 11;  // 16 KiB of the smallest slots
  static constexpr size_t chunks_max = (size_t{1} << (32 - slot_bits)) - 1;
  static constexpr size_t classes = (slot_max - slot_min) / slot_step + 2;  // the last: of long records
  static constexpr size_t of_long = classes - 1;
  static constexpr size_t long_slot = 16;  // mark, block, length
  static constexpr uint32_t no_chunk = UINT32_MAX;
  static constexpr size_t empty_share = 16, empty_chunks = 2;  // more of a size's slots are not left empty
  static constexpr size_t compared = 8;                        // chunks, of which the emptiest is cleared
  static_assert(chunk_bytes / slot_min <= size_t{1} << slot_bits);

  struct chunk {
    std::unique_ptr<char[]> slots;  // null: its number is spare
    uint16_t size_class = 0;
    uint16_t used = 0;
    uint16_t fresh = 0;  // slots from here on were never used
    uint16_t free = 0;   // 1 + the first of those that were; 0: none
    // The chunks of this class that have room, in a list.
    uint32_t next = no_chunk;
    uint32_t before = no_chunk;
  };

  static size_t class_of(size_t length);
  static size_t slot_size(size_t c) { return c == of_long ? long_slot : slot_min + c * slot_step; }
  static size_t capacity(size_t c) { return chunk_bytes / slot_size(c); }
  chunk& chunk_of(name record) { return chunks_[(record - 1) >> slot_bits]; }
  const chunk& chunk_of(name record) const { return chunks_[(record - 1) >> slot_bits]; }
  static size_t slot_of(name record) { return (record - 1) & ((1u << slot_bits) - 1); }
  char* at(name record) const {
    const auto& c = chunk_of(record);
    return c.slots.get() + slot_of(record) * slot_size(c.size_class);
  }
  name take_slot(size_t c);
  void leave_slot(name record);
  void give_back(uint32_t number);
  bool wasteful(size_t c) const;
  uint32_t emptiest(size_t c) const;
  uint32_t new_chunk(size_t c);
  void list(uint32_t number);
  void unlist(uint32_t number);
  static void fill(char* slot, size_t c, std::string_view bytes);
  static void free_long(char* slot);

  std::vector<chunk> chunks_;
  std::vector<uint32_t> spare_;
  std::vector<uint32_t> roomy_ = std::vector<uint32_t>(classes, no_chunk);
  struct counts {
    size_t chunks = 0;
    size_t used = 0;  // slots
  };
  std::vector<counts> counts_ = std::vector<counts>(classes);
  // The chunk that is being cleared, which is in no list, and the slot to go on from; else the size to look at.
  uint32_t clearing_ = no_chunk;
  size_t clearing_slot_ = 0;
  size_t looked_at_ = 0;
  size_t size_ = 0;
  size_t slots_ = 0;
};

}  // namespace cartwheel
