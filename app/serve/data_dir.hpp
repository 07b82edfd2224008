#pragma once

#include <filesystem>
#include <string>

namespace cartwheel {

/// A node's data directory: locked while a server runs on it, with a manifest of what must never change.
/// Errors: std::runtime_error naming the directory or file: cannot be made, read or written, another server holds it, its
/// manifest was written by a version this one does not know, has other partition counts, or names other keys.
class data_dir {
 public:
  explicit data_dir(std::filesystem::path path);
  data_dir(const data_dir&) = delete;
  data_dir& operator=(const data_dir&) = delete;

  const std::filesystem::path& path() const { return path_; }

  /// Whether some keys belong to the directory already: without them what it holds of people is not found again, a
  /// withdrawal no more than the rest.
  bool has_keys() const { return !keys_.empty(); }
  /// These are the keys; for good.
  void belong_to(const std::string& keys_fingerprint, const std::filesystem::path& keys_file);

 private:
  void read_manifest();
  void write_manifest() const;
  std::filesystem::path manifest() const { return path_ / "manifest.json"; }

  // Closing it lets go of the lock, also when the manifest is refused and the constructor throws.
  struct lock_file {
    int descriptor = -1;
    ~lock_file();
  };

  std::filesystem::path path_;
  std::string keys_;  // fingerprint; empty: none yet
  lock_file lock_;
};

}  // namespace cartwheel
