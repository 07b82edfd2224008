#pragma once

#include "transport/http/message.hpp"

#include <string_view>

namespace cartwheel {

/// Whether a request shows the token in its Authorization header. An empty token lets nobody in.
/// Cost: two hashes; the time taken tells nothing about how much of a guess was right.  Source: RFC 6750 section 2.1.
bool shows_token(const http::request& request, std::string_view token);

/// The 401 for one that does not.
http::response token_wanted(const http::request& request);

}  // namespace cartwheel
