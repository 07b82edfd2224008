#include "transport/http/connection.hpp"

#include "transport/http/target.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/read.hpp>

#include <array>
#include <utility>

namespace cartwheel::http {

namespace asio = boost::asio;
namespace beast = boost::beast;
using beast::http::field;

namespace {

std::string lower(beast::string_view text) {
  std::string out{text.data(), text.size()};
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
  return out;
}

constexpr size_t idle_read_bytes = 4 * 1024;
constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";

}  // namespace

connection::connection(std::shared_ptr<server_share> share, transport::tcp_socket socket)
    : share_{std::move(share)}, stream_{std::move(socket)}, patience_{stream_.get_executor()} {}

connection::~connection() {
  if (slot_) slot_->detach();
  charge_body(0);
  std::lock_guard lock{share_->mutex};
  if (share_->open.erase(this) > 0) share_->metrics.connections_open.fetch_sub(1, std::memory_order_relaxed);
}

void connection::start() {
  slot_ = std::make_shared<answer_slot>([this](uint64_t number, response answer, bool given) {
    // The last owner may be going away on an io thread at this moment; its destructor then waits in detach().
    if (auto self = weak_from_this().lock()) {
      const transport::io_strand strand = stream_.get_executor();
      asio::post(strand, [self = std::move(self), number, given, moved = std::move(answer)]() mutable {
        self->deliver(number, std::move(moved), given);
      });
    }
  });
  error_code error;
  const auto peer = stream_.socket().remote_endpoint(error);
  peer_ = error ? "unknown" : peer.address().to_string();
  stream_.socket().set_option(asio::ip::tcp::no_delay{true}, error);
  asio::dispatch(stream_.get_executor(), [self = shared_from_this()] { self->await_request(); });
}

void connection::await_request() {
  if (stopping_) return linger();
  phase_ = phase::idle;
  head_only_ = keep_alive_ = http_1_0_ = false;
  parser_.emplace();
  parser_->header_limit(static_cast<uint32_t>(share_->options.header_bytes_max));
  parser_->body_limit(share_->options.body_bytes_max);
  if (buffer_.size() > 0) return read_header();  // pipelined
  stream_.expires_after(share_->options.idle_max);
  stream_.async_read_some(buffer_.prepare(idle_read_bytes),
                          [self = shared_from_this()](error_code error, size_t bytes) {
                            if (self->phase_ != phase::idle) return;
                            if (error) return self->close();  // nothing was asked, so nothing is owed
                            self->buffer_.commit(bytes);
                            self->read_header();
                          });
}

void connection::read_header() {
  phase_ = phase::reading;
  stream_.expires_after(share_->options.header_time_max);
  beast::http::async_read_header(stream_, buffer_, *parser_, [self = shared_from_this()](error_code error, size_t) {
    if (self->phase_ != phase::reading) return;
    if (error) return self->read_failed(error);
    self->header_read();
  });
}

// What is wrong with a request whose header parsed, for which the answer is 400.
std::optional<std::string_view> connection::objection() const {
  const auto& head = parser_->get();
  if (head.version() >= 11 && head.count(field::host) != 1) return "exactly one Host field is needed";
  // Two ways to tell where a body ends let a proxy and us disagree about the next request.
  if (head.count(field::transfer_encoding) > 0 && head.count(field::content_length) > 0)
    return "Transfer-Encoding and Content-Length together";
  return {};
}

void connection::header_read() {
  const auto& head = parser_->get();
  head_only_ = head.method_string() == "HEAD";
  http_1_0_ = head.version() < 11;
  if (const auto why = objection()) return refused(400, *why);
  if (parser_->is_done()) return hand_over();

  // Bodies are counted by what is announced, before they come: memory that is promised is memory that is spent.
  const auto length = parser_->content_length();
  charge_body(length ? static_cast<size_t>(*length) : share_->options.body_bytes_max);
  if (share_->bodies_bytes.load(std::memory_order_relaxed) > share_->options.bodies_bytes_max)
    return refused(503, "too many requests with a body at once");
  if (http_1_0_ || !beast::iequals(head[field::expect], "100-continue")) return read_body();
  stream_.expires_after(share_->options.header_time_max);
  asio::async_write(stream_, asio::buffer(go_on), [self = shared_from_this()](error_code error, size_t) {
    if (self->phase_ != phase::reading) return;
    if (error) return self->close();
    self->read_body();
  });
}

void connection::read_body() {
  stream_.expires_after(share_->options.body_time_max);
  beast::http::async_read(stream_, buffer_, *parser_, [self = shared_from_this()](error_code error, size_t) {
    if (self->phase_ != phase::reading) return;
    if (error) return self->read_failed(error);
    self->hand_over();
  });
}

void connection::hand_over() {
  if (share_->dead.load(std::memory_order_acquire)) return close();
  keep_alive_ = parser_->keep_alive();
  auto message = parser_->release();
  const auto text = message.target();
  auto place = parse_target({text.data(), text.size()});
  if (!place) return refused(400, "the target is no path, or badly percent-encoded");

  request out;
  out.method = std::string{message.method_string()};
  out.path = std::move(place->path);
  out.segments = std::move(place->segments);
  out.query = std::move(place->query);
  for (const auto& f : message) out.headers.emplace_back(lower(f.name_string()), std::string{f.value()});
  out.body = std::move(message.body());
  out.peer = peer_;
  charge_body(out.body.size());

  phase_ = phase::answering;
  ++number_;
  counters::add(share_->metrics.requests);
  const auto& options = share_->options;
  patience_.expires_after(options.answer_time_of ? options.answer_time_of(out) : options.answer_time_max);
  patience_.async_wait([self = shared_from_this(), number = number_](error_code cancelled) {
    if (!cancelled) self->deliver(number, refuse(503, "no answer in time"), false);
  });
  auto right = std::make_shared<answer_right>(slot_, number_);
  share_->handle(std::move(out), [right = std::move(right)](response answer) { right->use(std::move(answer)); });
}

void connection::deliver(uint64_t number, response answer, bool given) {
  if (phase_ != phase::answering || number != number_) return;  // too late: 503 has been answered
  if (!given) counters::add(share_->metrics.unanswered);
  if (!stopping_) patience_.cancel();
  write(std::move(answer));
}

void connection::refused(int status, std::string_view why) {
  counters::add(share_->metrics.refused);
  keep_alive_ = false;
  response answer = refuse(status, why);
  if (status == 503) answer.headers.emplace_back("Retry-After", "1");
  write(std::move(answer));
}

void connection::read_failed(error_code error) {
  using fault = beast::http::error;
  const auto& options = share_->options;
  if (error == beast::error::timeout) {  // the stream has closed itself
    counters::add(share_->metrics.timeouts);
    return close();
  }
  if (error == fault::header_limit)
    return refused(431, "the header is larger than " + std::to_string(options.header_bytes_max) + " bytes");
  if (error == fault::body_limit)
    return refused(413, "the body is larger than " + std::to_string(options.body_bytes_max) + " bytes");
  if (error == fault::bad_version) return refused(505, "HTTP/1.0 and HTTP/1.1 are spoken here");
  if (error == fault::end_of_stream || error == fault::partial_message) return close();
  if (error.category() == beast::http::make_error_code(fault::bad_method).category())
    return refused(400, "malformed: " + error.message());
  close();
}

void connection::write(response answer) {
  phase_ = phase::writing;
  answer_ = std::move(answer);
  keep_alive_ = keep_alive_ && !stopping_;
  head_ = serialize_head(answer_, keep_alive_, http_1_0_);
  const std::array<asio::const_buffer, 2> pieces{asio::buffer(head_),
                                                 head_only_ ? asio::const_buffer{} : asio::buffer(answer_.body)};
  stream_.expires_after(share_->options.write_time_max);
  asio::async_write(stream_, pieces, [self = shared_from_this()](error_code error, size_t) {
    if (self->phase_ != phase::writing) return;
    self->answer_ = {};
    self->charge_body(0);
    if (error == beast::error::timeout) counters::add(self->share_->metrics.timeouts);
    if (error) return self->close();
    if (self->keep_alive_) return self->await_request();
    self->linger();
  });
}

void connection::charge_body(size_t bytes) {
  share_->bodies_bytes.fetch_add(bytes - charged_, std::memory_order_relaxed);  // modulo 2^64: also downwards
  charged_ = bytes;
}

void connection::linger() {
  phase_ = phase::lingering;
  error_code error;
  stream_.socket().shutdown(asio::socket_base::shutdown_send, error);
  if (error) return close();
  buffer_.clear();
  stream_.expires_after(share_->options.linger_max);
  swallow();
}

void connection::swallow() {
  buffer_.clear();
  stream_.async_read_some(buffer_.prepare(idle_read_bytes), [self = shared_from_this()](error_code error, size_t) {
    if (self->phase_ != phase::lingering) return;
    if (error) return self->close();
    self->swallow();
  });
}

void connection::close() {
  if (phase_ == phase::closed) return;
  phase_ = phase::closed;
  slot_->detach();
  patience_.cancel();
  stream_.close();
  charge_body(0);
  std::lock_guard lock{share_->mutex};
  if (share_->open.erase(this) > 0) share_->metrics.connections_open.fetch_sub(1, std::memory_order_relaxed);
}

void connection::stop(std::chrono::milliseconds grace) {
  asio::post(stream_.get_executor(), [self = shared_from_this(), grace] {
    connection& c = *self;
    c.stopping_ = true;
    if (c.phase_ == phase::idle || c.phase_ == phase::reading) return c.close();
    if (c.phase_ == phase::closed) return;
    c.patience_.expires_after(grace);  // takes the place of the handler's time
    c.patience_.async_wait([self](error_code cancelled) {
      if (!cancelled) self->close();
    });
  });
}

}  // namespace cartwheel::http
