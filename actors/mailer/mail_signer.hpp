#pragma once

#include "actors/content/dkim.hpp"
#include "actors/content/reminder.hpp"
#include "transport/smtp/mail_feed.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace cartwheel {

/// A rendered mail that wants a signature, and what it is signed by.
struct mail_to_sign {
  smtp::mail_id id{};
  rendered_mail mail;
  std::string domain;  // of its sender
  instant date{};
};

/// The mail with its signatures, or why not.
struct signed_mail {
  smtp::mail_id id{};
  rendered_mail mail;
  std::string failure;
};

/// Signs mails on threads of its own: an RSA signature takes up to a millisecond, in which the mailer's thread feeds all
/// connections.
/// Runs on: sign() on any thread.
class mail_signer {
 public:
  /// `threads`: at least 1.
  mail_signer(std::shared_ptr<const dkim_signer> keys, size_t threads);
  /// Waits for what is being signed; what has not begun is dropped.
  ~mail_signer();
  mail_signer(const mail_signer&) = delete;
  mail_signer& operator=(const mail_signer&) = delete;

  /// `done` is called on one of the threads, once for each limits::sign_batch_max mails: so that the first need not wait for
  /// the last, and none is a message of its own.
  void sign(std::vector<mail_to_sign> mails, const std::function<void(std::vector<signed_mail>)>& done);

 private:
  struct pool;
  std::shared_ptr<const dkim_signer> keys_;
  std::unique_ptr<pool> pool_;
};

}  // namespace cartwheel
