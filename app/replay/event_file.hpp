#pragma once

#include <memory>
#include <string>

namespace cartwheel {

/// Reads a data file of events in blocks of whole lines: plain, gzip or zstd, told by its first bytes.
/// Errors: std::system_error or std::runtime_error naming the file (missing, unreadable, damaged compression).
class event_file {
 public:
  explicit event_file(std::string path);
  ~event_file();

  /// The next block of whole lines (the last one may lack its line end); empty at the end.
  /// Bounds: about limits::replay_block_bytes, more only where one line is longer, up to limits::replay_line_bytes_max.
  std::string next_block();

 private:
  struct source;
  struct gzip;
  struct zstd;

  std::string path_;
  std::unique_ptr<source> source_;
  std::string rest_;
  bool done_ = false;
};

}  // namespace cartwheel
