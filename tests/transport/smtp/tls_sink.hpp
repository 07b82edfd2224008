#pragma once

#include "tests/transport/smtp/certificates.hpp"
#include "tests/transport/smtp/scripted_server.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <condition_variable>
#include <csignal>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace cartwheel::smtp::test {

struct tls_sink_options {
  server_script script;  // inside TLS; its `auth` is not offered outside
  bool implicit = false;
  certificate own;
  int version_max = 0;                 // TLS1_1_VERSION; 0: the newest
  bool silent = false;                 // takes the connection, or says 220, and shakes no hands
  std::string starttls = "220 Ready";  // empty: STARTTLS is not offered
  std::string injected;                // right behind that reply, in the open
  size_t plain_bytes_max = SIZE_MAX;   // read from inside TLS; then it reads no more
  int receive_buffer = 0;              // of the socket, 0: the system's
};

/// A scripted_server behind TLS on a port of the loopback: blocking, a thread a connection, OpenSSL's own sockets. It
/// shares nothing with the client but the library.
class tls_sink {
 public:
  explicit tls_sink(tls_sink_options options) : options_{std::move(options)}, context_{make_context(options_)} {
    ::signal(SIGPIPE, SIG_IGN);  // OpenSSL's own sockets know no MSG_NOSIGNAL
    listener_ = ::socket(AF_INET, SOCK_STREAM, 0);
    if (options_.receive_buffer != 0)
      ::setsockopt(listener_, SOL_SOCKET, SO_RCVBUF, &options_.receive_buffer, sizeof options_.receive_buffer);
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof at;
    must(::bind(listener_, reinterpret_cast<sockaddr*>(&at), length) == 0 && ::listen(listener_, 16) == 0 &&
         ::getsockname(listener_, reinterpret_cast<sockaddr*>(&at), &length) == 0);
    port_ = ntohs(at.sin_port);
    acceptor_ = std::thread{[this] { accept(); }};
  }

  ~tls_sink() {
    {
      const std::lock_guard lock{mutex_};
      over_ = true;
      for (const auto& c : clients_)
        if (c.socket >= 0) ::shutdown(c.socket, SHUT_RDWR);
    }
    ended_.notify_all();
    ::shutdown(listener_, SHUT_RDWR);
    acceptor_.join();
    for (auto& c : clients_) c.thread.join();
    ::close(listener_);
  }

  uint16_t port() const { return port_; }
  int connections() const { return copy_of(connections_); }
  int handshakes() const { return copy_of(handshakes_); }
  int logins() const { return copy_of(logins_); }
  /// Everything that came outside TLS, and is not TLS.
  std::string in_the_open() const { return copy_of(in_the_open_); }
  std::vector<taken_mail> taken() const { return copy_of(taken_); }
  /// Of the last handshake: what SNI asked for.
  std::string asked_for() const { return copy_of(asked_for_); }

 private:
  struct client {
    int socket;
    std::thread thread;
  };

  static std::shared_ptr<SSL_CTX> make_context(const tls_sink_options& o) {
    std::shared_ptr<SSL_CTX> c{SSL_CTX_new(TLS_server_method()), SSL_CTX_free};
    if (o.version_max != 0) {
      SSL_CTX_set_cipher_list(c.get(), "DEFAULT@SECLEVEL=0");
      SSL_CTX_set_min_proto_version(c.get(), TLS1_VERSION);
      SSL_CTX_set_max_proto_version(c.get(), o.version_max);
    }
    must(SSL_CTX_use_certificate(c.get(), o.own.signed_key.get()) == 1 &&
         SSL_CTX_use_PrivateKey(c.get(), o.own.key.get()) == 1);
    return c;
  }

  template <class T>
  T copy_of(const T& of) const {
    const std::lock_guard lock{mutex_};
    return of;
  }

