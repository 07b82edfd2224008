#pragma once

#include <string_view>

namespace cartwheel {

/// Whether a mailbox is read by whoever has a task, not by one person: info@, sales@, postmaster@.
/// `address`: as given; what stands behind a '+' in its local part does not count.  Source: RFC 2142 sections 3 to 5, and
/// names that sites use alike (admin, office, noreply...).
bool is_role_address(std::string_view address);

}  // namespace cartwheel
