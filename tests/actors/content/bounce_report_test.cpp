// Reports as mail servers of several makers write them, with addresses and texts of our own.
#include "actors/content/bounce_report.hpp"

#include "actors/content/limits.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace cartwheel {
namespace {

constexpr auto verp = "bounce+aaaabbbbccccddddeeeeffffgggghhhhiiiijjjjkkkkllll@example.com";

std::string returned_header(const std::string& return_path = verp) {
  return "Return-Path: <" + return_path +
         ">\r\n"
         "From: Example <cart@example.com>\r\n"
         "To: anna@example.org\r\n"
         "Subject: Je winkelwagen\r\n"
         "Message-ID: <abcdefghijklmnopqrstuvwxyz@example.com>\r\n"
         "List-Unsubscribe:\r\n <https://mail.example.com/u/TOKEN>\r\n";
}

std::string report(const std::string& head, const std::string& status, const std::string& returned) {
  return head + "MIME-Version: 1.0\r\n" +
         "Content-Type: multipart/report; report-type=delivery-status;\r\n\tboundary=\"b/1.2\"\r\n\r\n"
         "This is a MIME-encapsulated message.\r\n\r\n"
         "--b/1.2\r\nContent-Description: Notification\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\n"
         "I'm sorry to have to inform you that your message could not be delivered.\r\n\r\n"
         "--b/1.2\r\nContent-Description: Delivery report\r\nContent-Type: message/delivery-status\r\n\r\n" +
         status + "\r\n--b/1.2\r\nContent-Type: text/rfc822-headers\r\n\r\n" + returned + "\r\n--b/1.2--\r\n";
}

const std::string postfix = report(
  "Return-Path: <>\r\nDelivered-To: " + std::string{verp} +
    "\r\nFrom: MAILER-DAEMON@mx.example.net (Mail Delivery System)\r\nSubject: Undelivered Mail Returned to Sender\r\n"
    "To: " +
    verp + "\r\nAuto-Submitted: auto-replied\r\n",
  "Reporting-MTA: dns; mx.example.net\r\nX-Postfix-Queue-ID: 4ABCDEF\r\nX-Postfix-Sender: rfc822; " +
    std::string{verp} +
    "\r\nArrival-Date: Sat, 21 Nov 2026 20:00:00 +0000 (UTC)\r\n\r\n"
    "Final-Recipient: rfc822; anna@example.org\r\nOriginal-Recipient: rfc822;Anna@example.org\r\nAction: failed\r\n"
    "Status: 5.1.1\r\nRemote-MTA: dns; mx.example.org\r\n"
    "Diagnostic-Code: smtp; 550 5.1.1 <anna@example.org>: Recipient address\r\n    rejected: User unknown in virtual "
    "mailbox table\r\n",
  returned_header());

bounce_report read(const std::string& message) {
  auto found = read_bounce_report(message);
  EXPECT_EQ(found.refusal, "");
  EXPECT_NE(found.report.has_value(), !found.refusal.empty());
  return found.report.value_or(bounce_report{});
}

std::string refusal(const std::string& message) {
  auto found = read_bounce_report(message);
  EXPECT_FALSE(found.report);
  return found.refusal;
}

TEST(bounce_report, of_a_mail_server_that_gives_every_field) {
  auto r = read(postfix);
  ASSERT_EQ(r.recipients.size(), 1u);
  EXPECT_EQ(r.recipients[0].final_recipient, "anna@example.org");
  EXPECT_EQ(r.recipients[0].original_recipient, "Anna@example.org");
  EXPECT_EQ(r.recipients[0].action, "failed");
  EXPECT_EQ(r.recipients[0].status, "5.1.1");
  EXPECT_EQ(r.recipients[0].diagnostic,
            "550 5.1.1 <anna@example.org>: Recipient address rejected: User unknown in virtual mailbox table");
  EXPECT_EQ(r.sent_to, (std::vector<std::string>{verp, verp}));
  EXPECT_EQ(r.mail_from, (std::vector<std::string>{verp}));
  EXPECT_EQ(r.message_id, "abcdefghijklmnopqrstuvwxyz@example.com");
  EXPECT_EQ(r.list_unsubscribe, "<https://mail.example.com/u/TOKEN>");
  EXPECT_FALSE(r.is_complaint());
}

TEST(bounce_report, is_the_same_with_bare_line_feeds) {
  auto unix_text = postfix;
  std::erase(unix_text, '\r');
  auto r = read(unix_text);
  ASSERT_EQ(r.recipients.size(), 1u);
  EXPECT_EQ(r.recipients[0].diagnostic, read(postfix).recipients[0].diagnostic);
  EXPECT_EQ(r.sent_to, read(postfix).sent_to);
}

TEST(bounce_report, that_gives_a_general_status_and_one_recipient_a_block) {
  auto r = read(report("To: <" + std::string{verp} + ">\r\n",
                       "Reporting-MTA: dns; exim.example.net\r\n\r\n"
                       "Action: failed\r\nFinal-Recipient: rfc822;anna@example.org\r\nStatus: 5.0.0\r\n"
                       "Remote-MTA: dns; mx.example.org\r\n"
                       "Diagnostic-Code: smtp; 550-5.1.1 The account does not exist.\r\n 550 5.1.1 Really.\r\n\r\n"
                       "Action: delayed\r\nFinal-Recipient: rfc822;bert@example.org\r\nStatus: 4.4.1 (no answer)\r\n",
                       returned_header()));
  ASSERT_EQ(r.recipients.size(), 2u);
  EXPECT_EQ(r.recipients[0].status, "5.0.0");
  EXPECT_EQ(r.recipients[0].diagnostic, "550-5.1.1 The account does not exist. 550 5.1.1 Really.");
  EXPECT_EQ(r.recipients[1].action, "delayed");
  EXPECT_EQ(r.recipients[1].status, "4.4.1");
}

TEST(bounce_report, whose_fields_stand_in_one_block) {
  // Some leave out the empty line between what is about the mail and what is about its recipient.
  auto r =
    read(report("To: " + std::string{verp} + "\r\n",
                "Reporting-MTA: dns;EX01.corp.example\r\nReceived-From-MTA: dns;relay.example.com\r\n"
                "Original-Envelope-Id: the-id\r\nFinal-Recipient: rfc822;anna@example.org\r\nAction: Failed\r\n"
                "Status: 5.1.10\r\nDiagnostic-Code: smtp;550 5.1.10 RESOLVER.ADR.RecipientNotFound; not found\r\n"
                "X-Display-Name: Anna\r\n",
                returned_header()));
  ASSERT_EQ(r.recipients.size(), 1u);
  EXPECT_EQ(r.recipients[0].action, "failed");
  EXPECT_EQ(r.recipients[0].status, "5.1.10");
  EXPECT_EQ(r.recipients[0].diagnostic, "550 5.1.10 RESOLVER.ADR.RecipientNotFound; not found");
  EXPECT_EQ(r.envelope_id, "the-id");
}

TEST(bounce_report, in_the_international_types) {
  auto text = postfix;
  text.replace(text.find("message/delivery-status"), 23, "message/global-delivery-status");
  text.replace(text.find("text/rfc822-headers"), 19, "message/global-headers");
  text.replace(text.find("rfc822; anna@"), 13, "utf-8; \xc3\xa5nna@");
  auto r = read(text);
  EXPECT_EQ(r.recipients.at(0).final_recipient, "\xc3\xa5nna@example.org");
  EXPECT_EQ(r.message_id, "abcdefghijklmnopqrstuvwxyz@example.com");
}

TEST(bounce_report, whose_status_is_base64_or_quoted_printable) {
  const std::string head =
    "To: x@example.com\nContent-Type: multipart/report; boundary=b\n\n--b\n"
    "Content-Type: message/delivery-status\nContent-Transfer-Encoding: ";
  auto r = read(head +
                "base64\n\nRmluYWwtUmVjaXBpZW50OiByZmM4MjI7YW5uYUBleGFtcGxlLm9yZwpBY3Rpb246IGZh\n"
                "aWxlZApTdGF0dXM6IDUuMi4yCg==\n--b--\n");
  ASSERT_EQ(r.recipients.size(), 1u);
  EXPECT_EQ(r.recipients[0].status, "5.2.2");
  EXPECT_EQ(r.recipients[0].final_recipient, "anna@example.org");
  r =
    read(head +
         "quoted-printable\n\nFinal-Recipient: rfc822;anna=40exam=\nple.org\nAction: failed\nStatus: =35.1.1\n--b--\n");
  ASSERT_EQ(r.recipients.size(), 1u);
  EXPECT_EQ(r.recipients[0].status, "5.1.1");
  EXPECT_EQ(r.recipients[0].final_recipient, "anna@example.org");
}

TEST(bounce_report, that_somebody_wrapped_or_cut) {
  auto wrapped = read("To: x@example.com\nContent-Type: multipart/mixed; boundary=w\n\n--w\n\nsee below\n--w\n" +
                      postfix.substr(postfix.find("MIME-Version")) + "\n--w--\n");
  EXPECT_EQ(wrapped.recipients.at(0).status, "5.1.1");
  auto cut = read(postfix.substr(0, postfix.find("--b/1.2\r\nContent-Type: text/rfc822-headers")));
  EXPECT_EQ(cut.recipients.at(0).status, "5.1.1");
  EXPECT_TRUE(cut.mail_from.empty());
  auto no_boundary = postfix;
  no_boundary.replace(no_boundary.find("boundary="), 9, "limit=");
  EXPECT_EQ(read(no_boundary).recipients.at(0).status, "5.1.1");
}

TEST(bounce_report, about_a_report_is_about_that_one) {
  // A double bounce returns the first report: what stands in that is somebody else's.
  auto r = read(report("To: postmaster@example.com\r\n",
                       "Reporting-MTA: dns; a\r\n\r\nFinal-Recipient: rfc822; list@example.net\r\nAction: failed\r\n"
                       "Status: 5.4.6\r\n",
                       "From: MAILER-DAEMON@mx.example.net\r\nTo: list@example.net\r\nSubject: Undelivered\r\n"));
  EXPECT_EQ(r.recipients.size(), 1u);
  EXPECT_TRUE(r.mail_from.empty());
  EXPECT_EQ(r.list_unsubscribe, "");
}

TEST(bounce_report, of_a_complaint) {
  auto r = read(
    "From: <staff@feedback.example.net>\r\nTo: fbl@example.com\r\nSubject: FW: Je winkelwagen\r\n"
    "Content-Type: multipart/report; boundary=\"arf\"; report-type=feedback-report\r\n\r\n"
    "--arf\r\nContent-Type: text/plain\r\n\r\nThis is an email abuse report.\r\n"
    "--arf\r\nContent-Type: message/feedback-report\r\n\r\n"
    "Feedback-Type: Abuse\r\nUser-Agent: Some-Feedback/2.0\r\nVersion: 0.1\r\nOriginal-Mail-From: <" +
    std::string{verp} +
    ">\r\nOriginal-Rcpt-To: anna@example.org\r\nReceived-Date: Sat, 21 Nov 2026 20:00:00 PST\r\n"
    "Reported-Domain: example.com\r\n"
    "--arf\r\nContent-Type: message/rfc822\r\nContent-Disposition: inline\r\n\r\n" +
    returned_header("other@example.com") + "\r\nthe mail itself\r\n--arf--\r\n");
  EXPECT_TRUE(r.is_complaint());
  EXPECT_EQ(r.feedback_type, "abuse");
  EXPECT_EQ(r.mail_from, (std::vector<std::string>{verp, "other@example.com"}));
  EXPECT_EQ(r.list_unsubscribe, "<https://mail.example.com/u/TOKEN>");
  EXPECT_TRUE(r.recipients.empty());
}

TEST(bounce_report, is_refused_with_a_reason) {
  EXPECT_EQ(refusal(""), "no mail: it has no header");
  EXPECT_EQ(refusal("just a line\n"), "no mail: it has no header");
  EXPECT_EQ(refusal("Subject: out of office\n\nback on Monday\n"),
            "neither a delivery report (RFC 3464) nor a complaint (RFC 5965)");
  EXPECT_EQ(refusal("Content-Type: multipart/report; boundary=b\n\n--b\nContent-Type: message/delivery-status\n\n"
                    "Reporting-MTA: dns; a\n--b--\n"),
            "a delivery report that names no recipient");
  EXPECT_EQ(refusal("A: " + std::string(limits::bounce_bytes_max, 'x')), "longer than 1048576 bytes");
}

TEST(bounce_report, keeps_no_more_than_its_bounds) {
  std::string status = "Reporting-MTA: dns; a\r\n\r\n";
  for (int i = 0; i < 1000; ++i)
    status += "Final-Recipient: rfc822; r" + std::to_string(i) +
              "@example.org\r\nAction: failed\r\nStatus: " + std::string(5000, '5') + "\r\nDiagnostic-Code: smtp; " +
              std::string(5000, 'd') + "\r\n\r\n";
  status.resize(900'000);
  auto r = read(report("To: " + std::string(4000, 'a') + "@example.com\r\n", status, returned_header()));
  EXPECT_EQ(r.recipients.size(), limits::bounce_recipients_max);
  EXPECT_EQ(r.recipients[0].diagnostic.size(), limits::bounce_text_bytes_max);
  EXPECT_LE(r.recipients[0].status.size(), 11u);
  EXPECT_LE(r.sent_to.at(0).size(), limits::bounce_text_bytes_max);
}

}  // namespace
}  // namespace cartwheel
