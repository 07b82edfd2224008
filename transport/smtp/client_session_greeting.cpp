// A client_session and its greeting: what the greeting wants said is put into output and flight, as append() does it for
// mails. One command is in flight at a time here, so there is nothing to line up.

#include "transport/smtp/client_session.hpp"

#include <algorithm>
#include <utility>

namespace cartwheel::smtp {

void client_session::on_greeting_reply(const in_flight& head, const reply& r, time_point now) {
  if (head.end > written_ && r.code != 421)
    return close(end_reason::out_of_step, "no answer to " + name_of(head.what) + ": " + greeting_.quoted(r));
  progress_ = now;
  answered_in_part_ = true;
  flight_.erase(flight_.begin());
  follow(greeting_.on_reply(r));
}

void client_session::follow(greeting_step next) {
  using action = greeting_step::action;
  switch (next.what) {
    case action::say:
      text_.append(next.text).append("\r\n");
      appended_ += next.text.size() + 2;
      flight_.push_back({command::greeting, appended_});
      return;
    case action::wait: flight_.push_back({command::greeting, appended_}); return;
    case action::shake_hands: return;  // handshake_due()
    case action::done:
      server_ = greeting_.server();
      pipelining_ = options_.pipelining && server_.pipelining;
      chunking_ = pipelining_ && server_.chunking && options_.chunking != chunking_mode::off;
      // RFC 9422: one more transaction than MAILMAX may be refused, and none is gained by finding out.
      if (server_.mail_max != 0) options_.mails_max = std::min(options_.mails_max, server_.mail_max);
      ready_ = true;
      return;
    case action::refuse: return close(end_reason::refused, std::move(next.text));
    case action::refuse_login: end_.login_refused = true; return close(end_reason::refused, std::move(next.text));
    case action::lose_the_step: return close(end_reason::out_of_step, std::move(next.text));
  }
}

void client_session::secured(time_point now) {
  if (!handshake_due()) return;
  progress_ = now;
  follow(greeting_.secured());
}

void client_session::not_secured(std::string_view why) { close(end_reason::refused, std::string{why}); }

}  // namespace cartwheel::smtp
