#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace cartwheel {

struct text_hash {
  using is_transparent = void;
  size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
};

/// A map by text that is searched without making a std::string.
template <class T>
using text_map = std::unordered_map<std::string, T, text_hash, std::equal_to<>>;

}  // namespace cartwheel
