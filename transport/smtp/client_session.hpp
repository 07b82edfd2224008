#pragma once

#include "transport/smtp/capabilities.hpp"
#include "transport/smtp/chunking_mode.hpp"
#include "transport/smtp/dot_stuff.hpp"
#include "transport/smtp/greeting.hpp"
#include "transport/smtp/limits.hpp"
#include "transport/smtp/mail_feed.hpp"
#include "transport/smtp/reply_parser.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cartwheel::smtp {

struct session_timeouts {
  std::chrono::milliseconds banner = limits::banner_timeout;
  std::chrono::milliseconds handshake = limits::handshake_timeout;
  std::chrono::milliseconds command = limits::command_timeout;
  std::chrono::milliseconds data_block = limits::data_block_timeout;
  std::chrono::milliseconds final_dot = limits::final_dot_timeout;
  std::chrono::milliseconds quit = limits::quit_timeout;
  std::chrono::milliseconds idle = limits::idle_max;
};

struct session_options : greeting_options {
  bool pipelining = true;           // false: lock-step, whatever the server announces
  bool optional_parameters = true;  // false: this relay refused SIZE, RET, ENVID, NOTIFY or ORCPT before
  chunking_mode chunking = chunking_mode::off;
  size_t window = limits::window_mails;  // of chunking_mode::window; at most limits::mails_ahead_max
  bool trial = false;                    // one mail at a time until the relay has said its word about one
  uint32_t mails_max = limits::connection_mails_max;
  std::chrono::milliseconds age_max = limits::connection_age_max;
  size_t content_piece_bytes = limits::content_piece_bytes;
  session_timeouts timeouts;
};

enum class session_state : uint8_t { greeting, idle, busy, quitting, closed };

enum class end_reason : uint8_t {
  none,
  quit,          // an orderly end: idle, old, enough mails, or told to stop
  recalled,      // closed because that is the only way not to send a mail whose DATA was answered 354
  refused,       // banner, EHLO, STARTTLS, the TLS handshake or AUTH said no
  told_to_wait,  // 4yz to MAIL or DATA, or the sender is refused again and again
  going_away,    // 421
  lost,          // the connection broke or was closed by the peer
  timed_out,
  out_of_step,  // replies do not line up with commands: nothing this server says in a pipeline can be trusted
};

/// How a session ended.
struct session_end {
  end_reason reason = end_reason::none;
  std::string text;
  bool pipelining = false;          // commands went out in groups
  bool chunking = false;            // content went out by BDAT
  bool flight_cut = false;          // a group was answered in part when it ended
  bool parameters_refused = false;  // the server refused as unknown what its EHLO had announced
  bool was_ready = false;           // it got as far as taking mails
  bool login_refused = false;       // because of who we are: a person must act
};

/// One SMTP connection, as a client, without the connection: bytes and times in, bytes and outcomes out.
///
/// Sends in one of four modes, chosen after EHLO. L, lock-step: one command, one reply. A, when the server announces
/// PIPELINING: the content of a mail, its final dot and the envelope of the next one are one group (RFC 2920), so a
/// mail costs one round trip. B1 and BW, when it announces CHUNKING too and options.chunking allows: envelope and
/// content of a mail are one group (RFC 3030), in BW that of the next ones behind it, before any reply has come.
///
/// Each mail offered gets exactly one outcome, at the latest when the session closes. Its content is written only if
/// its intent is durable and the gate said yes at that moment; in modes L and A, also only behind 2yz to RCPT and 354.
///
/// TLS is outside, too: where handshake_due() says so the connection begins it, and from then on what comes and goes
/// here is plaintext within.
///
/// Bounds: limits::mails_ahead_max mails at a time.  Runs on: its connection's executor; no call blocks.
/// Source: RFC 5321, 2920, 3030, 1870, 3461, 6152, 6531; the greeting's in greeting.hpp.
class client_session {
 public:
  using time_point = std::chrono::steady_clock::time_point;
  /// The hard gate, mail_feed::may_send_content(). May call recall() of this session, nothing else of it.
  using gate = std::function<bool(mail_id)>;

