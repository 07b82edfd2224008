#pragma once

#include "transport/smtp/reply_parser.hpp"

#include <cstdint>

namespace cartwheel::smtp {

/// What a server announced in answer to EHLO. It belongs to one connection and is never kept for another (RFC 1869
/// section 4 forbids it: the next connection may reach another machine).
struct capabilities {
  bool pipelining = false;
  bool chunking = false;
  bool dsn = false;
  bool eight_bit_mime = false;
  bool smtp_utf8 = false;
  bool enhanced_status_codes = false;
  bool size = false;
  uint64_t size_max = 0;  // bytes of a message, 0: no limit told
};

/// Reads the keywords of an EHLO reply: the first line is a greeting, each further line a keyword with parameters.
capabilities announced(const reply& ehlo);

}  // namespace cartwheel::smtp
