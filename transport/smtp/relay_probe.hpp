#pragma once

#include "transport/smtp/capabilities.hpp"
#include "transport/smtp/probe_session.hpp"
#include "transport/smtp/relay_pool.hpp"
#include "transport/smtp/tls_stream.hpp"

#include <optional>
#include <string>
#include <vector>

namespace cartwheel::smtp {

struct probe_options {
  relay_options relay;    // as a relay_pool would get them
  std::string sender;     // of the envelopes
  std::string recipient;  // likewise; empty: none are tried
};

/// What a relay showed.
struct probe_findings {
  struct tried {
    std::string address;  // "192.0.2.1:465"
    std::string failed;   // empty: connected
  };
  std::vector<tried> addresses;
  std::optional<tls_details> tls;
  std::optional<reply> ehlo;  // the last one: inside TLS where there is TLS
  capabilities server;
  std::optional<sasl::mechanism> login;  // how it was made or tried
  bool login_refused = false;            // because of the credentials
  bool greeted = false;                  // mails could be given to it
  smtp::envelopes envelopes = smtp::envelopes::not_tried;
  std::string envelopes_text;
  std::string failed;  // why mails cannot be sent, on one line; empty when they can
};

/// Connects to a relay as a pool does, with the same TLS and the same login, looks, and leaves without sending a mail.
/// At most one login is tried.
/// Runs on: the calling thread, until done; each step has the timeout it has in a pool.
/// Errors: std::runtime_error that names relay.ca_file when it cannot be read; all else is in the findings.
probe_findings probe_relay(const probe_options& options);

}  // namespace cartwheel::smtp
