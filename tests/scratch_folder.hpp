#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <stdexcept>
#include <string>

namespace cartwheel::test {

/// An empty folder that no other test and no other process has, gone with it: tests run side by side.
class scratch_folder {
 public:
  scratch_folder() {
    std::string name = (std::filesystem::path{testing::TempDir()} / "cartwheel_test_XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error{name + ": cannot be made"};
    path_ = name;
  }
  scratch_folder(const scratch_folder&) = delete;
  scratch_folder& operator=(const scratch_folder&) = delete;
  ~scratch_folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path operator/(const std::filesystem::path& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

}  // namespace cartwheel::test
