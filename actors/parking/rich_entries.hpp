#pragma once

#include "actors/parking/table_walk.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

namespace cartwheel {

/// What a warm_table holds in memory, each entry as the value that it is, at a place of its own while it is there.
/// `Of` (warm_table.hpp) says in which map: map_of<T>.
template <class Of>
class rich_entries {
 public:
  using key = typename Of::key;
  using key_view = typename Of::key_view;
  using value = typename Of::value;

 private:
  struct entry {
    value what{};
    bool asked_for = true;
    uint8_t saved_in = 0;
  };
  using map = typename Of::template map_of<entry>;

 public:
  using place = typename map::value_type*;

  explicit rich_entries(Of of) : of_{std::move(of)} {}
  const Of& of() const { return of_; }

  place find(const key_view& k) {
    auto i = map_.find(k);
    return i == map_.end() ? nullptr : &*i;
  }
  /// One that is not there yet.
  place add(const key_view& k, uint8_t saved_in) {
    auto* at = &*map_.try_emplace(key{k}).first;
    at->second.saved_in = saved_in;
    return at;
  }
  void erase(place at) { map_.erase(map_.find(at->first)); }

  const value& read(place at) { return at->second.what; }
  value& change(place at) { return at->second.what; }
  const key& key_of(place at) const { return at->first; }

  void ask_for(place at) { at->second.asked_for = true; }
  /// Whether it was asked for since the last time.
  bool take_asked_for(place at) { return std::exchange(at->second.asked_for, false); }
  static constexpr uint8_t walks_max = 0xff;
  uint8_t saved_in(place at) const { return at->second.saved_in; }
  void set_saved_in(place at, uint8_t walk) { at->second.saved_in = walk; }

  size_t size() const { return map_.size(); }
  size_t buckets() const { return map_.bucket_count(); }
  void settle() {}
  /// A hand's next turn, round and round: calls f(place) for what lies there, which may erase it.
  template <class F>
  void turn(F&& f) {
    hand_ = (hand_ + 1) % map_.bucket_count();
    there_.clear();
    for (auto i = map_.begin(hand_); i != map_.end(hand_); ++i) there_.push_back(&*i);
    for (auto at : there_) f(at);
  }
  template <class F>
  void each(F&& f) const {
    for (const auto& [k, e] : map_) f(k, e.what);
  }

  void begin_walk() { walk_.begin(map_); }
  bool walking() const { return walk_.under_way(); }
  /// Calls f(place) for about `most` more, whatever changes in between; what is left of `most` comes back.
  template <class F>
  size_t walk(size_t most, F&& f) {
    return walk_.go_on(map_, most, [&](auto& e) { f(&e); });
  }

 private:
  Of of_;
  map map_;
  size_t hand_ = 0;
  std::vector<place> there_;
  table_walk<map> walk_;
};

}  // namespace cartwheel
