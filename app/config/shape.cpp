#include "app/config/shape.hpp"

#include "actors/event/text.hpp"
#include "app/config/suggest.hpp"
#include "runtime/base/duration.hpp"

#include <fmt/format.h>

namespace cartwheel::config {
namespace {

constexpr size_t shown_bytes_max = 60;

/// Control characters would end a header line, a log line or a TOML string.
bool is_clean(std::string_view text) {
  auto content = inspect_text(text);
  return content == text_content::printable_ascii || content == text_content::utf8;
}

}  // namespace

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (char c : text) {
    auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\')
      out.append(1, '\\').append(1, c);
    else if (byte < 0x20 || byte == 0x7f)
      out += fmt::format("\\u{:04X}", byte);
    else
      out += c;
  }
  return out += '"';
}

std::string shown(const value& v) {
  auto cut = [](const std::string& text) {
    if (inspect_text(text) == text_content::broken) return std::string{"a text that is not UTF-8"};
    if (text.size() <= shown_bytes_max) return quoted(text);
    // Not inside a character: the start would not be UTF-8 any more.
    size_t end = shown_bytes_max;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
    return quoted(text.substr(0, end)) + "...";
  };
  switch (v.type()) {
    case kind::text: return cut(v.text());
    case kind::bare: return cut(std::get<bare_text>(v.held).text);
    case kind::integer: return std::to_string(v.integer());
    case kind::boolean: return v.boolean() ? "true" : "false";
    case kind::other: return std::get<other_text>(v.held).text;
    case kind::list: return "[...]";
    case kind::table: break;
  }
  return "{...}";
}

problem refused(const value& v, const std::string& key, std::string_view what, std::string_view allowed) {
  return {v.where, key, fmt::format("{} {}; must be {}", shown(v), what, allowed)};
}

shape<std::string> text(size_t bytes_min, size_t bytes_max) {
  auto allowed = bytes_min == 0 ? fmt::format("a text of up to {} bytes", bytes_max)
                                : fmt::format("a text of {} to {} bytes", bytes_min, bytes_max);
  return text_that(
    [=](const std::string& t) {
      return t.size() >= bytes_min && t.size() <= bytes_max && is_clean(t) ? std::optional{t} : std::nullopt;
    },
    allowed + ", UTF-8, without control characters");
}

shape<std::string> text_that(std::function<std::optional<std::string>(const std::string&)> accept, std::string allowed,
                             bool secret) {
  return {kind::text, allowed,
          [=](const value& v, const std::string& key) -> reading<std::string> {
            if (is_clean(v.text()))
              if (auto accepted = accept(v.text())) return {std::move(accepted), {}};
            if (secret) return {{}, {{v.where, key, "is not allowed; must be " + allowed}}};
            return {{}, {refused(v, key, "is not allowed", allowed)}};
          },
          [](const std::string& t) { return quoted(t); }};
}

shape<bool> boolean() {
  return {kind::boolean, "true or false",
          [](const value& v, const std::string&) -> reading<bool> {
            return {v.boolean(), {}};
          },
          [](const bool& b) { return std::string{b ? "true" : "false"}; }};
}

shape<milliseconds> duration(milliseconds from, milliseconds to) {
  auto allowed = fmt::format("a duration from {} to {}, like \"500ms\", \"20s\", \"20m\", \"24h\" or \"7d\"",
                             print_duration(from), print_duration(to));
  return {kind::text, allowed,
          [=](const value& v, const std::string& key) -> reading<milliseconds> {
            auto d = parse_duration(v.text());
            if (!d) return {{}, {refused(v, key, "is no duration", allowed)}};
            if (*d < from || *d > to) return {{}, {refused(v, key, "is out of range", allowed)}};
            return {*d, {}};
          },
          [](const milliseconds& d) { return quoted(print_duration(d)); }};
}

problem refused_word(const value& v, const std::string& key, bool not_yet, const std::vector<std::string>& words,
                     std::string_view allowed) {
  auto p = refused(v, key, not_yet ? "is not in this version" : "is not allowed", allowed);
  if (not_yet) return p;
  if (auto near = closest(v.text(), words)) p.text += fmt::format("; did you mean {}?", quoted(*near));
  return p;
}

shape<std::vector<std::string>> texts(shape<std::string> each, size_t count_max) {
  auto allowed = fmt::format("a list of up to {}, each {}", count_max, each.allowed);
  return {
    kind::list, allowed,
    [=](const value& v, const std::string& key) -> reading<std::vector<std::string>> {
      reading<std::vector<std::string>> all{std::vector<std::string>{}, {}};
      if (v.elements().size() > count_max) all.problems.push_back(refused(v, key, "is too long", allowed));
      for (size_t i = 0; i < v.elements().size(); ++i) {
        const auto& element = v.elements()[i];
        auto name = fmt::format("{}[{}]", key, i);
        if (element.type() != kind::text) {
          all.problems.push_back(refused(element, name, fmt::format("is {}", to_string(element.type())), each.allowed));
          continue;
        }
        auto one = each.read(element, name);
        if (one.value) all.value->push_back(*one.value);
        all.problems.insert(all.problems.end(), one.problems.begin(), one.problems.end());
      }
      if (!all.problems.empty()) all.value.reset();
      return all;
    },
    [=](const std::vector<std::string>& all) {
      std::string out;
      for (const auto& t : all) out.append(out.empty() ? "" : ", ").append(each.print(t));
      return '[' + out + ']';
    }};
}

}  // namespace cartwheel::config
