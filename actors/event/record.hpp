#pragma once

#include "actors/event/field_value.hpp"
#include "actors/event/fields.hpp"
#include "actors/event/limits.hpp"
#include "runtime/base/time.hpp"

#include <array>
#include <optional>
#include <string>
#include <vector>

namespace cartwheel {

/// One item of a record: its values by key, unjudged.
struct item_record {
  std::array<field_value, item_field_count> values;
  uint8_t seen = 0;   // bit per item_field: the key was there
  uint8_t given = 0;  // and its value was not null
  bool is_map = true;

  bool has(item_field f) const { return (given >> static_cast<unsigned>(f) & 1u) != 0; }
  const field_value& operator[](item_field f) const { return values[static_cast<size_t>(f)]; }
};

/// One event as its carrier wrote it: values by key, unjudged. Rules look at it when it is complete, so that they do not
/// depend on the order of keys (the currency may come behind the prices).
struct event_record {
  std::array<field_value, event_field_count> values;
  uint64_t seen = 0;
  uint64_t given = 0;
  std::vector<item_record> items = std::vector<item_record>(limits::items_max + 1);  // the last takes what is too many
  size_t item_count = 0;              // as sent; only the first limits::items_max are kept
  std::optional<instant> entry_time;  // the carrier's own (Forward)
  std::string fault;                  // what is wrong with its structure; empty: nothing

  bool has(event_field f) const { return (given >> static_cast<unsigned>(f) & 1u) != 0; }
  const field_value& operator[](event_field f) const { return values[static_cast<size_t>(f)]; }
};
static_assert(event_field_count <= 64 && item_field_count <= 8);

}  // namespace cartwheel
