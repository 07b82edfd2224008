#include "app/config/load.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cartwheel {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::vector<std::string> problems(const std::string& keys) {
  std::vector<std::string> all;
  for (const auto& p :
       parse_settings("[smtp.relay.main]\naddress = \"relay.example:587\"\n" + keys, "c.toml", {}).problems)
    all.push_back(to_string(p));
  return all;
}

const std::string secured = "tls = \"starttls-required\"\n";
const std::string password = "user = \"u\"\npassword_env = \"P\"\n";
const std::string token = "user = \"u\"\ntoken_file = \"t\"\n";

TEST(relay_rules, what_goes_together) {
  for (const auto& keys :
       {std::string{}, secured, secured + password, secured + token, secured + password + "token_env = \"T\"\n",
        secured + password + "auth = \"login\"\n", secured + token + "auth = \"xoauth2\"\n",
        std::string{"tls = \"implicit\"\nca_file = \"ca.pem\"\n"},
        // SCRAM does not show the password, and "auto" may find it.
        password, password + "auth = \"scram-sha-256\"\n"})
    EXPECT_THAT(problems(keys), IsEmpty()) << keys;
}

TEST(relay_rules, one_place_for_a_secret) {
  EXPECT_THAT(problems(secured + password + "password_file = \"p\"\n"),
              ElementsAre("c.toml:6: smtp.relay.main.password_file: \"p\" stands beside password_env; must be one of "
                          "the two"));
  EXPECT_THAT(
    problems(secured + token + "token_env = \"T\"\n"),
    ElementsAre("c.toml:6: smtp.relay.main.token_file: \"t\" stands beside token_env; must be one of the two"));
}

TEST(relay_rules, a_login_is_somebody_with_something) {
  EXPECT_THAT(problems(secured + "user = \"u\"\n"),
              ElementsAre("c.toml:4: smtp.relay.main.user: \"u\" has nothing to log in with; must come with "
                          "password_file, password_env, token_file or token_env"));
  EXPECT_THAT(problems(secured + "password_file = \"p\"\n"),
              ElementsAre("c.toml:4: smtp.relay.main.user: is missing; must say whose password or token it is"));
  EXPECT_THAT(problems(secured + "auth = \"plain\"\n"),
              ElementsAre("c.toml:4: smtp.relay.main.auth: is chosen and nobody logs in; must come with user and "
                          "password_file, password_env, token_file or token_env"));
}

TEST(relay_rules, the_mechanism_has_what_it_wants) {
  EXPECT_THAT(problems(secured + password + "auth = \"xoauth2\"\n"),
              ElementsAre(HasSubstr("c.toml:6: smtp.relay.main.auth: \"xoauth2\" wants a token")));
  for (const auto* how : {"plain", "login", "scram-sha-256"})
    EXPECT_THAT(problems(secured + token + "auth = \"" + how + "\"\n"),
                ElementsAre(HasSubstr("must come with password_file or password_env")));
}

TEST(relay_rules, nobody_reads_credentials_along) {
  for (const auto& keys :
       {password + "auth = \"plain\"\n", password + "auth = \"login\"\n", token, token + "auth = \"xoauth2\"\n"}) {
    EXPECT_THAT(problems(keys), ElementsAre(HasSubstr("smtp.relay.main.tls: \"none\" would show the credentials to the "
                                                      "network on the way to relay.example:587")))
      << keys;
    // Nobody is between us and ourselves.
    auto here = parse_settings("[smtp.relay.main]\naddress = \"127.0.0.1:25\"\n" + keys, "c.toml", {});
    EXPECT_TRUE(here.problems.empty()) << keys;
  }
}

TEST(relay_rules, authorities_are_for_tls) {
  EXPECT_THAT(problems("ca_file = \"ca.pem\"\n"),
              ElementsAre("c.toml:3: smtp.relay.main.ca_file: \"ca.pem\" is for TLS; must come with tls = \"implicit\" "
                          "or \"starttls-required\""));
}

TEST(relay_rules, hold_for_overrides_and_any_name) {
  auto found =
    parse_settings("[smtp.relay.eu-1]\naddress = \"relay.example:587\"\n", "c.toml", {"smtp.relay.eu-1.user=u"});
  ASSERT_EQ(found.problems.size(), 1U);
  EXPECT_THAT(to_string(found.problems[0]), HasSubstr("--set smtp.relay.eu-1.user=u: smtp.relay.eu-1.user: "));
}

TEST(relay_rules, one_mistake_one_line) {
  EXPECT_THAT(problems("tls = \"maybe\"\n" + password + "auth = \"plain\"\n"),
              ElementsAre(HasSubstr("c.toml:3: smtp.relay.main.tls: \"maybe\" is not allowed")));
}

}  // namespace
}  // namespace cartwheel
