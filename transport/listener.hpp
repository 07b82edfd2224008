#pragma once

#include "transport/listen.hpp"

#include <memory>
#include <utility>

namespace cartwheel::transport {

/// A listening socket that goes on accepting until it is closed: each connection gets a strand of its own. While the system
/// has no file descriptor left it tries again every accept_retry. Internal to transport/.
/// Runs on: `strand`; open() before anything runs there.
class listener {
 public:
  explicit listener(boost::asio::io_context& io) : strand{boost::asio::make_strand(io)}, context_{io} {}

  /// See listen_on; `port()` tells what the system chose for port 0.
  void open(std::string_view key, const std::string& host, uint16_t port, std::string_view beyond_loopback,
            int backlog) {
    listen_on(context_, acceptor_, key, host, port, beyond_loopback, backlog);
    port_ = acceptor_.local_endpoint().port();
  }
  uint16_t port() const { return port_; }

  /// Hands every connection to `owner->welcome(tcp_socket)`. What is waited for keeps the owner, which has this as a member.
  template <class Owner>
  void accept_for(std::shared_ptr<Owner> owner) {
    acceptor_.async_accept(boost::asio::make_strand(context_),
                           [this, owner](boost::system::error_code error, tcp_socket socket) mutable {
                             if (closed_) return;
                             if (!error)
                               owner->welcome(std::move(socket));
                             else if (error != boost::asio::error::connection_aborted)
                               return accept_later(std::move(owner));
                             accept_for(std::move(owner));
                           });
  }

  void close() {
    closed_ = true;
    boost::system::error_code ignored;
    acceptor_.close(ignored);
    retry_.cancel();
  }
  bool closed() const { return closed_; }

  const io_strand strand;

 private:
  template <class Owner>
  void accept_later(std::shared_ptr<Owner> owner) {
    retry_.expires_after(accept_retry);
    retry_.async_wait([this, owner](boost::system::error_code error) mutable {
      if (!error && !closed_) accept_for(std::move(owner));
    });
  }

  boost::asio::io_context& context_;
  tcp_acceptor acceptor_{strand};
  strand_timer retry_{strand};
  uint16_t port_ = 0;
  bool closed_ = false;
};

}  // namespace cartwheel::transport
