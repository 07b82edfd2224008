#include "runtime/journal/segment_log.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace cartwheel {

std::string to_string(const cut_tail& cut) {
  auto records = cut.newest < cut.first ? fmt::format("no whole record from position {} on", count(cut.first))
                                        : fmt::format("positions {} to {}", count(cut.first), count(cut.newest));
  return fmt::format("{}: a torn tail of {} bytes at offset {}, {}", cut.file.string(), cut.bytes, cut.offset, records);
}

segment_log::segment_log(file_layer& files, std::filesystem::path folder, options o)
    : files_{files}, folder_{std::move(folder)}, options_{o} {
  if (!files_.exists(folder_)) {
    files_.make_folder(folder_);
    files_.sync_folder(folder_.has_parent_path() ? folder_.parent_path() : ".");
  }
  remove_unfinished(files_, folder_);
  auto segments = list_segments(files_, folder_);
  if (auto wrong = check_chain(segments); !wrong.empty()) throw wrong.front();
  for (size_t i = 0; i + 1 < segments.size(); ++i) {
    const auto& next = segments[i + 1].sound_header();
    seal(segments[i], next.previous_end, next.previous_newest);
  }
  if (segments.empty()) {
    end_ = durable_ = options_.first;
    opened_.fresh = true;
    make_room(0);
  } else {
    open_last(std::move(segments.back()));
  }
  opened_.begin = begin();
  opened_.end = end_;
  opened_.segments = sealed_.size() + 1;
  opened_.bytes = active_.bytes;
  for (const auto& s : sealed_) opened_.bytes += s.file.bytes;
}

void segment_log::open_last(segment_file last) {
  file_ = files_.open(last.path, file_layer::access::write);
  segment_reader reader{file_, last.sound_header()};
  auto tail = find_tail(reader);
  opened_.cut = tail.cut;
  // What is cut must not be read again: behind the next group it could look as if it followed.
  if (tail.cut) file_->truncate(tail.end.offset);
  if (tail.cut || last.bytes < options_.segment_bytes) file_->preallocate(options_.segment_bytes);
  last.bytes = file_->size();
  write_again(tail.synced.offset, tail.end.offset);
  file_->sync_data();
  files_.sync_folder(folder_);
  active_ = std::move(last);
  offset_ = sent_ = dropped_ = zeroed_ = tail.end.offset;
  end_ = durable_ = tail.end.at;
  newest_ = tail.end.newest;
  closed_below_.store(count(active_.first), std::memory_order_release);
}

/// What a killed process had written but not synced counts from now on, so it must not get lost later. Syncing alone would
/// not do: had the process stopped because a sync failed, its pages would count as clean, and not be on the disk.
void segment_log::write_again(uint64_t begin, uint64_t end) {
  std::string block(std::min<uint64_t>(end - begin, limits::segment_block_bytes), '\0');
  for (uint64_t at = begin; at < end;) {
    size_t got = file_->read_at(at, std::span{block}.first(std::min<uint64_t>(end - at, block.size())));
    if (got == 0) throw std::system_error{EIO, std::generic_category(), file_->path().string() + ": read"};
    write_fully(*file_, at, std::string_view{block}.substr(0, got));
    at += got;
  }
}

position segment_log::append(std::span<const record> group, bool synced) {
  if (broken_) refuse();
  try {
    position first = end_;
    if (close_asked_.exchange(false, std::memory_order_acq_rel) && end_ != active_.first) make_room(0);
    if (!group.empty()) write_group(group, synced);
    if (synced && durable_ != end_)
      sync_active();
    else if (offset_ - sent_ >= limits::write_behind_bytes)
      send();
    return first;
  } catch (const std::system_error& e) {
    broken_ = e;
    throw;
  } catch (...) {
    broken_.emplace(std::make_error_code(std::errc::io_error), "an append that was not finished");
    throw;
  }
}

void segment_log::write_group(std::span<const record> group, bool synced) {
  uint64_t bytes = 0;
  for (const auto& r : group) {
    if (r.payload.bytes.size() > limits::record_payload_bytes_max)
      throw std::system_error{std::make_error_code(std::errc::value_too_large),
                              fmt::format("a record of {} bytes", r.payload.bytes.size())};
    bytes += record_bytes(r.payload.bytes.size());
  }
  if (bytes > active_.bytes - offset_) make_room(bytes);
  lay_out(group);
  if (synced && bytes <= limits::zeroed_for_group_bytes_max) add_zeros(offset_ + bytes);
  write_fully(*file_, offset_, pieces_);
  offset_ += bytes;
  end_ = position{count(end_) + group.size()};
  newest_ = group.back().received;
}

/// Lets a group that ends at `end` be followed by zeros to the end of its stripe, when it reaches into a new one. They are
/// what a start would read there anyway.
void segment_log::add_zeros(uint64_t end) {
  static constexpr std::array<char, 16 * 1024> zeros{};
  if (end <= zeroed_) return;
  const uint64_t stripe = limits::zeroed_stripe_bytes;
  zeroed_ = std::min((end + stripe - 1) / stripe * stripe, active_.bytes);
  for (auto left = zeroed_ - end; left != 0;) {
    auto part = std::min<uint64_t>(left, zeros.size());
    pieces_.emplace_back(zeros.data(), part);
    left -= part;
  }
}

void segment_log::sync_active() {
  file_->sync_data();
  durable_ = end_;
  sent_ = offset_;
  drop_cached();
}

void segment_log::send() {
  file_->write_behind(sent_, offset_ - sent_);
  sent_ = offset_;
}

