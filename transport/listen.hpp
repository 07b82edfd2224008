#pragma once

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/strand.hpp>

#include <chrono>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>

#include <fmt/format.h>

/// What both servers (forward/, http/) need to listen. Internal to transport/.
namespace cartwheel::transport {

using io_strand = boost::asio::strand<boost::asio::io_context::executor_type>;
using tcp_socket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, io_strand>;
using tcp_acceptor = boost::asio::basic_socket_acceptor<boost::asio::ip::tcp, io_strand>;
using strand_timer = boost::asio::basic_waitable_timer<std::chrono::steady_clock,
                                                       boost::asio::wait_traits<std::chrono::steady_clock>, io_strand>;

/// While the process has no file descriptor left, accepting again at once would only spin.
constexpr std::chrono::milliseconds accept_retry{100};

/// Opens `acceptor` on host and port. Shape: `key` is the setting that errors name, `beyond_loopback` why a host that others
/// can reach is refused; empty allows it.
/// Errors: std::invalid_argument for a host that is refused or no address, std::system_error for one the system refuses.
inline void listen_on(boost::asio::io_context& io, tcp_acceptor& acceptor, std::string_view key,
                      const std::string& host, uint16_t port, std::string_view beyond_loopback, int backlog) {
  namespace asio = boost::asio;
  using asio::ip::tcp;
  boost::system::error_code error;
  auto address = asio::ip::make_address(host, error);
  if (error) {
    const auto found = tcp::resolver{io}.resolve(host, "", tcp::resolver::passive, error);
    if (error || found.empty())
      throw std::invalid_argument{
        fmt::format("{} = \"{}\": no address of this machine ({})", key, host, error.message())};
    address = found.begin()->endpoint().address();
  }
  if (!address.is_loopback() && !beyond_loopback.empty())
    throw std::invalid_argument{fmt::format("{} = \"{}\": {}", key, host, beyond_loopback)};

  const tcp::endpoint endpoint{address, port};
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(asio::socket_base::reuse_address{true}, error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(backlog, error);
  if (error) throw std::system_error{error, fmt::format("{} = \"{}:{}\"", key, host, port)};
}

}  // namespace cartwheel::transport
