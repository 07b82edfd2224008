#include "transport/smtp/client_session.hpp"

#include <algorithm>
#include <utility>

// Why no reply is attributed to the wrong mail.
//
// Replies carry no name: the n-th reply answers the n-th command, and a pipelining client that loses count gives one
// mail the fate of another. These rules keep the count, and notice when the server does not.
//
//  1. Sender and receiver are two cursors over one list. A command enters `flight_` in the same function that puts its
//     bytes into the output, append(), in the order of the stream; a reply takes the front entry. There is no second
//     list that could get out of order. Content is one entry however many writes it takes: only its final dot is
//     answered.
//  2. An entry knows where in the stream it ends. A reply that arrives before that much was handed to the connection
//     cannot be its answer. It ends the connection: early 4yz and 5yz to content are that content's answer and are
//     believed (a server may refuse half-way), everything else is out of step.
//  3. At most one mail is in each of two places: `content_`, answered by the one content entry, and `envelope_`, answered
//     by MAIL, RCPT and DATA behind it. Nothing new is composed before the flight is answered in full, so an entry never
//     has to say which mail it meant.
//  4. Each command has replies that cannot be its own (lines_up()): 354 to anything but DATA, 2yz to DATA, 2yz to a RCPT
//     whose MAIL failed, 500, 502 and 503 to a command that was in its place. A server that swallowed, added or
//     reordered a reply meets one of these within a group, because the groups content-MAIL-RCPT-DATA and MAIL-RCPT-DATA
//     end in the only command with a 3yz reply.
//  5. So no verdict leaves before its group has lined up to the end, with no reply too many behind it among the bytes
//     that came along (receive(), flight_answered()). When it does not, the verdicts held back are void: what had its
//     final dot written is in doubt, the rest was not accepted.
//
// And why no mail is sent that should not be: after 354 a server takes everything for content, and a lone dot would
// deliver an empty mail to a valid recipient. The only way back is to close before the final dot. Hence the content is
// composed in one place, compose_content(), behind all four conditions, and what was recalled behind a 354 closes the
// connection as soon as the mail before it, which shares the flight, has its answer.
//
// Modes B1 and BW (client_session_window.cpp) keep the same count with one difference: several mails are under way, each
// as one group [RSET] MAIL RCPT BDAT, and the reply in turn is about the oldest in window_ that is not answered in full.
// Nothing in such a group has a 3yz reply, so rule 5 is weaker there: what tells is 2yz to a BDAT without a recipient,
// anything but 2yz to RSET, and 500 to 503. A mail is in doubt from the moment on when its last octet was written.
//
// What comes before the first mail is the greeting's (greeting.hpp, and client_session_greeting.cpp between the two); the
// receiver is client_session_receiver.cpp, the sender client_session_sender.cpp; here is what happens to a session from
// outside and how it ends.

