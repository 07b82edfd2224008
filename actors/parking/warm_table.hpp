#pragma once

#include "actors/parking/parked_index.hpp"
#include "actors/parking/parking_lane.hpp"
#include "actors/parking/table_walk.hpp"
#include "actors/shard/moved_carts.hpp"
#include "runtime/base/partitions.hpp"
#include "runtime/journal/block_file.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace cartwheel {

/// A table of persons or addresses of a shard's person partitions. What has not been asked for in a while is parked: 14 B
/// of it stay here. Whoever asks for it brings it back and does not notice.
/// A snapshot of it is written in slices: what is about to change, or to be parked or brought back, before the walk has
/// come to it is written first, so the snapshot holds what was there at the cut.
///
/// `Of` says what is kept:
///   key, key_view, map_of<T>        its key, how it is asked for, a map from key to T
///   value                           default: nothing is known
///   hash(key_view)                  64 good bits, the same in every process on this directory
///   partition(key_view)             its person_partition
///   save(key, value, byte_writer&)  one record
///   load(byte_reader&, const moved_carts&)   -> pair of key and value
///   may_park(value)                 nothing about it is under way
///
/// Errors: std::runtime_error when a parked record is not there or does not read back: the shard cannot go on.
template <class Of>
class warm_table {
 public:
  using key = typename Of::key;
  using key_view = typename Of::key_view;
  using value = typename Of::value;

  warm_table(Of of, parking_lane lane) : of_{std::move(of)}, lane_{std::move(lane)} { stays_.stay(); }

  /// What is known of it, to be read or changed; null: nothing.  Lifetime: until erase() or sweep().
  value* find(const key_view& k) {
    auto i = hot_.find(k);
    if (i == hot_.end()) return bring_back(k);
    i->second.asked_for = true;
    save_first(*i);
    return &i->second.what;
  }
  value& operator[](const key_view& k) {
    if (auto* v = find(k)) return *v;
    auto& e = hot_.try_emplace(key{k}).first->second;
    e.saved_in = walk_number_;
    return e.what;
  }

  void erase(const key_view& k) {
    auto i = hot_.find(k);
    if (i == hot_.end()) return;
    save_first(*i);
    hot_.erase(i);
  }

  size_t size() const { return hot_.size() + parked_; }
  size_t parked() const { return parked_; }

  /// Looks at the next `buckets`: parks what nobody has asked for since it was last looked at, or (`all`) what may be; of
  /// the former about `most`.
  void sweep(size_t buckets, bool all, size_t most) {
    if (!lane_.open()) return;
    const size_t enough = all ? SIZE_MAX : parked_ + most;
    for (buckets = std::min(buckets, hot_.bucket_count()); buckets > 0 && parked_ < enough; --buckets) {
      hand_ = (hand_ + 1) % hot_.bucket_count();
      idle_.clear();
      for (auto i = hot_.begin(hand_); i != hot_.end(hand_); ++i) {
        bool idle = !std::exchange(i->second.asked_for, false);
        if ((idle || all) && of_.may_park(i->second.what)) idle_.push_back(i->first);
      }
      for (const auto& k : idle_) park(hot_.find(k));
    }
    lane_.settle();
  }
  size_t buckets() const { return hot_.bucket_count(); }

  // Snapshots.

  /// The cut: from here on the walk writes what was there now. `hot` and `parked` are the parts of its file.
  void begin_walk(block_writer::part& lanes, block_writer::part& hot, block_writer::part& parked) {
    lane_.cut(lanes.to());
    lanes.cut();
    ++walk_number_;
    walking_ = true;
    to_hot_ = &hot;
    to_parked_ = &parked;
    parked_saved_.fill(false);
    walk_.begin(hot_);
  }
  /// Writes on for about `most` entries; true when it has come to the end.
  bool walk(size_t most) {
    if (walk_.under_way()) most = walk_.go_on(hot_, most, [&](auto& e) { save_first(e); });
    if (walk_.under_way()) return false;
    for (size_t p = 0; p < cold_.size(); ++p) {
      if (parked_saved_[p]) continue;
      if (most == 0) return false;
      most -= std::min(most, cold_[p].size());
      save_partition_first(p);
    }
    walking_ = false;
    return true;
  }