  /// Begins where a connection has just been made.
  client_session(session_options options, gate may_send_content, time_point now);

  // What happens to it.

  /// Bytes came from the server.
  void receive(std::string_view bytes, time_point now);
  /// The first `bytes` bytes of output() were handed to the connection. That is what decides whether a recall comes too
  /// late and whether a mail is in doubt, so it must be told before the session hears of anything else.
  void written(size_t bytes, time_point now);
  /// The TLS handshake is over, the server's certificate is the right one.
  void secured(time_point now);
  /// There will be no TLS; a verdict on the relay, never on a mail.
  void not_secured(std::string_view why);
  /// The connection is gone.
  void lost(std::string_view why, time_point now);
  /// deadline() has come. Too early is harmless.
  void expire(time_point now);
  /// Takes a mail; room() says how many it may be.
  void offer(mail m, time_point now);
  /// These intents are durable; ids it does not hold (any more) are ignored.
  void durable(const std::vector<mail_id>& ids, time_point now);
  /// Takes a mail back and says where it was; nothing for a mail it does not hold (any more).
  std::optional<recall_point> recall(mail_id id, time_point now);
  /// No more mails: those waiting are sent back, the one under way is finished, then QUIT.
  void stop(time_point now);

  // What it wants.

  /// What to write next, in order and in one write; empty pieces when nothing. Valid until the next call that changes
  /// the session.
  std::array<std::string_view, 2> output() const;
  /// When to call expire(), at the latest.
  std::optional<time_point> deadline() const;
  /// How many mails it can take now; 0 before the greeting is over and when it will end soon.
  size_t room(time_point now) const;
  /// Whether mails wait whose envelope has not been sent.
  bool has_waiting() const { return !waiting_.empty(); }
  bool has_outcomes() const { return !outcomes_.empty(); }
  /// Moves the outcomes so far to the end of `to`.
  void take_outcomes(std::vector<outcome>& to);

  session_state state() const;
  /// TLS is to begin now: everything was written, and nothing more is to be read in the open.
  bool handshake_due() const { return !closed_ && greeting_.shaking_hands(); }
  /// Once closed.
  const session_end& end() const { return end_; }
  /// Some replies to the group in flight have come, not all: the server may be waiting for them to be acknowledged.
  bool answered_in_part() const { return answered_in_part_ && !flight_.empty(); }
  /// Groups of commands whose last reply has come; the greeting is not one.
  uint64_t round_trips() const { return round_trips_; }
  /// Mails the relay said its word about (accepted, or refused at RCPT or content): it works.
  uint64_t judged() const { return judged_; }

 private:
  enum class command : uint8_t { greeting, rset, mail, rcpt, data, bdat, content, lone_dot, quit };

  /// A command in flight. `end`: offset in the stream just behind it; a reply that comes before that much was written
  /// cannot be an answer to it. For content, never until its final dot has been composed.
  struct in_flight {
    command what;
    uint64_t end;
  };
  std::string name_of(command what) const;
  static constexpr uint64_t not_composed = std::numeric_limits<uint64_t>::max();

  struct held_mail {
    mail message;
    content_form form;
    bool durable = false;
  };

  /// A mail whose envelope is on its way.
  struct transaction {
    explicit transaction(held_mail h) : held{std::move(h)} {}
    held_mail held;
    command next = command::mail;  // of the envelope, to be written next (lock-step)
    bool mail_ok = false;
    bool rcpt_ok = false;
    bool data_sent = false;
    bool data_open = false;  // 354: the server now takes everything for content
    bool extended = false;   // its commands had parameters that the server may not know, whatever it announced
    bool again = false;      // refused for those, to be sent without
    bool withdrawn = false;  // recalled, and said so
    uint64_t begin = 0;      // modes B: where it stands in the stream
    uint64_t end = not_composed;
    time_point composed_at{};
    std::optional<outcome> judged;
  };

