#pragma once

#include "transport/smtp/capabilities.hpp"
#include "transport/smtp/reply_parser.hpp"
#include "transport/smtp/sasl.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cartwheel::smtp {

/// How a connection is protected. There is no "if it can be had": who can cut the offer out of an EHLO reply could then
/// read everything.
enum class protection : uint8_t { none, implicit_tls, starttls };

struct login_options {
  sasl::choice mechanism = sasl::choice::automatic;
  sasl::credential_source credentials;  // empty: no login
  std::function<std::string()> nonce = sasl::random_nonce;
};

struct greeting_options {
  std::string helo_name = "localhost";  // said in EHLO
  smtp::protection protection = smtp::protection::none;
  bool loopback = false;  // the server is this machine: nobody in between reads along
  login_options login;
};

/// What the owner of a greeting is to do next.
struct greeting_step {
  enum class action : uint8_t {
    say,            // `text`, a line without its end, alone in its flight
    shake_hands,    // begin TLS; nothing of the server's may have come behind the reply; then secured()
    wait,           // for the server's next reply
    done,           // mails may go
    refuse,         // close; `text` says why
    refuse_login,   // likewise, and who we are is the reason: trying again helps only when a person has acted
    lose_the_step,  // close: the reply is none to what was asked
  };
  action what;
  std::string text;
};

/// All of a session before its first mail, as a client: banner, STARTTLS, EHLO, AUTH. Bytes stay outside: replies in,
/// lines out.
///
/// Every command here ends its group (RFC 2920, 3207, 4954), so one is in flight at a time. What was announced in the
/// open is forgotten when TLS begins. Nothing is sent in the open that needs TLS: a server that does not offer, or
/// refuses, STARTTLS is left.
///
/// Texts never hold credentials, also where the server repeats them.
/// Bounds: limits::auth_challenges_max.  Source: RFC 5321, 3207, 4954, 8314.
class greeting {
 public:
  explicit greeting(greeting_options options);
  ~greeting();
  greeting(greeting&&) noexcept;
  greeting& operator=(greeting&&) noexcept;

  /// Where the connection has just been made: wait, or shake hands.
  greeting_step begin();
  /// Any reply, 421 included.
  greeting_step on_reply(const reply& r);
  /// TLS stands.
  greeting_step secured();

  /// TLS is awaited.
  bool shaking_hands() const { return at_ == at::implicit_handshake || at_ == at::handshake; }
  /// The banner is awaited.
  bool before_banner() const { return at_ == at::banner; }
  bool done() const { return at_ == at::done; }

  /// What the server announced last.
  const capabilities& server() const { return server_; }
  /// The EHLO reply last come, as it was; nothing after HELO.
  const std::optional<reply>& ehlo() const { return ehlo_; }
  /// How the login was made or tried; nothing before, or without one.
  std::optional<sasl::mechanism> login() const { return login_; }
  /// What is being waited for: "EHLO".
  std::string_view waiting_for() const;
  /// A reply as it may be told: on one line, bounded, without credentials.
  std::string quoted(const reply& r) const;

 private:
  enum class at : uint8_t { implicit_handshake, banner, ehlo, helo, starttls, handshake, auth, done, over };

  greeting_step say(at next, std::string line);
  greeting_step refuse(std::string why);
  greeting_step refuse_login(std::string why);
  greeting_step out_of_step(const reply& r);
  greeting_step on_introduction(const reply& r);
  greeting_step introduced();
  greeting_step begin_login();
  greeting_step on_auth(const reply& r);
  greeting_step on_challenge(const reply& r);
  greeting_step on_login_refused(const reply& r);
  bool confidential() const { return secured_ || options_.loopback; }
  /// Remembers a text that no reply may be quoted with; not an empty one.
  void keep_secret(std::string text);

  greeting_options options_;
  at at_ = at::banner;
  bool secured_ = false;
  capabilities server_;
  std::optional<reply> ehlo_;
  std::optional<sasl::mechanism> login_;
  std::unique_ptr<sasl::exchange> exchange_;
  int challenges_ = 0;
  std::vector<std::string> secrets_;
};

}  // namespace cartwheel::smtp