  /// One record of the parts it has written. With another number of shards what was parked in their lanes is parked anew.
  void load_hot(byte_reader& from, const moved_carts& moved, const shard_share& mine) {
    auto [k, v] = of_.load(from, moved);
    if (mine.has(of_.partition(k))) keep(std::move(k), std::move(v));
  }
  void load_parked(byte_reader& from, const moved_carts& moved, const shard_share& mine, bool same_shards,
                   uint16_t lane) {
    auto p = person_partition{static_cast<uint16_t>(from.number())};
    auto print = static_cast<uint32_t>(from.number());
    auto number = from.number();
    if (static_cast<size_t>(p) >= cold_.size()) throw broken_bytes{"a partition is out of range"};
    if (!mine.has(p)) return;
    if (!same_shards) {
      auto record = lane_.read({lane, number});
      byte_reader r{record};
      auto [k, v] = of_.load(r, moved);
      lane_.left({lane, number});
      std::string again;
      byte_writer w{again};
      of_.save(k, v, w);
      number = lane_.park(std::move(again));
      if (++parked_anew_ % settled_every == 0) lane_.settle();
    }
    cold_[static_cast<size_t>(p)].insert(print, number);
    ++parked_;
  }
  parking_lane& lane() { return lane_; }

 private:
  struct entry {
    value what{};
    bool asked_for = true;
    uint8_t saved_in = 0;  // the last walk that has written it, or that it was made in
  };
  using map = typename Of::template map_of<entry>;
  static constexpr size_t settled_every = 1024;

  void keep(key k, value v) {
    auto& e = hot_.try_emplace(std::move(k)).first->second;
    e.what = std::move(v);
    e.saved_in = walk_number_;
  }

  value* bring_back(const key_view& k) {
    if (parked_ == 0) return nullptr;
    const auto hash = of_.hash(k);
    const auto print = parked_index::print_of(hash);
    const auto p = static_cast<size_t>(of_.partition(k));
    value* found = nullptr;
    cold_[p].find(print, [&](uint64_t number) {
      auto record = lane_.read(number);
      byte_reader from{record};
      auto [its, v] = of_.load(from, stays_);
      if (!(its == k)) return false;
      save_partition_first(p);
      cold_[p].erase(print, number);
      --parked_;
      lane_.left(number);
      keep(std::move(its), std::move(v));
      found = &hot_.find(k)->second.what;
      return true;
    });
    return found;
  }

  void park(typename map::iterator i) {
    save_first(*i);
    std::string record;
    byte_writer w{record};
    of_.save(i->first, i->second.what, w);
    const auto p = static_cast<size_t>(of_.partition(i->first));
    save_partition_first(p);
    cold_[p].insert(parked_index::print_of(of_.hash(i->first)), lane_.park(std::move(record)));
    ++parked_;
    hot_.erase(i);
  }

  void save_first(typename map::value_type& e) {
    if (!walking_ || e.second.saved_in == walk_number_) return;
    e.second.saved_in = walk_number_;
    of_.save(e.first, e.second.what, to_hot_->to());
    to_hot_->cut();
  }

  void save_partition_first(size_t p) {
    if (!walking_ || std::exchange(parked_saved_[p], true)) return;
    auto& w = to_parked_->to();
    cold_[p].for_each([&](uint32_t print, uint64_t number) {
      w.number(p);
      w.number(print);
      w.number(number);
      to_parked_->cut();
    });
  }

  Of of_;
  parking_lane lane_;
  map hot_;
  std::array<parked_index, person_partition_count> cold_;
  size_t parked_ = 0;
  size_t hand_ = 0;
  std::vector<key> idle_;
  moved_carts stays_;
  size_t parked_anew_ = 0;
  // The walk of a snapshot under way.
  bool walking_ = false;
  uint8_t walk_number_ = 0;
  table_walk<map> walk_;
  std::array<bool, person_partition_count> parked_saved_{};
  block_writer::part* to_hot_ = nullptr;
  block_writer::part* to_parked_ = nullptr;
};

}  // namespace cartwheel
