// Mechanisms against the vectors of their RFCs, and against servers that want to be believed without knowing the password.

#include "transport/smtp/sasl.hpp"

#include "transport/smtp/base64.hpp"
#include "transport/smtp/limits.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cartwheel::smtp::sasl {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using namespace std::string_literals;

// RFC 7677 section 3.
constexpr auto client_nonce = "rOprNGfwEbeRWgbNEkqO";
const auto server_first = "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"s;
const auto client_final =
  "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="s;
const auto server_final = "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="s;

std::unique_ptr<exchange> scram(credentials who = {"user", "pencil", ""}) {
  return start(mechanism::scram_sha_256, std::move(who), client_nonce);
}

TEST(scram, vector_of_rfc_7677) {
  const auto e = scram();
  EXPECT_EQ(e->begin().response, "n,,n=user,r=rOprNGfwEbeRWgbNEkqO");
  EXPECT_EQ(e->on_challenge(server_first).response, client_final);
  EXPECT_FALSE(e->complete());
  EXPECT_EQ(e->on_challenge(server_final).response, "");
  EXPECT_TRUE(e->complete());
}

TEST(scram, a_server_that_does_not_know_the_password_is_not_believed) {
  for (const auto& last : {"v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G5="s, "v=AAAA"s, "v="s, "v=???"s, ""s,
                           "e=invalid-proof"s, server_final.substr(2)}) {
    const auto e = scram();
    e->begin();
    ASSERT_TRUE(e->on_challenge(server_first).response);
    const auto step = e->on_challenge(last);
    EXPECT_FALSE(step.response) << last;
    EXPECT_NE(step.failed, "");
    EXPECT_FALSE(e->complete());
    // It does not become believable afterwards.
    EXPECT_FALSE(e->on_challenge(server_final).response);
    EXPECT_FALSE(e->complete());
  }
}

TEST(scram, hostile_first_messages) {
  const auto nonce = "rOprNGfwEbeRWgbNEkqO"s;
  const auto salt = ",s=W22ZaJ0SNY7soEsUEjb6gQ=="s;
  for (const auto& first : {
         ""s, "r="s,
         "r=" + nonce + salt + ",i=4096",           // nothing of the server's own
         "r=other" + nonce + salt + ",i=4096",      // not ours
         "r=" + nonce + "\x01" + salt + ",i=4096",  // not printable
         "r=" + nonce + "x,i=4096" + salt,          // another order
         "r=" + nonce + "x,s=,i=4096",              // no salt
         "r=" + nonce + "x,s=W22ZaJ0SNY7soEs?,i=4096", "r=" + nonce + "x" + salt,
         "r=" + nonce + "x" + salt + ",i=", "r=" + nonce + "x" + salt + ",i=0",
         "r=" + nonce + "x" + salt + ",i=4095",     // too easy to guess from
         "r=" + nonce + "x" + salt + ",i=1000001",  // too dear
         "r=" + nonce + "x" + salt + ",i=4294967296", "r=" + nonce + "x" + salt + ",i=-4096",
         "r=" + nonce + "x" + salt + ",i=4096x",
         "m=new,r=" + nonce + "x" + salt + ",i=4096",  // an extension that must be understood
       }) {
    const auto e = scram();
    e->begin();
    const auto step = e->on_challenge(first);
    EXPECT_FALSE(step.response) << first;
    EXPECT_NE(step.failed, "") << first;
    EXPECT_THAT(step.failed, Not(HasSubstr("pencil")));
    EXPECT_FALSE(e->complete());
  }
}

TEST(scram, optional_extensions_are_let_pass) {
  const auto e = scram();
  e->begin();
  EXPECT_TRUE(e->on_challenge(server_first + ",x=later").response);
}

TEST(scram, asks_for_no_more_when_it_is_over) {
  const auto e = scram();
  e->begin();
  e->on_challenge(server_first);
  e->on_challenge(server_final);
  EXPECT_FALSE(e->on_challenge("").response);
  EXPECT_FALSE(e->complete());
}

