// Modes B1 and BW of a client_session: mails whose content goes by BDAT, behind its envelope and before any reply. Read
// the argument in client_session.cpp first. Source: RFC 3030 sections 2 and 3.

#include "transport/smtp/client_session.hpp"

#include "transport/smtp/commands.hpp"
#include "transport/smtp/reply_table.hpp"

#include <algorithm>
#include <utility>

namespace cartwheel::smtp {

size_t client_session::window_max() const {
  return options_.chunking == chunking_mode::window ? std::clamp<size_t>(options_.window, 1, limits::mails_ahead_max)
                                                    : 1;
}

/// Adds mails to the window as long as it has room and their intents are durable. Unlike in mode A something may be in
/// flight and unwritten: what is composed only goes behind it.
void client_session::compose_window(time_point now) {
  while (leaving_ == end_reason::none && window_.size() < window_max()) {
    if (!window_.empty() && appended_ - window_.front().begin >= limits::window_bytes_max) break;
    if (!compose_chunked(now)) break;
    if (closed_) return;
  }
  if (!flight_.empty() || unwritten() || !window_.empty()) return;
  if (!waiting_.empty() && leaving_ == end_reason::none) return;  // their intents are being written
  if (leaving_ == end_reason::none && spent(now)) leave(end_reason::quit, "enough for one connection");
  if (leaving_ != end_reason::none) append(command::quit);
}

/// The next mail as one group. False when none can go now.
bool client_session::compose_chunked(time_point now) {
  while (!waiting_.empty() && waiting_.front().durable) {
    auto next = std::move(waiting_.front());
    waiting_.pop_front();
    if (!may_go(next)) continue;
    auto& t = window_.emplace_back(std::move(next));
    // Soft and hard gate are one here. What asks may recall() this very mail, which finds it in the window.
    const bool yes = may_send_content_(t.held.message.id);
    if (!yes || t.withdrawn) {
      if (!t.withdrawn) finish(t.held.message, verdict::recalled, stage::connect, "stopped at the gate");
      window_.pop_back();
      continue;
    }
    t.begin = appended_;
    if (std::exchange(needs_reset_, false)) append(command::rset);
    append(command::mail);
    append(command::rcpt);
    append(command::bdat);
    t.end = appended_;
    t.composed_at = now;
    // A server keeps nothing of a transaction behind its BDAT LAST, unless it failed; in a window nobody knows yet.
    needs_reset_ = options_.chunking == chunking_mode::window;
    return true;
  }
  return false;
}

void client_session::on_bdat_reply(const reply& r, time_point now) {
  auto& t = answering();
  if (!t.judged && !t.again) {
    const auto j = judge(stage::content, r);
    t.judged = outcome{t.held.message.id,
                       j.verdict,
                       stage::content,
                       r.code,
                       std::string{r.enhanced()},
                       std::string{r.last_line().substr(0, limits::outcome_text_bytes_max)},
                       j.about,
                       now - t.composed_at};
  }
  // RFC 3030 section 2: behind a BDAT that failed the server's state is open until RSET.
  if (r.code >= 400) needs_reset_ = true;
  if (t.begin >= round_trip_at_) {
    ++round_trips_;
    round_trip_at_ = appended_;
  }
  ++lined_up_;
}

/// What was answered in full may leave: nothing out of line has come along with it.
void client_session::settle_window() {
  if (quit_sent_) return;
  for (; lined_up_ != 0; --lined_up_) {
    auto& t = window_.front();
    if (t.judged)
      publish(std::move(*t.judged));
    else if (leaving_ == end_reason::none)
      waiting_.push_front(std::move(t.held));
    else
      finish(t.held.message, verdict::deferred, stage::mail, "the connection is ending");
    window_.pop_front();
  }
}

/// The connection has closed on the window. `believed`: what was judged so far had lined up.
void client_session::void_window(bool believed) {
  for (auto& t : std::exchange(window_, {})) {
    if (t.withdrawn) continue;
    if (t.judged && believed)
      publish(std::move(*t.judged));
    else if (t.again && believed)
      finish(t.held.message, verdict::deferred, stage::mail, end_.text);
    else
      finish(t.held.message, written_ >= t.end ? verdict::in_doubt : verdict::deferred, stage::content, end_.text);
  }
  lined_up_ = 0;
}

}  // namespace cartwheel::smtp
