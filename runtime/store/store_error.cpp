#include "runtime/store/store_error.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <stdexcept>
#include <system_error>

namespace cartwheel {

void raise(const rocksdb::Status& status, const std::filesystem::path& dir, std::string_view doing) {
  auto what = fmt::format("{}: {}", dir.string(), doing);
  // RocksDB keeps no errno but for this one, which an operator can do something about.
  if (status.IsNoSpace()) throw std::system_error{ENOSPC, std::generic_category(), what};
  throw std::runtime_error{what + ": " + status.ToString()};
}

}  // namespace cartwheel
