// TLS without sockets: what is handed over, in which records, and how it ends.

#include "transport/smtp/tls_stream.hpp"

#include "tests/scratch_folder.hpp"
#include "tests/transport/smtp/certificates.hpp"
#include "transport/smtp/limits.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include <fstream>

namespace cartwheel::smtp {
namespace {

using ::testing::HasSubstr;

struct tls_stream_test : ::testing::Test {
  tls_stream_test() {
    std::ofstream{ca_file} << test::pem_of(authority);
    context.emplace(ca_file);
    own = test::make_certificate({"mx.relay.example", "DNS:relay.example"}, &authority);
    server_context.reset(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
    SSL_CTX_use_certificate(server_context.get(), own.signed_key.get());
    SSL_CTX_use_PrivateKey(server_context.get(), own.key.get());
    start();
  }

  void start() {
    server.reset(SSL_new(server_context.get()));
    SSL_set_bio(server.get(), to_server = BIO_new(BIO_s_mem()), from_server = BIO_new(BIO_s_mem()));
    SSL_set_accept_state(server.get());
    client.emplace(*context, "relay.example");
    plain.clear();
  }

  void to_the_server() {
    const std::string out{client->output()};
    BIO_write(to_server, out.data(), static_cast<int>(out.size()));
    client->sent(out.size());
  }

  /// What the server has to say, at most so much at once.
  void to_the_client(size_t most = SIZE_MAX) {
    char* bytes = nullptr;
    const auto length = BIO_get_mem_data(from_server, &bytes);
    std::string all{bytes, static_cast<size_t>(length)};
    (void)BIO_reset(from_server);
    for (size_t at = 0; at < all.size(); at += std::min(most, all.size() - at))
      client->receive(std::string_view{all}.substr(at, most), plain);
  }

  void shake_hands(size_t most = SIZE_MAX) {
    for (int i = 0; i < 4; ++i) {
      to_the_server();
      SSL_do_handshake(server.get());
      to_the_client(most);
    }
    to_the_server();
  }

  std::string server_reads() {
    std::string all(100'000, '\0');
    size_t at = 0;
    size_t bytes = 0;
    while (SSL_read_ex(server.get(), all.data() + at, all.size() - at, &bytes) == 1) at += bytes;
    all.resize(at);
    return all;
  }

  /// Lengths of the records in some ciphertext.
  static std::vector<size_t> records(std::string_view ciphertext) {
    std::vector<size_t> lengths;
    while (ciphertext.size() >= 5) {
      const auto high = static_cast<unsigned char>(ciphertext[3]);
      const auto low = static_cast<unsigned char>(ciphertext[4]);
      lengths.push_back(static_cast<size_t>(high) * 256 + low);
      ciphertext.remove_prefix(std::min(ciphertext.size(), 5 + lengths.back()));
    }
    EXPECT_TRUE(ciphertext.empty());
    return lengths;
  }

  cartwheel::test::scratch_folder folder;
  std::string ca_file = (folder / "ca.pem").string();
  test::certificate authority = test::make_certificate({"authority", ""});
  test::certificate own;
  std::optional<tls_context> context;
  std::shared_ptr<SSL_CTX> server_context;
  std::unique_ptr<SSL, decltype(&SSL_free)> server{nullptr, &SSL_free};
  BIO* to_server = nullptr;
  BIO* from_server = nullptr;
  std::optional<tls_stream> client;
  std::string plain;
};

TEST_F(tls_stream_test, opens_however_the_bytes_are_cut) {
  for (const size_t most : {SIZE_MAX, size_t{1}, size_t{7}, size_t{1000}}) {
    start();
    EXPECT_EQ(client->now(), tls_stream::state::handshake);
    shake_hands(most);
    ASSERT_EQ(client->now(), tls_stream::state::open) << client->error();
    SSL_write(server.get(), "220 hello\r\n", 11);
    to_the_client(most);
    EXPECT_EQ(plain, "220 hello\r\n");
    EXPECT_EQ(client->write({"EHLO ", "x\r\n"}), 8U);
    to_the_server();
    EXPECT_EQ(server_reads(), "EHLO x\r\n");
  }
}

TEST_F(tls_stream_test, nothing_is_taken_before_it_is_open) {
  EXPECT_EQ(client->write({"MAIL", ""}), 0U);
  shake_hands();
  EXPECT_EQ(client->write({"", ""}), 0U);
}

TEST_F(tls_stream_test, a_flight_is_gathered_into_one_record) {
  shake_hands();
  const std::string content(10'000, 'c');
  const std::string behind = ".\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\nDATA\r\n";
  EXPECT_EQ(client->write({content, behind}), content.size() + behind.size());
  EXPECT_EQ(records(client->output()).size(), 1U);
  to_the_server();
  EXPECT_EQ(server_reads(), content + behind);
}

TEST_F(tls_stream_test, at_most_one_record_is_beyond_recall) {
  shake_hands();
  constexpr auto most = limits::tls_handed_over_bytes_max;
  const std::string content(most * 3, 'c');
  EXPECT_EQ(client->write({content, "."}), most);
  EXPECT_EQ(records(client->output()).size(), 1U);
  to_the_server();
  EXPECT_EQ(client->write({std::string_view{content}.substr(0, most - 1), ".\r\n"}), most);
  EXPECT_EQ(records(client->output()).size(), 1U);
  to_the_server();
  EXPECT_EQ(server_reads(), content.substr(0, most) + content.substr(0, most - 1) + ".");
}

TEST_F(tls_stream_test, output_goes_in_pieces) {
  shake_hands();
  client->write({"NOOP\r\n", ""});
  const std::string all{client->output()};
  client->sent(3);
  EXPECT_EQ(client->output(), all.substr(3));
  client->sent(all.size() - 3);
  EXPECT_EQ(client->output(), "");
}

TEST_F(tls_stream_test, says_what_was_agreed) {
  shake_hands();
  const auto d = client->details();
  EXPECT_EQ(d.version, "TLSv1.3");
  EXPECT_THAT(d.cipher, HasSubstr("TLS_"));
  EXPECT_EQ(d.subject, "CN=mx.relay.example");
  EXPECT_EQ(d.issuer, "CN=authority");
  EXPECT_EQ(d.days_left, 30);
}

TEST_F(tls_stream_test, tls_1_2_will_do) {
  SSL_CTX_set_max_proto_version(server_context.get(), TLS1_2_VERSION);
  start();
  shake_hands();
  EXPECT_EQ(client->details().version, "TLSv1.2");
}

TEST_F(tls_stream_test, closed_in_order) {
  shake_hands();
  SSL_write(server.get(), "221 bye\r\n", 9);
  SSL_shutdown(server.get());
  to_the_client();
  EXPECT_EQ(plain, "221 bye\r\n");
  EXPECT_EQ(client->now(), tls_stream::state::closed);
  EXPECT_EQ(client->write({"x", ""}), 0U);
  client->shut();
  to_the_server();
  EXPECT_EQ(server_reads(), "");
  EXPECT_NE(SSL_get_shutdown(server.get()) & SSL_RECEIVED_SHUTDOWN, 0);
}

TEST_F(tls_stream_test, noise_instead_of_a_handshake) {
  EXPECT_EQ(client->receive("220 sink ESMTP\r\n", plain), tls_stream::state::failed);
  EXPECT_EQ(client->error(), "no TLS: what the relay says is not TLS; is it a port for STARTTLS?");
  EXPECT_EQ(plain, "");
}

TEST_F(tls_stream_test, a_record_that_was_changed_on_the_way) {
  shake_hands();
  SSL_write(server.get(), "250 ok\r\n", 8);
  char* bytes = nullptr;
  const auto length = BIO_get_mem_data(from_server, &bytes);
  bytes[length - 1] = static_cast<char>(bytes[length - 1] ^ 1);
  to_the_client();
  EXPECT_EQ(client->now(), tls_stream::state::failed);
  EXPECT_EQ(plain, "");
  EXPECT_THAT(client->error(), HasSubstr("TLS failed: "));
  EXPECT_EQ(client->write({"x", ""}), 0U);
}

TEST_F(tls_stream_test, a_host_that_no_certificate_can_be_for) {
  client.emplace(*context, std::string(300, 'a') + ".example");
  EXPECT_EQ(client->now(), tls_stream::state::failed);
}

}  // namespace
}  // namespace cartwheel::smtp