TEST(scram, names_and_passwords_are_prepared) {
  EXPECT_EQ(scram({"a=b,c", "p", ""})->begin().response, "n,,n=a=3Db=2Cc,r=rOprNGfwEbeRWgbNEkqO");
  EXPECT_EQ(scram({"\u2168", "p", ""})->begin().response, "n,,n=IX,r=rOprNGfwEbeRWgbNEkqO");
  EXPECT_FALSE(scram({"a\x07", "p", ""})->begin().response);
  EXPECT_FALSE(scram({"\xff", "p", ""})->begin().response);
  const auto e = scram({"user", "pen\ncil", ""});
  e->begin();
  EXPECT_FALSE(e->on_challenge(server_first).response);
  // A soft hyphen is mapped to nothing: the same password, the same proof.
  const auto soft = scram({"user", "pen\u00adcil", ""});
  soft->begin();
  EXPECT_EQ(soft->on_challenge(server_first).response, client_final);
}

// RFC 4013 section 3.
TEST(saslprep, examples_of_rfc_4013) {
  EXPECT_EQ(prepared("I\u00adX", true), "IX");
  EXPECT_EQ(prepared("user", true), "user");
  EXPECT_EQ(prepared("USER", true), "USER");
  EXPECT_EQ(prepared("\u00aa", true), "a");
  EXPECT_EQ(prepared("\u2168", true), "IX");
  EXPECT_EQ(prepared("\x07", true), std::nullopt);
  EXPECT_EQ(prepared("\u06271", true), std::nullopt);
}

TEST(saslprep, what_unicode_3_2_does_not_know_is_for_names_only) {
  EXPECT_EQ(prepared("\u0221", true), std::nullopt);
  EXPECT_EQ(prepared("\u0221", false), "\u0221");
}

TEST(saslprep, bounds) {
  EXPECT_TRUE(prepared(std::string(limits::credential_bytes_max, 'a'), true));
  EXPECT_FALSE(prepared(std::string(limits::credential_bytes_max + 1, 'a'), true));
  // The longest there is: one letter becomes eighteen.
  std::string ligatures;
  for (int i = 0; i < 100; ++i) ligatures += "\ufdfa";
  EXPECT_TRUE(prepared(ligatures, true));
  EXPECT_EQ(prepared("", true), "");
}

TEST(plain, one_message) {
  const auto e = start(mechanism::plain, {"tim", "tanstaaftanstaaf", ""}, "");
  EXPECT_FALSE(e->complete());
  EXPECT_EQ(e->begin().response, "\0tim\0tanstaaftanstaaf"s);  // RFC 4616 section 4
  EXPECT_TRUE(e->complete());
  EXPECT_FALSE(e->on_challenge("").response);
}

TEST(plain, a_nul_would_be_another_user) {
  EXPECT_FALSE(start(mechanism::plain, {"tim\0root"s, "x", ""}, "")->begin().response);
  EXPECT_FALSE(start(mechanism::plain, {"tim", "x\0y"s, ""}, "")->begin().response);
}

TEST(login, two_prompts_whatever_they_say) {
  const auto e = start(mechanism::login, {"tim", "secret", ""}, "");
  EXPECT_EQ(e->begin().response, std::nullopt);
  EXPECT_EQ(e->begin().failed, "");
  EXPECT_EQ(e->on_challenge("Username:").response, "tim");
  EXPECT_FALSE(e->complete());
  EXPECT_EQ(e->on_challenge("User Name").response, "secret");
  EXPECT_TRUE(e->complete());
  EXPECT_FALSE(e->on_challenge("Password:").response);
  EXPECT_FALSE(e->complete());
}

