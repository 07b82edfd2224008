#pragma once

#include "actors/content/secret_key.hpp"

#include <filesystem>

namespace cartwheel {

/// The secrets of a data directory. Losing them breaks links in mails already sent and forgets who was suppressed.
struct node_keys {
  secret_key links;       // tokens of links in mails
  secret_key message_id;  // Message-IDs, and addresses for bounces
  secret_key partitions;  // hashes of addresses in stores
};

/// Reads the file with the secrets, or makes it (mode 0600, synced to disk) when it is not there.
/// Shape: lines `links = <64 hex digits>`, `message_id = ...`, `partitions = ...`, each once; empty lines and lines
/// that begin with # are passed over.
/// Errors: std::runtime_error naming the file and the line, for a file that others may read or the group may write,
/// that is malformed or incomplete, or that cannot be read or made.  Runs on: start-up.
node_keys load_or_make_node_keys(const std::filesystem::path& file);

/// Reads the file and never makes one.
node_keys load_node_keys(const std::filesystem::path& file);

}  // namespace cartwheel
