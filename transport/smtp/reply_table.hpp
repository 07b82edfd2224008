#pragma once

#include "transport/smtp/mail_feed.hpp"
#include "transport/smtp/reply_parser.hpp"

#include <cstdint>

namespace cartwheel::smtp {

struct judgement {
  smtp::verdict verdict = verdict::deferred;
  subject about = subject::relay;
};

/// What a reply to one command of a mail means for it. Replies that do not answer the command at all (see
/// client_session.cpp, "lines up") must have been sorted out before.
/// Cost: a walk over some twenty rows, for refusals; 2yz returns at once.
judgement judge(stage at, const reply& r);

}  // namespace cartwheel::smtp
