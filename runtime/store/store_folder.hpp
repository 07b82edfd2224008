#pragma once

#include <rocksdb/file_system.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

// Inside of the store: the folder it lives in, as a whole. Everything goes through RocksDB's file system, so that a test can
// put a disk that fails or forgets under all of it.
namespace cartwheel {

/// The folder of a store. While it is made it is called NAME.store-unfinished; it comes to be called NAME by one rename,
/// after what says that it is a store is durable in it. So what is called NAME is whole, whenever the machine stops.
/// Errors: std::system_error and std::runtime_error, as raise() makes them.
/// Runs on: any thread, one at a time; one process (the data directory's lock sees to that).
class store_folder {
 public:
  /// `files` null: the machine's.
  store_folder(const std::filesystem::path& path, std::shared_ptr<rocksdb::FileSystem> files);

  const std::filesystem::path& where() const { return path_; }
  bool exists() const { return exists(path_); }
  std::vector<std::string> names() const { return names_in(path_); }

  /// Makes it, empty.  Bounds: it is not there, its parent is.
  void make() const;
  /// Errors: std::runtime_error when it is not there, is no store, or has a format this version does not know.
  void expect() const;

  /// Writes down that everything up to this one of RocksDB's sequence numbers is durable. Durable itself when it returns.
  void note_flushed(uint64_t sequence) const;
  /// What was noted last; 0: nothing.  Errors: std::runtime_error when what stands there cannot be read.
  uint64_t flushed() const;

  /// Cuts off the MANIFEST what a loss of power left of a change that was never synced (torn_manifest.hpp). Returns whether
  /// there was something to cut. The one who opens the database then looks whether it holds what was flushed().
  bool cut_torn_manifest() const;

 private:
  void replace(const std::string& name, const std::string& content) const;
  bool exists(const std::filesystem::path& p) const;
  std::vector<std::string> names_in(const std::filesystem::path& p) const;
  void sync(const std::filesystem::path& p) const;
  void clear_away(const std::filesystem::path& p) const;

  std::filesystem::path path_;
  std::shared_ptr<rocksdb::FileSystem> files_;
};

/// Keeps others from a folder: no second store opens it while this lives. Also the first to notice that a folder may not be
/// written. Errors: std::runtime_error naming the folder.
class folder_lock {
 public:
  folder_lock(const std::filesystem::path& folder, rocksdb::FileSystem& files);
  ~folder_lock();
  folder_lock(const folder_lock&) = delete;
  folder_lock& operator=(const folder_lock&) = delete;

 private:
  rocksdb::FileSystem& files_;
  rocksdb::FileLock* held_ = nullptr;
};

}  // namespace cartwheel
