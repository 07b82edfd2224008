#include "runtime/journal/log_check.hpp"

#include "runtime/journal/log_repair.hpp"

#include <algorithm>
#include <system_error>

namespace cartwheel {
namespace {

/// A running server removes segments, and gives back the space of those that somebody else has open.
bool forgotten_meanwhile(file_layer& files, const segment_file& s) { return !files.exists(s.path); }

class checker {
 public:
  checker(file_layer& files, const std::filesystem::path& folder)
      : files_{files}, folder_{folder}, segments_{list_segments(files, folder)} {}

  log_findings check() {
    found_.damage = check_chain(segments_);
    for (size_t i = 0; i < segments_.size(); ++i) {
      const auto& s = segments_[i];
      found_.file_bytes += s.bytes;
      found_.segments.push_back({s.path, s.first, s.first, s.bytes});
      if (!std::holds_alternative<segment_header>(s.header)) continue;  // check_chain has said so
      try {
        check(i);
      } catch (const log_damage& d) {
        if (!forgotten_meanwhile(files_, s)) found_.damage.push_back(d);
      } catch (const std::system_error&) {
        if (!forgotten_meanwhile(files_, s)) throw;
      }
    }
    std::stable_sort(found_.damage.begin(), found_.damage.end(),
                     [](const log_damage& a, const log_damage& b) { return a.at < b.at; });
    for (const auto& name : files_.list(folder_))
      if (is_aside(name)) found_.aside.push_back(name);
    return std::move(found_);
  }

 private:
  void check(size_t i) {
    auto reader = read_segment(files_, segments_[i]);
    auto note = [this](const segment_reader::entry& e) {
      const auto& what = e.record.what;
      for (auto* t : {&found_.kinds[what.kind], &found_.all}) {
        ++t->records;
        t->payload_bytes += what.payload.bytes.size();
      }
      found_.segments.back().end = next(e.record.at);
      found_.oldest = std::min(found_.oldest, what.received);
      found_.newest = std::max(found_.newest, what.received);
      return true;
    };
    if (i + 1 == segments_.size()) {
      found_.cut = find_tail(reader, note).cut;
    } else if (auto* following = std::get_if<segment_header>(&segments_[i + 1].header);
               following == nullptr || following->previous != segments_[i].first) {
      // Who would say where it ends is damaged or missing; that is told already.
      while (auto entry = reader.next()) note(*entry);
    } else {
      read_up_to(reader, following->previous_end, note);
      if (auto beyond = reader.look_beyond(); beyond.end > reader.here().offset)
        throw log_damage{segments_[i].path, reader.here().offset, reader.here().at,
                         "something stands behind the last record; no record is affected"};
    }
  }

  file_layer& files_;
  const std::filesystem::path& folder_;
  std::vector<segment_file> segments_;
  log_findings found_;
};

}  // namespace

log_findings check_log(file_layer& files, const std::filesystem::path& folder) {
  return checker{files, folder}.check();
}

void read_log(file_layer& files, const std::filesystem::path& folder, position from,
              const std::function<bool(const logged_record&)>& visit) {
  auto segments = list_segments(files, folder);
  if (auto wrong = check_chain(segments); !wrong.empty()) throw wrong.front();
  auto read = [&](size_t i) {
    auto reader = read_segment(files, segments[i]);
    position end{};
    if (i + 1 < segments.size()) {
      end = segments[i + 1].sound_header().previous_end;
      if (end <= from) return true;
    } else {
      // Twice, because what is no whole group must not be told.
      end = find_tail(reader).end.at;
      reader = read_segment(files, segments[i]);
    }
    return read_up_to(reader, end,
                      [&](const segment_reader::entry& e) { return e.record.at < from || visit(e.record); });
  };
  for (size_t i = 0; i < segments.size(); ++i) {
    try {
      if (!read(i)) return;
    } catch (const std::exception&) {
      if (!forgotten_meanwhile(files, segments[i])) throw;
      throw std::runtime_error{segments[i].path.string() + ": was forgotten by a running server while it was read"};
    }
  }
}

}  // namespace cartwheel
