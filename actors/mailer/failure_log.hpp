#pragma once

#include "runtime/base/time.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace cartwheel {

/// Says what goes wrong with mails in the log, one line for each kind and limits::failure_line_every, with how many
/// others of its kind it speaks for.
class failure_log {
 public:
  /// `kind` names the kind of failure and begins the line.
  void say(std::string_view kind, std::string_view what, instant now);

  /// A relay's reply for the log: it likes to repeat shoppers' addresses, which do not belong there.
  static std::string without_addresses(std::string_view text);

 private:
  struct kind_of_failure {
    instant said = before_all;
    uint64_t unsaid = 0;
  };
  std::map<std::string, kind_of_failure, std::less<>> kinds_;
};

}  // namespace cartwheel
