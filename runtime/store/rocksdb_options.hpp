#pragma once

#include "runtime/store/store_table.hpp"

#include <rocksdb/cache.h>
#include <rocksdb/options.h>
#include <rocksdb/write_buffer_manager.h>

#include <memory>

// Inside of the store: what RocksDB is told, and why.
namespace cartwheel {

/// The memory all tables share. Memtables are charged to the cache, so their sum is the budget.
struct shared_memory {
  std::shared_ptr<rocksdb::Cache> cache;
  std::shared_ptr<rocksdb::WriteBufferManager> memtables;
  size_t memtable_bytes = 0;  // of one table at most
};
shared_memory share_memory(size_t memory_bytes);

rocksdb::DBOptions database_options(const shared_memory& memory);
rocksdb::ColumnFamilyOptions table_options(store_access access, size_t prefix_bytes, const shared_memory& memory);

}  // namespace cartwheel
