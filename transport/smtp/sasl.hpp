#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

/// Logging in, without the connection: bytes of challenges in, bytes of responses out, base64 left to the caller.
/// Source: RFC 4422 (SASL), 4954 (AUTH).
namespace cartwheel::smtp::sasl {

/// The strongest first.
enum class mechanism : uint8_t { scram_sha_256, xoauth2, plain, login };

/// As AUTH and EHLO say it.
std::string_view name_of(mechanism m);

/// Who logs in. Shape: UTF-8 without control characters; an empty password or token is one that is not there.
struct credentials {
  std::string user;
  std::string password;  // for all but XOAUTH2
  std::string token;     // for XOAUTH2
};

/// Gives the credentials of one login, or says why there are none now; tokens expire, so it is asked at each.
/// Runs on: the connection's executor; it may read a small file.
using credential_source = std::function<std::variant<credentials, std::string>()>;

enum class choice : uint8_t { automatic, scram_sha_256, xoauth2, plain, login };

/// The mechanism to use, or why none can be.
struct selection {
  std::optional<mechanism> use;
  std::string why_not;
};

/// Chooses among what a server offers. `confidential`: nobody between us and the server can read along; without it only
/// SCRAM is used, which does not show the password.
/// Shape: `offered` as capabilities::auth has it.
selection select(choice wanted, const std::vector<std::string>& offered, const credentials& who, bool confidential);

/// What comes next in an exchange.
struct step {
  std::optional<std::string> response;  // to send; nothing: wait for a challenge, or failed
  std::string failed;                   // why the exchange cannot go on; never with any of the credentials
};

/// One exchange of one login. The caller ends it at the server's verdict, and believes a yes only if complete().
class exchange {
 public:
  virtual ~exchange() = default;
  /// What goes along with AUTH itself; no response: the mechanism begins with a challenge.
  virtual step begin() = 0;
  virtual step on_challenge(std::string_view challenge) = 0;
  /// Everything the mechanism wants to say and know has been said and known.
  virtual bool complete() const = 0;
};

/// `nonce` is of SCRAM: printable ASCII without a comma, fresh for each exchange.
std::unique_ptr<exchange> start(mechanism m, credentials who, std::string nonce);

/// 24 random bytes in base64.  Errors: empty when the system has no randomness.
std::string random_nonce();

/// RFC 4013. `stored`: code points that Unicode 3.2 does not know are refused, as for a password; else let pass, as for
/// a user's name (RFC 5802 section 5.1).  Errors: nothing for what SASLprep prohibits, and for what is not UTF-8.
std::optional<std::string> prepared(std::string_view text, bool stored);

}  // namespace cartwheel::smtp::sasl
