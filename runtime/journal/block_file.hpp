#pragma once

#include "runtime/base/bytes.hpp"
#include "runtime/base/file_layer.hpp"

#include <exception>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace cartwheel {

/// Writes a file of snapshots: blocks of whole elements, each with a tag that says what they are and a CRC-32C, and an end
/// that shows the file is complete (docs/journal-format.md).
/// Errors: std::system_error naming the file: from finish(), whenever it happened, so that whoever writes an element in
/// passing need not fail; nothing more is written after the first.
class block_writer {
 public:
  /// Elements of one kind. Several parts may be open: each gathers a block of its own.
  class part {
   public:
    byte_writer& to() { return writer_; }
    /// Behind each element: a block that is full is written.
    void cut() {
      if (block_.size() >= block_bytes) write();
    }
    /// What it has gathered, at once. Before what other parts have gathered, so.
    void write();

   private:
    friend class block_writer;
    part(block_writer& of, uint8_t tag, bool last) : of_{of}, tag_{tag}, last_{last} {}

    block_writer& of_;
    uint8_t tag_;
    bool last_;
    std::string block_;
    byte_writer writer_{block_};
    std::vector<std::string> closed_;  // last_ only
  };

  block_writer(file_layer& files, const std::filesystem::path& path);
  block_writer(const block_writer&) = delete;
  block_writer& operator=(const block_writer&) = delete;

  /// `tag`: not 0.  Lifetime: the writer's.
  part& open(uint8_t tag) { return add(tag, false); }
  /// Its blocks are kept, and written behind those of all other parts.
  part& open_last(uint8_t tag) { return add(tag, true); }
  /// Writes what is left, and the end. Not durable yet.
  void finish();
  void sync() { file_->sync_data(); }

  static constexpr size_t block_bytes = 256 * 1024;

 private:
  part& add(uint8_t tag, bool last);
  void write_block(uint8_t tag, std::string_view elements);

  std::unique_ptr<open_file> file_;
  uint64_t offset_ = 0;
  std::exception_ptr failed_;
  std::vector<std::unique_ptr<part>> parts_;
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
