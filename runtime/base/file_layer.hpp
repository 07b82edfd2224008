#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cartwheel {

/// A file that is open. Offsets and sizes are bytes; there is no current place in it.
/// Errors: std::system_error whose text names the path and the operation, from every function.
/// Runs on: one thread at a time; read_at on several.
class open_file {
 public:
  virtual ~open_file() = default;

  /// What it was opened as.
  virtual const std::filesystem::path& path() const = 0;

  /// Writes the pieces one after another from `offset` on, and says how many bytes it wrote: perhaps not all of them
  /// (write_fully goes on until they are).
  virtual size_t write_at(uint64_t offset, std::span<const std::string_view> pieces) = 0;

  /// Reads from `offset` on until `into` is full or the file ends, and says how many bytes it read.
  virtual size_t read_at(uint64_t offset, std::span<char> into) const = 0;

  /// Makes the file at least `bytes` long and sets their space aside, so that writing them neither runs out of it nor
  /// changes the file's length; what was not written yet reads as zeros. Where a file system cannot set space aside, only
  /// the length is.
  virtual void preallocate(uint64_t bytes) = 0;

  /// Cuts or lengthens (with zeros) the file.
  virtual void truncate(uint64_t bytes) = 0;
  virtual uint64_t size() const = 0;

  /// Starts to bring a part to the disk and does not wait, so that the next sync_data has less to do. Makes nothing
  /// durable, and may do nothing at all.
  virtual void write_behind(uint64_t /*offset*/, uint64_t /*bytes*/) {}

  /// A part that was synced will hardly be read soon: the memory that caches it may serve others. Changes nothing of what
  /// the file holds, and may do nothing at all.
  virtual void drop_cached(uint64_t /*offset*/, uint64_t /*bytes*/) {}

  /// What was written is durable when this returns, and so is the file's length; its name is when its folder is synced.
  /// After an error nobody knows what is durable, and asking again proves nothing: the pages count as clean then.
  /// Source: Rebello et al., Can Applications Recover from fsync Failures?, USENIX ATC 2020.
  virtual void sync_data() = 0;
};

/// What durability needs of a file system, and no more: a test puts one in its place that forgets what was not synced.
/// Errors: as open_file's.  Runs on: any thread.
class file_layer {
 public:
  enum class access : uint8_t { read, write };

  virtual ~file_layer() = default;

  /// A new file, to read and write; that it exists already is an error.
  virtual std::unique_ptr<open_file> create(const std::filesystem::path& path) = 0;
  /// One that exists; with access::write also to read.
  virtual std::unique_ptr<open_file> open(const std::filesystem::path& path, access how) = 0;

  virtual bool exists(const std::filesystem::path& path) = 0;
  /// Takes the place of `to`.
  virtual void rename(const std::filesystem::path& from, const std::filesystem::path& to) = 0;
  virtual void remove(const std::filesystem::path& path) = 0;

  /// The names in a folder, sorted.
  virtual std::vector<std::string> list(const std::filesystem::path& folder) = 0;
  /// Makes a folder whose parent exists; one that exists already is fine.
  virtual void make_folder(const std::filesystem::path& folder) = 0;
  /// Makes durable which names the folder has: files made, renamed and removed.
  virtual void sync_folder(const std::filesystem::path& folder) = 0;
};

/// The operating system's.
file_layer& real_files();

/// Writes all of the pieces, in as many operations as it takes.
/// Errors: as write_at's; EIO when one writes nothing.
void write_fully(open_file& file, uint64_t offset, std::span<const std::string_view> pieces);
inline void write_fully(open_file& file, uint64_t offset, std::string_view bytes) {
  write_fully(file, offset, std::span{&bytes, 1});
}

}  // namespace cartwheel
