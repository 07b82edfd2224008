#pragma once

#include <stdlib.h>

#include <filesystem>
#include <stdexcept>
#include <string>
#include <system_error>

namespace cartwheel::bench {

/// An empty folder on the disk that counts, gone with it: in CARTWHEEL_BENCH_DIR, else among the temporary files.
class scratch {
 public:
  scratch() {
    const char* set = std::getenv("CARTWHEEL_BENCH_DIR");
    const auto in = set != nullptr ? std::filesystem::path{set} : std::filesystem::temp_directory_path();
    std::string name = in / "cartwheel_bench_XXXXXX";
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error{name + ": cannot be made"};
    path_ = name;
  }
  scratch(const scratch&) = delete;
  scratch& operator=(const scratch&) = delete;
  ~scratch() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path operator/(const std::filesystem::path& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

}  // namespace cartwheel::bench
