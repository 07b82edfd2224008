#pragma once

#include "actors/event/event.hpp"
#include "actors/shard/epoch.hpp"
#include "runtime/base/bytes.hpp"

#include <map>
#include <memory>
#include <set>
#include <string>

namespace cartwheel {

/// How far news of each shop has come in. A step is decided when its shop's watermark has passed its due time: the newest
/// event time seen from that shop, less a lag; a shop silent for a while counts as caught up. So a gateway that falls
/// behind delays reminders instead of sending them to people who have bought meanwhile.
/// After a start on a directory with state nothing is decided until every shop known from before has been heard again,
/// or the hold is over. Pure: time is handed in.
/// Bounds: shops_max shops are told apart; beyond that a new shop shares the fate of the slowest.
class watermark_tracker {
 public:
  static constexpr size_t shops_max = 10'000;

  struct options {
    milliseconds lag = 2s;
    milliseconds silence = 60s;
    milliseconds hold = 0s;  // after a start on a log in which shops had been heard
  };

  /// A process begins, perhaps on a log that another has left: the shops heard so far are expected again, and held for.
  void restart(options o, instant started);

  void save(byte_writer& to) const;
  void load(byte_reader& from);

  /// Events of a batch came in at `received`.
  void note(const event_batch& batch, instant received);

  /// Whether nothing may be decided yet.
  bool holding(instant now) const;

  std::shared_ptr<const watermarks> at(instant now) const;

  /// The longest distance between now and a shop's watermark, over shops that are not silent.
  milliseconds lag(instant now) const;

 private:
  struct shop {
    instant newest = before_all;
    instant heard = before_all;
  };
  bool silent(const shop& s, instant now) const { return now - s.heard >= options_.silence; }

  options options_;
  instant started_{};
  std::set<std::string, std::less<>> expected_;  // shops heard before the start
  std::map<std::string, shop, std::less<>> shops_;
};

}  // namespace cartwheel
