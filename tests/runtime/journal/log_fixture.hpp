#pragma once

#include "runtime/journal/segment_log.hpp"
#include "tests/support/forgetful_files.hpp"

#include <gtest/gtest.h>

#include <ostream>
#include <string>
#include <vector>

namespace cartwheel::test {

/// A record as a test sees it.
struct seen_record {
  uint64_t at = 0;
  std::string text;
  bool closes_group = false;

  friend bool operator==(const seen_record&, const seen_record&) = default;
  friend std::ostream& operator<<(std::ostream& out, const seen_record& r) {
    return out << r.at << ":" << r.text.substr(0, 20) << (r.closes_group ? "." : "");
  }
};

inline record text_record(std::string text, instant received = from_unix_ms(1)) {
  return {record_kind::events, payload_format::text, received, whole(std::move(text))};
}

inline std::vector<record> group_of(const std::vector<std::string>& texts, instant received = from_unix_ms(1)) {
  std::vector<record> group;
  for (const auto& t : texts) group.push_back(text_record(t, received));
  return group;
}

inline seen_record seen(const logged_record& r) {
  return {count(r.at), std::string{r.what.payload.bytes}, r.closes_group};
}

inline std::vector<seen_record> all_from(const journal& log, position from = position{0}) {
  std::vector<seen_record> read;
  log.read_from(from, [&](const logged_record& r) {
    read.push_back(seen(r));
    return true;
  });
  return read;
}

/// A log's folder in memory.
class log_fixture : public testing::Test {
 protected:
  static constexpr const char* folder = "/journal";
  static constexpr uint64_t segment_bytes = 16 * 1024;

  static segment_log open(forgetful_files& files) { return {files, folder, {.segment_bytes = segment_bytes}}; }
  segment_log open() { return open(files_); }

  /// Appends a group and notes what must be read again.
  void append(segment_log& log, const std::vector<std::string>& texts, bool synced) {
    uint64_t at = count(log.append(group_of(texts), synced));
    for (const auto& t : texts) told_.push_back({at++, t, false});
    told_.back().closes_group = true;
  }

  std::vector<seen_record> told_below(position end) const {
    std::vector<seen_record> part;
    for (const auto& r : told_)
      if (r.at < count(end)) part.push_back(r);
    return part;
  }

  static std::filesystem::path path_of(uint64_t first) {
    return std::filesystem::path{folder} / segment_name(position{first});
  }
  std::vector<std::string> names() { return files_.list(folder); }

  forgetful_files files_;
  std::vector<seen_record> told_;
};

}  // namespace cartwheel::test
