#include "tests/support/fault_sink/wire.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>

namespace cartwheel::fault_sink {

namespace {

namespace asio = boost::asio;
using boost::system::error_code;

/// How long a closed connection may go on talking: closing on unread input would send RST and might overtake the reply.
constexpr std::chrono::seconds linger_time{5};
constexpr std::chrono::minutes deaf_time{10};

}  // namespace

wire::wire(asio::io_context& io, tcp::socket accepted, house& h, uint64_t number)
    : socket_{std::move(accepted)},
      house_{h},
      session_{h, number},
      pause_{io},
      quiet_{io},
      travel_{io},
      between_reads_{io},
      linger_{io} {
  ++house_.open;
  ++house_.log.count.connections;
}

wire::~wire() { --house_.open; }

void wire::start() {
  error_code ignored;
  socket_.set_option(tcp::no_delay{!house_.how.nagle}, ignored);
  socket_.non_blocking(true, ignored);
  session_.connected();
  pump();
  read();
}

void wire::read() {
  if (closed_) return;
  if (session_.stops_reading()) {
    // Nothing else holds this connection now, and closing it would tell the client.
    linger_.expires_after(deaf_time);
    linger_.async_wait([self = shared_from_this()](error_code failed) {
      if (!failed) self->close();
    });
    return;
  }
  const auto space = session_.space(house_.how.read_bytes);
  const auto most = std::min(space.size(), house_.how.read_bytes);
  socket_.async_read_some(asio::buffer(space.data(), most),
                          [self = shared_from_this()](error_code failed, size_t bytes) {
                            if (self->closed_) return;
                            if (failed) {
                              self->session_.lost();
                              return self->close();
                            }
                            self->on_read(bytes);
                          });
}

void wire::on_read(size_t bytes) {
  if (!finishing_) {
    session_.received(bytes);
    pump();
  }
  if (house_.how.read_pause.count() == 0) return read();
  between_reads_.expires_after(house_.how.read_pause);
  between_reads_.async_wait([self = shared_from_this()](error_code failed) {
    if (!failed) self->read();
  });
}

/// Moves what the session wants on its way.
void wire::pump() {
  if (closed_) return;
  if (session_.pause().count() != 0 && !pausing_) {
    pausing_ = true;
    pause_.expires_after(session_.pause());
    pause_.async_wait([self = shared_from_this()](error_code failed) {
      if (failed || self->closed_) return;
      self->pausing_ = false;
      self->session_.resumed();
      self->pump();
    });
  }
  if (house_.how.withhold.count() == 0) return hand_over();
  quiet_.expires_after(house_.how.withhold);
  quiet_.async_wait([self = shared_from_this()](error_code failed) {
    if (!failed && !self->closed_) self->hand_over();
  });
}

/// Takes the replies from the session. The log goes first: what a client is told must stand there.
void wire::hand_over() {
  house_.log.flush();
  auto& out = session_.output();
  if (!out.empty()) {
    if (house_.how.latency.count() != 0) {
      parcels_.push_back({clock::now() + house_.how.latency, std::move(out)});
    } else if (sending_.empty()) {
      sending_.swap(out);
    } else {
      sending_ += out;
    }
    out.clear();
  }
  send();
}

void wire::send() {
  if (closed_ || writing_) return;
  while (true) {
    if (sent_ == sending_.size()) {
      sending_.clear();
      sent_ = 0;
      if (parcels_.empty()) return session_.end() != ending::none ? finish() : void();
      if (travelling_) return;
      if (const auto due = parcels_.front().due; clock::now() < due) {
        travelling_ = true;
        travel_.expires_at(due);
        travel_.async_wait([self = shared_from_this()](error_code failed) {
          if (failed || self->closed_) return;
          self->travelling_ = false;
          self->send();
        });
        return;
      }
      sending_ = std::move(parcels_.front().bytes);
      parcels_.pop_front();
    }
    auto left = sending_.size() - sent_;
    if (house_.how.nagle) left = std::min(left, sending_.find('\n', sent_) + 1 - sent_);
    const auto cut = house_.how.cut;
    error_code failed;
    const auto bytes =
      socket_.write_some(asio::buffer(sending_.data() + sent_, cut == 0 ? left : std::min(cut, left)), failed);
    if (failed == asio::error::would_block || failed == asio::error::try_again) {
      writing_ = true;
      socket_.async_wait(tcp::socket::wait_write, [self = shared_from_this()](error_code e) {
        self->writing_ = false;
        if (!e) self->send();
      });
      return;
    }
    if (failed) return;  // the reader will see the end
    sent_ += bytes;
    if (cut != 0 && sent_ != sending_.size()) {
      writing_ = true;
      travel_.expires_after(house_.how.cut_pause);
      travel_.async_wait([self = shared_from_this()](error_code e) {
        self->writing_ = false;
        if (!e) self->send();
      });
      return;
    }
  }
}

/// RST at once; FIN, and then whatever the client still says is read and thrown away.
void wire::finish() {
  if (finishing_) return;
  finishing_ = true;
  error_code ignored;
  if (session_.end() == ending::rst) {
    socket_.set_option(asio::socket_base::linger{true, 0}, ignored);
    return close();
  }
  socket_.shutdown(tcp::socket::shutdown_send, ignored);
  linger_.expires_after(linger_time);
  linger_.async_wait([self = shared_from_this()](error_code failed) {
    if (!failed) self->close();
  });
}

void wire::close() {
  if (std::exchange(closed_, true)) return;
  error_code ignored;
  socket_.close(ignored);
  for (auto* timer : {&pause_, &quiet_, &travel_, &between_reads_, &linger_}) timer->cancel();
}

}  // namespace cartwheel::fault_sink
