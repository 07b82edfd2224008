#include "transport/smtp/relay_probe.hpp"

#include "transport/smtp/link.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace cartwheel::smtp {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

/// One probe, on a thread of its own choice: everything it starts ends within run().
class probe_run {
 public:
  explicit probe_run(const probe_options& options) : options_{options} {
    if (options_.relay.session.protection != protection::none) tls_.emplace(options_.relay.ca_file);
  }

  probe_findings run() {
    const auto& host = options_.relay.host;
    const auto port = std::to_string(options_.relay.port);
    begin_waiting(std::chrono::steady_clock::now() + options_.relay.connect_timeout);
    resolver_.async_resolve(host, port, [this](error_code failed, const tcp::resolver::results_type& found) {
      if (over_) return;
      if (failed) return end("name not resolved: " + failed.message());
      for (const auto& entry : found) addresses_.push_back(entry.endpoint());
      connect_next();
    });
    io_.run();
    return std::move(findings_);
  }

 private:
  using tcp = asio::ip::tcp;

  static std::string text_of(const tcp::endpoint& e) {
    const auto address = e.address().to_string();
    return (e.address().is_v6() ? '[' + address + ']' : address) + ':' + std::to_string(e.port());
  }

  void connect_next() {
    if (findings_.addresses.size() == addresses_.size()) return end("no address of the relay can be connected to");
    const auto& next = addresses_[findings_.addresses.size()];
    findings_.addresses.push_back({text_of(next), {}});
    begin_waiting(std::chrono::steady_clock::now() + options_.relay.connect_timeout);
    link_.emplace(on_);
    link_->tcp().async_connect(next, [this](error_code failed) {
      if (over_) return;
      if (!failed) failed = link_->begin();
      if (!failed) return connected();
      findings_.addresses.back().failed = timed_out_ ? "no connection in time" : failed.message();
      connect_next();
    });
  }

  void connected() {
    auto session = options_.relay.session;
    session.loopback = link_->loopback();
    if (session.helo_name.empty()) session.helo_name = link_->address_literal();
    session_.emplace(std::move(session), options_.sender, options_.recipient, std::chrono::steady_clock::now());
    read();
    pump();
  }

  void read() {
    link_->tcp().async_read_some(asio::buffer(buffer_), [this](error_code failed, size_t bytes) {
      if (over_) return;
      const auto now = std::chrono::steady_clock::now();
      if (!failed)
        deliver(*link_, {buffer_.data(), bytes}, *session_, now);
      else if (session_->handshake_due())
        session_->not_secured("no TLS: the relay closed the connection");
      else
        session_->lost(failed == asio::error::eof ? "closed by the relay" : failed.message(), now);
      pump();
      if (!over_) read();
    });
  }

  void pump() {
    if (session_->handshake_due() && link_->tls() == nullptr) {
      link_->begin_tls(*tls_, options_.relay.host);
      if (link_->tls()->now() == tls_stream::state::failed) session_->not_secured(link_->tls()->error());
    }
    write();
    if (session_->over()) return end(session_->failed());
    begin_waiting(session_->deadline());
  }

  void write() {
    if (write_waits_ || (session_->output().empty() && !link_->unsent())) return;
    const auto done = link_->write({session_->output(), {}});
    session_->written(done.bytes, std::chrono::steady_clock::now());
    if (!done.blocked) return;  // what is broken the reader finds, or the deadline
    write_waits_ = true;
    link_->tcp().async_wait(tcp::socket::wait_write, [this](error_code failed) {
      if (over_ || failed) return;
      write_waits_ = false;
      pump();
    });
  }

  void begin_waiting(std::chrono::steady_clock::time_point until) {
    timed_out_ = false;
    timer_.expires_at(until);
    timer_.async_wait([this](error_code stopped) {
      if (stopped || over_) return;
      if (session_) {
        session_->expire(std::chrono::steady_clock::now());
        return pump();
      }
      if (!link_) return end("name not resolved in time");
      timed_out_ = true;
      error_code ignored;  // its handler goes on either way
      link_->tcp().close(ignored);
    });
  }

  void end(std::string why) {
    over_ = true;
    findings_.failed = std::move(why);
    if (session_) {
      const auto& g = session_->greeted();
      findings_.ehlo = g.ehlo();
      findings_.server = g.server();
      findings_.login = g.login();
      findings_.login_refused = session_->login_refused();
      findings_.greeted = g.done();
      findings_.envelopes = session_->envelopes();
      findings_.envelopes_text = session_->envelopes_text();
    }
    timer_.cancel();
    resolver_.cancel();
    if (!link_) return;
    if (link_->tls() != nullptr && link_->tls()->opened()) findings_.tls = link_->tls()->details();
    link_->close();
  }

  probe_options options_;
  std::optional<tls_context> tls_;
  asio::io_context io_{1};
  link::executor on_{io_.get_executor()};
  asio::ip::basic_resolver<tcp, link::executor> resolver_{on_};
  asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>, link::executor>
    timer_{on_};
  std::vector<tcp::endpoint> addresses_;
  std::optional<link> link_;
  std::optional<probe_session> session_;
  std::array<char, limits::read_bytes> buffer_{};
  probe_findings findings_;
  bool write_waits_ = false;
  bool timed_out_ = false;
  bool over_ = false;
};

}  // namespace

probe_findings probe_relay(const probe_options& options) { return probe_run{options}.run(); }

}  // namespace cartwheel::smtp
