#include "transport/smtp/link.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>

#include <algorithm>

namespace cartwheel::smtp {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

asio::ip::address plain_form(const asio::ip::address& a) {
  if (a.is_v6() && a.to_v6().is_v4_mapped()) return asio::ip::make_address_v4(asio::ip::v4_mapped, a.to_v6());
  return a;
}

bool would_block(const error_code& e) { return e == asio::error::would_block || e == asio::error::try_again; }

}  // namespace

error_code link::begin() {
  error_code ignored;  // a socket without it works, only worse
  socket_.set_option(asio::ip::tcp::no_delay{true}, ignored);
  error_code failed;
  socket_.non_blocking(true, failed);
  return failed;
}

bool link::loopback() const {
  error_code failed;
  const auto peer = socket_.remote_endpoint(failed);
  return !failed && plain_form(peer.address()).is_loopback();
}

std::string link::address_literal() const {
  error_code failed;
  const auto own = socket_.local_endpoint(failed);
  if (failed) return "[127.0.0.1]";  // the connection is broken already, nobody will hear it
  auto address = plain_form(own.address());
  if (address.is_v4()) return '[' + address.to_string() + ']';
  auto v6 = address.to_v6();
  v6.scope_id(0);  // "%eth0" means nothing to the peer
  return "[IPv6:" + v6.to_string() + ']';
}

std::string_view link::received(std::string_view bytes) {
  if (!tls_) return bytes;
  plain_.clear();
  tls_->receive(bytes, plain_);
  return plain_;
}

link::progress link::write(const std::array<std::string_view, 2>& pieces) {
  if (tls_) return write_tls(pieces);
  const std::array<asio::const_buffer, 2> buffers{asio::buffer(pieces[0]), asio::buffer(pieces[1])};
  progress p;
  error_code failed;
  p.bytes = socket_.write_some(buffers, failed);
  p.broken = failed && !would_block(failed);
  p.blocked = !p.broken && p.bytes < pieces[0].size() + pieces[1].size();
  return p;
}

link::progress link::write_tls(const std::array<std::string_view, 2>& pieces) {
  auto rest = pieces;
  progress all = flush();
  while (!all.blocked && !all.broken) {
    const auto taken = tls_->write(rest);
    if (taken == 0) break;
    all.bytes += taken;
    const auto of_first = std::min(taken, rest[0].size());
    rest[0].remove_prefix(of_first);
    rest[1].remove_prefix(taken - of_first);
    const auto next = flush();
    all.blocked = next.blocked;
    all.broken = next.broken || tls_->now() == tls_stream::state::failed;
  }
  return all;
}

link::progress link::flush() {
  progress p;
  for (auto out = tls_->output(); !out.empty(); out = tls_->output()) {
    error_code failed;
    const auto bytes = socket_.write_some(asio::buffer(out), failed);
    tls_->sent(bytes);
    if (!failed) continue;
    p.blocked = would_block(failed);
    p.broken = !p.blocked;
    break;
  }
  return p;
}

void link::close() {
  if (tls_ && socket_.is_open()) {
    tls_->shut();
    flush();
  }
  error_code ignored;  // it is over either way
  socket_.close(ignored);
}

}  // namespace cartwheel::smtp
