#pragma once

#include "transport/http/message.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cartwheel::http {

/// What stood in a path where its pattern has "{name}".
class path_values {
 public:
  void add(std::string_view name, std::string value) { values_.emplace_back(name, std::move(value)); }
  /// Bounds: a name of the pattern; empty for any other.
  const std::string& operator[](std::string_view name) const;

 private:
  std::vector<std::pair<std::string, std::string>> values_;
};

/// Finds the handler for a request by method and path.
/// Shape: a pattern is "/" and segments, each literal or "{name}"; a name stands for one segment that is not empty. The
/// pattern added first wins. HEAD goes where GET goes (the server leaves the body out).
/// Errors: a path without a pattern is answered 404, a pattern without the method 405 with Allow. add() throws
/// std::invalid_argument for a pattern that does not begin with '/'.
/// Runs on: add() before the server starts, the rest on any thread.
class router {
 public:
  using route_handler = std::function<void(request, const path_values&, responder)>;

  void add(std::string method, std::string_view pattern, route_handler handle);
  void operator()(request r, responder answer) const;

 private:
  struct part {
    std::string text;  // literal, or the name
    bool named = false;
  };
  struct route {
    std::string method;
    std::vector<part> parts;
    route_handler handle;
  };

  static bool matches(const route& r, const std::vector<std::string>& segments, path_values& values);

  std::vector<route> routes_;
};

}  // namespace cartwheel::http
