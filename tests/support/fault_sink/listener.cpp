#include "tests/support/fault_sink/listener.hpp"

#include "tests/support/fault_sink/wire.hpp"

#include <nlohmann/json.hpp>

#include <boost/asio/signal_set.hpp>

#include <csignal>
#include <cstdio>
#include <exception>
#include <functional>
#include <memory>

namespace cartwheel::fault_sink {

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

std::string counted(const counters& c) {
  const auto seconds = std::chrono::duration<double>(c.last_kept - c.first_kept).count();
  return nlohmann::ordered_json{
    {"connections", c.connections}, {"kept", c.kept},           {"accepted", c.accepted},     {"refused", c.refused},
    {"unanswered", c.unanswered},   {"throttled", c.throttled}, {"violations", c.violations}, {"commands", c.commands},
    {"replies", c.replies},         {"flights", c.flights},     {"bytes", c.bytes},           {"seconds", seconds}}
    .dump();
}

}  // namespace

int serve(const options& o) {
  house all{o};
  if (!o.control.empty()) all.how.faults = read_control_file(o.control);
  asio::io_context io{1};
  tcp::acceptor acceptor{io, tcp::v4()};
  acceptor.set_option(tcp::acceptor::reuse_address{true});
  // Before listen(): the window a connection begins with comes from the listening socket.
  if (o.receive_buffer != 0)
    acceptor.set_option(tcp::acceptor::receive_buffer_size{static_cast<int>(o.receive_buffer)});
  acceptor.bind({asio::ip::address_v4::loopback(), o.port});
  acceptor.listen(o.backlog);
  std::fprintf(stderr, "fault_sink listening on 127.0.0.1:%u\n",
               static_cast<unsigned>(acceptor.local_endpoint().port()));

  uint64_t number = 0;
  const std::function<void()> accept = [&] {
    acceptor.async_accept([&](error_code failed, tcp::socket socket) {
      if (failed == asio::error::operation_aborted) return;
      if (!failed) std::make_shared<wire>(io, std::move(socket), all, ++number)->start();
      accept();
    });
  };
  accept();

  asio::signal_set ends{io, SIGTERM, SIGINT};
  ends.async_wait([&](error_code, int) { io.stop(); });
  asio::signal_set hang_up{io, SIGHUP};
  const std::function<void()> listen_to_control = [&] {
    hang_up.async_wait([&](error_code failed, int) {
      if (failed) return;
      // A file that cannot be read ends the sink: going on with the old faults would make a test mean something else.
      if (!o.control.empty()) all.how.faults = read_control_file(o.control);
      std::fprintf(stderr, "fault_sink: %zu faults\n", all.how.faults.size());
      listen_to_control();
    });
  };
  listen_to_control();

  io.run();
  all.log.flush();
  std::printf("%s\n", counted(all.log.count).c_str());
  return 0;
}

}  // namespace cartwheel::fault_sink
