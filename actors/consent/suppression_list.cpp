#include "actors/consent/suppression_list.hpp"

#include "actors/shard/outbox.hpp"
#include "actors/shard/saved_values.hpp"

#include <algorithm>

namespace cartwheel {

bool suppression_list::note(const address_key& key, address_news what, instant now, instant mail) {
  if (what == address_news::none || !key.given()) return false;
  if (what == address_news::lifted) {
    entries_.erase(key);
    return false;
  }
  sweep(now);
  auto& e = entries_.try_emplace(key, entry{{what, now, now, 0, before_all}, {}}).first->second;
  const bool held = e.held.holds_at(now);
  if (what == address_news::quota) {
    const auto& known = e.strikes;
    if (mail != before_all && std::ranges::any_of(known, [&](const strike& s) { return s.mail == mail; })) return false;
    if (e.held.until != never) strike_at(e, now, mail);
  } else {
    if (e.held.reason != address_news::complaint) e.held.reason = what;
    e.held.until = never;
  }
  e.held.last = now;
  ++e.held.count;
  return !held && e.held.holds_at(now);
}

void suppression_list::strike_at(entry& e, instant now, instant mail) {
  std::ranges::rotate(e.strikes, e.strikes.end() - 1);
  e.strikes.front() = {now, mail};
  const auto oldest = e.strikes.back().at;
  if (oldest != before_all && now - oldest <= limits::quota_window) e.held.until = now + limits::quota_window;
}

/// What has run out is as if it had never been. Looked for when there are twice as many as were left the last time.
void suppression_list::sweep(instant now) {
  if (entries_.size() < sweep_at_) return;
  std::erase_if(entries_, [&](const auto& known) {
    const auto& held = known.second.held;
    return held.reason == address_news::quota && !held.holds_at(now) && now - held.last > limits::quota_window;
  });
  sweep_at_ = std::max(limits::suppressions_swept_from, 2 * entries_.size());
}

const suppression* suppression_list::find(const address_key& key) const {
  auto i = entries_.find(key);
  return i == entries_.end() ? nullptr : &i->second.held;
}

void suppression_list::each(instant now,
                            const std::function<void(const address_key&, const suppression&)>& tell) const {
  for (const auto& [key, e] : entries_)
    if (e.held.holds_at(now)) tell(key, e.held);
}

void suppression_list::save(byte_writer& to, const std::function<void()>& cut) const {
  for (const auto& [key, e] : entries_) {
    save_address(to, key);
    to.one_of(e.held.reason);
    to.time(e.held.first);
    to.time(e.held.last);
    to.number(e.held.count);
    to.time(e.held.until);
    const auto known = static_cast<size_t>(
      std::ranges::count_if(e.strikes, [](const strike& s) { return s.at != before_all; }));  // they stand in front
    to.number(known);
    for (size_t i = 0; i < known; ++i) {
      to.time(e.strikes[i].at);
      to.time(e.strikes[i].mail);
    }
    cut();
  }
}

void suppression_list::load_one(byte_reader& from, const shard_share& mine) {
  const auto key = load_address(from);
  entry e;
  e.held.reason = from.one_of(address_news::complaint);
  e.held.first = from.time();
  e.held.last = from.time();
  e.held.count = static_cast<uint32_t>(from.number());
  e.held.until = from.time();
  const auto strikes = from.number();
  for (size_t i = 0; i < strikes; ++i) {  // of a version with other bounds, too
    const strike s{from.time(), from.time()};
    if (i < e.strikes.size()) e.strikes[i] = s;
  }
  if (mine.has(outbox::partition_of(key))) entries_.insert_or_assign(key, e);
}

}  // namespace cartwheel
