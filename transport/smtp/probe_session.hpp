#pragma once

#include "transport/smtp/client_session.hpp"
#include "transport/smtp/greeting.hpp"
#include "transport/smtp/reply_parser.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cartwheel::smtp {

/// What two envelopes that are taken back showed.
enum class envelopes : uint8_t {
  not_tried,
  lined_up,     // each reply was one to its command
  refused,      // likewise, and MAIL or RCPT got a no
  out_of_step,  // the relay cannot be spoken to in groups, whatever it announces
};

/// A look at a relay that sends no mail: the greeting as client_session makes it, then, if there is a recipient to ask
/// about, MAIL RCPT RSET twice (in one group where the server announces PIPELINING), then QUIT. Bytes and times in, bytes
/// out, as with a client_session.
class probe_session {
 public:
  using time_point = client_session::time_point;

  /// `recipient`: empty: no envelopes. Shape: addresses without controls, blanks and brackets.
  probe_session(session_options options, std::string sender, std::string recipient, time_point now);

  void receive(std::string_view bytes, time_point now);
  void written(size_t bytes, time_point now);
  void secured(time_point now);
  void not_secured(std::string_view why) { fail(std::string{why}); }
  void lost(std::string_view why, time_point now);
  void expire(time_point now);

  std::string_view output() const { return out_; }
  bool handshake_due() const { return !over_ && greeting_.shaking_hands(); }
  time_point deadline() const;
  bool over() const { return over_; }

  const greeting& greeted() const { return greeting_; }
  smtp::envelopes envelopes() const { return envelopes_; }
  /// The refusal, or what came instead of a reply.
  const std::string& envelopes_text() const { return envelopes_text_; }
  bool login_refused() const { return login_refused_; }
  /// Why mails cannot be sent, on one line; empty when they can, as far as was looked.
  const std::string& failed() const { return failed_; }

 private:
  void on_reply(const reply& r);
  void follow(greeting_step next);
  void begin_envelopes();
  void ask_next();
  void on_envelope_reply(const reply& r);
  void quit();
  void fail(std::string why);

  session_options options_;
  std::string sender_;
  std::string recipient_;
  greeting greeting_;
  reply_parser parser_;
  std::string out_;
  size_t awaited_ = 0;  // replies; before as many commands were written none can have come
  std::vector<std::string> commands_;
  size_t asked_ = 0;     // of commands_
  size_t answered_ = 0;  // likewise
  bool mail_ok_ = false;
  smtp::envelopes envelopes_ = smtp::envelopes::not_tried;
  std::string envelopes_text_;
  bool quit_ = false;
  bool over_ = false;
  bool login_refused_ = false;
  std::string failed_;
  time_point progress_;
};

}  // namespace cartwheel::smtp
