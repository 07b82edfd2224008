#include "actors/content/bounce_report.hpp"

#include "actors/content/limits.hpp"
#include "actors/content/mime_reader.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace cartwheel {

namespace {

std::string bounded(std::string_view text) { return std::string{text.substr(0, limits::bounce_text_bytes_max)}; }

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> list) {
  return std::ranges::find(list, text) != list.end();
}

/// "rfc822; anna@example.org": what stands behind the type. Source: RFC 3464 section 2.1.2.
std::string_view behind_type(std::string_view value) {
  const auto semicolon = value.find(';');
  if (semicolon != value.npos) value.remove_prefix(semicolon + 1);
  value.remove_prefix(std::min(value.find_first_not_of(" \t"), value.size()));
  return value;
}

/// The address in "Anna <anna@example.org>", "<anna@example.org>" or "anna@example.org".
std::string_view bare_address(std::string_view text) {
  if (const auto open = text.rfind('<'); open != text.npos) {
    text.remove_prefix(open + 1);
    return text.substr(0, text.find('>'));
  }
  text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
  return text.substr(0, text.find_first_of(" \t,;"));
}

void add_address(std::vector<std::string>& to, std::string_view value) {
  auto address = bare_address(value);
  if (address.find('@') == address.npos || to.size() >= limits::bounce_recipients_max) return;
  to.push_back(bounded(address));
}

/// "5.1.1 (bad destination mailbox address)" and the like: three numbers. Source: RFC 3463 section 2.
std::string status_of(std::string_view value) {
  value.remove_prefix(std::min(value.find_first_not_of(" \t"), value.size()));
  auto status = value.substr(0, value.find_first_not_of("0123456789."));
  return std::string{status.substr(0, 11)};
}

/// A mail server's words. Source: RFC 3464 section 2.3.6 (other types are other protocols').
std::string diagnostic_of(std::string_view value) {
  if (value.find(';') == value.npos) return bounded(value);
  return first_word(value) == "smtp" ? bounded(behind_type(value)) : std::string{};
}

/// Blocks of fields, an empty line between them: about the mail first, then one a recipient. Some leave that line out, so
/// either may stand in any block.
void read_delivery_status(std::string_view text, bounce_report& into) {
  while (!text.empty() && into.recipients.size() < limits::bounce_recipients_max) {
    const auto fields = mime_fields::read(text);
    if (fields.empty()) continue;
    if (auto id = fields["original-envelope-id"]; !id.empty() && into.envelope_id.empty())
      into.envelope_id = bounded(id);
    reported_recipient r;
    r.final_recipient = bounded(bare_address(behind_type(fields["final-recipient"])));
    r.original_recipient = bounded(bare_address(behind_type(fields["original-recipient"])));
    r.action = first_word(fields["action"]);
    r.status = status_of(fields["status"]);
    r.diagnostic = diagnostic_of(fields["diagnostic-code"]);
    if (r.action.empty() && r.status.empty() && r.final_recipient.empty()) continue;
    into.recipients.push_back(std::move(r));
  }
}

void read_feedback(std::string_view text, bounce_report& into) {
  const auto fields = mime_fields::read(text);
  into.feedback_type = first_word(fields["feedback-type"]);
  add_address(into.mail_from, fields["original-mail-from"]);
  if (auto id = fields["original-envelope-id"]; !id.empty()) into.envelope_id = bounded(id);
}

void read_returned(std::string_view text, bounce_report& into) {
  const auto fields = mime_fields::read(text);
  add_address(into.mail_from, fields["return-path"]);
  into.list_unsubscribe = fields["list-unsubscribe"];
  into.message_id = bounded(bare_address(fields["message-id"]));
}

}  // namespace

read_report read_bounce_report(std::string_view message) {
  if (message.size() > limits::bounce_bytes_max)
    return {std::nullopt, fmt::format("longer than {} bytes", limits::bounce_bytes_max)};
  const auto whole = read_mime(message);
  if (whole.header.empty()) return {std::nullopt, "no mail: it has no header"};
  bounce_report report;
  bool has_status = false, has_returned = false;
  for (const auto& part : whole.leaves()) {
    const auto type = part.type();
    if (is_one_of(type, {"message/delivery-status", "message/global-delivery-status"})) {
      has_status = true;
      read_delivery_status(part.decoded(), report);
    } else if (type == "message/feedback-report" && report.feedback_type.empty()) {
      read_feedback(part.decoded(), report);
    } else if (!has_returned && is_one_of(type, {"message/rfc822", "message/global", "text/rfc822-headers",
                                                 "message/rfc822-headers", "message/global-headers"})) {
      has_returned = true;
      read_returned(part.decoded(), report);
    }
  }
  if (!has_status && !report.is_complaint())
    return {std::nullopt, "neither a delivery report (RFC 3464) nor a complaint (RFC 5965)"};
  if (!report.is_complaint() && report.recipients.empty())
    return {std::nullopt, "a delivery report that names no recipient"};
  for (const auto& field : whole.header)
    if (is_one_of(field.name, {"to", "delivered-to", "x-original-to", "envelope-to", "x-envelope-to"}))
      add_address(report.sent_to, field.value);
  return {std::move(report), {}};
}

}  // namespace cartwheel
