#include "app/import/row_reader.hpp"

#include "actors/event/text.hpp"
#include "app/import/csv_reader.hpp"
#include "app/import/limits.hpp"
#include "app/replay/event_file.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <stdexcept>

namespace cartwheel {
namespace {

using json = nlohmann::json;

[[noreturn]] void refuse_header(const file_place& at, std::string_view why) {
  throw std::runtime_error{fmt::format("{}: {}", to_string(at), why)};
}

class csv_rows {
 public:
  csv_rows(std::string_view file, const row_reader::takers& to)
      : file_{file}, to_{to}, reader_{[this](csv_record r) { take(std::move(r)); }} {}

  void read(std::string_view block) { reader_.read(block); }
  void finish() {
    reader_.finish();
    if (names_.empty()) refuse_header({file_, 1, 1}, "there is no header line");
  }

 private:
  void take(csv_record r) {
    if (names_.empty()) return take_header(r);
    if (!r.fault.empty()) return to_.fault({{file_, r.fault_line, r.fault_column}, std::move(r.fault)});
    if (r.fields.size() != names_.size())
      return to_.fault({{file_, r.line, r.fields.back().column},
                        fmt::format("has {} values, the header has {} columns", r.fields.size(), names_.size())});
    import_row row{{file_, r.line, 1}, {}};
    for (size_t i = 0; i < names_.size(); ++i) {
      auto& f = r.fields[i];
      if (inspect_text(f.text) == text_content::broken)
        return to_.fault({{file_, f.line, f.column}, fmt::format("{}: is no UTF-8", names_[i])});
      if (!f.text.empty()) row.values.push_back({names_[i], std::move(f.text), {file_, f.line, f.column}});
    }
    to_.row(std::move(row));
  }

  void take_header(const csv_record& r) {
    if (!r.fault.empty()) refuse_header({file_, r.fault_line, r.fault_column}, r.fault);
    for (const auto& f : r.fields) {
      if (f.text.empty()) refuse_header({file_, f.line, f.column}, "a column has no name");
      for (const auto& earlier : names_)
        if (earlier == f.text)
          refuse_header({file_, f.line, f.column}, f.text + ": there are two columns of this name");
      names_.push_back(f.text);
    }
    to_.columns(names_);
  }

  std::string_view file_;
  const row_reader::takers& to_;
  csv_reader reader_;
  std::vector<std::string> names_;
};

class json_rows {
 public:
  json_rows(std::string_view file, const row_reader::takers& to) : file_{file}, to_{to} {}

  /// Blocks are whole lines.
  void read(std::string_view block) {
    while (!block.empty()) {
      auto end = block.find('\n');
      auto line = block.substr(0, end);
      block.remove_prefix(end == block.npos ? block.size() : end + 1);
      ++line_;
      if (line_ == 1 && line.starts_with("\xef\xbb\xbf")) line.remove_prefix(3);
      if (line.find_first_not_of(" \t\r") != line.npos) take(line);
    }
  }

 private:
  void take(std::string_view line) {
    if (line.size() > limits::import_record_bytes_max)
      return to_.fault(
        {{file_, line_, 1}, fmt::format("the line is longer than {} bytes", limits::import_record_bytes_max)});
    json object;
    try {
      object = json::parse(line);
    } catch (const json::parse_error& e) {
      return to_.fault({{file_, line_, e.byte}, "is no JSON"});
    }
    if (!object.is_object()) return to_.fault({{file_, line_, 1}, "is no JSON object"});
    import_row row{{file_, line_, 1}, {}};
    for (const auto& [name, value] : object.items()) {
      // Where its name stands first; a name that needs escapes is at the line's beginning.
      const auto found = line.find('"' + name + '"');
      const file_place place{file_, line_, found == line.npos ? 1 : found + 1};
      if (value.is_null()) continue;
      if (value.is_structured()) return to_.fault({place, name + ": is neither a text nor a number"});
      auto text = value.is_string() ? value.get<std::string>() : value.dump();
      if (!text.empty()) row.values.push_back({name, std::move(text), place});
    }
    to_.row(std::move(row));
  }

  std::string_view file_;
  const row_reader::takers& to_;
  size_t line_ = 0;
};

template <class Rows>
void read_all(Rows& rows, event_file& file, std::string block, const row_reader::takers& to) {
  for (; !block.empty(); block = file.next_block()) {
    rows.read(block);
    to.passed(block.size());
  }
}

}  // namespace

std::string to_string(const file_place& p) { return fmt::format("{}:{}:{}", p.file, p.line, p.column); }

void row_reader::read(const std::string& path, const takers& to) {
  event_file file{path};
  auto first = file.next_block();
  const std::string_view begin = first;
  const auto at = begin.find_first_not_of("\xef\xbb\xbf \t\r\n");
  if (at != begin.npos && begin[at] == '{') {
    json_rows rows{path, to};
    read_all(rows, file, std::move(first), to);
  } else {
    csv_rows rows{path, to};
    read_all(rows, file, std::move(first), to);
    rows.finish();
  }
}

}  // namespace cartwheel
