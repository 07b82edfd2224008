#pragma once

#include "actors/content/bounce_token.hpp"
#include "actors/content/message_builder.hpp"
#include "actors/content/token.hpp"
#include "actors/shard/reminder_desk.hpp"

#include <memory>
#include <string>

namespace cartwheel {

struct mailer_options;

/// Makes the mail of a reminder when an outlet pulls it, or wants it signed.
/// Shape: the same reminder, date and coupon give the same bytes, so within a process none need be kept between two tries.
/// Errors: a refusal as message_builder's.  Runs on: the mailer's thread.  Cost: 15-25 us.
class mail_renderer {
 public:
  explicit mail_renderer(const mailer_options& options);

  /// `coupon`: null where its step has no pool.
  built_mail render(const due_reminder& r, instant date, const given_coupon* coupon = nullptr);

  /// What a report about its mail names it by, in its envelope as in its return path.
  std::string envelope_id_of(const due_reminder& due) const { return bounces_.seal({due.address, due.decided}); }

  /// The domain of its sender, in whose name it is signed.  Errors: nothing where the shop has no sender.
  std::optional<std::string> domain_of(const due_reminder& r) const;

 private:
  void add_lines(reminder& r, const due_reminder& due, const shop_settings& shop) const;
  void add_coupon(reminder& r, const given_coupon& coupon) const;
  void add_links(reminder& r, const due_reminder& due, const shop_settings& shop) const;

  const mailer_options& options_;
  message_builder builder_;
  token_box links_;
  bounce_tokens bounces_;
  std::string public_url_;  // without a slash at its end
};

}  // namespace cartwheel
