#include "transport/smtp/connection.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>

#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <utility>

namespace cartwheel::smtp {

namespace asio = boost::asio;
using boost::system::error_code;

connection::connection(const executor& on, session_options options, connection_owner& owner)
    : on_{on}, options_{std::move(options)}, owner_{&owner}, link_{on}, timer_{on}, resolver_{on} {}

void connection::start(const std::string& host, uint16_t port, std::chrono::milliseconds timeout) {
  host_ = host;
  count_state();
  timer_.expires_after(timeout);
  timer_.async_wait([self = shared_from_this()](error_code failed) {
    if (!failed && !self->over_ && !self->session_) self->connect_failed("no connection in time");
  });
  error_code not_numeric;
  const auto address = asio::ip::make_address(host, not_numeric);
  if (!not_numeric)
    return connect(tcp::resolver::results_type::create(tcp::endpoint{address, port}, host, std::to_string(port)));
  resolver_.async_resolve(host, std::to_string(port),
                          [self = shared_from_this()](error_code failed, const tcp::resolver::results_type& found) {
                            if (self->over_) return;
                            if (failed) return self->connect_failed("name not resolved: " + failed.message());
                            self->connect(found);
                          });
}

void connection::connect(const tcp::resolver::results_type& endpoints) {
  asio::async_connect(link_.tcp(), endpoints, [self = shared_from_this()](error_code failed, const tcp::endpoint&) {
    if (self->over_) return;
    if (failed) return self->connect_failed(failed.message());
    self->connected();
  });
}

void connection::connect_failed(std::string why) {
  session_end how;
  how.reason = end_reason::refused;
  how.text = std::move(why);
  end(how);
}

void connection::connected() {
  if (const auto failed = link_.begin()) return connect_failed(failed.message());
  timer_.cancel();
  relay_counters::add(owner_->counters().connects);
  options_.loopback = link_.loopback();
  if (options_.helo_name.empty()) options_.helo_name = link_.address_literal();
  session_.emplace(
    options_, [this](mail_id id) { return owner_->feed().may_send_content(id); }, std::chrono::steady_clock::now());
  read();
  pump();
}

void connection::read() {
  link_.tcp().async_read_some(asio::buffer(read_buffer_), [self = shared_from_this()](error_code failed, size_t bytes) {
    if (self->over_) return;
    const auto now = std::chrono::steady_clock::now();
    if (!failed)
      smtp::deliver(self->link_, {self->read_buffer_.data(), bytes}, *self->session_, now);
    else if (failed != asio::error::eof)
      self->session_->lost(failed.message(), now);
    else if (self->session_->handshake_due())
      self->session_->not_secured("no TLS: the relay closed the connection");
    else
      self->session_->lost("closed by the relay", now);
    if (self->session_->answered_in_part()) self->acknowledge();
    self->pump();
    if (!self->over_) self->read();
  });
}

void connection::begin_tls() {
  link_.begin_tls(owner_->tls(), host_);
  if (link_.tls()->now() == tls_stream::state::failed) session_->not_secured(link_.tls()->error());
}

/// A server that writes each reply by itself and has left Nagle's algorithm on (npm smtp-server does) sends the first of a
/// group and keeps the others until that is acknowledged. We have nothing to send, so our kernel would take its 40 ms,
/// with every mail. Only then: where a group is answered in one piece it costs nothing.
void connection::acknowledge() {
  const int yes = 1;
  // Its failure is not looked at: without it things are slow, not wrong.
  ::setsockopt(link_.tcp().native_handle(), IPPROTO_TCP, TCP_QUICKACK, &yes, sizeof yes);
}

void connection::pump() {
  if (over_ || !session_) return;
  if (std::exchange(pumping_, true)) {
    pump_again_ = true;
    return;
  }
  do {
    pump_again_ = false;
    deliver();
    if (session_->handshake_due() && link_.tls() == nullptr) begin_tls();
    // Bytes first: what the feed takes to render the next mails must not hold back a flight that is composed.
    while (write()) {}
    if (refill()) pump_again_ = true;
  } while (!over_ && (pump_again_ || session_->has_outcomes()));
  pumping_ = false;
  if (over_) return;
  if (session_->state() == session_state::closed) return end(session_->end());
  count_state();
  watch_deadline();
  if (!was_ready_ && session_->state() != session_state::greeting) {
    was_ready_ = true;
    owner_->on_ready();
  }
}

void connection::deliver() {
  if (session_->round_trips() != counted_round_trips_) {
    relay_counters::add(owner_->counters().round_trips, session_->round_trips() - counted_round_trips_);
    counted_round_trips_ = session_->round_trips();
  }
  if (!session_->has_outcomes()) return;
  outcomes_.clear();
  session_->take_outcomes(outcomes_);
  for (const auto& o : outcomes_) {
    relay_counters::add(owner_->counters().messages[static_cast<size_t>(o.verdict)]);
    owner_->feed().finished(o);
    owner_->on_outcome(*this, o);
  }
}

/// What the session's output was told to be written decides whether a mail can still be recalled (see link::write).
bool connection::write() {
  if (write_waits_) return false;
  const auto pieces = session_->output();
  if (pieces[0].empty() && pieces[1].empty() && !link_.unsent()) return false;
  const auto done = link_.write(pieces);
  if (done.bytes != 0) session_->written(done.bytes, std::chrono::steady_clock::now());
  if (done.broken) {
    // The reason may lie unread (421, or 5yz to the content): the reader will come upon it and then upon the end, or the
    // deadline will. TLS that failed reads nothing more either.
    write_waits_ = true;
    if (link_.tls() != nullptr && link_.tls()->now() == tls_stream::state::failed)
      session_->lost(link_.tls()->error(), std::chrono::steady_clock::now());
    return false;
  }
  if (done.blocked) {
    wait_writable();
    return false;
  }
  const auto next = session_->output();
  if (next[0].empty() && next[1].empty()) return false;
  // A large mail's next piece. Others take their turn first, a recall among them.
  write_waits_ = true;
  asio::post(on_, [self = shared_from_this()] {
    self->write_waits_ = false;
    self->pump();
  });
  return false;
}

void connection::wait_writable() {
  write_waits_ = true;
  link_.tcp().async_wait(tcp::socket::wait_write, [self = shared_from_this()](error_code failed) {
    if (self->over_ || failed) return;
    self->write_waits_ = false;
    self->pump();
  });
}

/// Pulls a batch when few mails are left, or none wait.
bool connection::refill() {
  constexpr auto enough = limits::mails_ahead_max - limits::mails_left_low;
  if (over_ || !pull_batch(session_->has_waiting() ? enough : 1)) return false;
  owner_->top_up();
  return true;
}

void connection::top_up() {
  if (!over_ && session_ && !pumping_) pull_batch(limits::intents_batch_min);
}

/// One batch at a time, so that mails that come one by one while a sync runs share the next. What is finished is told
/// before its room is filled: until then its intent is open.
bool connection::pull_batch(size_t room_min) {
  if (intents_wait_ || !owner_->pulling()) return false;
  if (session_->has_outcomes()) return false;  // told first: pump() comes back here
  const auto now = std::chrono::steady_clock::now();
  const auto room = session_->room(now);
  if (room < room_min) return false;
  std::vector<mail_id> ids;
  while (ids.size() < std::min(room, limits::intents_batch_max) && owner_->pulling()) {
    auto next = owner_->feed().pull();
    if (!next) {
      owner_->ran_dry();
      break;
    }
    owner_->pulled();
    ids.push_back(next->id);
    session_->offer(std::move(*next), now);
  }
  if (ids.empty()) return false;
  intents_wait_ = true;
  owner_->feed().write_intents(ids, [weak = weak_from_this(), ids] {
    const auto self = weak.lock();
    if (!self || self->over_) return;
    self->intents_wait_ = false;
    self->session_->durable(ids, std::chrono::steady_clock::now());
    self->pump();
  });
  return true;
}

/// One timer, armed again only when it fires or when the deadline has come nearer: with each flight the deadline moves
/// away, and a timer set anew costs a system call.
void connection::watch_deadline() {
  const auto due = session_->deadline();
  if (!due || (armed_ && *armed_ <= *due)) return;
  armed_ = *due;
  timer_.expires_at(*due);
  timer_.async_wait([self = shared_from_this()](error_code failed) {
    if (failed || self->over_) return;
    self->armed_.reset();
    self->session_->expire(std::chrono::steady_clock::now());
    self->pump();
  });
}

std::optional<recall_point> connection::recall(mail_id id) {
  if (over_ || !session_) return std::nullopt;
  const auto where = session_->recall(id, std::chrono::steady_clock::now());
  // The outcome follows on the executor's next turn: the caller may be the feed, in the middle of something.
  if (where) asio::post(on_, [self = shared_from_this()] { self->pump(); });
  return where;
}

void connection::stop() {
  if (over_) return;
  if (!session_) return connect_failed("stopped");
  session_->stop(std::chrono::steady_clock::now());
  pump();
}

void connection::abandon(std::string_view why) {
  if (over_) return;
  if (session_) {
    session_->lost(why, std::chrono::steady_clock::now());
    deliver();
  }
  end({});
}

void connection::count_state() {
  auto now = connection_state::connecting;
  if (session_) {
    switch (session_->state()) {
      case session_state::greeting: now = connection_state::greeting; break;
      case session_state::idle: now = connection_state::idle; break;
      case session_state::busy: now = connection_state::busy; break;
      case session_state::quitting:
      case session_state::closed: now = connection_state::quitting; break;
    }
  }
  if (counted_ == now) return;
  auto& counts = owner_->counters().connections;
  if (counted_) relay_counters::add(counts[static_cast<size_t>(*counted_)], ~uint64_t{0});
  relay_counters::add(counts[static_cast<size_t>(now)]);
  counted_ = now;
}

void connection::end(const session_end& how) {
  if (std::exchange(over_, true)) return;
  if (counted_) relay_counters::add(owner_->counters().connections[static_cast<size_t>(*counted_)], ~uint64_t{0});
  link_.close();
  timer_.cancel();
  resolver_.cancel();
  if (auto* owner = std::exchange(owner_, nullptr)) owner->on_end(shared_from_this(), how);
}

}  // namespace cartwheel::smtp
