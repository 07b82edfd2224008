#include "transport/forward/connection.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>

#include <utility>

namespace cartwheel::forward {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

// A chunk's promise to be answered. Letting it go unanswered answers it with "never": a handler that loses a chunk costs
// its sender a connection, not the certainty that acknowledged means durable.
struct ticket {
  ticket(std::shared_ptr<ack_mailbox> m, std::shared_ptr<intake> a, uint64_t n, size_t b)
      : mailbox{std::move(m)}, admission{std::move(a)}, number{n}, bytes{b} {}
  ticket(const ticket&) = delete;
  ticket& operator=(const ticket&) = delete;
  ~ticket() { settle(false); }

  void settle(bool durable) {
    if (done.exchange(true)) return;
    admission->release(bytes);
    mailbox->settle(number, durable);
  }

  std::shared_ptr<ack_mailbox> mailbox;
  std::shared_ptr<intake> admission;
  uint64_t number;
  size_t bytes;
  std::atomic<bool> done{false};
};

std::string name_of_peer(const tcp_socket& socket) {
  error_code error;
  const auto peer = socket.remote_endpoint(error);
  if (error) return "unknown";
  return peer.address().to_string() + ":" + std::to_string(peer.port());
}

}  // namespace

connection::connection(std::shared_ptr<server_share> share, tcp_socket socket)
    : share_{std::move(share)},
      socket_{std::move(socket)},
      linger_{socket_.get_executor()},
      parser_{{share_->options.message_bytes_max, share_->options.decompressed_bytes_max, limits::depth_max},
              share_->buffers},
      last_read_{steady::now()},
      last_write_{last_read_} {
  counters::add(share_->metrics.connections_open);
}

connection::~connection() {
  if (mailbox_) mailbox_->detach();
  if (phase_ != phase::closed) share_->metrics.connections_open.fetch_sub(1, std::memory_order_relaxed);
}

void connection::start() {
  mailbox_ = std::make_shared<ack_mailbox>([this] {
    // The last owner may be going away on an io thread at this moment; its destructor then waits in detach().
    if (auto self = weak_from_this().lock()) {
      const io_strand strand = socket_.get_executor();
      asio::post(strand, [self = std::move(self)] { self->woken(); });
    }
  });
  peer_ = name_of_peer(socket_);
  error_code
    ignored;  // a socket that refuses an option still carries bytes; one that is dead shows it at the first read
  socket_.set_option(asio::ip::tcp::no_delay{true}, ignored);
  socket_.set_option(asio::socket_base::keep_alive{true}, ignored);
  if (share_->options.send_buffer_bytes > 0)
    socket_.set_option(asio::socket_base::send_buffer_size{share_->options.send_buffer_bytes}, ignored);
  socket_.non_blocking(true, ignored);
  asio::dispatch(socket_.get_executor(), [self = shared_from_this()] { self->wait_readable(); });
}

// Reading waits for the socket first and takes a buffer then, so an idle connection holds none.
void connection::wait_readable() {
  if (phase_ != phase::reading || reading_ != reading::stopped || !may_take_more()) return;
  parser_.release_when_idle();
  reading_ = reading::waiting;
  last_read_ = steady::now();
  socket_.async_wait(tcp_socket::wait_read, [self = shared_from_this()](error_code error) {
    self->reading_ = reading::stopped;
    if (self->phase_ != phase::reading) return;
    if (error) return self->finish(close_reason::socket_error, error.message());
    self->read();
  });
}

void connection::read() {
  if (phase_ != phase::reading || reading_ != reading::stopped || !may_take_more()) return;
  const auto room = parser_.prepare();
  error_code error;
  const size_t bytes = socket_.read_some(asio::buffer(room.data(), room.size()), error);
  if (error == asio::error::would_block || error == asio::error::interrupted) return wait_readable();
  if (error) {
    peer_done_ = true;
    if (error != asio::error::eof) return finish(close_reason::socket_error, error.message());
    if (!parser_.at_boundary()) return finish(close_reason::cut_short, "the stream ended within a message");
    return finish(close_reason::peer_closed);
  }
  parser_.commit(bytes);
  counters::add(share_->metrics.bytes, bytes);
  if (!parse()) return;
  if (bytes < room.size()) return wait_readable();
  if (phase_ != phase::reading || !may_take_more()) return;
  // There is more for certain; posting lets the other connections have their turn.
  reading_ = reading::posted;
  asio::post(socket_.get_executor(), [self = shared_from_this()] {
    self->reading_ = reading::stopped;
    self->read();
  });
}

bool connection::may_take_more() {
  const auto& options = share_->options;
  if (due_.unsettled_bytes() >= options.unacked_bytes_per_connection_max) return false;  // its own acks wake it
  if (due_.size() >= options.unacked_chunks_per_connection_max) return false;
  return share_->admission->open() || !share_->admission->wait(mailbox_);
}

// False when something other than a lack of bytes stopped it. Nobody may read then: whole messages may still be waiting in
// the parser, and an end of the stream found now would take them for a message cut short.
bool connection::parse() {
  while (phase_ == phase::reading && may_take_more()) {
    if (auto m = parser_.next()) {
      hand_over(std::move(*m));
    } else if (parser_.fault()) {
      finish(close_reason::malformed, parser_.fault()->text());
    } else {
      return true;
    }
  }
  return false;
}

