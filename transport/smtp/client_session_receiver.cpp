// The receiver of a client_session: replies in, verdicts held until their flight has lined up. Read the argument in
// client_session.cpp first.

#include "transport/smtp/client_session.hpp"

#include "transport/smtp/reply_table.hpp"

#include <utility>

namespace cartwheel::smtp {

namespace {

/// Replies about the command, not the mail. A server that gives them to a command in its place did not see the ones
/// before it, or saw content as commands.
bool about_sequence(int code) { return code == 500 || code == 502 || code == 503; }

/// Replies about a parameter of MAIL or RCPT, unless they name the address (5.1.x).
bool about_parameters(const reply& r) {
  const auto enhanced = r.enhanced();
  return r.code == 504 || r.code == 555 || (r.code == 501 && (enhanced.empty() || enhanced.starts_with("5.5.")));
}

std::string_view bounded(std::string_view text) { return text.substr(0, limits::outcome_text_bytes_max); }

outcome outcome_of(const mail& m, judgement j, stage at, const reply& r) {
  return {m.id, j.verdict, at, r.code, std::string{r.enhanced()}, std::string{bounded(r.last_line())}, j.about, {}};
}

/// What a 421 means to the mail whose command it answers: nothing.
constexpr judgement going_away{verdict::deferred, subject::relay};

std::string quoted(const reply& r) { return std::to_string(r.code) + ' ' + std::string{bounded(r.text)}; }

}  // namespace

void client_session::on_reply(const reply& r, time_point now) {
  if (flight_.empty()) {
    if (r.code == 421) return close(end_reason::going_away, greeting_.quoted(r));
    return close(end_reason::out_of_step, "a reply to nothing: " + greeting_.quoted(r));
  }
  const auto head = flight_.front();
  if (quit_sent_) return close(end_reason::quit, leaving_text_);
  if (head.what == command::greeting) return on_greeting_reply(head, r, now);
  if (r.code == 421) return on_going_away(head.what, r);
  if (head.end > written_) return on_premature_reply(head, r);
  // Exim's word for too many refusals in a session is 554 to RSET, and it hangs up. No verdict waits for this reply: the
  // flight before has lined up, and in this one at most a lone dot stands ahead of it. In a window that is not so, and
  // there it may be the answer to a refused BDAT behind a reply too many.
  if (head.what == command::rset && !chunking_ && r.code >= 400 && !about_sequence(r.code))
    return on_going_away(head.what, r);
  if (!lines_up(head.what, r)) return close_out_of_step(head.what, r);
  progress_ = now;
  answered_in_part_ = true;
  flight_.erase(flight_.begin());
  switch (head.what) {
    case command::mail:
    case command::rcpt:
    case command::data: on_envelope_reply(head.what, r); break;
    case command::bdat: on_bdat_reply(r, now); break;
    case command::content:
      content_->judged = outcome_of(content_->held.message, judge(stage::content, r), stage::content, r);
      content_->judged->waited = now - content_->dot_at;
      break;
    case command::greeting:  // above
    case command::rset:
    case command::lone_dot:
    case command::quit: break;
  }
}

bool client_session::lines_up(command what, const reply& r) {
  const bool yes = r.code < 300;
  const bool no = r.code >= 400;
  const bool no_to_mail = no && !about_sequence(r.code);
  switch (what) {
    case command::greeting: return true;  // the greeting looks for itself
    case command::rset: return yes;
    case command::mail: return yes || no_to_mail;
    case command::rcpt: return answering().mail_ok ? yes || no_to_mail : no;
    case command::data: return r.code == 354 || (envelope_->rcpt_ok ? no_to_mail : no);
    case command::bdat: return answering().rcpt_ok ? yes || no_to_mail : no;
    case command::content: return yes || no_to_mail;
    case command::lone_dot: return yes || no;
    case command::quit: return true;
  }
  return false;
}

/// 421 answers the oldest command; whatever is behind it will not be answered.
void client_session::on_going_away(command what, const reply& r) {
  if (what == command::content) {
    content_->judged = outcome_of(content_->held.message, going_away, stage::content, r);
  } else if (chunking_ && lined_up_ < window_.size() && !answering().judged) {
    const auto at = what == command::bdat ? stage::content : what == command::rcpt ? stage::rcpt : stage::mail;
    answering().judged = outcome_of(answering().held.message, going_away, at, r);
  } else if (envelope_ && !envelope_->judged &&
             (what == command::mail || what == command::rcpt || what == command::data)) {
    envelope_->judged = outcome_of(envelope_->held.message, going_away, envelope_stage(), r);
  }
  close(end_reason::going_away, quoted(r));
}

void client_session::on_premature_reply(const in_flight& head, const reply& r) {
  if (head.what == command::bdat && answering().rcpt_ok && r.code >= 400 && !about_sequence(r.code)) {
    answering().judged = outcome_of(answering().held.message, judge(stage::content, r), stage::content, r);
    return close(end_reason::lost, "the relay answered before the end of a chunk: " + quoted(r));
  }
  if (head.what != command::content) return close_out_of_step(head.what, r);
  if (r.code >= 400 && !about_sequence(r.code)) {
    content_->judged = outcome_of(content_->held.message, judge(stage::content, r), stage::content, r);
    return close(end_reason::lost, "the relay answered before the end of the content: " + quoted(r));
  }
  // It claims to have what it cannot have. Once it has seen some of it, sending it again might be sending it twice.
  if (written_ > content_->begin) {
    finish(content_->held.message, verdict::in_doubt, stage::content, "accepted before its final dot was sent");
    content_.reset();
  }
  close_out_of_step(head.what, r);
}

void client_session::on_envelope_reply(command what, const reply& r) {
  auto& t = answering();
  const auto refuse = [&](stage at) {
    const auto j = judge(at, r);
    t.judged = outcome_of(t.held.message, j, at, r);
    if (j.about == subject::relay || j.about == subject::day) leave(end_reason::told_to_wait, quoted(r));
    return j;
  };
  // What the server announced and does not know after all: once more, in plain words.
  const auto refuses_extensions = [&] {
    if (!t.extended || !about_parameters(r)) return false;
    t.again = true;
    optional_parameters_ = false;
    end_.parameters_refused = true;
    return true;
  };
  if (what == command::mail) {
    if (r.code < 300) {
      t.mail_ok = true;
      sender_refusals_ = 0;
    } else if (!refuses_extensions() && refuse(stage::mail).verdict == verdict::deferred &&
               ++sender_refusals_ >= limits::sender_refusals_max) {
      leave(end_reason::told_to_wait, quoted(r));
    }
    t.next = command::rcpt;
  } else if (what == command::rcpt) {
    // After a failed MAIL this is its echo and says nothing.
    if (r.code < 300)
      t.rcpt_ok = true;
    else if (t.mail_ok && !refuses_extensions())
      refuse(stage::rcpt);
    t.next = command::data;
  } else {
    if (r.code == 354)
      t.data_open = true;
    else if (t.rcpt_ok)
      refuse(stage::data);
  }
}

/// The flight has lined up: its verdicts may leave.
void client_session::flight_answered() {
  if (!quit_sent_) ++round_trips_;
  answered_in_part_ = false;
  if (content_) {
    publish(std::move(*content_->judged));
    content_.reset();
  }
  settle_envelope();
}

/// Ends a transaction that will have no content.
void client_session::settle_envelope() {
  if (!envelope_) return;
  auto& t = *envelope_;
  const bool failed = t.judged || t.again;
  if (!failed && !t.withdrawn) return;
  if (!failed && t.data_open) {
    envelope_.reset();
    return close(end_reason::recalled, "a mail was recalled after DATA");
  }
  // RFC 2920 section 3.1: a server may say 354 although no recipient was valid. The dot then ends a mail to nobody.
  lone_dot_due_ = t.data_open;
  needs_reset_ = true;
  if (!t.withdrawn) {
    if (t.judged)
      publish(std::move(*t.judged));
    else if (leaving_ == end_reason::none)
      waiting_.push_front(std::move(t.held));
    else
      finish(t.held.message, verdict::deferred, stage::mail, "the connection is ending");
  }
  envelope_.reset();
}

void client_session::close_out_of_step(command what, const reply& r) {
  close(end_reason::out_of_step, "no answer to " + name_of(what) + ": " + quoted(r));
}

}  // namespace cartwheel::smtp
