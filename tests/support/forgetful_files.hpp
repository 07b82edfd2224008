#pragma once

#include "runtime/base/file_layer.hpp"

#include <functional>
#include <map>
#include <optional>
#include <random>
#include <set>

namespace cartwheel::test {

/// Files in memory that keep apart what was synced and what was not, and lose the latter as a machine does that loses its
/// power: any part of it may survive, in any order, by sectors of 512 bytes; a name lasts when its folder was synced.
/// A failed sync_data is forgotten by later ones, as kernels do: they say that all is well, and it is not.
/// Runs on: one thread.
class forgetful_files final : public file_layer {
 public:
  forgetful_files() = default;
  /// With the same in its files, and what was not synced; what happens to one does not happen to the other.
  forgetful_files(const forgetful_files& other);
  forgetful_files& operator=(const forgetful_files&) = delete;

  std::unique_ptr<open_file> create(const std::filesystem::path& path) override;
  std::unique_ptr<open_file> open(const std::filesystem::path& path, access how) override;
  bool exists(const std::filesystem::path& path) override;
  void rename(const std::filesystem::path& from, const std::filesystem::path& to) override;
  void remove(const std::filesystem::path& path) override;
  std::vector<std::string> list(const std::filesystem::path& folder) override;
  void make_folder(const std::filesystem::path& folder) override;
  void sync_folder(const std::filesystem::path& folder) override;

  /// Loses power. Files that are open now write to nowhere from here on.
  void crash(uint64_t seed);

  /// Operations so far that could have failed: all but asking what exists.
  uint64_t operations() const { return operations_; }
  /// The operation after `n` more fails with this errno; a write may have written a part of what it was to, as the seed says.
  void fail_after(uint64_t n, int error, uint64_t seed = 0);
  /// Does something before the operation after `n` more: somebody else works on the same files.
  void when_after(uint64_t n, std::function<void()> work) {
    works_at_ = operations_ + n;
    work_ = std::move(work);
  }
  void fail_never() { fails_at_.reset(); }
  bool has_failed() const { return failed_; }
  /// A write writes so many bytes at most.
  void shorten_writes(uint64_t bytes_max) { write_bytes_max_ = bytes_max; }

  /// Bytes that were sent to the disk without a sync (write_behind).
  uint64_t sent_bytes() const { return sent_bytes_; }
  /// Bytes whose pages were given back (drop_cached); that one of them was not synced is an error of its own.
  uint64_t dropped_bytes() const { return dropped_bytes_; }

  /// What a file holds at this moment, synced or not; and puts something else there for good.
  std::string contents(const std::filesystem::path& path) const;
  void replace(const std::filesystem::path& path, std::string contents);

 private:
  struct change {  // of a file that was not synced yet
    enum class what : uint8_t { write, length, at_least } kind;
    uint64_t offset = 0;  // or the length
    std::string bytes;
    bool doomed = false;  // a sync of it has failed
  };
  struct inode {
    std::string now;
    std::string synced;
    std::vector<change> unsynced;
  };
  using inode_ptr = std::shared_ptr<inode>;
  using names = std::map<std::string, inode_ptr>;
  struct name_change {  // of a folder that was not synced yet
    std::string gone;   // empty: none
    std::string come;   // empty: none
    inode_ptr file;
  };
  struct folder {
    names now;
    names synced;
    std::vector<name_change> unsynced;
  };
  class handle;

  static void each_file(folder& f, const std::function<void(inode_ptr&)>& visit);
  static void apply(const change& c, std::string& to);
  static void apply(const name_change& c, names& to);
  static void lose_some(inode& file, std::mt19937_64& random);
  static void lose_some(folder& f, std::mt19937_64& random);
  void operate(const std::filesystem::path& path, const char* operation);
  folder& parent_of(const std::filesystem::path& path, const char* operation);
  inode_ptr find(const std::filesystem::path& path, const char* operation);

  std::map<std::string, folder> folders_{{"", {}}, {"/", {}}};
  uint64_t operations_ = 0;
  uint64_t sent_bytes_ = 0;
  uint64_t dropped_bytes_ = 0;
  std::optional<uint64_t> fails_at_;
  int error_ = 0;
  std::optional<uint64_t> works_at_;
  std::function<void()> work_;
  std::mt19937_64 failing_;
  bool failed_ = false;
  uint64_t write_bytes_max_ = UINT64_MAX;
};

}  // namespace cartwheel::test
