#pragma once

#include "runtime/base/bytes.hpp"
#include "runtime/base/file_layer.hpp"

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

namespace cartwheel {

/// Writes a file of snapshots: blocks of whole elements, each with a tag that says what they are and a CRC-32C, and an end
/// that shows the file is complete (docs/journal-format.md).
/// Errors: std::system_error naming the file.
class block_writer {
 public:
  block_writer(file_layer& files, const std::filesystem::path& path);

  /// What follows is of this kind; 0 is taken.
  void begin(uint8_t tag);
  byte_writer& to() { return writer_; }
  /// Behind each element: a block that is full is written.
  void cut() {
    if (block_.size() >= block_bytes) write_block();
  }
  /// Writes what is left, and the end. Not durable yet.
  void finish();
  void sync() { file_->sync_data(); }
  uint64_t bytes() const { return offset_; }

  static constexpr size_t block_bytes = 256 * 1024;

 private:
  void write_block();

  std::unique_ptr<open_file> file_;
  uint64_t offset_ = 0;
  uint8_t tag_ = 0;
  std::string block_;
  byte_writer writer_{block_};
};

/// Reads one back, block by block.
/// Errors: std::system_error naming the file; std::runtime_error naming file and offset of a block that is damaged, or
/// that the file ends too early.
class block_reader {
 public:
  block_reader(file_layer& files, const std::filesystem::path& path);

  /// The next block; false at the end.
  bool next();
  uint8_t tag() const { return tag_; }
  byte_reader elements() const { return byte_reader{bytes_}; }
  uint64_t offset() const { return offset_; }
  uint64_t size() const { return size_; }
  [[noreturn]] void damaged(std::string_view what) const;

 private:
  std::unique_ptr<open_file> file_;
  uint64_t size_ = 0;
  uint64_t offset_ = 0;
  uint8_t tag_ = 0;
  std::string block_;
  std::string_view bytes_;
};

}  // namespace cartwheel
