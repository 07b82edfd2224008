#pragma once

#include "actors/content/secret_key.hpp"
#include "runtime/base/time.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace cartwheel {

/// What a link in a mail may do. A token made for one purpose opens for no other.
enum class token_purpose : uint8_t { unsubscribe = 1, restore = 2, preferences = 3 };

/// What a link carries, so that no table of links has to be kept.
struct token_payload {
  token_purpose purpose = token_purpose::unsubscribe;
  std::string shop;
  std::string address;     // as the mail was addressed
  std::string scope;       // unsubscribe: the channel; restore: the cart_id
  std::string language{};  // of the mail, for the page behind the link; empty in links of earlier versions
  // restore: which mail of the cart's it stands in, and since when; it names nobody, so `address` is empty.
  uint32_t cycle = 0;
  uint8_t step = 0;
  instant made{};
  friend bool operator==(const token_payload&, const token_payload&) = default;
};

/// Makes links' tokens and opens them again.
/// Shape: base64url without padding of nonce (12 B), ciphertext, tag (16 B): AES-256-GCM. The nonce is an HMAC of the
/// payload, so the same payload gives the same token, in every attempt at a mail and after a restart, and different
/// payloads meet in a nonce no sooner than random ones would (2^48 of them).
/// The parts behind `scope` are written where there are any, so links of earlier versions open as they did.
/// Bounds: texts up to limits::token_text_bytes_max (else std::length_error: the event contract keeps them shorter),
/// tokens up to limits::token_bytes_max.  Runs on: any thread.  Cost: about 3 us.  Source: NIST SP 800-38D; the synthetic IV follows RFC 5297's idea.
class token_box {
 public:
  explicit token_box(const secret_key& links);
  ~token_box();
  token_box(token_box&&) noexcept;
  token_box& operator=(token_box&&) noexcept;

  std::string seal(const token_payload& payload) const;

  /// Errors: nothing for what this key did not seal for this purpose, whatever it is.
  std::optional<token_payload> open(std::string_view token, token_purpose purpose) const;

 private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

}  // namespace cartwheel
