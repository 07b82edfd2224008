#include "transport/forward/errc.hpp"

#include <string>

namespace cartwheel::forward {

const std::error_category& forward_category() {
  static const struct : std::error_category {
    const char* name() const noexcept override { return "forward"; }
    std::string message(int code) const override {
      switch (static_cast<errc>(code)) {
        case errc::closed_with_unacked: return "the server closed while chunks were not acknowledged";
        case errc::unexpected_ack: return "an ack came for another chunk than the oldest one under way";
        case errc::malformed_ack: return "the server sent what is no ack";
        case errc::ack_timeout: return "no ack in time";
      }
      return "unknown";
    }
  } category;
  return category;
}

}  // namespace cartwheel::forward
