#pragma once

#include "actors/content/secret_key.hpp"
#include "actors/event/address_key.hpp"
#include "runtime/base/time.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace cartwheel {

/// Which mail a bounce is about: to whom, and when its reminder was decided (whole seconds: a tick).
struct bounced_mail {
  address_key address;
  instant decided{};
  friend bool operator==(const bounced_mail&, const bounced_mail&) = default;
};

/// Makes the tokens that stand in envelope senders (`bounce+TOKEN@example.com`), and opens them again when something comes
/// back: so the address is known when its cart is gone, and nobody can make one for somebody else (docs/decisions/0008).
/// Shape: 48 characters of base32 (a-z2-7; read in either case, for some relays change it) of a tag (10 B) and the
/// ciphertext (20 B). The tag is an HMAC of the text and makes its key stream, so the same mail has the same token, and
/// nothing can be read or changed in it; one guess in 2^80 hits.
/// Bounds: seconds from 1970 to 2106.
/// Cost: 3 us.  Runs on: any thread.  Source: the construction is SIV (RFC 5297) with HMAC-SHA256 in both places.
class bounce_tokens {
 public:
  static constexpr size_t characters = 48;

  /// `key`: node_keys::message_id.
  explicit bounce_tokens(const secret_key& key);

  std::string seal(const bounced_mail& mail) const;
  /// Errors: nothing for what this node did not seal.
  std::optional<bounced_mail> open(std::string_view token) const;

  /// The envelope sender: `bounce@example.com` with the token behind a plus. Source: RFC 5233 section 1 (the separator).
  std::string sender(std::string_view bounce_address, const bounced_mail& mail) const;
  /// Of an address that one was made for, whatever stands before the plus and behind the at sign.
  std::optional<bounced_mail> open_address(std::string_view address) const;

 private:
  secret_key tag_key_;
  secret_key stream_key_;
};

/// What may stand in front of the token: a local part has 64 octets. Source: RFC 5321 section 4.5.3.1.1.
constexpr size_t bounce_local_part_max = 64 - 1 - bounce_tokens::characters;

}  // namespace cartwheel
