#pragma once

#include "runtime/base/time.hpp"

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace cartwheel {

/// Shops whose sender a relay refuses (5yz to MAIL, 5.1.8, 5.7.x): after limits::sender_refusals_max in a row the pair
/// pauses, longer each time, while other shops go on and the shop's mails wait for another relay or the pause's end.
/// Units: the clock's time.
class sender_pauses {
 public:
  /// Returns until when the pair pauses, if this begins a pause.
  std::optional<instant> refused(size_t relay, const std::string& shop, instant now);
  void accepted(size_t relay, const std::string& shop);

  bool paused(size_t relay, const std::string& shop, instant now) const;
  /// When the first of the pauses ends; nothing when there is none.
  std::optional<instant> next_end(instant now) const;
  size_t count(instant now) const;

 private:
  struct pair {
    unsigned refusals = 0;  // in a row
    unsigned pauses = 0;    // in a row
    instant until = before_all;
  };
  std::map<std::pair<size_t, std::string>, pair> pairs_;
};

}  // namespace cartwheel
