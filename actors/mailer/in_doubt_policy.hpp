#pragma once

#include <cstdint>

namespace cartwheel {

/// What becomes of a mail that was offered and of which no answer came: the relay may have it, or not.
enum class in_doubt_policy : uint8_t {
  drop,    // never sent again
  hold,    // kept as it was offered until an operator lets it go out again, or drops it
  resend,  // sent again by itself: perhaps twice, but the same message
};

}  // namespace cartwheel
