#include "app/relay/relay_options.hpp"

#include "tests/scratch_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

namespace cartwheel {
namespace {

TEST(relay_options, as_the_section_says) {
  relay_settings r;
  r.address = "relay.example:465";
  r.tls = tls_mode::implicit;
  r.connections = 7;
  r.pipelining = false;
  r.ca_file = "ca.pem";
  r.helo = "node.example";
  auto o = relay_options_of("main", r);
  EXPECT_EQ(o.host, "relay.example");
  EXPECT_EQ(o.port, 465);
  EXPECT_EQ(o.connections, 7U);
  EXPECT_EQ(o.ca_file, "ca.pem");
  EXPECT_FALSE(o.session.pipelining);
  EXPECT_EQ(o.session.protection, smtp::protection::implicit_tls);
  EXPECT_EQ(o.session.helo_name, "node.example");
  EXPECT_FALSE(o.session.login.credentials);
  r.tls = tls_mode::starttls_required;
  EXPECT_EQ(relay_options_of("main", r).session.protection, smtp::protection::starttls);
  r.tls = tls_mode::none;
  EXPECT_EQ(relay_options_of("main", r).session.protection, smtp::protection::none);
}

TEST(relay_options, credentials_are_read_at_each_login) {
  test::scratch_folder folder;
  relay_settings r;
  r.user = "u";
  r.auth = auth_choice::xoauth2;
  r.token_file = (folder / "token").string();
  auto o = relay_options_of("main", r);
  EXPECT_EQ(o.session.login.mechanism, smtp::sasl::choice::xoauth2);
  ASSERT_TRUE(o.session.login.credentials);
  auto missing = o.session.login.credentials();
  EXPECT_THAT(std::get<std::string>(missing), testing::HasSubstr("smtp.relay.main.token_file: "));
  for (const auto* token : {"first", "second"}) {
    std::ofstream{r.token_file} << token << '\n';
    auto found = o.session.login.credentials();
    EXPECT_EQ(std::get<smtp::sasl::credentials>(found).token, token);
  }
}

TEST(relay_options, helo_is_a_full_name_or_left_to_the_connection) {
  EXPECT_EQ(default_helo_name("node1.shop.example"), "node1.shop.example");
  for (const auto* name :
       {"", "debian", "localhost", "localhost.localdomain", "192.0.2.1", "a b.example", "-x.example"})
    EXPECT_EQ(default_helo_name(name), "") << name;
}

}  // namespace
}  // namespace cartwheel
