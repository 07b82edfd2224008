#include "app/config/reference.hpp"

#include "app/config/section.hpp"

#include <sstream>

namespace cartwheel {
namespace {

using config::key_page;

constexpr std::string_view introduction = R"(# Configuration

*Made by `cartwheel check --print-reference`; a test fails when this page and the program differ.*

One TOML file, given with `--config FILE`. Without one the program runs on the defaults below; a file need only hold
what differs from them. `--set key=value` (repeatable) goes over the file, the last one wins:

    cartwheel serve --config cartwheel.toml --set node.shards=2 --set outlet.only_to=me@example.com

There, a text needs no quotes and a list of one text no brackets; a shop whose name holds a dot is quoted as in TOML
(`--set 'shop."example.nl".country=NL'`).

`cartwheel check FILE` judges a file without starting anything, and reports everything that is wrong at once:

    cartwheel.toml:4: node.shards: 300 is out of range; must be an integer from 0 to 256
    cartwheel.toml:9: forward.listn: unknown key; did you mean listen?
    --set journal.sync=never: journal.sync: "never" is not allowed; must be "always" or "everysec" or "off"

Relative paths count from the folder the program was started in. Durations are a number and a unit: `500ms`, `20s`, `20m`, `24h`, `7d`.
`cartwheel check --print-defaults` prints the defaults as a file to start from.
)";

/// Text in a cell of a Markdown table.
std::string cell(std::string_view text) {
  std::string out;
  for (char c : text) {
    if (c == '|') out += '\\';
    out += c;
  }
  return out;
}

void write_rows(std::ostream& out, const std::vector<key_page>& pages) {
  out << "| key | default | what it is | must be |\n|---|---|---|---|\n";
  for (const auto& p : pages) {
    const bool long_value = p.written.find('\n') != std::string::npos;
    auto written = p.written.empty() ? "none: required" : long_value ? "see below" : '`' + cell(p.written) + '`';
    out << "| `" << p.name << "` | " << written << " | " << cell(p.meaning) << " | " << cell(p.allowed) << " |\n";
  }
}

/// A meaning may hold Markdown's code marks; in the file they are only noise.
std::string plain(std::string_view text) {
  std::string out;
  for (char c : text)
    if (c != '`') out += c;
  return out;
}

}  // namespace

std::string default_configuration() {
  const settings defaults;
  std::ostringstream out;
  for (const auto& s : config::sections()) {
    // What no default has stands there as a comment.
    const auto* begin = s.in_defaults ? "" : "# ";
    out << (out.tellp() == 0 ? "" : "\n") << "# " << plain(s.meaning) << '\n'
        << begin << '[' << config::to_string(example_of(s)) << "]\n";
    for (const auto& p : s.pages(defaults, example_of(s).back()))
      out << "# " << plain(p.meaning) << '\n'
          << begin << p.name << " = " << (p.written.empty() ? "..." : p.written) << '\n';
  }
  return out.str();
}

std::string configuration_reference() {
  const settings defaults;
  std::ostringstream out;
  out << introduction;
  for (const auto& s : config::sections()) {
    auto name = s.pattern;
    if (name.back() == "*") name.back() = "NAME";
    out << "\n## [" << config::to_string(name) << "]\n\n" << s.meaning << "\n\n";
    auto pages = s.pages(defaults, example_of(s).back());
    write_rows(out, pages);
    for (const auto& p : pages)
      if (p.written.find('\n') != std::string::npos)
        out << "\nThe default of `" << p.name << "`:\n\n```toml\n" << p.name << " = " << p.written << "\n```\n";
  }
  out << "\n### A step of `steps`\n\n";
  write_rows(out, config::step_pages());
  return out.str();
}

}  // namespace cartwheel
