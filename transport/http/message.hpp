#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cartwheel::http {

/// A request, whole: the body is read before a handler sees it, within the server's bounds.
struct request {
  std::string method;  // "GET"
  std::string path;    // percent-decoded, without the query; always starts with '/'
  std::vector<std::string>
    segments;  // of the path, each percent-decoded on its own: "/v1/carts/a%2Fb/c" -> v1, carts, a/b, c
  std::vector<std::pair<std::string, std::string>> query;    // decoded
  std::vector<std::pair<std::string, std::string>> headers;  // names in lower case
  std::string body;
  std::string peer;  // address of the client, for the log

  /// The first value of a header, empty when absent. `name` in lower case.
  std::string_view header(std::string_view name) const {
    for (const auto& [key, value] : headers)
      if (key == name) return value;
    return {};
  }
};

struct response {
  int status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;
};

/// Answers one request; may be kept and called later, from any thread, once.
using responder = std::function<void(response)>;
using handler = std::function<void(request, responder)>;

}  // namespace cartwheel::http
