#pragma once

#include "tests/transport/raw_socket.hpp"
#include "transport/http/http_server.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace cartwheel::http {

/// A server on threads of its own. "/later..." waits until the test answers, everything else is told back at once.
class http_server_test : public testing::Test {
 protected:
  ~http_server_test() override { shut_down(); }

  void serve(server_options options = {}, size_t threads = 1) {
    options.port = 0;
    server_.emplace(io_, options, [this](request r, responder answer) {
      std::unique_lock lock{mutex_};
      if (r.path.starts_with("/later")) {
        later_.push_back(std::move(answer));
      } else {
        lock.unlock();
        response told;
        told.body = r.method + " " + r.path + " " + r.body;
        answer(std::move(told));
        lock.lock();
      }
      requests_.push_back(std::move(r));
    });
    for (size_t i = 0; i < threads; ++i) threads_.emplace_back([this] { io_.run(); });
  }

  void shut_down() {
    work_.reset();
    if (server_) server_->stop();
    for (auto& t : threads_) t.join();
    threads_.clear();
    server_.reset();
  }

  uint16_t port() { return server_->port(); }
  size_t request_count() {
    std::lock_guard lock{mutex_};
    return requests_.size();
  }
  bool later(size_t count) {
    return tests::eventually([&] {
      std::lock_guard lock{mutex_};
      return later_.size() >= count;
    });
  }
  void answer(size_t i, std::string body) {
    responder r;
    {
      std::lock_guard lock{mutex_};
      r = std::exchange(later_[i], nullptr);
    }
    response a;
    a.body = std::move(body);
    r(std::move(a));
  }

  boost::asio::io_context io_;
  std::optional<boost::asio::executor_work_guard<boost::asio::io_context::executor_type>> work_{io_.get_executor()};
  std::optional<http_server> server_;
  std::vector<std::thread> threads_;
  std::mutex mutex_;
  std::vector<request> requests_;
  std::vector<responder> later_;
};

inline std::string get(const std::string& target, const std::string& more = "") {
  return "GET " + target + " HTTP/1.1\r\nHost: x\r\n" + more + "\r\n";
}

inline std::string post(const std::string& target, const std::string& body) {
  return "POST " + target + " HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
         body;
}

}  // namespace cartwheel::http
