#pragma once

#include <cstddef>
#include <cstdint>

/// Bounds of the store. Units are in the names.
namespace cartwheel::limits {

/// What the store may keep in memory when nobody says otherwise: indexes and filters of 50 million parked carts (about
/// 100 MB) and the blocks that are asked for again and again.
constexpr size_t store_memory_bytes_default = 256 * 1024 * 1024;

/// Below this RocksDB's own smallest buffers (64 KiB a table) would be more than the budget.
constexpr size_t store_memory_bytes_min = 1024 * 1024;

/// Of that memory, a part in so many is for what has been written and not flushed. Flushing may fall behind by two more
/// such parts before writers wait, so at worst three quarters are taken from the cache, never more than the whole.
constexpr size_t store_memtable_share = 4;

/// A key: two identities (256 bytes each at most as they come in) with room for escapes, time, position and index.
constexpr size_t store_key_bytes_max = 2048;

/// A value: a rendered mail kept for a retry is the largest that is stored; a few hundred KiB at worst.
constexpr size_t store_value_bytes_max = 16 * 1024 * 1024;

/// A batch is held three times while it is written (here, as RocksDB's, in the memtable).
constexpr size_t store_batch_bytes_max = 64 * 1024 * 1024;
static_assert(store_key_bytes_max + store_value_bytes_max <= store_batch_bytes_max, "one put fits into a batch");

/// Table files held open. 512 of 32 MiB are 16 GB; beyond that a look-up may have to open its file again.
constexpr int store_open_files_max = 512;

/// So many small neighbours among table files become one, at most so many, and so often behind a flush.
constexpr size_t store_files_merged_min = 4;
constexpr size_t store_files_merged_max = 16;
constexpr int store_merges_at_once = 4;

/// One flush at a time and one compaction: the machine's cores are for carts. With a second flush thread, RocksDB 7.8
/// can wait for ever after a failed atomic flush (docs/decisions/0004-idle-things-are-parked.md).
constexpr int store_background_jobs_max = 2;

/// The scheduling priority (nice) of RocksDB's own threads. No lower: writers wait for a flush that gets no time.
constexpr int store_niceness = 10;

/// Keys erased in one batch when a range is: long enough to be cheap, short enough to let other writers in.
constexpr size_t store_erase_batch_keys = 1024;
static_assert(store_erase_batch_keys * store_key_bytes_max <= store_batch_bytes_max);

/// A table file with this many erasures among so many neighbours is compacted at once: it is a range that was forgotten.
constexpr size_t store_erased_window_keys = 1024;
constexpr size_t store_erased_dense_keys = 512;

/// Other erasures leave the disk, with what they erase, after this long: then even a quiet file is compacted.
constexpr uint64_t store_erased_kept_s = 24 * 60 * 60;

}  // namespace cartwheel::limits
