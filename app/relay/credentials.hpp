#pragma once

#include "app/config/settings.hpp"
#include "transport/smtp/sasl.hpp"

#include <string>
#include <vector>

namespace cartwheel {

/// What stands where a relay's keys point to. Shape of the texts: one line each, with key and place, never with anything
/// of a password or token.
struct found_credentials {
  smtp::sasl::credentials who;
  std::vector<std::string> problems;  // with any, `who` is not whole
  std::vector<std::string> warnings;
};

/// Does somebody log in at this relay?
bool logs_in(const relay_settings& relay);

/// Reads a relay's password and token, where it has them.
/// Bounds: smtp::limits::credential_bytes_max each; files are files, not pipes.
/// Cost: at most two small files; it does not wait.
found_credentials read_credentials(const std::string& relay_name, const relay_settings& relay);

}  // namespace cartwheel
