#pragma once

#include "actors/event/field_value.hpp"
#include "actors/event/limits.hpp"
#include "actors/event/name_table.hpp"

#include <fmt/core.h>

#include <string>

namespace cartwheel {

// What a text may be. `free` texts are shown to people and may have line breaks; ids go into keys and logs.
enum class text_use : uint8_t { id, free };
struct text_bounds {
  size_t min;
  size_t max;
  text_use use;
};
constexpr text_bounds id_bounds{1, limits::id_bytes_max, text_use::id};
constexpr text_bounds shop_bounds{1, limits::shop_bytes_max, text_use::id};
constexpr text_bounds email_bounds{1, limits::email_bytes_max, text_use::id};
constexpr text_bounds url_bounds{1, limits::url_bytes_max, text_use::id};
constexpr text_bounds free_text(size_t max) { return {0, max, text_use::free}; }

/// The rules for single values, whichever field they stand in.
/// Errors: a rule that is broken gives false and leaves in `reason_` what the value is not; whose value it was, the caller
/// puts before it.
class value_rules {
 public:
  std::string reason_;

 protected:
  using type = field_value::type;

  bool text(field_value value, text_bounds bounds, std::string_view& out);
  /// Units: minor ones of the currency that `digits_` belongs to. A decimal string is one too where `texts_too`.
  bool amount(field_value value, bool texts_too, int64_t& out);
  bool https(field_value value, std::string_view& out);
  bool whole(field_value value, int64_t min, int64_t max, int64_t& out);
  /// Gives the place of one of the names.
  template <size_t N>
  bool choice(field_value value, const name_table<N>& names, size_t& out);

  bool fail(std::string what) {
    reason_ = std::move(what);
    return false;
  }

  int digits_ = 2;  // as most currencies have; events without one are counted like that
};

template <size_t N>
bool value_rules::choice(field_value value, const name_table<N>& names, size_t& out) {
  if (!value.is(type::text)) return fail("is no string");
  out = names.find(value.text());
  if (out < N) return true;
  std::string known;
  for (size_t i = 0; i < N; ++i) known += fmt::format("{}{}", i == 0 ? "" : i + 1 == N ? " or " : ", ", names[i]);
  return fail("is not " + known);
}

}  // namespace cartwheel
