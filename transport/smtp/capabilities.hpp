#pragma once

#include "transport/smtp/reply_parser.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cartwheel::smtp {

/// What a server announced in answer to EHLO. It belongs to one connection and is never kept for another (RFC 1869
/// section 4 forbids it: the next connection may reach another machine), nor across STARTTLS (RFC 3207 section 4.2).
struct capabilities {
  bool pipelining = false;
  bool chunking = false;
  bool dsn = false;
  bool eight_bit_mime = false;
  bool smtp_utf8 = false;
  bool enhanced_status_codes = false;
  bool starttls = false;
  bool size = false;
  uint64_t size_max = 0;  // bytes of a message, 0: no limit told

  // LIMITS (RFC 9422); 0: no limit told.
  uint32_t mail_max = 0;         // transactions of one connection
  uint32_t rcpt_max = 0;         // recipients of one transaction
  uint32_t rcpt_domain_max = 0;  // domains of the recipients of one connection

  /// Names of SASL mechanisms, in capitals, each once, in the server's order. Bounds: limits::auth_mechanisms_max.
  std::vector<std::string> auth;

  bool offers(std::string_view mechanism) const;
};

/// Reads the keywords of an EHLO reply: the first line is a greeting, each further line a keyword with parameters. A
/// parameter that cannot be read counts as not said: what a server announces is an offer, never a reason to fail.
capabilities announced(const reply& ehlo);

}  // namespace cartwheel::smtp
