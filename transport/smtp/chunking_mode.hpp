#pragma once

#include <cstdint>

namespace cartwheel::smtp {

/// Whether content goes by BDAT where the relay announces CHUNKING (RFC 3030), and how many mails may be under way.
enum class chunking_mode : uint8_t { off, single, window };

}  // namespace cartwheel::smtp
