#pragma once

#include "runtime/base/file_layer.hpp"
#include "runtime/journal/segment_format.hpp"

#include <memory>
#include <optional>
#include <string>

namespace cartwheel {

/// Reads the records of one segment in order and hands on none that is not whole, unharmed and the next one.
/// Shape: payloads point into blocks of limits::segment_block_bytes (more where one record is longer) and keep them alive.
/// Errors: std::system_error from the file.
class segment_reader {
 public:
  segment_reader(std::shared_ptr<const open_file> file, const segment_header& header);

  struct entry {
    logged_record record;
    position durable_below{};
    uint64_t bytes = 0;  // in the file
  };
  /// The next record; nothing where it does not stand as it was written, and missing() says why.
  std::optional<entry> next();
  const std::string& missing() const { return missing_; }

  /// A place between two records.
  struct place {
    position at{};
    uint64_t offset = 0;
    instant newest = before_all;  // received time of the record before it
  };
  /// What next() reads.
  const place& here() const { return here_; }
  /// Behind the last group of which every record was read.
  const place& whole_groups() const { return whole_groups_; }

  /// What stands from here on, although the next record does not.
  struct remains {
    uint64_t end = 0;          // behind the last byte that is not zero; here().offset when there is none
    position newest{};         // of the whole records among them; 0: there are none
    position durable_below{};  // the greatest that one of them tells; 0: there are none
  };
  remains look_beyond();

  /// Forgets what was read ahead: somebody may have written on.
  void refresh();

  const open_file& file() const { return *file_; }

 private:
  std::string_view see(uint64_t offset, uint64_t bytes);

  std::shared_ptr<const open_file> file_;
  uint64_t mark_;
  uint64_t file_bytes_;
  place here_;
  place whole_groups_;
  position group_first_;
  std::string missing_;
  shared_bytes block_;
  uint64_t block_offset_ = 0;
};

}  // namespace cartwheel