/// Of what is synced, but for the page that the next group goes on in.
void segment_log::drop_cached() {
  if (offset_ - dropped_ < limits::drop_cached_bytes) return;
  file_->drop_cached(dropped_, offset_ - dropped_);
  constexpr uint64_t page = 4096;
  dropped_ = offset_ / page * page;
}

void segment_log::sync() { append({}, true); }

/// Makes the segment that a group goes to which has no room in the active one.
void segment_log::make_room(uint64_t group_bytes) {
  uint64_t bytes = std::max(options_.segment_bytes, segment_header_bytes + group_bytes);
  if (file_ && end_ == active_.first) {  // it is empty, and still too short
    file_->preallocate(bytes);
    active_.bytes = bytes;
    return;
  }
  begin_segment(end_, bytes);
}

void segment_log::begin_segment(position first, uint64_t bytes) {
  if (durable_ != end_) sync_active();
  segment_header h{draw_mark(), first, active_.first, end_, newest_};
  auto file = make_segment(files_, folder_, h, bytes);
  if (file_) seal(std::move(active_), end_, newest_);
  file_ = std::move(file);
  active_ = {folder_ / segment_name(first), first, bytes, h};
  offset_ = sent_ = dropped_ = zeroed_ = segment_header_bytes;
  closed_below_.store(count(first), std::memory_order_release);
}

void segment_log::skip_to(position to) {
  if (broken_) refuse();
  if (to <= end_) return;
  try {
    begin_segment(to, options_.segment_bytes);
    end_ = durable_ = to;
  } catch (const std::system_error& e) {
    broken_ = e;
    throw;
  }
}

bool segment_log::begins_anew() const {
  const auto& oldest = sealed_.empty() ? active_ : sealed_.front().file;
  return std::get<segment_header>(oldest.header).previous == position{};
}

/// Fills pieces_ with what stands in the file for a group: headers, payloads, and zeros up to the next multiple of 8.
void segment_log::lay_out(std::span<const record> group) {
  headers_.assign(group.size() * (record_header_bytes + record_alignment), '\0');
  pieces_.clear();
  char* begin = headers_.data();  // of what was not given to pieces_ yet
  char* end = begin;
  uint64_t mark = std::get<segment_header>(active_.header).mark;
  for (size_t i = 0; i < group.size(); ++i) {
    const auto& r = group[i];
    auto bytes = static_cast<uint32_t>(r.payload.bytes.size());
    encode({bytes, position{count(end_) + i}, end_, durable_, r.received, r.kind, r.format, i + 1 == group.size()},
           mark, r.payload.bytes, end);
    end += record_header_bytes;
    if (bytes != 0) {
      pieces_.emplace_back(begin, static_cast<size_t>(end - begin));
      pieces_.push_back(r.payload.bytes);
      begin = end;
    }
    end += record_bytes(bytes) - record_header_bytes - bytes;
  }
  pieces_.emplace_back(begin, static_cast<size_t>(end - begin));
}

void segment_log::read_from(position from, const std::function<bool(const logged_record&)>& visit) const {
  if (broken_) refuse();
  auto read = [&](const segment_file& segment, position end) {
    if (end <= from || end == segment.first) return true;
    auto reader = read_segment(files_, segment);
    return read_up_to(reader, end,
                      [&](const segment_reader::entry& e) { return e.record.at < from || visit(e.record); });
  };
  for (const auto& s : sealed_)
    if (!read(s.file, s.end)) return;
  read(active_, end_);
}

void segment_log::truncate_below(position keep) {
  if (broken_) return;
  // Who replaces a segment syncs a folder: acknowledgements do not wait for that, the next call forgets as well.
  std::unique_lock lock{replacing_, std::try_to_lock};
  if (!lock) return;
  try {
    if (!sealed_.empty() && forgettable(sealed_.front(), keep))
      remove_oldest();
    else if (leaving_)
      release_some();
  } catch (const std::system_error& e) {
    broken_ = e;
  }
}

void segment_log::remove_oldest() {
  const auto& path = sealed_.front().file.path;
  auto file = files_.open(path, file_layer::access::write);
  files_.remove(path);
  // Before another one goes: that the newer of two is gone and the older is not would look like damage. And before its
  // space does: without its records it would, too.
  files_.sync_folder(folder_);
  sealed_.pop_front();
  leaving_ = std::move(file);
}

bool segment_log::replace_closed(position first, const std::filesystem::path& with) {
  std::lock_guard lock{replacing_};
  auto path = folder_ / segment_name(first);
  // Put back, it would be a segment with a gap behind it.
  if (!files_.exists(path)) return false;
  files_.rename(with, path);
  files_.sync_folder(folder_);
  return true;
}

void segment_log::release_some() {
  uint64_t left = leaving_->size();
  if (left <= limits::segment_release_bytes)
    leaving_.reset();
  else
    leaving_->truncate(left - limits::segment_release_bytes);
}

void segment_log::seal(segment_file segment, position end, instant newest) {
  // A clock that was wrong for a while must not keep a segment for ever: it is no newer than what stands behind it.
  for (auto s = sealed_.rbegin(); s != sealed_.rend() && s->newest > newest; ++s) s->newest = newest;
  sealed_.push_back({std::move(segment), end, newest});
}

bool segment_log::forgettable(const sealed_segment& oldest, position keep) const {
  return oldest.end <= keep && newest_ > before_all + options_.keep &&
         std::min(oldest.newest, newest_) < newest_ - options_.keep;
}

position segment_log::begin() const { return sealed_.empty() ? active_.first : sealed_.front().file.first; }

void segment_log::refuse() const {
  throw std::system_error{broken_->code(), fmt::format("{}: takes nothing more after an earlier error ({})",
                                                       folder_.string(), broken_->what())};
}

}  // namespace cartwheel
