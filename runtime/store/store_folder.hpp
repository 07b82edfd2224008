#pragma once

#include <rocksdb/file_system.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// Inside of the store: the folders it lives in, as a whole. Everything goes through RocksDB's file system, so that a test
// can put a disk that fails or forgets under all of it.
namespace cartwheel {

enum class folder_kind : uint8_t { live, checkpoint };

/// One folder of a store, and the names beside it that it has while it is being made, replaced or removed:
///
///   NAME.store-unfinished   being written; worth nothing
///   NAME.store-ready        whole and durable, about to become NAME; whoever finds it finishes that (settle)
///   NAME.store-discarded    was NAME; being removed
///
/// A folder comes to be called NAME or NAME.store-ready by one rename, after everything in it is durable, and stops being called
/// NAME by one rename, before anything in it goes. So what is called NAME is whole, whenever the machine stops. Each rename
/// is durable before the next step: nothing relies on two of them reaching the disk in order.
/// Errors: std::system_error and std::runtime_error, as raise() makes them.
/// Runs on: any thread, one at a time for one name; one process (the data directory's lock sees to that).
class store_folder {
 public:
  /// `files` null: the machine's.
  store_folder(const std::filesystem::path& path, std::shared_ptr<rocksdb::FileSystem> files);

  const std::filesystem::path& where() const { return path_; }
  bool exists() const { return exists(path_); }
  std::vector<std::string> names() const { return names_in(path_); }

  /// Errors: std::runtime_error when it is not there, is no store, has a format this version does not know, or is not of
  /// this kind.
  void expect(folder_kind kind) const;

  /// Finishes a replacement that was cut short, and removes what other work that was cut short has left.
  void settle() const;

  /// Where the next content of this folder is to be written: NAME.store-unfinished, which is not there.
  std::filesystem::path begin() const;
  /// What was written there is complete: it is marked, and has the name. Bounds: nothing has it yet.
  void finish(folder_kind kind) const;
  /// The same, and what had the name until now is gone.
  void replace(folder_kind kind) const;
  /// What was written there is not wanted. What cannot be removed now, settle() will remove.
  void give_up() const noexcept;

  /// Nothing has the name any more, nor will settle() bring it back.
  void remove() const;

  /// An empty folder, for begin()'s path.
  void make(const std::filesystem::path& p) const;
  /// The content of `from` under the name `to`: the same file where the disk allows it, else a durable copy.
  void link(const std::filesystem::path& from, const std::filesystem::path& to) const;
  void copy(const std::filesystem::path& from, const std::filesystem::path& to) const;

  /// The name of the folder whose work, cut short, has left something called `name`; nothing when it is no such name.
  static std::optional<std::string> owner_of_leftover(std::string_view name);

 private:
  std::filesystem::path beside(std::string_view suffix) const;
  bool exists(const std::filesystem::path& p) const;
  std::vector<std::string> names_in(const std::filesystem::path& p) const;
  void complete(folder_kind kind) const;
  void rename(const std::filesystem::path& from, const std::filesystem::path& to) const;
  void sync(const std::filesystem::path& p) const;
  void clear_away(const std::filesystem::path& p) const;

  std::filesystem::path path_;
  std::shared_ptr<rocksdb::FileSystem> files_;
};

/// Keeps others from a live folder: no second store opens it while this lives. Also the first to notice that a folder may
/// not be written. Errors: std::runtime_error naming the folder.
class folder_lock {
 public:
  folder_lock(const std::filesystem::path& live, rocksdb::FileSystem& files);
  ~folder_lock();
  folder_lock(const folder_lock&) = delete;
  folder_lock& operator=(const folder_lock&) = delete;

 private:
  rocksdb::FileSystem& files_;
  rocksdb::FileLock* held_ = nullptr;
};

}  // namespace cartwheel
