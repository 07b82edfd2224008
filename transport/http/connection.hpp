#pragma once

#include "transport/http/answer_slot.hpp"
#include "transport/http/http_server.hpp"
#include "transport/listen.hpp"

#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/rate_policy.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

namespace cartwheel::http {

class connection;

/// What the connections of one server share.
struct server_share {
  server_share(server_options o, handler h) : options{std::move(o)}, handle{std::move(h)} {}

  const server_options options;
  const handler handle;
  counters metrics;
  std::atomic<size_t> bodies_bytes{0};
  std::atomic<bool> dead{false};  // the server is gone: the handler must not be called any more

  std::mutex mutex;
  std::unordered_map<connection*, std::weak_ptr<connection>> open;
};

/// One client. One request at a time goes round
///   idle -> reading (header, then body) -> answering (the handler has it) -> writing -> idle
/// so answers cannot overtake each other; what a client pipelines waits in the buffer and in the kernel. A refusal of the
/// server itself goes straight to writing and ends the connection: what follows on it cannot be told apart any more.
class connection : public std::enable_shared_from_this<connection> {
 public:
  connection(std::shared_ptr<server_share> share, transport::tcp_socket socket);
  ~connection();

  void start();
  /// Ends the connection when the answer under way is written, within `grace`. Runs on: any thread.
  void stop(std::chrono::milliseconds grace);
  /// Answers from other threads go nowhere from here on.
  void detach() { slot_->detach(); }

 private:
  using stream =
    boost::beast::basic_stream<boost::asio::ip::tcp, transport::io_strand, boost::beast::unlimited_rate_policy>;
  using error_code = boost::system::error_code;
  using parser = boost::beast::http::request_parser<boost::beast::http::string_body>;
  enum class phase : uint8_t { idle, reading, answering, writing, lingering, closed };

  void await_request();
  void read_header();
  void header_read();
  void read_body();
  void hand_over();
  void deliver(uint64_t number, response answer, bool given);
  void write(response answer);
  void refused(int status, std::string_view why);
  void read_failed(error_code error);
  void linger();
  void swallow();
  void close();
  void charge_body(size_t bytes);
  std::optional<std::string_view> objection() const;

  std::shared_ptr<server_share> share_;
  stream stream_;
  transport::strand_timer patience_;
  std::shared_ptr<answer_slot> slot_;
  boost::beast::flat_buffer buffer_;
  std::optional<parser> parser_;
  phase phase_ = phase::idle;
  bool stopping_ = false;
  bool head_only_ = false;
  bool keep_alive_ = false;
  bool http_1_0_ = false;
  uint64_t number_ = 0;  // of the request under way
  size_t charged_ = 0;   // bytes of server_share::bodies_bytes that are this connection's
  std::string peer_;
  std::string head_;
  response answer_;
};

}  // namespace cartwheel::http