  /// A mail whose content is on its way.
  struct content_transfer {
    content_transfer(held_mail h, uint64_t from) : held{std::move(h)}, begin{from} {}
    held_mail held;
    std::string stuffed;    // the bytes sent, if not those of the mail
    std::string_view rest;  // not yet composed into output
    uint64_t begin;         // offsets in the stream
    uint64_t dot_begin = not_composed;
    time_point dot_at{};  // when the final dot was composed
    std::optional<outcome> judged;
  };

  void on_reply(const reply& r, time_point now);
  void on_premature_reply(const in_flight& head, const reply& r);
  void on_going_away(command what, const reply& r);
  void on_greeting_reply(const in_flight& head, const reply& r, time_point now);
  void follow(greeting_step next);
  void on_envelope_reply(command what, const reply& r);
  bool lines_up(command what, const reply& r);
  void flight_answered();
  void settle_envelope();
  /// The transaction that the reply to MAIL, RCPT, DATA or BDAT is about.
  transaction& answering() { return chunking_ ? window_[lined_up_] : *envelope_; }

  void advance(time_point now);
  void compose(time_point now);
  void compose_content(time_point now);
  void compose_piece(time_point now);
  void compose_dot(time_point now);
  bool begin_next_envelope();
  void append_envelope();
  bool may_go(const held_mail& h);
  void compose_window(time_point now);
  bool compose_chunked(time_point now);
  void on_bdat_reply(const reply& r, time_point now);
  void settle_window();
  void void_window(bool believed);
  size_t window_max() const;
  void append(command what);

  void leave(end_reason why, std::string text);
  void close(end_reason why, std::string text);
  void close_out_of_step(command what, const reply& r);
  void publish(outcome o);
  void finish(const mail& m, verdict v, stage at, std::string_view why, std::string_view enhanced = {});
  stage envelope_stage() const;
  static bool unseen(const transaction& t, end_reason why);
  size_t held() const { return waiting_.size() + (envelope_ ? 1 : 0) + (content_ ? 1 : 0) + window_.size(); }
  bool unwritten() const { return written_ != appended_; }
  bool spent(time_point now) const;
  std::chrono::milliseconds timeout_of(command what) const;

  session_options options_;
  gate may_send_content_;
  reply_parser parser_;
  greeting greeting_;
  capabilities server_;
  bool pipelining_ = false;  // mode A or B
  bool chunking_ = false;    // mode B1 or BW

  std::deque<held_mail> waiting_;
  std::optional<transaction> envelope_;
  std::optional<content_transfer> content_;
  std::deque<transaction> window_;  // modes B, oldest first
  size_t lined_up_ = 0;             // of those, at the front: answered in full
  uint64_t round_trip_at_ = 0;  // modes B: what stands in the stream from here on is answered in the next round trip

  std::vector<in_flight> flight_;  // oldest first; replies come in this order
  bool answered_in_part_ = false;  // at least one reply to this flight has come
  bool needs_reset_ = false;       // the last transaction failed: RSET before the next MAIL
  bool lone_dot_due_ = false;      // 354 came although no recipient was taken
  bool composing_ = false;         // the gate is being asked: what it recalls must not compose

  // Output: first what is left of a piece of content, then what is left of text_.
  std::string_view piece_;
  std::string text_;
  size_t text_at_ = 0;
  uint64_t appended_ = 0;  // offsets in the stream
  uint64_t written_ = 0;

  time_point born_;
  time_point progress_;  // last reply, or last time the connection took bytes
  bool ready_ = false;   // the greeting is over
  bool quit_sent_ = false;
  end_reason leaving_ = end_reason::none;  // ends with QUIT as soon as nothing is under way
  std::string leaving_text_;
  bool closed_ = false;
  session_end end_;
  bool optional_parameters_;
  uint32_t offered_ = 0;
  uint32_t sender_refusals_ = 0;
  uint64_t round_trips_ = 0;
  uint64_t judged_ = 0;
  std::vector<outcome> outcomes_;
};

}  // namespace cartwheel::smtp
