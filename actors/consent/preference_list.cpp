#include "actors/consent/preference_list.hpp"

#include "actors/shard/outbox.hpp"
#include "actors/shard/saved_values.hpp"

#include <algorithm>

namespace cartwheel {

bool preference_list::note(const address_key& key, const event_details& said, instant time) {
  if (!key.given()) return false;
  sweep(time);
  auto& p = entries_[key];
  const bool paused = p.pauses_at(time);
  if (said.paused_until != before_all && time >= p.pause_said) {
    p.pause_said = time;
    p.paused_until = std::min(said.paused_until, time + limits::pause_max);
  }
  if (said.frequency != contact_frequency::unchanged && time >= p.frequency_said) {
    p.frequency_said = time;
    p.weekly = said.frequency == contact_frequency::weekly;
  }
  return !paused && p.pauses_at(time);
}

const preference* preference_list::find(const address_key& key) const {
  auto i = entries_.find(key);
  return i == entries_.end() ? nullptr : &i->second;
}

/// What is over is as if it had never been said, once no event that is older can still come in. Looked for when there are
/// twice as many as were left the last time.
void preference_list::sweep(instant now) {
  if (entries_.size() < sweep_at_) return;
  std::erase_if(entries_, [&](const auto& known) {
    const auto& p = known.second;
    return !p.weekly && !p.pauses_at(now) && now - std::max(p.pause_said, p.frequency_said) > limits::pause_max;
  });
  sweep_at_ = std::max(limits::preferences_swept_from, 2 * entries_.size());
}

void preference_list::save(byte_writer& to, const std::function<void()>& cut) const {
  for (const auto& [key, p] : entries_) {
    save_address(to, key);
    to.time(p.paused_until);
    to.time(p.pause_said);
    to.flag(p.weekly);
    to.time(p.frequency_said);
    cut();
  }
}

void preference_list::load_one(byte_reader& from, const shard_share& mine) {
  const auto key = load_address(from);
  preference p;
  p.paused_until = from.time();
  p.pause_said = from.time();
  p.weekly = from.flag();
  p.frequency_said = from.time();
  if (mine.has(outbox::partition_of(key))) entries_.insert_or_assign(key, p);
}

}  // namespace cartwheel
