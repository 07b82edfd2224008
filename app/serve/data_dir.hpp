#pragma once

#include <filesystem>

namespace cartwheel {

/// A node's data directory: locked while a server runs on it, with a manifest of what must never change.
/// Errors: std::runtime_error naming the directory: cannot be made or written, another server holds it, its manifest was
/// written by a version this one does not know, or has other partition counts.
class data_dir {
 public:
  explicit data_dir(std::filesystem::path path);
  data_dir(const data_dir&) = delete;
  data_dir& operator=(const data_dir&) = delete;

  const std::filesystem::path& path() const { return path_; }

 private:
  void read_manifest();
  void write_manifest() const;

  // Closing it lets go of the lock, also when the manifest is refused and the constructor throws.
  struct lock_file {
    int descriptor = -1;
    ~lock_file();
  };

  std::filesystem::path path_;
  lock_file lock_;
};

}  // namespace cartwheel
