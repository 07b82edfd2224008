#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace cartwheel {

/// A file that was built into the program (cmake/embed.cmake).
struct embedded_file {
  std::string_view name;   // its path from the root of the tree
  std::string_view bytes;  // followed by a zero byte that is not counted
};

}  // namespace cartwheel

/// Declares the files that `cartwheel_embed(TARGET symbol ...)` put into a target.
#define CARTWHEEL_EMBEDDED(symbol)                      \
  namespace cartwheel::embedded {                       \
  std::span<const ::cartwheel::embedded_file> symbol(); \
  }
