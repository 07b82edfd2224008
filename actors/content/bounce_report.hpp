#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cartwheel {

/// What a delivery report says of one recipient. Shape: addresses without their type; texts as they came, of at most
/// limits::bounce_text_bytes_max bytes.  Source: RFC 3464 section 2.3.
struct reported_recipient {
  std::string final_recipient;
  std::string original_recipient;
  std::string action;      // "failed", "delayed", "delivered", "relayed", "expanded"; in lower case
  std::string status;      // "5.1.1"
  std::string diagnostic;  // "550 5.1.1 No such user here"; empty where it is not a mail server's
};

/// A report about a mail, as it was read: what it claims, proven by nothing. A delivery report has recipients, a complaint a
/// feedback type.
struct bounce_report {
  std::vector<reported_recipient> recipients;
  std::string feedback_type;  // "abuse"; in lower case. Source: RFC 5965 section 3.1
  std::string envelope_id;    // Original-Envelope-Id

  // Where it may be said which mail it is about, in the order of how much that is worth.
  std::vector<std::string> sent_to;    // addresses that the report itself went to: the envelope sender of that mail
  std::vector<std::string> mail_from;  // envelope senders that it names: Original-Mail-From, the mail's Return-Path
  std::string list_unsubscribe;        // the link in the header of the mail, as returned
  std::string message_id;              // likewise, without angle brackets
  bool is_complaint() const { return !feedback_type.empty(); }
};

/// A report, or why there is none. Invariant: exactly one of them.
struct read_report {
  std::optional<bounce_report> report;
  std::string refusal;
};

/// Reads a delivery report (multipart/report with message/delivery-status, RFC 3464 and 6533) or a complaint
/// (message/feedback-report, RFC 5965). `message`: the whole mail; lines end in CRLF or LF.
/// Errors: a refusal for a message that is neither, or is longer than limits::bounce_bytes_max.
/// Bounds: limits::bounce_recipients_max recipients, and those of mime_reader.
/// Cost: 2 us for 3 KB, 0.2 ms for the longest.  Runs on: any thread.
read_report read_bounce_report(std::string_view message);

}  // namespace cartwheel
