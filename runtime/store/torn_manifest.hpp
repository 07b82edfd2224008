#pragma once

#include <cstddef>
#include <string_view>

// Inside of the store: what a loss of power may leave of the file in which RocksDB writes down what its database consists of.
namespace cartwheel {

/// How many bytes of a MANIFEST, from its beginning, are whole records.
///
/// RocksDB syncs each change it writes there before anything follows from it, and takes an end in the middle of a record for
/// the end. But a disk may keep the later pages of a write that was never synced and lose the earlier ones; then a record
/// does not match its checksum, and RocksDB (7.8) refuses the database. What lies before the first such record is all that
/// was ever made durable, unless the file was damaged later: who cuts it must have another way to tell (store_folder's
/// FLUSHED).
///
/// Cost: a CRC-32C over the file.  Source: RocksDB's log format: blocks of 32 KiB; records of masked CRC-32C (4), length (2),
/// type (1), payload; none begins in the last six bytes of a block.
size_t whole_records_of_manifest(std::string_view bytes);

}  // namespace cartwheel
