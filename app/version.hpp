#pragma once

#include <string_view>

namespace cartwheel {

/// Of the program; CMakeLists.txt says the same (a test compares them).
constexpr std::string_view version = "0.1.0";

}  // namespace cartwheel
