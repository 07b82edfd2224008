#pragma once

#include <string>

namespace cartwheel {

/// The defaults as a configuration file, every key with its meaning above it.
std::string default_configuration();

/// docs/configuration.md, made from the same table that reads the file.
std::string configuration_reference();

}  // namespace cartwheel
