#pragma once

#include "runtime/store/limits.hpp"
#include "runtime/store/store_batch.hpp"
#include "runtime/store/store_table.hpp"

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace rocksdb {
class FileSystem;
}

namespace cartwheel {

struct store_options {
  /// Made when it is not there (its parent must be).
  std::filesystem::path folder;
  /// For cached blocks, indexes, filters and what has not been flushed, together.
  size_t memory_bytes = limits::store_memory_bytes_default;
  /// Null: the machine's. A test hands in a disk that fails.
  std::shared_ptr<rocksdb::FileSystem> files;
};

/// How much a table holds, near enough for a gauge: what was erased or written over counts until compaction passes it.
struct store_size {
  uint64_t entries = 0;
  uint64_t bytes = 0;  // compressed, on disk; and what is not flushed yet
};

/// What a store takes.
struct store_figures {
  size_t cache_bytes = 0;     // blocks, indexes and filters; bounded by the budget less memtables
  size_t memtable_bytes = 0;  // written and not flushed, or being flushed
  size_t reader_bytes = 0;    // of open table files, beside the cache
  uint64_t disk_bytes = 0;    // table files
  uint64_t compaction_pending_bytes = 0;
  bool writers_wait = false;  // flush or compaction is behind, so write() is held back
};

/// What must be looked up and need not be in memory. Knows keys and values, not what they mean.
///
/// There is no log here: the journal is the log. What was written is durable with the next flush(); of what came later, a
/// crash leaves a beginning, whole batches in order. A snapshot of the node is whole only when the store was flushed behind
/// it, and recovery repeats what the log says from there on. Hence keys that the log gives (position, index): the same write
/// twice is one. The destructor flushes nothing.
///
/// Runs on: any thread, all functions, while none constructs or destroys. Batches of several threads take effect one after
/// the other, each as a whole; get() and visit() see everything whose write() has returned.
/// Errors: std::system_error (ENOSPC) or std::runtime_error naming folder and operation. When a write, a flush or the work
/// behind them fails, the store has failed: every later write and flush throws, whatever the disk does then
/// (a page whose sync failed once may be lost although the next one succeeds). Reads go on while they can.
class store {
 public:
  /// Errors: as above, when the folder cannot be made or written, another store is open on it, it is none, or was written
  /// by a newer version.
  explicit store(const store_options& options);
  ~store();
  store(const store&) = delete;
  store& operator=(const store&) = delete;

  /// All of the batch or nothing of it. Waits while flush or compaction is behind (store_figures::writers_wait).
  void write(const store_batch& batch);
  /// Erases the keys in [from, to), as they are when it is called; `to` empty: to the end. For forgetting by age. Works in
  /// order and in several batches, so a crash may leave the later keys: do it again.
  /// Cost: reads the range. The bytes leave the disk by compaction: soon where much was erased side by side, else after
  /// limits::store_erased_kept_s.
  void erase_range(store_table t, std::string_view from, std::string_view to);

  std::optional<std::string> get(store_table t, std::string_view key) const;
  /// The same for many keys, answered in their order.
  std::vector<std::optional<std::string>> get(store_table t, std::span<const std::string_view> keys) const;

  /// Takes a key and its value, which it may not keep; false: enough.
  using visitor = std::function<bool(std::string_view key, std::string_view value)>;
  /// Calls `each` for the keys in [from, to), in order, as they were when it was called; `to` empty: to the end. It may
  /// write to the store.
  void visit(store_table t, std::string_view from, std::string_view to, const visitor& each) const;
  /// The same for the keys that begin with `prefix`, as much of a key as the table's prefix_bytes: that there are none is
  /// mostly known without a look into what is on disk.
  /// Errors: std::invalid_argument when it is not as long as that.
  void visit_prefix(store_table t, std::string_view prefix, const visitor& each) const;
  /// Those of a range again, from the end on: the newest first, where keys begin with a time.
  void visit_backward(store_table t, std::string_view from, std::string_view to, const visitor& each) const;

  /// What was written before the call is on disk, durably.
  void flush();
  /// How much flush() has ever made durable in this folder, as a count that only grows: the folder of one who was told more
  /// is a new one, or an older copy.
  uint64_t flushed() const;

  /// Why the store takes no more writes; nothing while it does.
  std::optional<std::string> broken() const;

  store_size size(store_table t) const;
  store_figures figures() const;

 private:
  struct parts;
  std::unique_ptr<parts> parts_;
};

}  // namespace cartwheel
