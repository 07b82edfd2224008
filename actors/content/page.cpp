#include "actors/content/page.hpp"

#include "actors/content/html.hpp"
#include "actors/content/language.hpp"
#include "actors/content/one_line.hpp"
#include "actors/event/limits.hpp"

#include <algorithm>

namespace cartwheel::page {

namespace {

constexpr size_t accept_language_max = 1024;  // bytes looked at; a person's browser sends about 50

constexpr std::string_view style =
  "*{box-sizing:border-box}"
  "body{margin:0;min-height:100vh;display:flex;align-items:center;justify-content:center;padding:24px;"
  "background:#f4f3f0;color:#1c1c1a;font:17px/1.55 system-ui,-apple-system,'Segoe UI',Roboto,Arial,sans-serif}"
  "main{width:100%;max-width:480px;background:#fff;border-radius:12px;padding:36px 32px}"
  "h1{font-size:24px;line-height:1.25;margin:0 0 14px}p{margin:0 0 22px;overflow-wrap:anywhere}"
  "p:last-child{margin:0}.note{color:#5f5e5a;font-size:15px}"
  "button{font:inherit;font-weight:600;width:100%;padding:14px 20px;margin:0 0 18px;border:0;border-radius:8px;"
  "background:#12594b;color:#fff;cursor:pointer}"
  "button:focus-visible,a:focus-visible{outline:3px solid #12594b;outline-offset:3px}"
  "button.other{background:none;color:inherit;border:1px solid #8a8983}form:last-child button:last-child{margin:0}"
  "a{color:#12594b}"
  "@media(prefers-color-scheme:dark){body{background:#161614;color:#efeeea}main{background:#222220}"
  ".note{color:#a9a8a2}button{background:#8fd3c1;color:#10231e}"
  "button.other{background:none;color:inherit}a{color:#8fd3c1}"
  "button:focus-visible,a:focus-visible{outline-color:#8fd3c1}}";

/// The quality of a range's parameters, in thousandths: 1000 without one, 0 for what is none.
int quality(std::string_view parameters) {
  size_t q = parameters.find("q=");
  if (q == std::string_view::npos) return 1000;
  std::string_view value = parameters.substr(q + 2);
  if (value.empty() || (value[0] != '0' && value[0] != '1')) return 0;
  int out = (value[0] - '0') * 1000;
  if (value.size() > 1 && value[1] == '.') {
    int unit = 100;
    for (size_t i = 2; i < value.size() && i < 5 && value[i] >= '0' && value[i] <= '9'; ++i, unit /= 10) {
      out += (value[i] - '0') * unit;
    }
  }
  return out > 1000 ? 1000 : out;
}

}  // namespace

language choose(std::string_view accept_language) {
  language best = language::en;
  int best_quality = 0;
  accept_language = accept_language.substr(0, accept_language_max);
  while (!accept_language.empty()) {
    size_t comma = accept_language.find(',');
    std::string_view range = accept_language.substr(0, comma);
    accept_language.remove_prefix(comma == std::string_view::npos ? accept_language.size() : comma + 1);
    size_t semicolon = range.find(';');
    int q = quality(semicolon == std::string_view::npos ? std::string_view{} : range.substr(semicolon));
    std::string_view tag = range.substr(0, semicolon);
    tag.remove_prefix(std::min(tag.find_first_not_of(" \t"), tag.size()));
    tag = tag.substr(0, tag.find_last_not_of(" \t") + 1);
    for (size_t i = 0; i < tags.size(); ++i) {
      if (q > best_quality && same_language_tag(primary_language(tag), tags[i])) {
        best = static_cast<language>(i);
        best_quality = q;
      }
    }
  }
  return best;
}

language choose(std::string_view mail_language, std::string_view accept_language) {
  for (size_t i = 0; i < tags.size(); ++i)
    if (same_language_tag(primary_language(mail_language), tags[i])) return static_cast<language>(i);
  return choose(accept_language);
}

std::string masked(std::string_view address) {
  auto clean = one_line(address, limits::email_bytes_max);
  size_t at = clean.rfind('@');
  if (at == std::string::npos || at == 0) return "•••";
  size_t first = 1;
  while (first < at && (static_cast<unsigned char>(clean[first]) & 0xc0) == 0x80) ++first;
  return clean.substr(0, first) + "•••" + clean.substr(at);
}

document::document(language l, std::string_view title) {
  const auto tag = tags[static_cast<size_t>(l)];
  out_.append("<!doctype html>\n<html lang=\"").append(tag).append("\">\n<head>\n<meta charset=\"utf-8\">\n");
  out_ += "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n";
  out_ += "<meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"robots\" content=\"noindex\">\n";
  out_ += "<meta name=\"referrer\" content=\"no-referrer\">\n<title>";
  append_html(out_, title);
  out_.append("</title>\n<style>").append(style).append("</style>\n</head>\n<body>\n<main>\n<h1>");
  append_html(out_, title);
  out_ += "</h1>\n";
}

void document::words_with_values(std::string_view words, const values& v, bool strong) {
  for (size_t open; (open = words.find('{')) != std::string_view::npos;) {
    append_html(out_, words.substr(0, open));
    const size_t close = words.find('}', open);
    const auto name = words.substr(open, close - open + 1);
    out_ += strong ? "<strong><bdi>" : "<bdi>";
    append_html(out_, name == "{shop}" ? v.shop : name == "{date}" ? v.date : v.address);
    out_ += strong ? "</bdi></strong>" : "</bdi>";
    words.remove_prefix(close + 1);
  }
  append_html(out_, words);
}

document& document::paragraph(std::string_view words, const values& v) {
  out_ += "<p>";
  words_with_values(words, v, true);
  out_ += "</p>\n";
  return *this;
}

document& document::note(std::string_view words) {
  out_ += "<p class=\"note\">";
  append_html(out_, words);
  out_ += "</p>\n";
  return *this;
}

document& document::link(std::string_view url, std::string_view words) {
  if (url.empty()) return *this;
  out_ += "<p><a href=\"";
  append_html(out_, url);
  out_ += "\">";
  append_html(out_, words);
  out_ += "</a></p>\n";
  return *this;
}

document& document::begin_form() {
  out_ += "<form method=\"post\">\n";
  return *this;
}

document& document::hidden(std::string_view name, std::string_view value) {
  out_.append("<input type=\"hidden\" name=\"").append(name).append("\" value=\"");
  append_html(out_, value);
  out_ += "\">\n";
  return *this;
}

document& document::button(std::string_view words, const values& v, std::string_view name, std::string_view value,
                           bool other) {
  out_ += other ? "<button class=\"other\"" : "<button";
  if (!name.empty()) out_.append(" name=\"").append(name).append("\" value=\"").append(value).append("\"");
  out_ += ">";
  words_with_values(words, v, false);
  out_ += "</button>\n";
  return *this;
}

document& document::end_form() {
  out_ += "</form>\n";
  return *this;
}

std::string document::finish() { return std::move(out_.append("</main>\n</body>\n</html>\n")); }

}  // namespace cartwheel::page
