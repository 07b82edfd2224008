#include "transport/forward/forward_server.hpp"

#include "transport/forward/connection.hpp"

#include "transport/listener.hpp"

#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <utility>

namespace cartwheel::forward {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

// How often hanging peers are looked for: a quarter of what they are allowed, within these.
constexpr std::chrono::milliseconds look_interval_min{10};
constexpr std::chrono::milliseconds look_interval_max{1000};

}  // namespace

struct forward_server::implementation : std::enable_shared_from_this<implementation> {
  implementation(asio::io_context& io, server_options options, chunk_handler handler)
      : share{std::make_shared<server_share>(std::move(options), std::move(handler))},
        listening{io},
        watch{listening.strand} {}

  void listen() {
    const auto& o = share->options;
    const std::string_view beyond_loopback =
      o.insecure ? "" : "beyond loopback anybody could send events; forward.insecure = true allows that";
    listening.open("forward.listen", o.host, o.port, beyond_loopback, limits::backlog_max);
    listening.accept_for(shared_from_this());
    look_around();
  }

  void welcome(tcp_socket socket) {
    {
      std::lock_guard lock{share->mutex};
      if (share->open.size() >= share->options.connections_max) {
        counters::add(share->metrics.connections_turned_away);
        return;  // the socket closes
      }
    }
    auto made = std::make_shared<connection>(share, std::move(socket));
    {
      std::lock_guard lock{share->mutex};
      share->open.emplace(made.get(), made);
    }
    counters::add(share->metrics.connections);
    made->start();
  }

  std::vector<std::shared_ptr<connection>> everybody() {
    std::vector<std::shared_ptr<connection>> all;
    std::lock_guard lock{share->mutex};
    for (const auto& [ignored, c] : share->open) all.push_back(c);
    return all;
  }

  // One timer for all connections: hanging peers are rare and may wait a second longer.
  void look_around() {
    const auto shortest = std::min(share->options.stalled_after, share->options.stop_grace);
    watch.expires_after(std::clamp<std::chrono::milliseconds>(shortest / 4, look_interval_min, look_interval_max));
    watch.async_wait([self = shared_from_this()](error_code error) {
      if (error) return;
      const auto all = self->everybody();
      for (const auto& c : all) c->look(connection::steady::now());
      if (!self->listening.closed() || !all.empty()) self->look_around();
    });
  }

  void stop(std::chrono::milliseconds grace) {
    listening.close();
    watch.cancel();
    const auto give_up = connection::steady::now() + grace;
    const auto all = everybody();
    for (const auto& c : all) c->stop(give_up);
    if (all.empty()) return;
    look_around();
    // The watch is all that is left when the last connection has gone, and the io_context should not wait for it.
    std::lock_guard lock{share->mutex};
    share->emptied = [weak = weak_from_this()] {
      if (auto self = weak.lock()) asio::post(self->listening.strand, [self] { self->watch.cancel(); });
    };
    if (share->open.empty()) share->emptied();
  }

  const std::shared_ptr<server_share> share;
  transport::listener listening;
  strand_timer watch;
};

forward_server::forward_server(asio::io_context& io, server_options options, chunk_handler handler)
    : self_{std::make_shared<implementation>(io, std::move(options), std::move(handler))} {
  self_->listen();
}

forward_server::~forward_server() {
  self_->share->dead.store(true, std::memory_order_release);
  for (const auto& c : self_->everybody()) c->detach();
  asio::dispatch(self_->listening.strand, [self = self_] { self->stop(std::chrono::milliseconds{0}); });
  // Nothing can be accepted any more, so there is nothing to wait for: what has no operation under way goes now.
  std::unordered_map<connection*, std::shared_ptr<connection>> last;
  std::lock_guard lock{self_->share->mutex};
  last.swap(self_->share->open);
}

uint16_t forward_server::port() const { return self_->listening.port(); }

void forward_server::pause(bool on) { self_->share->admission->pause(on); }

void forward_server::stop() {
  asio::dispatch(self_->listening.strand, [self = self_] { self->stop(self->share->options.stop_grace); });
}

const counters& forward_server::metrics() const { return self_->share->metrics; }

size_t forward_server::unacked_bytes() const { return self_->share->admission->unsettled_bytes(); }

}  // namespace cartwheel::forward
