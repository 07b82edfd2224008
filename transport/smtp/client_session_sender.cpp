// The sender of a client_session: commands and content out. Read the argument in client_session.cpp first.

#include "transport/smtp/client_session.hpp"

#include "transport/smtp/commands.hpp"

#include <utility>

namespace cartwheel::smtp {

void client_session::advance(time_point now) {
  if (composing_ || closed_ || !ready_) return;
  const bool was_unwritten = unwritten();
  if (chunking_) {
    composing_ = true;
    compose_window(now);
    composing_ = false;
  } else {
    if (!flight_.empty() || was_unwritten) return;
    composing_ = true;
    compose(now);
    composing_ = false;
  }
  if (unwritten() && !was_unwritten) progress_ = now;
}

/// Composes the next flight. Nothing is in flight, nothing unwritten.
void client_session::compose(time_point now) {
  settle_envelope();  // a recall may have come since
  if (closed_) return;
  if (lone_dot_due_) {
    lone_dot_due_ = false;
    append(command::lone_dot);
    if (pipelining_) begin_next_envelope();
    return;
  }
  if (envelope_) return envelope_->data_open ? compose_content(now) : append_envelope();
  if (begin_next_envelope()) return;
  if (leaving_ == end_reason::none && spent(now)) leave(end_reason::quit, "enough for one connection");
  if (leaving_ != end_reason::none) append(command::quit);
}

/// The only place where content begins. It needs RCPT 2yz and 354 (data_open on a transaction that did not fail), no
/// recall (settle_envelope), the durable intent, and at last the gate.
void client_session::compose_content(time_point now) {
  if (!envelope_->held.durable) return;  // durable() comes back here
  const auto id = envelope_->held.message.id;
  const bool yes = may_send_content_(id);
  if (!yes || envelope_->withdrawn) {
    if (!envelope_->withdrawn) finish(envelope_->held.message, verdict::recalled, stage::data, "stopped at the gate");
    envelope_.reset();
    return close(end_reason::recalled, "a mail was stopped at the gate");
  }
  auto& c = content_.emplace(std::move(envelope_->held), appended_);
  envelope_.reset();
  c.rest = *c.held.message.content;
  if (c.held.form.leading_dots != 0 || !c.held.form.ends_in_crlf) {
    c.stuffed = dot_stuffed(c.rest, c.held.form);
    c.rest = c.stuffed;
  }
  flight_.push_back({command::content, not_composed});
  const bool whole = c.rest.size() <= options_.content_piece_bytes;
  compose_piece(now);
  if (whole) compose_dot(now);
}

/// The next piece of content or, behind the last, the dot in a write of its own.
void client_session::compose_piece(time_point now) {
  auto& c = *content_;
  if (!c.rest.empty()) {
    piece_ = c.rest.substr(0, options_.content_piece_bytes);
    c.rest.remove_prefix(piece_.size());
    appended_ += piece_.size();
    return;
  }
  const bool outer = std::exchange(composing_, true);
  const bool yes = may_send_content_(c.held.message.id);
  composing_ = outer;
  if (closed_) return;  // the gate recalled it
  if (yes) return compose_dot(now);
  finish(c.held.message, verdict::recalled, stage::content, "stopped at the gate");
  content_.reset();
  close(end_reason::recalled, "a mail was stopped before its final dot");
}

void client_session::compose_dot(time_point now) {
  content_->dot_at = now;
  content_->dot_begin = appended_;
  text_ += ".\r\n";
  appended_ += 3;
  flight_.back().end = appended_;
  if (pipelining_) begin_next_envelope();
}

/// Takes the next mail that can go over this connection and writes its envelope, or what must come before it.
bool client_session::begin_next_envelope() {
  while (!waiting_.empty() && leaving_ == end_reason::none) {
    if (needs_reset_ && !pipelining_) {
      needs_reset_ = false;
      append(command::rset);
      return true;
    }
    auto next = std::move(waiting_.front());
    waiting_.pop_front();
    if (!may_go(next)) continue;
    envelope_.emplace(std::move(next));
    append_envelope();
    return true;
  }
  return false;
}

/// Whether this server can take it at all; if not, its outcome is said.
bool client_session::may_go(const held_mail& h) {
  const auto refusal = check(h.message, h.form, server_);
  if (refusal) finish(h.message, verdict::rejected, stage::mail, refusal->text, refusal->enhanced);
  return !refusal;
}

void client_session::append_envelope() {
  if (!pipelining_) return append(envelope_->next);
  if (std::exchange(needs_reset_, false)) append(command::rset);
  append(command::mail);
  append(command::rcpt);
  append(command::data);
}

/// Puts a command into the output and into the flight: the one place for both, but for content and the greeting.
void client_session::append(command what) {
  const auto before = text_.size();
  switch (what) {
    case command::rset: text_ += "RSET\r\n"; break;
    case command::mail: {
      auto& t = chunking_ ? window_.back() : *envelope_;
      t.extended = append_mail_command(text_, t.held.message, t.held.form, server_, optional_parameters_);
      break;
    }
    case command::rcpt: {
      auto& t = chunking_ ? window_.back() : *envelope_;
      t.extended |= append_rcpt_command(text_, t.held.message, server_, optional_parameters_);
      break;
    }
    case command::data: text_ += "DATA\r\n"; break;
    case command::bdat: append_bdat(text_, window_.back().held.message, window_.back().held.form); break;
    case command::lone_dot: text_ += ".\r\n"; break;
    case command::quit:
      text_ += "QUIT\r\n";
      quit_sent_ = true;
      break;
    case command::greeting:
    case command::content: break;  // not composed here but in follow() and compose_content()
  }
  appended_ += text_.size() - before;
  flight_.push_back({what, appended_});
}

}  // namespace cartwheel::smtp
