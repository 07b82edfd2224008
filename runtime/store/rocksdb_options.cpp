#include "runtime/store/rocksdb_options.hpp"

#include "runtime/store/limits.hpp"

#include <rocksdb/filter_policy.h>
#include <rocksdb/slice_transform.h>
#include <rocksdb/table.h>
#include <rocksdb/utilities/table_properties_collectors.h>

#include <algorithm>

namespace cartwheel {

namespace {

/// RocksDB's own log would be one more file that grows in the folder; what goes wrong reaches us as a status.
class no_log final : public rocksdb::Logger {
 public:
  no_log() : rocksdb::Logger{rocksdb::InfoLogLevel::FATAL_LEVEL} {}
  using rocksdb::Logger::Logv;
  void Logv(const char*, va_list) override {}
};

constexpr double bloom_bits_per_key = 10;      // one look-up in a hundred reads a block for nothing
constexpr double memtable_bloom_ratio = 0.02;  // of its bytes: those bits for each key and prefix of 150 B

}  // namespace

shared_memory share_memory(size_t memory_bytes) {
  size_t memtables = memory_bytes / limits::store_memtable_share;
  rocksdb::LRUCacheOptions cache;
  cache.capacity = memory_bytes;
  // Strict would turn a shortage of memory into failed reads; over the budget by what one look-up pins is better.
  cache.strict_capacity_limit = false;
  auto made = rocksdb::NewLRUCache(cache);
  // Not allow_stall: after a failed flush its waiters would wait for ever. That writers wait at all sees
  // max_write_buffer_number to.
  return {made, std::make_shared<rocksdb::WriteBufferManager>(memtables, made, false), memtables / 2};
}

rocksdb::DBOptions database_options(const shared_memory& memory) {
  rocksdb::DBOptions o;
  o.create_missing_column_families = true;
  // Without a log of its own, what is on disk is what was flushed: all tables are flushed together, so that this is a
  // prefix of what was written and not each table's own.
  o.atomic_flush = true;
  o.avoid_flush_during_shutdown = true;
  o.write_buffer_manager = memory.memtables;
  o.max_background_jobs = limits::store_background_jobs_max;
  o.max_open_files = limits::store_open_files_max;
  o.max_file_opening_threads = 1;
  // A failed store is not talked round: no resumption behind our back.
  o.max_bgerror_resume_count = 0;
  o.paranoid_checks = true;
  // Dirty pages trickle out while a table is written; all at once they would be in the way of the journal's fdatasync.
  o.bytes_per_sync = 1024 * 1024;
  o.info_log = std::make_shared<no_log>();
  o.stats_dump_period_sec = 0;
  o.stats_persist_period_sec = 0;
  o.skip_stats_update_on_db_open = true;  // it would open every table
  return o;
}

rocksdb::ColumnFamilyOptions table_options(store_access access, size_t prefix_bytes, const shared_memory& memory) {
  rocksdb::ColumnFamilyOptions o;
  o.write_buffer_size = memory.memtable_bytes;
  o.max_write_buffer_number = 2;
  // As large as what four flushes bring, which start the first compaction; files as large as one flush.
  o.max_bytes_for_level_base = 4 * memory.memtable_bytes;
  o.target_file_size_base = memory.memtable_bytes;
  o.level_compaction_dynamic_level_bytes =
    true;  // nine tenths of the bytes are in the last level, also when it is small
  // Young files are soon compacted again; the last level holds nearly everything and is written once.
  o.compression = rocksdb::kLZ4Compression;
  o.bottommost_compression = rocksdb::kZSTD;
  o.ttl = limits::store_erased_kept_s;
  o.table_properties_collector_factories = {
    rocksdb::NewCompactOnDeletionCollectorFactory(limits::store_erased_window_keys, limits::store_erased_dense_keys)};

  rocksdb::BlockBasedTableOptions t;
  t.block_cache = memory.cache;
  // Indexes and filters of tables larger than memory must be able to leave it: they live in the cache, in small parts.
  t.cache_index_and_filter_blocks = true;
  t.index_type = rocksdb::BlockBasedTableOptions::kTwoLevelIndexSearch;
  t.partition_filters = true;
  t.metadata_block_size = 4096;
  if (access == store_access::by_key) t.filter_policy.reset(rocksdb::NewBloomFilterPolicy(bloom_bits_per_key));
  if (prefix_bytes > 0) {
    o.prefix_extractor.reset(rocksdb::NewFixedPrefixTransform(prefix_bytes));
    o.memtable_prefix_bloom_size_ratio = memtable_bloom_ratio;
  }
  o.table_factory.reset(rocksdb::NewBlockBasedTableFactory(t));
  return o;
}

}  // namespace cartwheel