TEST(xoauth2, token_then_an_empty_answer_to_the_refusal) {
  const auto e =
    start(mechanism::xoauth2, {"someuser@example.com", "", "ya29.vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg"}, "");
  // developers.google.com/gmail/imap/xoauth2-protocol, "Initial client response".
  EXPECT_EQ(
    base64(*e->begin().response),
    "dXNlcj1zb21ldXNlckBleGFtcGxlLmNvbQFhdXRoPUJlYXJlciB5YTI5LnZGOWRmdDRxbVRjMk52YjNSbGNrQmhkSFJoZG1semRHRXVZMjl0"
    "Q2cBAQ==");
  EXPECT_TRUE(e->complete());
  EXPECT_EQ(e->on_challenge(R"({"status":"401"})").response, "");
  EXPECT_FALSE(e->complete());
  EXPECT_FALSE(e->on_challenge("").response);
  EXPECT_FALSE(start(mechanism::xoauth2, {"a", "", "b\1auth=Bearer c"}, "")->begin().response);
}

TEST(select, the_strongest_that_can_be_used) {
  const std::vector<std::string> all{"LOGIN", "PLAIN", "XOAUTH2", "SCRAM-SHA-256", "CRAM-MD5"};
  const credentials password{"u", "p", ""};
  const credentials token{"u", "", "t"};
  const credentials both{"u", "p", "t"};
  EXPECT_EQ(select(choice::automatic, all, password, true).use, mechanism::scram_sha_256);
  EXPECT_EQ(select(choice::automatic, all, both, true).use, mechanism::scram_sha_256);
  EXPECT_EQ(select(choice::automatic, all, token, true).use, mechanism::xoauth2);
  EXPECT_EQ(select(choice::automatic, {"LOGIN", "XOAUTH2"}, both, true).use, mechanism::xoauth2);
  EXPECT_EQ(select(choice::automatic, {"LOGIN", "XOAUTH2"}, password, true).use, mechanism::login);
  EXPECT_EQ(select(choice::automatic, {"LOGIN", "PLAIN"}, password, true).use, mechanism::plain);
  EXPECT_EQ(select(choice::login, all, password, true).use, mechanism::login);
  EXPECT_EQ(select(choice::plain, all, password, true).use, mechanism::plain);
}

TEST(select, in_the_open_only_what_does_not_show_the_password) {
  const credentials both{"u", "p", "t"};
  EXPECT_EQ(select(choice::automatic, {"PLAIN", "SCRAM-SHA-256"}, both, false).use, mechanism::scram_sha_256);
  for (const auto c : {choice::automatic, choice::plain, choice::login, choice::xoauth2}) {
    const auto s = select(c, {"PLAIN", "LOGIN", "XOAUTH2"}, both, false);
    EXPECT_FALSE(s.use);
    EXPECT_THAT(s.why_not, HasSubstr("TLS"));
  }
}

TEST(select, says_why_none) {
  EXPECT_THAT(select(choice::automatic, {}, {"u", "p", ""}, true).why_not, HasSubstr("offers no login"));
  EXPECT_THAT(select(choice::automatic, {"GSSAPI", "CRAM-MD5"}, {"u", "p", ""}, true).why_not,
              HasSubstr("AUTH GSSAPI CRAM-MD5, none of which"));
  EXPECT_THAT(select(choice::scram_sha_256, {"PLAIN"}, {"u", "p", ""}, true).why_not,
              HasSubstr("does not offer AUTH SCRAM-SHA-256, only PLAIN"));
  EXPECT_FALSE(select(choice::automatic, {"XOAUTH2"}, {"u", "p", ""}, true).use);
}

TEST(nonce, is_fresh_and_may_stand_in_a_message) {
  const auto a = random_nonce();
  EXPECT_EQ(a.size(), 32U);
  EXPECT_NE(a, random_nonce());
  EXPECT_EQ(a.find(','), std::string::npos);
}

}  // namespace
}  // namespace cartwheel::smtp::sasl
