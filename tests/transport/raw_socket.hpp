#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <thread>

namespace cartwheel::tests {

/// A blocking TCP client written by hand: what a test does to a server must not depend on the library the server is
/// built with. No call waits longer than `patience`.
class raw_socket {
 public:
  static constexpr std::chrono::milliseconds patience{10'000};

  explicit raw_socket(uint16_t port, int receive_buffer_bytes = 0) : fd_{::socket(AF_INET, SOCK_STREAM, 0)} {
    if (receive_buffer_bytes > 0)
      ::setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &receive_buffer_bytes, sizeof receive_buffer_bytes);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = ::connect(fd_, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0;
    const int one = 1;
    ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  }
  ~raw_socket() { close(); }
  raw_socket(const raw_socket&) = delete;
  raw_socket& operator=(const raw_socket&) = delete;

  bool connected() const { return connected_; }

  /// True when everything was taken.
  bool send(std::string_view bytes) { return send_within(bytes, patience) == bytes.size(); }

  /// How much the server (and the kernels between) took before `wait` passed without anything being taken.
  size_t send_within(std::string_view bytes, std::chrono::milliseconds wait) {
    size_t sent = 0;
    while (sent < bytes.size()) {
      pollfd p{fd_, POLLOUT, 0};
      if (::poll(&p, 1, static_cast<int>(wait.count())) <= 0) break;
      const ssize_t n = ::send(fd_, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL | MSG_DONTWAIT);
      if (n < 0) break;
      sent += static_cast<size_t>(n);
    }
    return sent;
  }

  void finish_sending() { ::shutdown(fd_, SHUT_WR); }

  /// One read's worth; empty at the end of the stream, on an error and when nothing came within `wait`.
  std::string receive(std::chrono::milliseconds wait = patience) {
    pollfd p{fd_, POLLIN, 0};
    if (::poll(&p, 1, static_cast<int>(wait.count())) <= 0) return {};
    std::string out(64 * 1024, '\0');
    const ssize_t n = ::recv(fd_, out.data(), out.size(), 0);
    ended_ = n <= 0;
    reset_ = n < 0;
    out.resize(n > 0 ? static_cast<size_t>(n) : 0);
    return out;
  }

  /// Reads until `size` bytes are there (or no more come).
  std::string receive_exactly(size_t size) {
    std::string out;
    while (out.size() < size) {
      const std::string part = receive();
      if (part.empty()) break;
      out += part;
    }
    return out;
  }

  /// Reads until `end` has come (or nothing more comes).
  std::string receive_until(std::string_view end) {
    std::string out;
    while (out.find(end) == std::string::npos) {
      const std::string part = receive();
      if (part.empty()) break;
      out += part;
    }
    return out;
  }

  /// Everything up to the end of the stream; ended() tells whether that came.
  std::string receive_all() {
    std::string out;
    for (std::string part; !(part = receive()).empty();) out += part;
    return out;
  }

  bool ended() const { return ended_; }
  /// The end was a reset, not a FIN.
  bool was_reset() const { return reset_; }

  void close() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }

 private:
  int fd_;
  bool connected_ = false;
  bool ended_ = false;
  bool reset_ = false;
};

/// Waits until `condition` holds; false when it does not within raw_socket::patience.
template <class Condition>
bool eventually(Condition condition) {
  const auto give_up = std::chrono::steady_clock::now() + raw_socket::patience;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > give_up) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds{1});
  }
  return true;
}

}  // namespace cartwheel::tests
