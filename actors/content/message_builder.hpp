#pragma once

#include "actors/campaign/campaign.hpp"
#include "actors/content/price_format.hpp"
#include "actors/content/reminder.hpp"
#include "actors/content/template_set.hpp"

#include <memory>
#include <optional>
#include <string>

namespace cartwheel {

/// A reminder as a mail, or why there is none. Invariant: exactly one of them.
struct built_mail {
  std::optional<rendered_mail> mail;
  std::string refusal;  // "template_error: reminder-1.nl.mustache:12: shopper_name is missing"
};

/// Makes finished mails of reminders.
/// Shape: multipart/alternative of text and HTML in UTF-8, quoted-printable; with List-Unsubscribe for one click
/// (RFC 8058). The same reminder, shop and templates give the same bytes: a mail's attempts are one message.
/// Errors: a refusal, when the template is not there or needs what the reminder has not, when an address is none, when
/// the link to unsubscribe is no http(s) URL, or when the cart that it is about is empty. What is refused is never sent with a hole.
/// Runs on: one thread at a time.  Cost: 10 us for two products.
/// Source: RFC 5322, 2045-2047, 2369, 2919, 3834, 6532, 8058.
class message_builder {
 public:
  explicit message_builder(std::shared_ptr<const template_set> templates) : templates_{std::move(templates)} {}

  built_mail build(const reminder& r, const shop_settings& shop);

  // What the last mail that was built says, before any encoding.
  const std::string& subject() const { return subject_; }
  const std::string& text() const { return text_; }
  const std::string& html() const { return html_; }

 private:
  std::shared_ptr<const template_set> templates_;
  price_formats prices_;
  std::string subject_;  // kept between mails for their memory
  std::string text_;
  std::string html_;
};

/// The address that a shop's mails are sent from, for `cartwheel check` and for Message-IDs.
/// Errors: nothing when `from` is no mailbox.
std::optional<std::string> sending_domain(const shop_settings& shop);

}  // namespace cartwheel
