#pragma once

#include "runtime/base/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cartwheel {

class byte_reader;
class byte_writer;

/// Why a mail whose step has a pool goes without a code.
enum class coupon_lack : uint8_t {
  none,            // it has one
  recently,        // this address had a code less than the pool's `cooldown` ago: who waits for discounts gets none
  cart_too_small,  // worth less than `min_value`, in a currency that has no least there, or worth nobody knows what
  other_currency,  // the pool takes off an amount of another currency
  pool_empty,      // no code is left that holds for `at_least`
};
std::string_view to_string(coupon_lack lack);

/// What a reminder's step brought its mail: a code, or why none. Rides with the mail's intent and outcome into the log.
struct given_coupon {
  std::string pool;
  std::string code;       // empty: none
  instant given{};        // by the clock that dates the mail
  instant until = never;  // it holds until then; never: without an end
  coupon_lack lack = coupon_lack::none;
  bool has_code() const { return !code.empty(); }
  friend bool operator==(const given_coupon&, const given_coupon&) = default;
};

void save(byte_writer& to, const given_coupon& c);
/// Errors: broken_bytes.
given_coupon load_coupon(byte_reader& from);

/// In one line for the history, and back. Errors: reading gives nothing for what is no such line.
std::string brief(const given_coupon& c);
std::optional<given_coupon> read_brief(std::string_view line);

}  // namespace cartwheel
