#pragma once

#include <cstdint>
#include <string_view>

namespace cartwheel {

/// One value as a carrier wrote it, before any rule looked at it. Texts point into the batch's chunk or arena.
/// Cost: 16 bytes, so that it travels in registers.
class field_value {
 public:
  enum class type : uint8_t {
    null,  // absent
    boolean,
    integer,
    huge,    // an integer beyond int64_t
    number,  // with a fraction or an exponent; may be NaN or infinite
    text,
    list,    // an array where one may be; its elements are kept elsewhere
    other,   // a map, an array, bytes, an extension
    broken,  // none could be read
  };

  field_value() = default;
  explicit field_value(type t) : rest_{rest(t)} {}
  explicit field_value(bool v) : integer_{v}, rest_{rest(type::boolean)} {}
  explicit field_value(int64_t v) : integer_{v}, rest_{rest(type::integer)} {}
  explicit field_value(uint64_t v)
      : integer_{static_cast<int64_t>(v)}, rest_{rest(v > INT64_MAX ? type::huge : type::integer)} {}
  explicit field_value(double v) : number_{v}, rest_{rest(type::number)} {}
  explicit field_value(std::string_view v) : chars_{v.data()}, rest_{v.size() << 8 | rest(type::text)} {}

  type kind() const { return static_cast<type>(rest_ & 0xff); }
  bool is(type t) const { return kind() == t; }

  // Each only for its own type.
  bool boolean() const { return integer_ != 0; }
  int64_t integer() const { return integer_; }
  double number() const { return number_; }
  std::string_view text() const { return {chars_, rest_ >> 8}; }

 private:
  static constexpr uint64_t rest(type t) { return static_cast<uint64_t>(t); }

  union {
    int64_t integer_ = 0;
    double number_;
    const char* chars_;
  };
  // A text's size and the type, written and read as one: a processor cannot forward two small stores to one large load.
  uint64_t rest_ = rest(type::null);
};
static_assert(sizeof(field_value) == 16);

}  // namespace cartwheel