namespace cartwheel::smtp {

client_session::client_session(session_options options, gate may_send_content, time_point now)
    : options_{std::move(options)},
      may_send_content_{std::move(may_send_content)},
      greeting_{options_},
      born_{now},
      progress_{now},
      optional_parameters_{options_.optional_parameters} {
  flight_.reserve(limits::commands_in_flight_max);
  follow(greeting_.begin());
}

std::string client_session::name_of(command what) const {
  switch (what) {
    case command::greeting: return std::string{greeting_.waiting_for()};
    case command::rset: return "RSET";
    case command::mail: return "MAIL";
    case command::rcpt: return "RCPT";
    case command::data: return "DATA";
    case command::bdat: return "BDAT";
    case command::content: return "the content";
    case command::lone_dot: return "a lone dot";
    case command::quit: return "QUIT";
  }
  return {};
}

// --- What happens to it.

void client_session::receive(std::string_view bytes, time_point now) {
  while (!closed_ && !bytes.empty()) {
    // Who injects replies in front of the handshake would have them taken for the server's behind it.
    if (greeting_.shaking_hands())
      return close(end_reason::refused, "something came in the open where TLS was to begin");
    switch (parser_.parse(bytes)) {
      case reply_parser::result::more: break;
      case reply_parser::result::complete: on_reply(parser_.current(), now); break;
      case reply_parser::result::malformed: close(end_reason::out_of_step, "what came is not a reply"); break;
      case reply_parser::result::too_long: close(end_reason::out_of_step, "a reply is too long"); break;
    }
  }
  // Only now: a reply too many, seen in time, voids the flight as well.
  if (closed_ || !answered_in_part_) return;
  if (chunking_ && (lined_up_ != 0 || flight_.empty())) {
    settle_window();
    if (flight_.empty()) answered_in_part_ = false;
    return advance(now);
  }
  if (!flight_.empty()) return;
  flight_answered();
  advance(now);
}

void client_session::written(size_t bytes, time_point now) {
  if (closed_) return;
  progress_ = now;
  const auto of_piece = std::min(bytes, piece_.size());
  piece_.remove_prefix(of_piece);
  const auto of_text = std::min(bytes - of_piece, text_.size() - text_at_);
  text_at_ += of_text;
  written_ += of_piece + of_text;
  if (unwritten()) return;
  text_.clear();
  text_at_ = 0;
  if (content_ && content_->dot_begin == not_composed) compose_piece(now);
}

void client_session::lost(std::string_view why, time_point) {
  close(quit_sent_ ? end_reason::quit : end_reason::lost, std::string{why});
}

void client_session::expire(time_point now) {
  const auto due = deadline();
  if (!due || now < *due) return;
  if (unwritten()) return close(end_reason::timed_out, "the relay takes no more bytes");
  if (!flight_.empty()) {
    if (quit_sent_) return close(end_reason::quit, "no reply to QUIT");
    return close(end_reason::timed_out, "no reply in time to " + name_of(flight_.front().what));
  }
  if (greeting_.shaking_hands()) return close(end_reason::timed_out, "no TLS handshake in time");
  if (envelope_) return close(end_reason::timed_out, "the intent did not become durable in time");
  leave(end_reason::quit, "idle");
  advance(now);
}

void client_session::offer(mail m, time_point now) {
  static const auto nothing = std::make_shared<const std::string>();
  if (!m.content) m.content = nothing;
  if (closed_ || leaving_ != end_reason::none)
    return finish(m, verdict::deferred, stage::connect, "the connection is ending");
  ++offered_;
  const auto form = look_at(*m.content);
  waiting_.push_back({std::move(m), form, false});
  advance(now);
}

void client_session::durable(const std::vector<mail_id>& ids, time_point now) {
  const auto mark = [&](held_mail& h) {
    if (!h.durable && std::find(ids.begin(), ids.end(), h.message.id) != ids.end()) h.durable = true;
  };
  if (envelope_) mark(envelope_->held);
  for (auto& h : waiting_) mark(h);
  advance(now);
}

std::optional<recall_point> client_session::recall(mail_id id, time_point now) {
  if (closed_) return std::nullopt;
  const auto waiting = std::find_if(waiting_.begin(), waiting_.end(), [&](auto& h) { return h.message.id == id; });
  if (waiting != waiting_.end()) {
    finish(waiting->message, verdict::recalled, stage::connect, "recalled");
    waiting_.erase(waiting);
    advance(now);  // it may have been all that kept a worn-out connection open
    return recall_point::queue;
  }
  if (envelope_ && envelope_->held.message.id == id && !envelope_->withdrawn) {
    // Certain already: compose_content() does not write a withdrawn mail. What it costs is found when the flight is
    // answered.
    finish(envelope_->held.message, verdict::recalled, envelope_stage(), "recalled");
    envelope_->withdrawn = true;
    advance(now);
    return recall_point::envelope;
  }
  const auto under_way = std::find_if(window_.begin(), window_.end(), [&](auto& t) { return t.held.message.id == id; });
  if (under_way != window_.end() && !under_way->withdrawn) {
    if (under_way->end == not_composed) {  // the gate is being asked
      finish(under_way->held.message, verdict::recalled, stage::connect, "recalled");
      under_way->withdrawn = true;
      return recall_point::queue;
    }
    // Its last octet is what the relay waits for: to withhold it is to close, which would put the others in doubt.
    if (window_.size() > 1 || written_ >= under_way->end || under_way->judged) return recall_point::too_late;
    finish(under_way->held.message, verdict::recalled, stage::content, "recalled");
    window_.clear();
    close(end_reason::recalled, "a mail was recalled before the end of its content");
    return recall_point::content;
  }
  if (content_ && content_->held.message.id == id) {
    if (written_ > content_->dot_begin || content_->judged) return recall_point::too_late;
    finish(content_->held.message, verdict::recalled, stage::content, "recalled");
    content_.reset();
    close(end_reason::recalled, "a mail was recalled before its final dot");
    return recall_point::content;
  }
  return std::nullopt;
}

void client_session::stop(time_point now) {
  if (closed_) return;
  leave(end_reason::quit, "stopped");
  if (!ready_) return close(end_reason::quit, "stopped");
  advance(now);
}

// --- What it wants.

std::array<std::string_view, 2> client_session::output() const {
  return {piece_, std::string_view{text_}.substr(text_at_)};
}

std::optional<client_session::time_point> client_session::deadline() const {
  if (closed_) return std::nullopt;
  if (unwritten()) return progress_ + options_.timeouts.data_block;
  if (!flight_.empty()) return progress_ + timeout_of(flight_.front().what);
  if (greeting_.shaking_hands()) return progress_ + options_.timeouts.handshake;
  if (envelope_) return progress_ + options_.timeouts.data_block;
  return std::min(progress_ + options_.timeouts.idle, born_ + options_.age_max);
}

size_t client_session::room(time_point now) const {
  if (closed_ || !ready_ || leaving_ != end_reason::none || spent(now)) return 0;
  const size_t ahead_max = options_.trial && judged_ == 0 ? 1 : limits::mails_ahead_max;
  return std::min<size_t>(ahead_max - std::min(held(), ahead_max), options_.mails_max - offered_);
}

void client_session::take_outcomes(std::vector<outcome>& to) {
  std::move(outcomes_.begin(), outcomes_.end(), std::back_inserter(to));
  outcomes_.clear();
}

session_state client_session::state() const {
  if (closed_) return session_state::closed;
  if (!ready_) return session_state::greeting;
  if (quit_sent_) return session_state::quitting;
  return held() != 0 || !flight_.empty() ? session_state::busy : session_state::idle;
}

bool client_session::spent(time_point now) const {
  return offered_ >= options_.mails_max || now - born_ >= options_.age_max;
}

std::chrono::milliseconds client_session::timeout_of(command what) const {
  switch (what) {
    case command::greeting: return greeting_.before_banner() ? options_.timeouts.banner : options_.timeouts.command;
    case command::bdat:
    case command::content:
    case command::lone_dot: return options_.timeouts.final_dot;
    case command::quit: return options_.timeouts.quit;
    default: return options_.timeouts.command;
  }
}

// --- Ends.

/// Takes no more mails and quits when the one under way is done.
void client_session::leave(end_reason why, std::string text) {
  if (leaving_ != end_reason::none) return;
  leaving_ = why;
  leaving_text_ = std::move(text);
  for (const auto& h : waiting_) finish(h.message, verdict::deferred, stage::connect, leaving_text_);
  waiting_.clear();
}

void client_session::close(end_reason why, std::string text) {
  if (closed_) return;
  closed_ = true;
  // An orderly end keeps the reason for which it began.
  end_.reason = why == end_reason::quit && leaving_ != end_reason::none ? leaving_ : why;
  end_.text = std::move(text);
  end_.pipelining = pipelining_;
  end_.chunking = chunking_;
  end_.flight_cut = pipelining_ && answered_in_part_ && !flight_.empty();
  end_.was_ready = ready_;
  // Verdicts of a flight that did not line up are void; one that was merely cut short had lined up so far.
  const bool believed = why != end_reason::out_of_step;
  if (content_) {
    if (content_->judged && believed)
      publish(std::move(*content_->judged));
    else
      finish(content_->held.message, written_ > content_->dot_begin ? verdict::in_doubt : verdict::deferred,
             stage::content, end_.text);
    content_.reset();
  }
  if (envelope_ && !envelope_->withdrawn) {
    if (envelope_->judged && believed)
      publish(std::move(*envelope_->judged));
    else
      finish(envelope_->held.message, verdict::deferred, unseen(*envelope_, why) ? stage::connect : envelope_stage(),
             end_.text);
  }
  envelope_.reset();
  void_window(believed);
  for (const auto& h : waiting_) finish(h.message, verdict::deferred, stage::connect, end_.text);
  waiting_.clear();
  piece_ = {};
  text_.clear();
  text_at_ = 0;
  written_ = appended_;
}

void client_session::publish(outcome o) {
  const bool word = o.verdict == verdict::accepted || o.verdict == verdict::rejected;
  if (word) ++judged_;
  outcomes_.push_back(std::move(o));
}

void client_session::finish(const mail& m, verdict v, stage at, std::string_view why, std::string_view enhanced) {
  outcomes_.push_back(
    {m.id, v, at, 0, std::string{enhanced}, std::string{why.substr(0, limits::outcome_text_bytes_max)}, {}});
}

/// A relay that says goodbye has looked at nothing behind the command to which it says so: an envelope that shares the
/// flight with it was no try of its mail.
bool client_session::unseen(const transaction& t, end_reason why) {
  return why == end_reason::going_away && !t.mail_ok;
}

stage client_session::envelope_stage() const {
  if (!envelope_->mail_ok) return stage::mail;
  return envelope_->rcpt_ok ? stage::data : stage::rcpt;
}

}  // namespace cartwheel::smtp
