#include "transport/http/answer.hpp"

#include <boost/beast/http/status.hpp>

#include <fmt/format.h>

namespace cartwheel::http {

namespace {

bool breaks_lines(std::string_view field) {
  return field.find_first_of(std::string_view{"\r\n\0", 3}) != std::string_view::npos;
}

// Values often come from what a client sent (a restore link's cart, say); one with a line end would let it write fields,
// or a second answer, of its own.
bool well_formed(const response& answer) {
  if (answer.status < 200 || answer.status > 599 || breaks_lines(answer.content_type)) return false;
  for (const auto& [name, value] : answer.headers)
    if (name.empty() || breaks_lines(name) || breaks_lines(value)) return false;
  return true;
}

}  // namespace

std::string json_string(std::string_view text) {
  std::string out = "\"";
  for (char c : text) {
    switch (c) {
      case '"': out += "\\\""; break;
      case '\\': out += "\\\\"; break;
      case '\n': out += "\\n"; break;
      case '\r': out += "\\r"; break;
      case '\t': out += "\\t"; break;
      default:
        if (static_cast<unsigned char>(c) < 0x20)
          out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
        else
          out += c;
    }
  }
  return out += '"';
}

response refuse(int status, std::string_view why) {
  return json_answer("{\"error\": " + json_string(why) + "}\n", status);
}

response json_answer(std::string document, int status) {
  response out;
  out.status = status;
  out.content_type = "application/json";
  out.body = std::move(document);
  return out;
}

std::string serialize_head(response& answer, bool keep_alive, bool http_1_0) {
  if (!well_formed(answer)) answer = refuse(500, "the answer was malformed");
  const auto status = static_cast<boost::beast::http::status>(answer.status);
  const auto reason = boost::beast::http::obsolete_reason(status);
  std::string out = fmt::format("HTTP/1.1 {} {}\r\n", answer.status, std::string_view{reason.data(), reason.size()});
  if (answer.status == 204 || answer.status == 304)
    answer.body.clear();
  else
    out += fmt::format("Content-Type: {}\r\nContent-Length: {}\r\n", answer.content_type, answer.body.size());
  if (!keep_alive)
    out += "Connection: close\r\n";
  else if (http_1_0)
    out += "Connection: keep-alive\r\n";
  for (const auto& [name, value] : answer.headers) out += fmt::format("{}: {}\r\n", name, value);
  return out += "\r\n";
}

}  // namespace cartwheel::http
