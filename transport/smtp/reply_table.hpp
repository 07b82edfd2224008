#pragma once

#include "transport/smtp/mail_feed.hpp"
#include "transport/smtp/reply_parser.hpp"

#include <cstdint>

namespace cartwheel::smtp {

/// Whom a reply is about. It decides what else suffers than the mail: nothing after `message`, the address after
/// `recipient`, the connection after `relay`.
enum class subject : uint8_t {
  message,    // this mail, now or for good
  recipient,  // the address does not exist or takes no mail
  quota,      // the address has no room
  policy,     // the relay does not want it, for reasons of its own; says nothing about the address
  sender,     // our envelope sender is refused: the next mail of that shop will be too
  parameter,  // a MAIL parameter we added
  relay,      // the relay cannot now
};

struct judgement {
  smtp::verdict verdict = verdict::deferred;
  subject about = subject::relay;
};

/// What a reply to one command of a mail means for it. Replies that do not answer the command at all (see
/// client_session.cpp, "lines up") must have been sorted out before.
/// Cost: a walk over some twenty rows, for refusals; 2yz returns at once.
judgement judge(stage at, const reply& r);

}  // namespace cartwheel::smtp
