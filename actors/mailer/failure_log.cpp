#include "actors/mailer/failure_log.hpp"

#include "actors/mailer/limits.hpp"

#include <spdlog/spdlog.h>

namespace cartwheel {

void failure_log::say(std::string_view kind, std::string_view what, instant now) {
  auto i = kinds_.find(kind);
  if (i == kinds_.end()) i = kinds_.emplace(kind, kind_of_failure{}).first;
  auto& k = i->second;
  if (k.said != before_all && now < k.said + limits::failure_line_every) {
    ++k.unsaid;
    return;
  }
  if (k.unsaid > 0)
    spdlog::warn("mailer: {}: {} (and {} more since the last such line)", kind, what, k.unsaid);
  else
    spdlog::warn("mailer: {}: {}", kind, what);
  k = {now, 0};
}

std::string failure_log::without_addresses(std::string_view text) {
  constexpr std::string_view ends = " \t\r\n<>()[],;:\"'";
  std::string out;
  while (!text.empty()) {
    auto word = text.substr(0, text.find_first_of(ends));
    out += word.find('@') == std::string_view::npos ? word : "...";
    text.remove_prefix(word.size());
    if (text.empty()) break;
    out += text.front();
    text.remove_prefix(1);
  }
  return out;
}

}  // namespace cartwheel
