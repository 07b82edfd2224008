#include "transport/http/http_server.hpp"

#include "transport/http/connection.hpp"

#include "transport/listener.hpp"

#include <boost/asio/dispatch.hpp>

#include <utility>
#include <vector>

namespace cartwheel::http {

namespace asio = boost::asio;
using boost::system::error_code;

struct http_server::implementation : std::enable_shared_from_this<implementation> {
  implementation(asio::io_context& io, server_options options, handler handle)
      : share{std::make_shared<server_share>(std::move(options), std::move(handle))}, listening{io} {}

  void listen() {
    const auto& o = share->options;
    const std::string_view beyond_loopback = o.allow_remote ? "" : "beyond loopback a token is needed (http.token)";
    listening.open(o.key, o.host, o.port, beyond_loopback, limits::backlog_max);
    listening.accept_for(shared_from_this());
  }

  void welcome(transport::tcp_socket socket) {
    if (full()) {
      // A new socket's buffer takes this at once; a client that does not get it has lost nothing.
      response answer = refuse(503, "too many connections");
      const std::string text = serialize_head(answer, false, false) + answer.body;
      error_code ignored;
      socket.non_blocking(true, ignored);
      socket.write_some(asio::buffer(text), ignored);
      counters::add(share->metrics.connections_turned_away);
      return;
    }
    auto made = std::make_shared<connection>(share, std::move(socket));
    {
      std::lock_guard lock{share->mutex};
      share->open.emplace(made.get(), made);
    }
    counters::add(share->metrics.connections);
    counters::add(share->metrics.connections_open);
    made->start();
  }

  bool full() {
    std::lock_guard lock{share->mutex};
    return share->open.size() >= share->options.connections_max;
  }

  std::vector<std::shared_ptr<connection>> everybody() {
    std::vector<std::shared_ptr<connection>> all;
    std::lock_guard lock{share->mutex};
    for (const auto& [ignored, weak] : share->open)
      if (auto c = weak.lock()) all.push_back(std::move(c));
    return all;
  }

  void stop(std::chrono::milliseconds grace) {
    listening.close();
    for (const auto& c : everybody()) c->stop(grace);
  }

  const std::shared_ptr<server_share> share;
  transport::listener listening;
};

http_server::http_server(asio::io_context& io, server_options options, handler handle)
    : self_{std::make_shared<implementation>(io, std::move(options), std::move(handle))} {
  self_->listen();
}

http_server::~http_server() {
  self_->share->dead.store(true, std::memory_order_release);
  for (const auto& c : self_->everybody()) c->detach();
  // Nothing can be answered any more, so there is nothing to wait for.
  asio::dispatch(self_->listening.strand, [self = self_] { self->stop(std::chrono::milliseconds{0}); });
}

uint16_t http_server::port() const { return self_->listening.port(); }

void http_server::stop() {
  asio::dispatch(self_->listening.strand, [self = self_] { self->stop(self->share->options.stop_grace); });
}

const counters& http_server::metrics() const { return self_->share->metrics; }

}  // namespace cartwheel::http
