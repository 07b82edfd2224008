#include "actors/content/web_url.hpp"

#include "actors/event/limits.hpp"

#include <algorithm>

namespace cartwheel {

bool is_web_url(std::string_view url) {
  size_t host = url.starts_with("https://") ? 8 : url.starts_with("http://") ? 7 : std::string_view::npos;
  if (host == std::string_view::npos || url.size() <= host || url.size() > limits::url_bytes_max) return false;
  if (url[host] == '/' || url[host] == '?' || url[host] == '#') return false;
  return std::none_of(url.begin(), url.end(), [](char c) {
    return (c >= 0 && c <= ' ') || c == 0x7f || c == '"' || c == '\'' || c == '<' || c == '>' || c == '\\' || c == '`';
  });
}

}  // namespace cartwheel
