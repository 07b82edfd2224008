#include "transport/forward/forward_client.hpp"

#include "transport/forward/ack_reader.hpp"

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>
#include <array>
#include <deque>
#include <stdexcept>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace cartwheel::forward {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using steady = std::chrono::steady_clock;
using io_strand = asio::strand<asio::io_context::executor_type>;

namespace {

// Chunks that are ready together leave in one write, up to this many bytes.
constexpr size_t gather_bytes_max = 1024 * 1024;
constexpr size_t ack_read_bytes = 16 * 1024;
constexpr std::chrono::milliseconds patience_check_min{10};

}  // namespace

struct forward_client::implementation : std::enable_shared_from_this<implementation> {
  struct unacked {
    std::string chunk_id;
    steady::time_point since;
  };

  implementation(asio::io_context& io, client_options o, client_callbacks c)
      : options{std::move(o)},
        callbacks{std::move(c)},
        strand{asio::make_strand(io)},
        socket{strand},
        resolver{strand},
        patience{strand} {}

  void start() {
    resolver.async_resolve(
      options.host, std::to_string(options.port), [self = shared_from_this()](error_code error, auto found) {
        if (self->over) return;
        if (error) return self->end(error, "cannot resolve " + self->options.host);
        asio::async_connect(self->socket, found,
                            [self](error_code failed, const tcp::endpoint&) { self->connected(failed); });
      });
  }

  void connected(error_code error) {
    if (over) return;
    if (error) return end(error, fmt::format("cannot connect to {}:{}", options.host, options.port));
    error_code ignored;
    socket.set_option(tcp::no_delay{true}, ignored);
    open = true;
    read();
    watch();
    write();
  }

  // Fills the window and sends what there is, in one write.
  void write() {
    if (!open || over || !sending.empty()) return;
    size_t bytes = 0;
    while (!finishing && waiting.size() < options.window && sending.size() < options.window &&
           bytes < gather_bytes_max) {
      auto chunk = callbacks.next();
      if (!chunk) break;
      bytes += chunk->bytes.bytes.size();
      if (!chunk->chunk_id.empty()) waiting.push_back({std::move(chunk->chunk_id), steady::now()});
      sending.push_back(std::move(chunk->bytes));
    }
    if (sending.empty()) {
      if (finishing && waiting.empty()) end({}, {});
      return;
    }
    std::vector<asio::const_buffer> pieces;
    pieces.reserve(sending.size());
    for (const slice& s : sending) pieces.emplace_back(s.bytes.data(), s.bytes.size());
    asio::async_write(socket, std::move(pieces), [self = shared_from_this()](error_code error, size_t) {
      self->sending.clear();
      // A server that refuses something closes, and its last acks may still be readable: the end is found by reading.
      if (error) self->open = false;
      self->write();
    });
  }

  void read() {
    socket.async_read_some(asio::buffer(incoming), [self = shared_from_this()](error_code error, size_t bytes) {
      if (self->over) return;
      if (error) return self->broken(error);
      self->answers.feed({self->incoming.data(), bytes});
      self->take_answers();
      if (!self->over) self->read();
    });
  }

  void take_answers() {
    const auto now = steady::now();
    while (!over) {
      const auto id = answers.next();
      if (!id) break;
      if (waiting.empty() || waiting.front().chunk_id != *id) {
        const std::string expected = waiting.empty() ? "none" : "\"" + waiting.front().chunk_id + "\"";
        return end(make_error_code(errc::unexpected_ack), fmt::format("ack for \"{}\", expected {}", *id, expected));
      }
      const auto latency = now - waiting.front().since;
      waiting.pop_front();
      callbacks.acked(*id, latency);
    }
    if (answers.failed()) return end(make_error_code(errc::malformed_ack), "the server sent what is no ack");
    write();
  }

  void broken(error_code error) {
    if (over) return;
    if (error == asio::error::eof && waiting.empty() && sending.empty() && finishing) return end({}, {});
    const bool closed =
      error == asio::error::eof || error == asio::error::connection_reset || error == asio::error::broken_pipe;
    const auto text = fmt::format("{} with {} chunks not acknowledged", error.message(), waiting.size());
    end(closed ? make_error_code(errc::closed_with_unacked) : std::error_code{error}, text);
  }

  void watch() {
    patience.expires_after(std::max(options.ack_timeout / 4, patience_check_min));
    patience.async_wait([self = shared_from_this()](error_code error) {
      if (error || self->over) return;
      if (!self->waiting.empty() && steady::now() - self->waiting.front().since > self->options.ack_timeout)
        return self->end(make_error_code(errc::ack_timeout),
                         fmt::format("chunk \"{}\" is not acknowledged after {} ms", self->waiting.front().chunk_id,
                                     self->options.ack_timeout.count()));
      self->watch();
    });
  }

  void end(std::error_code error, const std::string& what) {
    if (over) return;
    over = true;
    open = false;
    error_code ignored;
    resolver.cancel();
    patience.cancel();
    socket.close(ignored);
    auto told = std::move(callbacks.ended);
    callbacks = {};
    if (told) told(error, what);
  }

  client_options options;
  client_callbacks callbacks;
  io_strand strand;
  asio::basic_stream_socket<tcp, io_strand> socket;
  asio::ip::basic_resolver<tcp, io_strand> resolver;
  asio::basic_waitable_timer<steady, asio::wait_traits<steady>, io_strand> patience;
  std::deque<unacked> waiting;
  std::vector<slice> sending;
  std::array<char, ack_read_bytes> incoming{};
  ack_reader answers;
  bool open = false;
  bool finishing = false;
  bool over = false;
};

forward_client::forward_client(asio::io_context& io, client_options options, client_callbacks callbacks) {
  if (options.window < 1 || options.window > limits::client_window_max)
    throw std::invalid_argument{
      fmt::format("a window of {} chunks, 1 to {} are possible", options.window, limits::client_window_max)};
  self_ = std::make_shared<implementation>(io, std::move(options), std::move(callbacks));
}

forward_client::~forward_client() {
  asio::post(self_->strand, [self = self_] {
    self->callbacks.ended = nullptr;
    self->end({}, {});
  });
}

void forward_client::start() {
  asio::post(self_->strand, [self = self_] { self->start(); });
}

void forward_client::wake() {
  asio::post(self_->strand, [self = self_] { self->write(); });
}

void forward_client::finish() {
  asio::post(self_->strand, [self = self_] {
    self->finishing = true;
    self->write();
  });
}

void forward_client::stop() {
  asio::post(self_->strand, [self = self_] { self->end({}, {}); });
}

}  // namespace cartwheel::forward
