#pragma once

#include "runtime/journal/record.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace cartwheel {

/// How a posted body is to be read, by its Content-Type; parameters are passed over, letters have no case.
/// Errors: nothing for a type that carries no events.  Source: docs/EVENTS.md, Carriers.
std::optional<payload_format> format_of_events(std::string_view content_type);

/// The types above, as an Accept-Post header lists them.
constexpr std::string_view event_media_types =
  "application/x-ndjson, application/json, application/cloudevents+json, application/cloudevents-batch+json";

/// "Text/HTML; charset=utf-8" -> "text/html".
std::string media_type_of(std::string_view content_type);

}  // namespace cartwheel
