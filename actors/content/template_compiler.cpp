#include "actors/content/template_compiler.hpp"

#include "actors/content/html.hpp"
#include "actors/content/limits.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace cartwheel {

namespace {

constexpr std::string_view blanks = " \t\r";

std::string_view trimmed(std::string_view text) {
  size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

size_t lines_in(std::string_view text) { return static_cast<size_t>(std::count(text.begin(), text.end(), '\n')); }

/// Words put into HTML are text: escaped, and an empty line between paragraphs becomes two line breaks.
void append_words_as_html(std::string& out, std::string_view words) {
  for (;;) {
    size_t paragraph = words.find("\n\n");
    append_html(out, words.substr(0, paragraph));
    if (paragraph == std::string_view::npos) return;
    out += "<br><br>";
    words.remove_prefix(paragraph + 2);
  }
}

}  // namespace

void template_compiler::error(const template_source& source, size_t line, std::string_view whole,
                              std::string_view what) {
  // A tag that is never closed swallows the file; its beginning says which one it is.
  constexpr size_t shown_max = 60;
  bool cut = whole.size() > shown_max;
  std::string_view shown = whole.substr(0, std::min(cut ? shown_max : whole.size(), whole.find('\n')));
  errors_.push_back(fmt::format("{}:{}: {}: {}", source.file, line, shown, what));
}

/// Reads the tag that begins at `begin`. Errors: false when it never ends; the rest of the source is then nothing.
bool template_compiler::read_tag(const template_source& source, size_t begin, size_t line, tag& t) {
  std::string_view rest = source.text.substr(begin);
  bool triple = rest.starts_with("{{{");
  std::string_view close = triple ? "}}}" : "}}";
  size_t open = triple ? 3 : 2;
  size_t end = rest.find(close, open);
  if (end == std::string_view::npos) {
    error(source, line, rest, fmt::format("never closed; expected {}", close));
    return false;
  }
  std::string_view inside = trimmed(rest.substr(open, end - open));
  t.sigil = triple ? '{' : 0;
  if (!triple && !inside.empty() && std::string_view{"#^/!>&="}.find(inside.front()) != std::string_view::npos) {
    t.sigil = inside.front();
    inside.remove_prefix(1);
  }
  t.name = trimmed(inside);
  t.whole = rest.substr(0, end + close.size());
  t.begin = begin;
  t.end = begin + t.whole.size();
  t.line = line;
  return true;
}

void template_compiler::add_text(std::string_view text, bool escape) {
  if (text.empty()) return;
  auto begin = static_cast<uint32_t>(out_.pool_.size());
  if (escape && kind_ == template_kind::html)
    append_words_as_html(out_.pool_, text);
  else
    out_.pool_ += text;
  auto end = static_cast<uint32_t>(out_.pool_.size());
  out_.steps_.push_back({.kind = step_kind::text, .begin = begin, .end = end});
  out_.names_.emplace_back();
}

const template_field* template_compiler::look_up(std::string_view name, size_t& depth, size_t& slot) const {
  for (depth = scopes_.size(); depth-- > 0;) {
    const auto& fields = scopes_[depth]->fields;
    for (slot = 0; slot < fields.size(); ++slot) {
      if (fields[slot].name == name) return &fields[slot];
    }
  }
  return nullptr;
}

size_t template_compiler::add_step(const template_source& source, const tag& t, step_kind kind) {
  size_t depth = 0;
  size_t slot = 0;
  const auto* field = look_up(t.name, depth, slot);
  bool variable = kind == step_kind::escaped || kind == step_kind::raw;
  if (field == nullptr) {
    error(source, t.line, t.whole, t.name.empty() ? "names no field" : "no field of that name");
  } else if (variable && field->row != nullptr) {
    error(source, t.line, t.whole, fmt::format("{0} is a list; write {{{{#{0}}}}}..{{{{/{0}}}}}", t.name));
  }
  size_t stride = field != nullptr && field->row != nullptr ? field->row->fields.size() : 0;
  out_.steps_.push_back({.kind = kind,
                         .depth = static_cast<uint8_t>(depth),
                         .slot = static_cast<uint16_t>(slot),
                         .stride = static_cast<uint16_t>(stride),
                         .file = static_cast<uint16_t>(file_),
                         .line = static_cast<uint32_t>(t.line)});
  out_.names_.emplace_back(t.name);
  return out_.steps_.size() - 1;
}

void template_compiler::add_variable(const template_source& source, const tag& t) {
  bool escape = t.sigil == 0 && kind_ == template_kind::html;
  add_step(source, t, escape ? step_kind::escaped : step_kind::raw);
}

void template_compiler::begin_section(const template_source& source, const tag& t) {
  if (open_.size() >= limits::template_depth_max) {
    error(source, t.line, t.whole, fmt::format("more than {} sections within each other", limits::template_depth_max));
  }
  size_t depth = 0;
  size_t slot = 0;
  const auto* field = look_up(t.name, depth, slot);
  bool row = t.sigil == '#' && field != nullptr && field->row != nullptr;
  size_t at = add_step(source, t, t.sigil == '#' ? step_kind::section : step_kind::inverted);
  open_.push_back({t.name, t.whole, t.line, at, row});
  if (row) scopes_.push_back(field->row);
}

void template_compiler::end_section(const template_source& source, const tag& t) {
  const auto& section = open_.back();
  if (section.name != t.name) {
    error(source, t.line, t.whole, fmt::format("closes {} of line {}", section.whole, section.line));
  }
  out_.steps_[section.step].end = static_cast<uint32_t>(out_.steps_.size());
  if (section.row) scopes_.pop_back();
  open_.pop_back();
}

void template_compiler::insert_words(const template_source& source, const tag& t) {
  auto words = words_ ? words_(t.name) : std::nullopt;
  if (!words) {
    error(source, t.line, t.whole, "no words of that name");
    return;
  }
  if (words_depth_ >= limits::words_depth_max) {
    error(source, t.line, t.whole, "words within words go too deep; do they put in themselves?");
    return;
  }
  size_t file = file_;
  ++words_depth_;
  compile(*words, true);
  --words_depth_;
  file_ = file;
}

void template_compiler::compile(const template_source& source, bool escape_text) {
  auto known = std::find(out_.files_.begin(), out_.files_.end(), source.file);
  file_ = static_cast<size_t>(known - out_.files_.begin());
  if (known == out_.files_.end()) out_.files_.push_back(source.file);
  size_t open_before = open_.size();

  std::string_view text = source.text;
  size_t at = 0;
  size_t line = source.line;
  while (at < text.size()) {
    size_t begin = text.find("{{", at);
    if (begin == std::string_view::npos) break;
    line += lines_in(text.substr(at, begin - at));
    tag t;
    if (!read_tag(source, begin, line, t)) return;
    std::string_view before = text.substr(at, begin - at);
    line += lines_in(t.whole);
    at = t.end;

    // A tag that puts nothing in takes its line with it when it stands there alone.
    if (std::string_view{"#^/!"}.find(t.sigil) != std::string_view::npos && t.sigil != 0) {
      size_t line_begin = begin == 0 ? 0 : text.rfind('\n', begin - 1) + 1;  // npos + 1 is 0
      size_t next = text.find_first_not_of(blanks, t.end);
      bool alone = begin - line_begin <= before.size() &&
                   text.substr(line_begin, begin - line_begin).find_first_not_of(blanks) == std::string_view::npos &&
                   (next == std::string_view::npos || text[next] == '\n');
      if (alone) {
        before.remove_suffix(begin - line_begin);
        at = next == std::string_view::npos ? text.size() : next + 1;
        if (next != std::string_view::npos) ++line;
      }
    }
    add_text(before, escape_text);
    switch (t.sigil) {
      case '!': break;
      case '#':
      case '^': begin_section(source, t); break;
      case '/':
        if (open_.size() == open_before)
          error(source, t.line, t.whole, "closes no section");
        else
          end_section(source, t);
        break;
      case '>': insert_words(source, t); break;
      case '=': error(source, t.line, t.whole, "other delimiters are not supported"); break;
      default: add_variable(source, t); break;
    }
  }
  if (at < text.size()) add_text(text.substr(at), escape_text);
  while (open_.size() > open_before) {
    error(source, open_.back().line, open_.back().whole, "never closed");
    if (open_.back().row) scopes_.pop_back();
    open_.pop_back();
  }
}

std::optional<text_template> text_template::compile(const template_source& source, template_kind kind,
                                                    const template_vocabulary& vocabulary, const find_words& words,
                                                    std::vector<std::string>& errors) {
  size_t before = errors.size();
  template_compiler compiler{kind, vocabulary, words, errors};
  compiler.compile(source, false);
  if (errors.size() != before) return std::nullopt;
  return compiler.take();
}

}  // namespace cartwheel
