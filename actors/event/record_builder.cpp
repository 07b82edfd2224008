#include "actors/event/record_builder.hpp"

#include <fmt/core.h>

namespace cartwheel {

namespace {

static_assert(limits::msgpack_depth_max <= 16, "key_list keeps a mark per level");

}  // namespace

std::string quoted_key(std::string_view key) {
  constexpr size_t shown_max = 40;
  std::string shown{key.substr(0, shown_max)};
  for (char& c : shown) {
    if (c < 0x20 || c > 0x7e) c = '?';
  }
  return key.size() > shown_max ? fmt::format("\"{}...\"", shown) : fmt::format("\"{}\"", shown);
}

void record_builder::begin() {
  record_.seen = 0;
  record_.given = 0;
  record_.item_count = 0;
  record_.entry_time.reset();
  record_.fault.clear();
  keys_.clear();
  place_ = place::outside;
  depth_ = 0;
}

void record_builder::fault(std::string what) {
  if (record_.fault.empty()) record_.fault = std::move(what);
}

void record_builder::supply(event_field field, field_value value) {
  if (record_.has(field) || value.is(field_value::type::null)) return;
  record_.values[static_cast<size_t>(field)] = value;
  record_.given |= bit(field);
}

bool record_builder::start(bool map) {
  if (depth_ == outer_.size()) {
    fault(fmt::format("nested deeper than {} levels", limits::msgpack_depth_max));
    return false;
  }
  place inner = place::elsewhere;
  if (place_ == place::outside && map) {
    inner = place::record;
  } else if (place_ == place::record && field_ == event_field::items && !map) {
    set(field_value(field_value::type::list));
    inner = place::items;
  } else if (place_ == place::items && map) {
    begin_item();
    inner = place::item;
  } else {
    value(field_value(field_value::type::other));
  }
  outer_[depth_++] = place_;
  place_ = inner;
  if (map) keys_.open();
  return true;
}

void record_builder::end(bool map) {
  if (map) {
    std::string_view twice = keys_.close();
    if (twice.data() != nullptr) fault(fmt::format("{}: stands twice in one map", quoted_key(twice)));
  }
  place_ = outer_[--depth_];
}

void record_builder::fault_of_key(std::string_view key) {
  std::string item = place_ == place::item ? fmt::format("items[{}].", record_.item_count - 1) : "";
  fault(fmt::format("{}{}: stands twice in one map", item, key));
}

void record_builder::begin_item() {
  ++record_.item_count;
  item().seen = 0;
  item().given = 0;
  item().is_map = true;
}

}  // namespace cartwheel
