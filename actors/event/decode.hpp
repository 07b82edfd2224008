#pragma once

#include "actors/event/event.hpp"

#include <optional>

namespace cartwheel {

/// How strict about time a decoder is.
struct decode_rules {
  /// When set (live), events more than limits::time_ahead_max later are refused and ones more than
  /// limits::event_age_max older are marked persons_only. Files and replays leave it empty.
  std::optional<instant> now;
  /// The time of an entry whose carrier gives none (Forward's 0 or nil: "now").
  instant received{};
};

/// Decodes Forward entries: concatenated msgpack `[time, record]` (docs/EVENTS.md, Carriers), `time` an integer of Unix
/// seconds (milliseconds above 1e11), an EventTime ext, nil or `[time, metadata]`.
/// Errors: an entry that breaks the contract lands in `batch.refused`; bytes that are no msgpack refuse the rest of the
/// chunk as one event (nothing behind them can be found).
/// Lifetime: texts and `raw` point into `entries`, which lies in the batch's chunk or outlives the batch.
/// Bounds: limits::event_bytes_max per entry, limits::msgpack_depth_max.  Cost: no allocation per event.
void decode_entries(std::string_view entries, const decode_rules& rules, event_batch& batch);

/// Decodes one event a line. Empty lines are passed over, but count; `first_line` is the index of the first.
/// Errors: a line that is no JSON object, or breaks the contract, lands in `batch.refused`.
/// Lifetime: lines within the batch's chunk are read in place and may be pointed into; others are copied first.
/// Bounds: as decode_entries.
void decode_json_lines(std::string_view lines, const decode_rules& rules, event_batch& batch, size_t first_line = 0);

/// Decodes one JSON object or an array of them.
/// Errors: returns a text when the document as a whole is no JSON object or array, and the batch is as it was; refused
/// elements land in the batch.
/// Lifetime: the document is copied; only `raw` points into it.
std::optional<std::string> decode_json(std::string_view document, const decode_rules& rules, event_batch& batch);

/// As decode_json for CloudEvents 1.0 in structured mode (an object) and batched mode (an array): the event in `data`,
/// `id` -> event_id, `time` -> time where the event itself has none.
std::optional<std::string> decode_cloudevents(std::string_view document, const decode_rules& rules, event_batch& batch);

}  // namespace cartwheel
