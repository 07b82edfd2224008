#pragma once

#include <string_view>

namespace cartwheel {

/// Who runs the mailbox of an address, as far as its domain tells: "gmail", "microsoft", "yahoo", "apple", "gmx" for the
/// large ones with many domains, else the domain itself. Pacing by domain alone would let a host have a share for each of
/// its names.
/// Shape: `domain` in lower case. The result points into `domain` or at a literal.
std::string_view mail_host_of(std::string_view domain);

}  // namespace cartwheel