  void accept() {
    while (true) {
      const int s = ::accept(listener_, nullptr, nullptr);
      if (s < 0) return;
      const std::lock_guard lock{mutex_};
      if (over_) {
        ::close(s);
        return;
      }
      ++connections_;
      clients_.push_back({s, {}});
      clients_.back().thread = std::thread{[this, s] { serve(s); }};
    }
  }

  void serve(int s) {
    const int one = 1;
    ::setsockopt(s, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    const std::unique_ptr<SSL, decltype(&SSL_free)> tls{SSL_new(context_.get()), &SSL_free};
    SSL_set_fd(tls.get(), s);
    const bool secured = options_.implicit ? shake_hands(tls.get()) : begin_in_the_open(s, tls.get());
    if (secured) inside(tls.get());
    const std::lock_guard lock{mutex_};
    ::shutdown(s, SHUT_RDWR);
    ::close(s);
    for (auto& c : clients_)
      if (c.socket == s) c.socket = -1;  // the number may be another's soon
  }

  void wait_for_the_end() {
    std::unique_lock lock{mutex_};
    ended_.wait(lock, [&] { return over_; });
  }

  bool shake_hands(SSL* tls) {
    if (options_.silent) {
      wait_for_the_end();
      return false;
    }
    if (SSL_accept(tls) != 1) return false;
    const std::lock_guard lock{mutex_};
    ++handshakes_;
    const auto* name = SSL_get_servername(tls, TLSEXT_NAMETYPE_host_name);
    asked_for_ = name != nullptr ? name : "";
    return true;
  }

  bool begin_in_the_open(int s, SSL* tls) {
    server_script outside;
    outside.starttls = options_.starttls;
    outside.extensions = options_.starttls.empty() ? "8BITMIME" : "8BITMIME\nSTARTTLS";
    scripted_server server{outside};
    std::array<char, 4096> buffer{};
    while (!server.hung_up()) {
      auto out = server.take_output();
      const bool begins = server.take_tls_wish();
      if (begins) out += options_.injected;
      if (::send(s, out.data(), out.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(out.size())) return false;
      if (begins) return shake_hands(tls);
      const auto bytes = ::recv(s, buffer.data(), buffer.size(), 0);
      if (bytes <= 0) return false;
      const std::string_view came{buffer.data(), static_cast<size_t>(bytes)};
      const std::lock_guard lock{mutex_};
      in_the_open_.append(came);
      server.receive(came);
    }
    return false;
  }

  void inside(SSL* tls) {
    auto script = options_.script;
    if (!options_.implicit) script.greeting.clear();
    scripted_server server{script};
    std::array<char, 16384> buffer{};
    size_t read = 0;
    size_t kept = 0;
    size_t counted = 0;
    while (true) {
      const auto out = server.take_output();
      if (!out.empty() && SSL_write(tls, out.data(), static_cast<int>(out.size())) <= 0) return;
      if (server.hung_up()) break;
      if (read >= options_.plain_bytes_max) return wait_for_the_end();
      const auto bytes = SSL_read(tls, buffer.data(), static_cast<int>(buffer.size()));
      if (bytes <= 0) return;
      read += static_cast<size_t>(bytes);
      server.receive({buffer.data(), static_cast<size_t>(bytes)});
      const std::lock_guard lock{mutex_};
      for (; kept < server.taken().size(); ++kept) taken_.push_back(server.taken()[kept]);
      for (; counted < server.commands().size(); ++counted) logins_ += server.commands()[counted].starts_with("AUTH");
    }
    SSL_shutdown(tls);
  }

  tls_sink_options options_;
  std::shared_ptr<SSL_CTX> context_;
  int listener_ = -1;
  uint16_t port_ = 0;
  mutable std::mutex mutex_;
  std::condition_variable ended_;
  bool over_ = false;
  std::list<client> clients_;
  int connections_ = 0;
  int handshakes_ = 0;
  int logins_ = 0;
  std::string in_the_open_;
  std::string asked_for_;
  std::vector<taken_mail> taken_;
  std::thread acceptor_;
};

}  // namespace cartwheel::smtp::test
