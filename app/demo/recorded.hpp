#pragma once

#include "app/demo/crowd.hpp"
#include "app/demo/gateway_event.hpp"

#include <string_view>
#include <vector>

namespace cartwheel {

/// The recorded shoppers that come with the program: 20 of OTTO's in August 2022, 28 days (215 of the 893 events in the first
/// 24 hours); their accounts, addresses and consents are made up.
/// Source: OTTO recommender systems data set, CC BY 4.0, Otto GmbH & Co KG; tests/data/otto.
std::string_view recorded_file();

/// Reads recorded events (NDJSON, plain or gzip) and moves them in time, all by the same distance, so that the first is at
/// `start`; those `length` or more later are left out.
/// Shape: in order of time; at equal times as in the file.
/// Errors: std::runtime_error for broken gzip and, naming the line, for an event that breaks the contract.
std::vector<gateway_event> read_recorded(std::string_view file, instant start, milliseconds length);

/// The events of a demo: a generated crowd with recorded shoppers among it, in order of time (recorded first at equal times).
class demo_day {
 public:
  demo_day(crowd generated, std::vector<gateway_event> recorded)
      : generated_{std::move(generated)}, recorded_{std::move(recorded)} {}

  /// The next event; null after the last one. It is valid until the next call.
  const gateway_event* next();

  /// Events given so far, by where they come from.
  size_t recorded_given() const { return given_; }
  size_t generated_given() const { return generated_given_; }
  const crowd& generated() const { return generated_; }

 private:
  crowd generated_;
  std::vector<gateway_event> recorded_;
  const gateway_event* waiting_ = nullptr;  // the crowd's next one, asked for and not yet given
  bool asked_ = false;
  size_t given_ = 0;
  size_t generated_given_ = 0;
};

}  // namespace cartwheel
