#pragma once

#include "app/config/settings.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace cartwheel {

/// Reads where to listen: "127.0.0.1:8480", "[::1]:8480", "localhost:8480" (which is 127.0.0.1); port 0 lets the system
/// choose. `host` is the address without brackets. Errors: nothing for names and for what is no address.
std::optional<endpoint_settings> parse_listen(std::string_view text);

/// Reads whom to call: as above, and host names; port 1..65535. Nothing is looked up.
std::optional<endpoint_settings> parse_host_port(std::string_view text);

/// Reads back; an IPv6 address gets its brackets.
std::string to_string(const endpoint_settings& e);

/// Is only this machine behind the address (127.0.0.0/8, ::1, ::ffff:127.0.0.0/104)?
bool is_loopback(const endpoint_settings& e);

/// Reads an http or https URL with a host and no user, query or fragment. Errors: false for everything else, and beyond
/// limits::url_bytes_max. Source: RFC 3986; hosts are ASCII (A-labels).
bool is_site_url(std::string_view text);

}  // namespace cartwheel
