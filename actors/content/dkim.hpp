#pragma once

#include "runtime/base/time.hpp"

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace cartwheel {

/// A sending domain's keys, as configured.
struct dkim_settings {
  std::string selector;          // of the RSA key: NAME in NAME._domainkey.example.com
  std::string key_file;          // PEM
  std::string ed25519_selector;  // empty: no second signature
  std::string ed25519_key_file;
  friend bool operator==(const dkim_settings&, const dkim_settings&) = default;
};

/// What receivers must find in the DNS before the first signed mail leaves.
struct dkim_dns_record {
  std::string name;   // "news._domainkey.example.com"
  std::string value;  // "v=DKIM1; k=rsa; p=..."
};

/// Signs mails for their domain (DKIM).
/// Shape: relaxed/relaxed; rsa-sha256, and behind it ed25519-sha256 where the domain has such a key (RFC 8463); no l=; the
/// fields that a reader goes by are signed once more than they are there, so that none can be added. Both signature
/// schemes are deterministic and t= is the mail's own date: the same mail has the same bytes at each try.
/// Cost: 0.3 to 1 ms with RSA of 2048 bits, 50 us with Ed25519 besides; keys are loaded and looked up once.
/// Runs on: any thread, several at once.  Source: RFC 6376, RFC 8301 (key sizes), RFC 8463.
class dkim_signer {
 public:
  /// `domains`: by domain, in A-labels.
  /// Errors: std::runtime_error, one line a mistake: names the section's key and the file, for a file that cannot be read,
  /// that holds no private key in PEM, another kind of key, or an RSA key of fewer than 2048 bits.
  explicit dkim_signer(const std::map<std::string, dkim_settings>& domains);
  ~dkim_signer();
  dkim_signer(const dkim_signer&) = delete;
  dkim_signer& operator=(const dkim_signer&) = delete;

  bool empty() const { return keys_.empty(); }
  /// Whether sign() would have a key for mails of this domain.
  bool signs(std::string_view domain) const { return key_domain_of(domain) != keys_.end(); }
  /// The signatures, header fields with their CRLF, to be put in front of `message` (CRLF line ends); empty when neither
  /// `domain` nor one above it has a key.
  std::string sign(std::string_view domain, std::string_view message, instant date) const;

  /// One a key.
  std::vector<dkim_dns_record> dns_records() const;
  /// What works and should not be as it is: key files that others than their owner may read.
  const std::vector<std::string>& warnings() const { return warnings_; }

 private:
  struct key;
  using key_map = std::map<std::string, std::vector<std::unique_ptr<const key>>, std::less<>>;
  key_map::const_iterator key_domain_of(std::string_view domain) const;

  key_map keys_;  // RSA first
  std::vector<std::string> warnings_;
};

}  // namespace cartwheel
