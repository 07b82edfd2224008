#include "transport/smtp/probe_session.hpp"

#include <algorithm>
#include <utility>

namespace cartwheel::smtp {

probe_session::probe_session(session_options options, std::string sender, std::string recipient, time_point now)
    : options_{std::move(options)},
      sender_{std::move(sender)},
      recipient_{std::move(recipient)},
      greeting_{options_},
      progress_{now} {
  follow(greeting_.begin());
}

void probe_session::receive(std::string_view bytes, time_point now) {
  progress_ = now;
  while (!over_ && !bytes.empty()) {
    if (greeting_.shaking_hands()) return fail("something came in the open where TLS was to begin");
    switch (parser_.parse(bytes)) {
      case reply_parser::result::more: break;
      case reply_parser::result::complete: on_reply(parser_.current()); break;
      case reply_parser::result::malformed: return fail("what came is not a reply of SMTP");
      case reply_parser::result::too_long: return fail("a reply is too long");
    }
  }
}

void probe_session::written(size_t bytes, time_point now) {
  progress_ = now;
  out_.erase(0, bytes);
}

void probe_session::secured(time_point now) {
  if (!handshake_due()) return;
  progress_ = now;
  follow(greeting_.secured());
}

void probe_session::lost(std::string_view why, time_point) {
  if (quit_) {
    over_ = true;
    return;
  }
  if (asked_ > answered_) {
    envelopes_ = envelopes::out_of_step;
    envelopes_text_ = why;
  }
  fail(std::string{why} + ", instead of an answer to " +
       std::string{asked_ > answered_ ? "an envelope" : greeting_.waiting_for()});
}

void probe_session::expire(time_point now) {
  if (over_ || now < deadline()) return;
  if (quit_) {
    over_ = true;
    return;
  }
  if (asked_ > answered_) {
    envelopes_ = envelopes::out_of_step;
    envelopes_text_ = "no reply in time";
    return quit();  // serve would turn to lock-step
  }
  fail(handshake_due() ? "no TLS handshake in time" : "no reply in time to " + std::string{greeting_.waiting_for()});
}

probe_session::time_point probe_session::deadline() const {
  const auto& t = options_.timeouts;
  if (quit_) return progress_ + t.quit;
  if (handshake_due()) return progress_ + t.handshake;
  return progress_ + (greeting_.before_banner() ? t.banner : t.command);
}

void probe_session::on_reply(const reply& r) {
  if (quit_) {
    over_ = true;
    return;
  }
  if (awaited_ == 0 || !out_.empty()) return fail("a reply to nothing: " + greeting_.quoted(r));
  --awaited_;
  if (greeting_.done()) return on_envelope_reply(r);
  follow(greeting_.on_reply(r));
}

void probe_session::follow(greeting_step next) {
  using action = greeting_step::action;
  switch (next.what) {
    case action::say: out_.append(next.text).append("\r\n"); [[fallthrough]];
    case action::wait: ++awaited_; return;
    case action::shake_hands: return;
    case action::done: return begin_envelopes();
    case action::refuse_login: login_refused_ = true; [[fallthrough]];
    case action::refuse:
    case action::lose_the_step: return fail(std::move(next.text));
  }
}

void probe_session::begin_envelopes() {
  if (recipient_.empty()) return quit();
  for (int i = 0; i < 2; ++i) {
    commands_.push_back("MAIL FROM:<" + sender_ + ">\r\n");
    commands_.push_back("RCPT TO:<" + recipient_ + ">\r\n");
    commands_.push_back("RSET\r\n");
  }
  envelopes_ = envelopes::lined_up;
  ask_next();
}

/// All of them at once, or one by one.
void probe_session::ask_next() {
  const bool together = options_.pipelining && greeting_.server().pipelining;
  do {
    out_ += commands_[asked_++];
    ++awaited_;
  } while (together && asked_ < commands_.size());
}

void probe_session::on_envelope_reply(const reply& r) {
  if (r.code == 421) return fail(greeting_.quoted(r));
  const auto place = answered_++ % 3;
  const bool yes = r.code < 300;
  // As client_session::lines_up(): no command of these can be answered with a question, nor, in its place, be unknown.
  const bool about_sequence = r.code == 500 || r.code == 502 || r.code == 503;
  const bool echo = place == 1 && !mail_ok_;
  const bool fits = yes || (r.code >= 400 && place != 2 && (echo || !about_sequence));
  if (!fits || (echo && yes)) {
    envelopes_ = envelopes::out_of_step;
    envelopes_text_ = greeting_.quoted(r);
    return quit();
  }
  if (place == 0) mail_ok_ = yes;
  if (!yes && !echo && envelopes_ == envelopes::lined_up) {
    envelopes_ = envelopes::refused;
    envelopes_text_ =
      (place == 0 ? "the relay refuses the sender: " : "the relay refuses the recipient: ") + greeting_.quoted(r);
  }
  if (answered_ < commands_.size()) {
    if (asked_ == answered_) ask_next();
    return;
  }
  if (envelopes_ == envelopes::refused) failed_ = envelopes_text_;
  quit();
}

void probe_session::quit() {
  out_ += "QUIT\r\n";
  quit_ = true;
}

void probe_session::fail(std::string why) {
  if (over_) return;
  over_ = true;
  failed_ = std::move(why);
}

}  // namespace cartwheel::smtp
