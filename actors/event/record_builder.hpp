#pragma once

#include "actors/event/key_list.hpp"
#include "actors/event/record.hpp"

namespace cartwheel {

/// Collects one event from what a parser meets: maps, arrays, keys and values, in their order. Both decoders feed it, so
/// what a record may look like stands here once: one key twice in any map, nesting beyond limits::msgpack_depth_max and
/// a record that is no map are faults; unknown keys are walked through and forgotten.
/// Shape: `start_*` and `end_*` pair up; in a map each value or container follows its key.
/// Cost: no allocation once warm.
class record_builder {
 public:
  /// Forgets the last event.
  void begin();

  /// Gives: false when this container is nested too deeply; then nothing of it, nor its end, may be fed.
  bool start_map() { return start(true); }
  bool start_array() { return start(false); }
  void key(std::string_view key) {
    if (place_ == place::record) {
      field_ = find_event_field(key);
      if (field_ == event_field::unknown) {
        keys_.add(key);
      } else {
        if ((record_.seen & bit(field_)) != 0) fault_of_key(key);
        record_.seen |= bit(field_);
      }
    } else if (place_ == place::item) {
      item_field_ = find_item_field(key);
      if (item_field_ == item_field::unknown) {
        keys_.add(key);
      } else {
        item_record& line = item();
        if ((line.seen & bit(item_field_)) != 0) fault_of_key(key);
        line.seen = static_cast<uint8_t>(line.seen | bit(item_field_));
      }
    } else {
      keys_.add(key);
    }
  }

  void value(field_value value) {
    if (place_ == place::record) {
      set(value);
    } else if (place_ == place::item) {
      if (item_field_ == item_field::unknown || value.is(field_value::type::null)) return;
      item_record& line = item();
      line.values[static_cast<size_t>(item_field_)] = value;
      line.given = static_cast<uint8_t>(line.given | bit(item_field_));
    } else if (place_ == place::items) {
      begin_item();
      item().is_map = false;
    } else if (place_ == place::outside) {
      fault("is no map");
    }
  }

  void end_map() { end(true); }
  void end_array() { end(false); }

  /// Notes what is wrong with the record's structure; the first fault is the one that is told.
  void fault(std::string what);

  /// Fills a field the record itself leaves absent, with what its envelope says (CloudEvents).
  void supply(event_field field, field_value value);

  event_record& record() { return record_; }

 private:
  // Where the next value belongs.
  enum class place : uint8_t { outside, record, items, item, elsewhere };

  static uint64_t bit(event_field f) { return uint64_t{1} << static_cast<unsigned>(f); }
  static uint8_t bit(item_field f) { return static_cast<uint8_t>(1u << static_cast<unsigned>(f)); }

  bool start(bool map);
  void end(bool map);
  void set(field_value value) {
    if (field_ == event_field::unknown || value.is(field_value::type::null)) return;
    record_.values[static_cast<size_t>(field_)] = value;
    record_.given |= bit(field_);
  }
  void begin_item();
  void fault_of_key(std::string_view key);
  item_record& item() { return record_.items[std::min(record_.item_count - 1, limits::items_max)]; }

  event_record record_;
  key_list keys_;  // the unknown ones; the known ones have a bit
  place place_ = place::outside;
  std::array<place, limits::msgpack_depth_max> outer_{};  // the places around this one
  size_t depth_ = 0;
  event_field field_ = event_field::unknown;
  item_field item_field_ = item_field::unknown;
};

/// A key as a reason shows it: cut to a readable length, what is not printable ASCII replaced.
std::string quoted_key(std::string_view key);

}  // namespace cartwheel
