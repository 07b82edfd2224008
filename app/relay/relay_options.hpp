#pragma once

#include "app/config/settings.hpp"
#include "transport/smtp/relay_pool.hpp"

#include <string>

namespace cartwheel {

/// How the pool of a relay, and a probe, is to connect, as [smtp.relay.NAME] says. Credentials are read again at each
/// login.
/// Errors: std::runtime_error when the address is none, which a validated configuration cannot have.
smtp::relay_options relay_options_of(const std::string& name, const relay_settings& relay);

/// What this machine calls itself in EHLO when nobody says: its name where that is a full one; else nothing, and the
/// connection says its address (RFC 5321 section 4.1.4).
std::string default_helo_name(const std::string& host_name);

}  // namespace cartwheel
