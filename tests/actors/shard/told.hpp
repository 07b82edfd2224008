#pragma once

#include "actors/event/decode.hpp"
#include "actors/shard/outbox.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace cartwheel::testing {

/// Events as a gateway writes them, one a line, decoded; they live as long as this does.
class told {
 public:
  explicit told(std::string lines) : batch_{std::make_shared<event_batch>(whole(std::move(lines)))} {
    decode_json_lines(batch_->chunk().bytes, {}, *batch_);
    for (const auto& r : batch_->refused) ADD_FAILURE() << r.reason << ": " << r.raw;
  }
  const event& operator[](size_t i) const { return batch_->events.at(i); }
  const std::shared_ptr<event_batch>& batch() const { return batch_; }

 private:
  std::shared_ptr<event_batch> batch_;
};

inline instant at(int64_t ms) { return from_unix_ms(ms); }

/// An address, by a number instead of its hash.
inline addressed mailbox(uint64_t n) { return {{n, n}, {}}; }

/// All that went into the outbox, which is empty then.
inline std::vector<notice> taken(outbox& out) {
  std::vector<notice> all;
  for (size_t i = 0; i < out.shards(); ++i)
    for (auto& n : std::exchange(out.of(i), {}).notices) all.push_back(std::move(*n));
  return all;
}

/// Those of one kind.
inline std::vector<notice> of(notice_kind kind, const std::vector<notice>& all) {
  std::vector<notice> some;
  for (const auto& n : all)
    if (n.kind == kind) some.push_back(n);
  return some;
}

}  // namespace cartwheel::testing
