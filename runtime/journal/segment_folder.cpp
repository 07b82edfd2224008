#include "runtime/journal/segment_folder.hpp"

#include <algorithm>
#include <deque>
#include <random>
#include <system_error>

namespace cartwheel {

const segment_header& segment_file::sound_header() const {
  if (auto* wrong = std::get_if<unusable_header>(&header)) throw log_damage{path, 0, first, wrong->why};
  return std::get<segment_header>(header);
}

void remove_unfinished(file_layer& files, const std::filesystem::path& folder) {
  for (const auto* name : {unborn_segment_name, rewritten_segment_name})
    if (auto path = folder / name; files.exists(path)) files.remove(path);
}

std::vector<segment_file> list_segments(file_layer& files, const std::filesystem::path& folder) {
  std::vector<segment_file> found;
  for (const auto& name : files.list(folder)) {
    auto first = segment_first(name);
    if (!first) continue;
    auto path = folder / name;
    std::unique_ptr<open_file> file;
    try {
      file = files.open(path, file_layer::access::read);
    } catch (const std::system_error& e) {
      if (e.code() != std::errc::no_such_file_or_directory) throw;
      continue;  // forgotten meanwhile by a running server
    }
    std::string page(segment_header_bytes, '\0');
    page.resize(file->read_at(0, page));
    found.push_back({std::move(path), *first, file->size(), decode_segment_header(page)});
  }
  return found;
}

std::vector<log_damage> check_chain(const std::vector<segment_file>& segments) {
  std::vector<log_damage> wrong;
  for (size_t i = 0; i < segments.size(); ++i) {
    const auto& s = segments[i];
    auto* header = std::get_if<segment_header>(&s.header);
    if (header == nullptr) {
      wrong.emplace_back(s.path, 0, s.first, std::get<unusable_header>(s.header).why);
    } else if (header->first != s.first) {
      wrong.emplace_back(s.path, 0, s.first, fmt::format("its header says position {}", count(header->first)));
    } else if (i > 0 && header->previous != segments[i - 1].first) {
      wrong.emplace_back(
        s.path, 0, s.first,
        fmt::format("the segment before it, from position {} on, is missing", count(header->previous)));
    }
  }
  return wrong;
}

segment_reader read_segment(file_layer& files, const segment_file& segment) {
  return {files.open(segment.path, file_layer::access::read), segment.sound_header()};
}

bool read_up_to(segment_reader& reader, position end, const std::function<bool(const segment_reader::entry&)>& visit) {
  while (reader.here().at != end) {
    auto entry = reader.next();
    if (!entry) {
      const auto& [at, offset, newest] = reader.here();
      throw log_damage{reader.file().path(), offset, at, reader.missing()};
    }
    if (!visit(*entry)) return false;
  }
  const auto& whole = reader.whole_groups();
  if (whole.at != end) throw log_damage{reader.file().path(), whole.offset, whole.at, "the end of a group is missing"};
  return true;
}

segment_tail find_tail(segment_reader& reader, const std::function<void(const segment_reader::entry&)>& visit) {
  std::deque<segment_reader::place> groups{reader.here()};  // that begin where all before was synced, or behind that
  auto take = [&](const segment_reader::entry& e) {
    if (e.record.closes_group) groups.push_back(reader.here());
    while (groups.size() > 1 && groups[1].at <= e.durable_below) groups.pop_front();
    if (visit) visit(e);
  };
  for (;;) {
    while (auto entry = reader.next()) take(*entry);
    auto [at, offset, newest] = reader.here();
    std::string missing = reader.missing();
    auto beyond = reader.look_beyond();
    segment_tail tail{reader.whole_groups(), groups.front(), {}};
    if (beyond.durable_below > tail.end.at) {
      // On the log of a running server it may have been written since.
      reader.refresh();
      if (auto entry = reader.next()) {
        take(*entry);
        continue;
      }
      throw log_damage{reader.file().path(), offset, at,
                       fmt::format("{}, and a later record, of position {}, says that all below {} was synced", missing,
                                   count(beyond.newest), count(beyond.durable_below))};
    }
    if (beyond.end > tail.end.offset)
      tail.cut = cut_tail{reader.file().path(), tail.end.offset, beyond.end - tail.end.offset, tail.end.at,
                          std::max(beyond.newest, position{count(at) - 1})};
    return tail;
  }
}

std::shared_ptr<open_file> make_segment(file_layer& files, const std::filesystem::path& folder, const segment_header& h,
                                        uint64_t bytes) {
  auto unborn = folder / unborn_segment_name, path = folder / segment_name(h.first);
  {
    auto file = files.create(unborn);
    file->preallocate(bytes);
    write_fully(*file, 0, encode(h));
    file->sync_data();
  }
  files.rename(unborn, path);
  files.sync_folder(folder);
  return files.open(path, file_layer::access::write);
}

uint64_t draw_mark() {
  std::random_device device;
  // Never zero, which is what stands where nothing was written.
  return uint64_t{device()} << 32 | device() | 1;
}

}  // namespace cartwheel
