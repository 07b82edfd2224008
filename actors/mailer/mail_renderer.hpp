#pragma once

#include "actors/content/message_builder.hpp"
#include "actors/content/token.hpp"
#include "actors/shard/reminder_desk.hpp"

#include <memory>
#include <string>

namespace cartwheel {

struct mailer_options;

/// Makes the mail of a reminder when an outlet pulls it.
/// Shape: the same reminder and date give the same bytes, so within a process none need be kept between two tries.
/// Errors: a refusal as message_builder's.  Runs on: the mailer's thread.  Cost: 15-25 us.
class mail_renderer {
 public:
  explicit mail_renderer(const mailer_options& options);

  built_mail render(const due_reminder& r, instant date);

 private:
  const mailer_options& options_;
  message_builder builder_;
  token_box links_;
  std::string public_url_;  // without a slash at its end
};

}  // namespace cartwheel
