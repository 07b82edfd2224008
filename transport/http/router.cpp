#include "transport/http/router.hpp"

#include "transport/http/answer.hpp"
#include "transport/http/target.hpp"

#include <algorithm>
#include <stdexcept>

namespace cartwheel::http {

const std::string& path_values::operator[](std::string_view name) const {
  static const std::string none;
  for (const auto& [key, value] : values_)
    if (key == name) return value;
  return none;
}

void router::add(std::string method, std::string_view pattern, route_handler handle) {
  const auto path = parse_target(pattern);
  if (!path || pattern[0] != '/') throw std::invalid_argument{"a route must begin with '/': " + std::string{pattern}};
  route made{std::move(method), {}, std::move(handle)};
  for (const std::string& segment : path->segments) {
    const bool named = segment.size() > 2 && segment.front() == '{' && segment.back() == '}';
    made.parts.push_back({named ? segment.substr(1, segment.size() - 2) : segment, named});
  }
  routes_.push_back(std::move(made));
}

bool router::matches(const route& r, const std::vector<std::string>& segments, path_values& values) {
  if (segments.size() != r.parts.size()) return false;
  for (size_t i = 0; i < segments.size(); ++i) {
    if (r.parts[i].named ? segments[i].empty() : segments[i] != r.parts[i].text) return false;
    if (r.parts[i].named) values.add(r.parts[i].text, segments[i]);
  }
  return true;
}

void router::operator()(request r, responder answer) const {
  const std::string_view method = r.method == "HEAD" ? std::string_view{"GET"} : std::string_view{r.method};
  std::vector<std::string> allowed;
  for (const route& candidate : routes_) {
    path_values values;
    if (!matches(candidate, r.segments, values)) continue;
    if (candidate.method == method) return candidate.handle(std::move(r), values, std::move(answer));
    if (std::find(allowed.begin(), allowed.end(), candidate.method) == allowed.end())
      allowed.push_back(candidate.method);
  }
  if (allowed.empty()) return answer(refuse(404, "there is nothing here"));
  std::string list;
  for (const std::string& name : allowed) {
    if (!list.empty()) list += ", ";
    list += name;
    if (name == "GET") list += ", HEAD";
  }
  response refused = refuse(405, "not with this method");
  refused.headers.emplace_back("Allow", std::move(list));
  answer(std::move(refused));
}

}  // namespace cartwheel::http