void connection::hand_over(message m) {
  if (share_->dead.load(std::memory_order_acquire)) return close();
  if (!m.apply) {
    counters::add(share_->metrics.chunks_not_applied);
    due_.settle(due_.push(std::move(m.chunk_id), 0), true);
    return answer();
  }
  counters::add(share_->metrics.chunks);
  const size_t bytes = m.content.entries.bytes.size() + limits::chunk_overhead_bytes;
  const uint64_t number = due_.push(std::move(m.chunk_id), bytes);
  share_->admission->charge(bytes);
  auto promise = std::make_shared<ticket>(mailbox_, share_->admission, number, bytes);
  share_->handler(std::move(m.content), [promise = std::move(promise)](bool durable) { promise->settle(durable); });
}

void connection::woken() {
  mailbox_->take(news_);
  if (phase_ == phase::closed) return;
  for (const auto& chunk : news_) due_.settle(chunk.number, chunk.durable);
  answer();
  if (due_.any_lost()) finish(close_reason::not_accepted, "a chunk could not be made durable");
  if (phase_ != phase::reading || reading_ != reading::stopped) return;
  if (parse()) read();  // first what was read before reading had to stop
}

// Acks that are due together leave together: one write each would cost more than the rest of the server. A client that
// takes one `data` event for one message has one chunk in flight and so never sees two.
void connection::answer() {
  if (phase_ == phase::lingering || phase_ == phase::closed) return;
  counters::add(share_->metrics.acks, due_.take_due(acks_));
  if (acks_.size() + writing_.size() > share_->options.ack_buffer_bytes_max) {
    acks_.clear();  // never to be read
    finish(close_reason::unread_acks, "the peer does not read its acks");
    return close();
  }
  if (!writing_.empty() || acks_.empty()) return close_if_finished();
  writing_.swap(acks_);
  last_write_ = steady::now();
  asio::async_write(socket_, asio::buffer(writing_), [self = shared_from_this()](error_code error, size_t) {
    self->writing_.clear();
    if (self->phase_ == phase::closed) return;
    if (error) {
      self->finish(close_reason::socket_error, error.message());
      return self->close();
    }
    self->answer();
  });
}

// From here on nothing more is read; the first reason is the one that counts.
void connection::finish(close_reason reason, std::string what) {
  if (phase_ != phase::reading) return;
  phase_ = phase::finishing;
  reason_ = reason;
  const bool refused =
    reason != close_reason::peer_closed && reason != close_reason::stopped && reason != close_reason::socket_error;
  if (refused && share_->options.on_refused && !share_->dead) share_->options.on_refused(peer_, reason, what);
  error_code ignored;
  if (reading_ == reading::waiting) socket_.cancel(ignored);
  if (reason == close_reason::socket_error) return close();
  close_if_finished();
}

void connection::close_if_finished() {
  if (phase_ != phase::finishing || !writing_.empty() || !acks_.empty()) return;
  if (!due_.empty() && !due_.broken()) return;
  error_code error;
  if (peer_done_ || (reason_ == close_reason::stopped && socket_.available(error) == 0)) return close();
  phase_ = phase::lingering;
  socket_.shutdown(tcp_socket::shutdown_send, error);
  if (error) return close();
  linger_.expires_after(share_->options.linger_max);
  linger_.async_wait([self = shared_from_this()](error_code cancelled) {
    if (!cancelled) self->close();
  });
  scratch_.resize(limits::read_buffer_bytes_small);
  swallow();
}

void connection::swallow() {
  socket_.async_read_some(asio::buffer(scratch_), [self = shared_from_this()](error_code error, size_t) {
    if (self->phase_ != phase::lingering) return;
    if (error) return self->close();
    self->swallow();
  });
}

void connection::close() {
  if (phase_ == phase::closed) return;
  phase_ = phase::closed;
  mailbox_->detach();
  linger_.cancel();
  error_code ignored;
  socket_.close(ignored);
  share_->metrics.connections_open.fetch_sub(1, std::memory_order_relaxed);
  counters::add(share_->metrics.closed[static_cast<size_t>(reason_)]);
  std::lock_guard lock{share_->mutex};
  share_->open.erase(this);  // every caller holds this connection by itself
  if (share_->open.empty() && share_->emptied) share_->emptied();
}

void connection::stop(steady::time_point give_up) {
  asio::post(socket_.get_executor(), [self = shared_from_this(), give_up] {
    self->give_up_ = give_up;
    self->finish(close_reason::stopped);
  });
}

void connection::look(steady::time_point now) {
  asio::post(socket_.get_executor(), [self = shared_from_this(), now] {
    connection& c = *self;
    const auto patience = c.share_->options.stalled_after;
    if (c.phase_ == phase::reading && c.hangs_in_message() && now - c.last_read_ > patience)
      c.finish(close_reason::stalled, "a message was begun and not gone on with");
    if (c.phase_ == phase::closed) return;
    if (!c.writing_.empty() && now - c.last_write_ > patience) {
      c.finish(close_reason::unread_acks, "the peer does not read its acks");
      c.close();
    } else if (now > c.give_up_) {
      c.close();
    }
  });
}

}  // namespace cartwheel::forward
