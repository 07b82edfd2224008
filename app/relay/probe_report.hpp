#pragma once

#include "app/config/settings.hpp"
#include "transport/smtp/relay_probe.hpp"

#include <string>

namespace cartwheel {

/// What a probe found, in words: for each finding also what Cartwheel makes of it. Ends in a newline; the reason why
/// mails cannot be sent is not part of it (findings.failed).
std::string probe_in_words(const std::string& name, const relay_settings& relay, const smtp::probe_findings& found);

/// The same as one JSON object, without a newline.
std::string probe_as_json(const std::string& name, const relay_settings& relay, const smtp::probe_findings& found);

}  // namespace cartwheel
