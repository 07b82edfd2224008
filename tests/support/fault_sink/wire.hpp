#pragma once

#include "tests/support/fault_sink/session.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>

namespace cartwheel::fault_sink {

/// One TCP connection: a session and how its replies travel (whole or in cuts, at once, later, or when input stops).
class wire : public std::enable_shared_from_this<wire> {
 public:
  wire(boost::asio::io_context& io, boost::asio::ip::tcp::socket accepted, house& h, uint64_t number);
  ~wire();
  void start();

 private:
  using tcp = boost::asio::ip::tcp;
  using clock = std::chrono::steady_clock;

  struct parcel {
    clock::time_point due;
    std::string bytes;
  };

  void read();
  void on_read(size_t bytes);
  void pump();
  void hand_over();
  void send();
  void finish();
  void close();

  tcp::socket socket_;
  house& house_;
  session session_;
  boost::asio::steady_timer pause_, quiet_, travel_, between_reads_, linger_;
  std::deque<parcel> parcels_;  // under latency
  std::string sending_;
  size_t sent_ = 0;
  bool pausing_ = false, travelling_ = false, writing_ = false, finishing_ = false, closed_ = false;
};

}  // namespace cartwheel::fault_sink
