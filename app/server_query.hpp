#pragma once

#include "app/config/settings.hpp"

#include <chrono>
#include <string>

namespace cartwheel {

/// A page of ten thousand entries takes less than a second; a server that drains may take longer to say no.
constexpr std::chrono::seconds server_patience{30};

struct server_answer {
  int status = 0;
  std::string body;
};

/// One request to the server that runs on this configuration: at `http.listen` (this machine, where it listens on all
/// addresses), with `http.token` if there is one. A body goes as `type`.
/// Errors: std::runtime_error naming the address, when nobody answers there within `patience`.
server_answer ask_server(const http_settings& where, const std::string& method, const std::string& target,
                         const std::string& body = "", const std::string& type = "application/json",
                         std::chrono::seconds patience = server_patience);

/// Why it is not 200, in the server's words where it said any.
std::string refusal_of(const server_answer& answer);

/// The same for a command that wants 200: the body.
/// Errors: also what the server refuses, in its words.
std::string ask_server_for(const http_settings& where, const std::string& method, const std::string& target,
                           const std::string& body = "");

}  // namespace cartwheel
