#pragma once

#include "actors/event/moment.hpp"
#include "app/config/settings.hpp"
#include "app/serve/node.hpp"
#include "runtime/base/clock.hpp"
#include "tests/transport/raw_socket.hpp"
#include "tests/scratch_folder.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <stdlib.h>

#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

namespace cartwheel {

/// What a server answered, taken apart.
struct http_answer {
  int status = 0;
  std::string head;  // as received, status line included
  std::string body;

  std::string header(std::string name) const {
    auto at = head.find("\r\n" + name + ": ");
    if (at == std::string::npos) return {};
    at += name.size() + 4;
    return head.substr(at, head.find("\r\n", at) - at);
  }
  nlohmann::json json() const { return nlohmann::json::parse(body, nullptr, false); }
};

/// One request on a connection of its own.
inline http_answer ask(uint16_t port, const std::string& method, const std::string& target,
                       const std::string& body = "", const std::string& headers = "") {
  tests::raw_socket socket{port};
  std::string text = method + " " + target + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" + headers;
  if (!body.empty() || method == "POST") text += "Content-Length: " + std::to_string(body.size()) + "\r\n";
  socket.send(text + "\r\n" + body);
  std::string got = socket.receive_all();
  http_answer answer;
  auto end = got.find("\r\n\r\n");
  if (end == std::string::npos) return answer;
  answer.head = got.substr(0, end + 2);
  answer.body = got.substr(end + 4);
  answer.status = std::stoi(answer.head.substr(answer.head.find(' ')));
  return answer;
}

/// A whole server in a directory of its own, on free ports, on a clock that the test moves.
class running_node : public testing::Test {
 protected:
  static constexpr instant start = from_unix_ms(1'769'943'600'000);  // 2026-02-01 11:00 UTC

  running_node() {
    config_.node.data_dir = (folder_ / "data").string();
    config_.node.shards = 2;
    config_.node.watermark_silence = 0s;  // news is never waited for
    config_.forward.listen.port = 0;
    config_.http.listen.port = 0;
    config_.public_site.listen.port = 0;
  }
  node& serve() {
    node_ = std::make_unique<node>(config_, clock_);
    return *node_;
  }

  http_answer get(const std::string& target, const std::string& headers = "") {
    return ask(node_->http_port(), "GET", target, "", headers);
  }
  http_answer post(const std::string& body, const std::string& type = "application/json") {
    return ask(node_->http_port(), "POST", "/v1/events", body, "Content-Type: " + type + "\r\n");
  }
  /// An event of now; `more` begins with a comma.
  std::string event(const std::string& name, const std::string& more) const {
    return R"({"event":")" + name + R"(","time":)" + std::to_string(unix_ms(clock_->now())) + more + "}";
  }
  std::string addition(const std::string& cart_id, const std::string& more = "") const {
    return event("add_to_cart", R"(,"cart_id":")" + cart_id +
                                  R"(","currency":"EUR","items":[{"item_id":"i1","item_name":"Boots",)"
                                  R"("price":"12.50","quantity":2}])" +
                                  more);
  }
  std::string cart(const std::string& cart_id) { return "/v1/carts/default/" + cart_id; }
  /// Waits until the shards have a cart.
  bool open(const std::string& cart_id) {
    return tests::eventually([&] { return get(cart(cart_id)).json().value("open", false); });
  }

  test::scratch_folder folder_;
  settings config_;
  std::shared_ptr<manual_clock> clock_ = std::make_shared<manual_clock>(start);
  std::unique_ptr<node> node_;
};

}  // namespace cartwheel
