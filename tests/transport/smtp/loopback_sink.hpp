#pragma once

#include "tests/transport/smtp/scripted_server.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace cartwheel::smtp::test {

struct sink_options {
  server_script script;
  std::chrono::milliseconds delay{0};  // before each batch of replies
  size_t reply_bytes = SIZE_MAX;       // written at once
  size_t read_bytes = 65536;           // read at once
  std::chrono::milliseconds read_pause{0};
  int receive_buffer = 0;  // of the socket, 0: the system's
};

/// A scripted_server on a port of the loopback, on a thread of its own. `options` may be replaced while it runs; it holds
/// for connections made from then on.
class loopback_sink {
 public:
  explicit loopback_sink(sink_options options = {}) : options_{std::move(options)} {
    open();
    thread_ = std::thread{[this] { io_.run(); }};
  }

  ~loopback_sink() {
    boost::asio::post(io_, [this] {
      acceptor_.close();
      io_.stop();
    });
    thread_.join();
  }

  uint16_t port() const { return port_; }

  void set(sink_options options) {
    const std::lock_guard lock{mutex_};
    options_ = std::move(options);
  }

  std::vector<taken_mail> taken() const {
    const std::lock_guard lock{mutex_};
    return taken_;
  }

  int connections() const {
    const std::lock_guard lock{mutex_};
    return connections_;
  }

  /// Stops listening, as when the relay is down; up() listens on the same port again.
  void down() {
    run([this] { acceptor_.close(); });
  }
  void up() {
    run([this] { open(); });
  }

 private:
  using tcp = boost::asio::ip::tcp;

  struct session : std::enable_shared_from_this<session> {
    session(loopback_sink& owner, tcp::socket accepted, sink_options how)
        : sink{owner}, socket{std::move(accepted)}, timer{owner.io_}, options{std::move(how)}, server{options.script} {}

    void read() {
      buffer.resize(options.read_bytes);
      socket.async_read_some(boost::asio::buffer(buffer), [self = shared_from_this()](auto failed, size_t bytes) {
        if (failed) return;
        self->server.receive({self->buffer.data(), bytes});
        self->sink.keep(*self);
        self->answer();
        if (self->options.read_pause.count() == 0) return self->read();
        auto pause = std::make_shared<boost::asio::steady_timer>(self->sink.io_, self->options.read_pause);
        pause->async_wait([self, pause](auto) { self->read(); });
      });
    }

    void answer() {
      out += server.take_output();
      if (writing) return;
      if (out.empty()) {
        if (server.hung_up()) {
          boost::system::error_code ignored;
          socket.shutdown(tcp::socket::shutdown_both, ignored);
          socket.close(ignored);
        }
        return;
      }
      writing = true;
      timer.expires_after(options.delay);
      timer.async_wait([self = shared_from_this()](auto) {
        const auto bytes = std::min(self->options.reply_bytes, self->out.size());
        self->part = self->out.substr(0, bytes);
        self->out.erase(0, bytes);
        boost::asio::async_write(self->socket, boost::asio::buffer(self->part), [self](auto failed, size_t) {
          self->writing = false;
          if (!failed) self->answer();
        });
      });
    }

    loopback_sink& sink;
    tcp::socket socket;
    boost::asio::steady_timer timer;
    sink_options options;
    scripted_server server;
    std::vector<char> buffer;
    std::string out, part;
    size_t kept = 0;
    bool writing = false;
  };

  void run(const std::function<void()>& f) {
    std::promise<void> done;
    boost::asio::post(io_, [&] {
      f();
      done.set_value();
    });
    done.get_future().wait();
  }

  void open() {
    acceptor_ = tcp::acceptor{io_, tcp::v4()};
    acceptor_.set_option(tcp::acceptor::reuse_address{true});
    if (options_.receive_buffer) acceptor_.set_option(tcp::acceptor::receive_buffer_size{options_.receive_buffer});
    acceptor_.bind({boost::asio::ip::address_v4::loopback(), port_});
    acceptor_.listen();
    port_ = acceptor_.local_endpoint().port();
    accept();
  }

  void accept() {
    acceptor_.async_accept([this](auto failed, tcp::socket socket) {
      if (failed) return;
      socket.set_option(tcp::no_delay{true});
      std::shared_ptr<session> s;
      {
        const std::lock_guard lock{mutex_};
        ++connections_;
        s = std::make_shared<session>(*this, std::move(socket), options_);
      }
      s->answer();
      s->read();
      accept();
    });
  }

  void keep(session& s) {
    const std::lock_guard lock{mutex_};
    for (; s.kept < s.server.taken().size(); ++s.kept) taken_.push_back(s.server.taken()[s.kept]);
  }

  mutable std::mutex mutex_;
  sink_options options_;
  std::vector<taken_mail> taken_;
  int connections_ = 0;
  boost::asio::io_context io_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{io_.get_executor()};
  tcp::acceptor acceptor_{io_};
  uint16_t port_ = 0;
  std::thread thread_;
};

}  // namespace cartwheel::smtp::test
