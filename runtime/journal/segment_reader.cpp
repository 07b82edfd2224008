#include "runtime/journal/segment_reader.hpp"

#include "runtime/journal/limits.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

namespace cartwheel {

segment_reader::segment_reader(std::shared_ptr<const open_file> file, const segment_header& header)
    : file_{std::move(file)},
      mark_{header.mark},
      file_bytes_{file_->size()},
      here_{header.first, segment_header_bytes, header.previous_newest},
      whole_groups_{here_},
      group_first_{header.first} {}

std::optional<segment_reader::entry> segment_reader::next() {
  auto none = [this](std::string why) {
    missing_ = std::move(why);
    return std::nullopt;
  };
  auto bytes = see(here_.offset, record_header_bytes);
  if (bytes.size() < record_header_bytes) return none("the file ends");
  auto length = record_length(bytes, mark_);
  if (!length) return none("no record begins here");
  if (*length > file_bytes_ - here_.offset) return none("a record is longer than its file");
  bytes = see(here_.offset, *length).substr(0, *length);
  auto header = decode_record(bytes, mark_);
  if (!header) return none("a record's sum (CRC-32C) is wrong");
  if (header->at != here_.at) return none(fmt::format("the record of position {} stands here", count(header->at)));
  if (header->group_first != group_first_)
    return none(fmt::format("a record of the group from {} on stands in the one from {} on", count(header->group_first),
                            count(group_first_)));

  entry found{{header->at, {header->kind, header->format, header->received, {}}, header->closes_group},
              header->durable_below,
              *length};
  if (header->payload_bytes != 0)
    found.record.what.payload = {block_, bytes.substr(record_header_bytes, header->payload_bytes)};
  here_ = {cartwheel::next(here_.at), here_.offset + *length, header->received};
  if (header->closes_group) {
    whole_groups_ = here_;
    group_first_ = here_.at;
  }
  return found;
}

segment_reader::remains segment_reader::look_beyond() {
  remains r;
  r.end = here_.offset;
  uint64_t at = here_.offset;
  while (at < file_bytes_) {
    auto bytes = see(at, sizeof mark_);
    if (bytes.empty()) break;
    size_t i = 0;
    bool marked = false;
    for (; i < bytes.size() && !marked; i += record_alignment) {
      uint64_t word = 0;
      size_t n = std::min(sizeof word, bytes.size() - i);
      std::memcpy(&word, bytes.data() + i, n);
      if (word != 0) r.end = at + i + n;
      marked = word == mark_;
    }
    at += i;
    if (!marked) continue;
    uint64_t begin = at - record_alignment;
    auto length = record_length(see(begin, record_header_bytes), mark_);
    if (!length || *length > file_bytes_ - begin) continue;
    auto header = decode_record(see(begin, *length), mark_);
    if (!header) continue;
    r.newest = std::max(r.newest, header->at);
    r.durable_below = std::max(r.durable_below, header->durable_below);
    at = begin + *length;
    r.end = at;
  }
  return r;
}

void segment_reader::refresh() {
  block_ = nullptr;
  file_bytes_ = file_->size();
}

/// At least so many bytes from an offset on, fewer only where the file ends.
std::string_view segment_reader::see(uint64_t offset, uint64_t bytes) {
  uint64_t left = offset < file_bytes_ ? file_bytes_ - offset : 0;
  bytes = std::min(bytes, left);
  if (!block_ || offset < block_offset_ || offset + bytes > block_offset_ + block_->size()) {
    std::string block(std::min(left, std::max<uint64_t>(bytes, limits::segment_block_bytes)), '\0');
    block.resize(file_->read_at(offset, block));
    block_ = std::make_shared<const std::string>(std::move(block));
    block_offset_ = offset;
  }
  return std::string_view{*block_}.substr(offset - block_offset_);
}

}  // namespace cartwheel
