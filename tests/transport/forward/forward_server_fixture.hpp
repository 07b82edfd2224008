#pragma once

#include "tests/transport/forward/entries.hpp"
#include "tests/transport/raw_socket.hpp"
#include "transport/forward/forward_server.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace cartwheel::forward {

using acceptance = std::function<void(bool)>;

/// A server on threads of its own whose handler keeps what it gets until the test settles it.
class forward_server_test : public testing::Test {
 protected:
  ~forward_server_test() override { shut_down(); }

  void serve(server_options options = {}, size_t threads = 1) {
    options.port = 0;
    options.on_refused = [this](std::string_view, close_reason reason, std::string_view what) {
      std::lock_guard lock{mutex_};
      refused_.push_back(std::string{name_of(reason)} + ": " + std::string{what});
    };
    server_.emplace(io_, options, [this](chunk c, acceptance accepted) {
      std::lock_guard lock{mutex_};
      if (accept_at_once_)
        accepted(true);
      else
        waiting_.push_back(std::move(accepted));
      chunks_.push_back(std::move(c));
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
  size_t chunk_count() {
    std::lock_guard lock{mutex_};
    return chunks_.size();
  }
  chunk chunk_at(size_t i) {
    std::lock_guard lock{mutex_};
    return chunks_[i];
  }
  void settle(size_t i, bool durable) {
    acceptance accepted;
    {
      std::lock_guard lock{mutex_};
      accepted = std::exchange(waiting_[i], nullptr);
    }
    accepted(durable);
  }
  bool arrived(size_t count) {
    return tests::eventually([&] { return chunk_count() >= count; });
  }
  uint64_t closed(close_reason r) { return server_->metrics().closed_by(r); }
  std::string refused(size_t i) {
    std::lock_guard lock{mutex_};
    return i < refused_.size() ? refused_[i] : "nothing was refused";
  }

  boost::asio::io_context io_;
  std::optional<boost::asio::executor_work_guard<boost::asio::io_context::executor_type>> work_{io_.get_executor()};
  std::optional<forward_server> server_;
  std::vector<std::thread> threads_;
  std::mutex mutex_;
  bool accept_at_once_ = false;
  std::vector<chunk> chunks_;
  std::vector<acceptance> waiting_;
  std::vector<std::string> refused_;
};

inline std::string packed(std::string_view id, size_t count = 3) {
  return pack_chunk("cartwheel.t", samples::entries(count), id, count);
}

}  // namespace cartwheel::forward
