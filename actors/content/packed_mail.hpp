#pragma once

#include "actors/content/reminder.hpp"

#include <string>
#include <string_view>

namespace cartwheel {

/// A mail as it is kept from the moment its content may be offered until its outcome, so that whoever sends it again sends
/// the same bytes: envelope and Message-ID as they are, the content as a zstd frame (about 2 KiB).
/// Errors: reading throws broken_bytes for what pack_mail did not make.
std::string pack_mail(const rendered_mail& mail);
rendered_mail unpack_mail(std::string_view packed);
std::string message_id_of(std::string_view packed);

}  // namespace cartwheel
