#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace cartwheel {

/// Bytes that several holders read and nobody changes any more: a chunk as received, from its socket to the last shard.
using shared_bytes = std::shared_ptr<const std::string>;

/// A part of shared bytes, kept alive by them.
struct slice {
  shared_bytes owner;
  std::string_view bytes;
};

inline slice whole(std::string text) {
  auto owner = std::make_shared<const std::string>(std::move(text));
  std::string_view bytes{*owner};
  return {std::move(owner), bytes};
}

}  // namespace cartwheel
