#include "transport/smtp/capabilities.hpp"

#include "transport/smtp/limits.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cartwheel::smtp {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

capabilities of(const std::string& lines) { return announced({250, "sink\n" + lines}); }

TEST(capabilities, nothing_is_announced_by_itself) {
  const auto c = of("");
  EXPECT_FALSE(c.starttls || c.chunking || c.dsn || c.pipelining);
  EXPECT_THAT(c.auth, IsEmpty());
  EXPECT_EQ(c.mail_max + c.rcpt_max + c.rcpt_domain_max, 0U);
}

TEST(capabilities, words_without_parameters) {
  const auto c = of("starttls\nCHUNKING\nDsn\n");
  EXPECT_TRUE(c.starttls && c.chunking && c.dsn);
  const auto d = of("XSTARTTLS\nSTARTTLS2\nDSNX");
  EXPECT_FALSE(d.starttls || d.dsn);
}

TEST(capabilities, auth_in_both_forms) {
  EXPECT_THAT(of("AUTH PLAIN login").auth, ElementsAre("PLAIN", "LOGIN"));
  EXPECT_THAT(of("AUTH=LOGIN PLAIN").auth, ElementsAre("LOGIN", "PLAIN"));
  EXPECT_THAT(of("AUTH SCRAM-SHA-256 PLAIN\nAUTH=PLAIN XOAUTH2").auth,
              ElementsAre("SCRAM-SHA-256", "PLAIN", "XOAUTH2"));
  EXPECT_THAT(of("AUTH").auth, IsEmpty());
  EXPECT_THAT(of("AUTH=").auth, IsEmpty());
  EXPECT_THAT(of("AUTH   PLAIN \t LOGIN  ").auth, ElementsAre("PLAIN", "LOGIN"));
  EXPECT_TRUE(of("AUTH PLAIN").offers("PLAIN"));
  EXPECT_FALSE(of("AUTH PLAINER").offers("PLAIN"));
}

TEST(capabilities, auth_of_a_server_that_talks_too_much) {
  std::string line = "AUTH";
  for (int i = 0; i < 1000; ++i) line += " M" + std::to_string(i);
  EXPECT_EQ(of(line).auth.size(), limits::auth_mechanisms_max);
  EXPECT_THAT(of("AUTH PL\x01IN LOGIN;DROP THIS-NAME-IS-FAR-TOO-LONG-TO-BE-ONE P\xc3\xa4").auth, IsEmpty());
}

TEST(capabilities, limits_of_rfc_9422) {
  const auto c = of("LIMITS RCPTMAX=20 mailmax=5 RCPTDOMAINMAX=1 FUTURE=x BARE");
  EXPECT_EQ(c.rcpt_max, 20U);
  EXPECT_EQ(c.mail_max, 5U);
  EXPECT_EQ(c.rcpt_domain_max, 1U);
  EXPECT_EQ(of("LIMITS MAILMAX=").mail_max, 0U);
  EXPECT_EQ(of("LIMITS MAILMAX=-1").mail_max, 0U);
  EXPECT_EQ(of("LIMITS MAILMAX=5x").mail_max, 0U);
  EXPECT_EQ(of("LIMITS MAILMAX=99999999999").mail_max, 0U);
}

TEST(capabilities, size) {
  EXPECT_EQ(of("SIZE 35882577").size_max, 35882577U);
  for (const auto* odd : {"SIZE", "SIZE 0", "SIZE x", "SIZE 99999999999999999999999", "SIZE 12x"}) {
    EXPECT_TRUE(of(odd).size);
    EXPECT_EQ(of(odd).size_max, 0U);
  }
}

}  // namespace
}  // namespace cartwheel::smtp
