// Matrix row 29: suppression only for what is proven and says that the address is no good.
#include "actors/mailer/bounce_verdict.hpp"

#include <gtest/gtest.h>

namespace cartwheel {
namespace {

class a_bounce : public testing::Test {
 protected:
  bounce_verdict judged() const { return judge(report, {tokens, links, hashes}); }
  bounce_kind kind() const { return judged().kind; }
  /// The verdict on one recipient of a proven report.
  bounce_kind kind(std::string action, std::string status, std::string diagnostic = "") {
    report = {};
    report.sent_to = {sender};
    report.recipients = {{"anna@example.org", "", std::move(action), std::move(status), std::move(diagnostic)}};
    auto verdict = judged();
    EXPECT_EQ(verdict.news.what == address_news::none, verdict.kind == bounce_kind::soft);
    return verdict.kind;
  }

  const secret_key key{7};
  const bounced_mail mail{{21, 22}, from_unix_ms(1'769'943'600'000)};
  const bounce_tokens tokens{key};
  const token_box links{secret_key{8}};
  const node_hash_keys hashes{{1, 2}, {3, 4}, {5, 6}};
  const std::string sender = tokens.sender("bounce@example.com", mail);
  bounce_report report{{{"anna@example.org", "", "failed", "5.1.1", ""}}, {}, {}, {}, {}, {}, {}};
};

TEST_F(a_bounce, is_proven_by_the_address_it_came_to_first) {
  EXPECT_EQ(kind(), bounce_kind::unproven);
  report.sent_to = {"postmaster@example.com", sender};
  report.mail_from = {tokens.sender("bounce@example.com", {{1, 1}, {}})};
  auto verdict = judged();
  EXPECT_EQ(verdict.kind, bounce_kind::hard_bounce);
  EXPECT_EQ(verdict.news, (news_of_address{mail.address, address_news::hard_bounce, mail.decided, false}));
  EXPECT_EQ(verdict.proven_by, "envelope sender");
}

TEST_F(a_bounce, is_proven_by_the_returned_envelope_sender_the_envelope_id_or_the_link) {
  report.mail_from = {sender};
  EXPECT_EQ(judged().proven_by, "envelope sender");
  report.mail_from.clear();
  report.envelope_id = tokens.seal(mail);
  EXPECT_EQ(judged().proven_by, "envelope id");
  EXPECT_EQ(judged().news.address, mail.address);
  report.envelope_id.clear();
  auto link = links.seal({token_purpose::unsubscribe, "default", "Anna@Example.org", "email"});
  report.list_unsubscribe = "<mailto:x@example.com>, <https://mail.example.com/u/" + link + ">";
  EXPECT_EQ(judged().proven_by, "link to unsubscribe");
  EXPECT_EQ(judged().news.address, key_of_address(hashes, "anna@example.org"));
  EXPECT_EQ(judged().news.mail, before_all);
}

TEST_F(a_bounce, that_is_forged_or_another_server_s_suppresses_nobody) {
  const bounce_tokens foreign{secret_key{9}};
  auto forged = sender;
  forged[20] = forged[20] == 'a' ? 'b' : 'a';
  report.sent_to = {forged, foreign.sender("bounce@example.com", mail), "bounce+@example.com", "anna@example.org"};
  report.mail_from = {"cart@example.com"};
  report.envelope_id = foreign.seal(mail);
  report.message_id = "abcdefghijklmnopqrstuvwxyz@example.com";
  for (const auto* link : {"", "<", "<>", "<https://mail.example.com/u/AAAA>", "no link"}) {
    report.list_unsubscribe = link;
    auto verdict = judged();
    EXPECT_EQ(verdict.kind, bounce_kind::unproven);
    EXPECT_EQ(verdict.news, news_of_address{});
  }
  auto other_purpose = links.seal({token_purpose::restore, "default", "anna@example.org", "c-1"});
  report.list_unsubscribe = "<https://mail.example.com/u/" + other_purpose + ">";
  EXPECT_EQ(kind(), bounce_kind::unproven);
}

TEST_F(a_bounce, means_what_its_status_means_in_a_reply) {
  using enum bounce_kind;
  for (auto status : {"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1"})
    EXPECT_EQ(kind("failed", status), hard_bounce) << status;
  EXPECT_EQ(kind("failed", "5.2.2"), quota);
  for (auto status : {"5.7.1", "5.4.4", "5.3.4", "5.6.7", "5.2.3", "4.2.2", "4.4.7", "2.0.0", "", "garbage"})
    EXPECT_EQ(kind("failed", status), soft) << status;
  for (auto action : {"delayed", "delivered", "relayed", "expanded", "", "other"})
    EXPECT_EQ(kind(action, "5.1.1"), soft) << action;
}

TEST_F(a_bounce, with_a_general_status_means_what_its_diagnostic_says) {
  using enum bounce_kind;
  EXPECT_EQ(kind("failed", "5.0.0", "550 5.1.1 no such account"), hard_bounce);
  EXPECT_EQ(kind("failed", "5.0.0", "550-5.1.1 no such account 550 5.1.1 really"), hard_bounce);
  EXPECT_EQ(kind("failed", "5.2.0", "552 5.2.2 over quota"), quota);
  EXPECT_EQ(kind("failed", "5.0.0", "550 User unknown"), hard_bounce);
  EXPECT_EQ(kind("failed", "", "550 Unknown user: anna"), hard_bounce);
  EXPECT_EQ(kind("failed", "5.0.0", "550 rejected for policy reasons"), soft);
  EXPECT_EQ(kind("failed", "5.0.0", "450 4.2.1 try later"), soft);
  EXPECT_EQ(kind("failed", "5.0.0", "user unknown"), soft) << "no reply of a server";
  EXPECT_EQ(kind("failed", "5.0.0", "99"), soft);
  EXPECT_EQ(kind("failed", "5.7.1", "550 5.1.1 no such account"), soft) << "the status is what the reporter stands for";
  EXPECT_EQ(kind("failed", "4.0.0", "550 5.1.1 no such account"), soft);
}

TEST_F(a_bounce, of_a_list_counts_when_nobody_on_it_got_the_mail) {
  report.sent_to = {sender};
  report.recipients = {
    {"a@x", "", "failed", "5.2.2", ""}, {"b@x", "", "failed", "5.1.1", ""}, {"c@x", "", "failed", "5.2.2", ""}};
  EXPECT_EQ(kind(), bounce_kind::hard_bounce);
  report.recipients.push_back({"d@x", "", "relayed", "2.1.9", ""});
  EXPECT_EQ(kind(), bounce_kind::soft);
}

TEST_F(a_bounce, that_is_a_complaint_is_one_of_its_owner_s) {
  report.recipients.clear();
  report.sent_to = {sender};
  for (auto type : {"abuse", "fraud", "opt-out"}) {
    report.feedback_type = type;
    EXPECT_EQ(judged().news.what, address_news::complaint) << type;
  }
  for (auto type : {"not-spam", "virus", "other", "auth-failure", "dkim"}) {
    report.feedback_type = type;
    EXPECT_EQ(kind(), bounce_kind::soft) << type;
  }
  report.feedback_type = "abuse";
  report.sent_to.clear();
  EXPECT_EQ(kind(), bounce_kind::unproven);
}

}  // namespace
}  // namespace cartwheel
