// A TCP proxy on the loopback that holds everything back for a while: a round trip without touching the machine's network.
//
// usage: delay_proxy TO_PORT ROUND_TRIP_MS
// Prints the port it listens on, then forwards until SIGTERM. Each direction waits half of the round trip, in order; what
// is under way is not bounded in rate, only in time.

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <utility>

namespace asio = boost::asio;
using asio::ip::tcp;
using clock_type = std::chrono::steady_clock;

namespace {

/// One direction of one connection.
class lane : public std::enable_shared_from_this<lane> {
 public:
  lane(std::shared_ptr<tcp::socket> from, std::shared_ptr<tcp::socket> to, std::chrono::nanoseconds delay)
      : from_{std::move(from)}, to_{std::move(to)}, delay_{delay}, timer_{from_->get_executor()} {}

  void read() {
    from_->async_read_some(asio::buffer(buffer_), [self = shared_from_this()](auto failed, size_t bytes) {
      self->pieces_.push_back({clock_type::now() + self->delay_, failed ? std::string{} : self->taken(bytes)});
      if (!std::exchange(self->busy_, true)) self->wait();
      if (!failed) self->read();
    });
  }

 private:
  struct piece {
    clock_type::time_point due;
    std::string bytes;  // empty: the end
  };

  std::string taken(size_t bytes) const { return {buffer_.data(), bytes}; }

  void wait() {
    timer_.expires_at(pieces_.front().due);
    timer_.async_wait([self = shared_from_this()](auto) { self->write(); });
  }

  /// All that is due, in one write.
  void write() {
    writing_.clear();
    bool end = false;
    for (const auto now = clock_type::now(); !pieces_.empty() && pieces_.front().due <= now; pieces_.pop_front()) {
      end = pieces_.front().bytes.empty();
      writing_ += pieces_.front().bytes;
    }
    asio::async_write(*to_, asio::buffer(writing_), [self = shared_from_this(), end](auto failed, size_t) {
      if (failed || end) {
        boost::system::error_code ignored;
        self->to_->shutdown(tcp::socket::shutdown_send, ignored);
        return;
      }
      self->busy_ = !self->pieces_.empty();
      if (self->busy_) self->wait();
    });
  }

  std::shared_ptr<tcp::socket> from_, to_;
  std::chrono::nanoseconds delay_;
  asio::steady_timer timer_;
  std::array<char, 65536> buffer_{};
  std::deque<piece> pieces_;
  std::string writing_;
  bool busy_ = false;  // waits or writes
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: delay_proxy TO_PORT ROUND_TRIP_MS\n");
    return 2;
  }
  const auto to = static_cast<uint16_t>(std::atoi(argv[1]));
  const auto delay = std::chrono::nanoseconds{static_cast<int64_t>(std::atof(argv[2]) * 1e6 / 2)};
  asio::io_context io{1};
  tcp::acceptor acceptor{io, {asio::ip::address_v4::loopback(), 0}};
  std::printf("%d\n", acceptor.local_endpoint().port());
  std::fflush(stdout);
  std::function<void()> accept = [&] {
    auto client = std::make_shared<tcp::socket>(io);
    acceptor.async_accept(*client, [&, client](auto failed) {
      if (failed) return;
      auto server = std::make_shared<tcp::socket>(io);
      boost::system::error_code refused;
      server->connect({asio::ip::address_v4::loopback(), to}, refused);
      if (!refused) {
        client->set_option(tcp::no_delay{true});
        server->set_option(tcp::no_delay{true});
        std::make_shared<lane>(client, server, delay)->read();
        std::make_shared<lane>(server, client, delay)->read();
      }
      accept();
    });
  };
  accept();
  io.run();
}
