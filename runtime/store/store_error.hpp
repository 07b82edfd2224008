#pragma once

#include <rocksdb/status.h>

#include <filesystem>
#include <string_view>

// Inside of the store: RocksDB's way of saying no, turned into ours.
namespace cartwheel {

/// Errors: always: std::system_error with ENOSPC when the disk is full, std::runtime_error for everything else; both name
/// the directory and what was being done.
[[noreturn]] void raise(const rocksdb::Status& status, const std::filesystem::path& dir, std::string_view doing);

inline void check(const rocksdb::Status& status, const std::filesystem::path& dir, std::string_view doing) {
  if (!status.ok()) raise(status, dir, doing);
}

}  // namespace cartwheel
