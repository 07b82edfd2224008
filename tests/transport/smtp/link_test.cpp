// What is beyond recall when the peer does not read, in the open and inside TLS.

#include "transport/smtp/link.hpp"

#include "tests/scratch_folder.hpp"
#include "tests/transport/smtp/pool_feed.hpp"
#include "tests/transport/smtp/tls_sink.hpp"

#include <boost/asio/buffer.hpp>

#include <gtest/gtest.h>

#include <fstream>

namespace cartwheel::smtp {
namespace {

using test::run_until;

struct link_test : ::testing::Test {
  void connect(uint16_t port) {
    bool connected = false;
    end.tcp().async_connect({boost::asio::ip::address_v4::loopback(), port}, [&](boost::system::error_code failed) {
      EXPECT_FALSE(failed);
      connected = true;
    });
    run_until(io, [&] { return connected; });
    EXPECT_FALSE(end.begin());
  }

  void shake_hands(const tls_context& context) {
    end.begin_tls(context, "127.0.0.1");
    std::array<char, 4096> buffer{};
    while (end.tls()->now() == tls_stream::state::handshake) {
      EXPECT_FALSE(end.write({}).broken);
      bool came = false;
      end.tcp().async_read_some(boost::asio::buffer(buffer), [&](boost::system::error_code failed, size_t bytes) {
        ASSERT_FALSE(failed);
        EXPECT_EQ(end.received({buffer.data(), bytes}), "");
        came = true;
      });
      run_until(io, [&] { return came; });
    }
    ASSERT_TRUE(end.tls()->opened()) << end.tls()->error();
  }

  /// Writes until the socket takes nothing more; how much of `plain` was said to be gone.
  size_t fill(const std::string& plain) {
    size_t gone = 0;
    while (true) {
      const auto p = end.write({std::string_view{plain}.substr(gone), "the end"});
      EXPECT_FALSE(p.broken);
      EXPECT_TRUE(p.blocked);
      gone += p.bytes;
      EXPECT_LT(gone, plain.size());
      if (p.bytes == 0 || testing::Test::HasFailure()) return gone;
    }
  }

  boost::asio::io_context io;
  link end{boost::asio::make_strand(io)};
  const std::string large = std::string(50'000'000, 'x');
};

TEST_F(link_test, in_the_open_what_the_kernel_took_is_gone) {
  // Nobody accepts: the connection stands in the backlog, and its buffer fills.
  boost::asio::ip::tcp::acceptor acceptor{io, {boost::asio::ip::address_v4::loopback(), 0}};
  connect(acceptor.local_endpoint().port());
  EXPECT_TRUE(end.loopback());
  EXPECT_EQ(end.address_literal(), "[127.0.0.1]");
  const auto gone = fill(large);
  EXPECT_FALSE(end.unsent());
  // Exactly that much arrives.
  auto peer = acceptor.accept();
  end.close();
  std::string all(large.size(), '\0');
  size_t came = 0;
  boost::system::error_code over;
  while (!over) came += peer.read_some(boost::asio::buffer(all.data() + came, all.size() - came), over);
  EXPECT_EQ(came, gone);
}

TEST_F(link_test, inside_tls_what_was_encrypted_is_gone_and_that_is_one_record_at_most) {
  cartwheel::test::scratch_folder folder;
  const auto ca_file = (folder / "ca.pem").string();
  test::tls_sink_options how;
  how.implicit = true;
  how.own = test::make_certificate({"relay", "IP:127.0.0.1"});
  how.script.greeting.clear();
  how.plain_bytes_max = 0;  // shakes hands and reads nothing
  std::ofstream{ca_file} << test::pem_of(how.own);
  const tls_context context{ca_file};
  test::tls_sink sink{how};
  connect(sink.port());
  shake_hands(context);
  const auto gone = fill(large);
  EXPECT_TRUE(end.unsent());
  // Whole records only, and of ciphertext that the socket has not taken no more than one.
  EXPECT_EQ(gone % limits::tls_handed_over_bytes_max, 0U);
  EXPECT_LE(end.tls()->output().size(), limits::tls_handed_over_bytes_max + 256);
}

}  // namespace
}  // namespace cartwheel::smtp
