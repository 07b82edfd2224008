#pragma once

#include "actors/parking/further_index.hpp"
#include "actors/parking/parked_index.hpp"
#include "actors/parking/packed_entries.hpp"
#include "actors/parking/parking_lane.hpp"
#include "actors/parking/rich_entries.hpp"
#include "actors/shard/moved_carts.hpp"
#include "runtime/base/partitions.hpp"
#include "runtime/journal/block_file.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace cartwheel {

/// A table of persons, addresses or orders of a shard's person partitions. What has not been asked for in a while is parked:
/// 14 B of it stay here. Whoever asks for it brings it back and does not notice.
/// A snapshot of it is written in slices: what is about to change, or to be parked or brought back, before the walk has
/// come to it is written first, so the snapshot holds what was there at the cut.
///
/// `Of` says what is kept:
///   key, key_view                   its key, how it is asked for
///   value                           default: nothing is known
///   map_of<T>                       a map from key to T, in which values lie as they are; or, to have them packed:
///   pack_key(key_view, packed_writer&), unpack_key(packed_reader&) -> key
///   pack(value, packed_writer&), unpack(packed_reader&, value&)
///   texts()                         the recurring_texts that packing and unpacking refer to
///   hash(key_view)                  64 good bits, the same in every process on this directory
///   partition(key_view)             its person_partition
///   save(key, value, byte_writer&)  one record
///   load(byte_reader&, const moved_carts&)   -> pair of key and value
///   may_park(value)                 nothing about it is under way
///   further_hashes(value)           optional: by what else it is found, each once, some 12 B each while it is parked
///
/// Errors: std::runtime_error when a parked record is not there or does not read back: the shard cannot go on.
template <class Of>
class warm_table {
 public:
  using key = typename Of::key;
  using key_view = typename Of::key_view;
  using value = typename Of::value;

  warm_table(Of of, parking_lane lane) : hot_{std::move(of)}, lane_{std::move(lane)} { stays_.stay(); }

  /// What is known of it, to be changed; null: nothing.
  /// Lifetime: until anything else is asked for, or erase() or sweep(). Where values lie as they are, asking ends nothing.
  value* find(const key_view& k) {
    auto at = hot_.find(k);
    if (!at) return bring_back(k);
    hot_.ask_for(at);
    save_first(at);
    return &hot_.change(at);
  }
  /// The same, to be read.
  const value* read(const key_view& k) {
    auto at = hot_.find(k);
    if (!at) return bring_back(k);
    hot_.ask_for(at);
    return &hot_.read(at);
  }
  value& operator[](const key_view& k) {
    if (auto* v = find(k)) return *v;
    auto at = hot_.add(k, walk_number_);
    file(at);
    return hot_.change(at);
  }

  void erase(const key_view& k) {
    auto at = hot_.find(k);
    if (!at) return;
    save_first(at);
    unfile(at);
    hot_.erase(at);
  }

  // Of an Of with further hashes.

  /// Changes what the value of `k`, which find() or [] has just given, is found by.
  template <class F>
  void refile(const key_view& k, F&& change) {
    auto at = hot_.find(k);
    const auto before = of().further_hashes(hot_.read(at));
    change();
    const auto now = of().further_hashes(hot_.read(at));
    for (auto hash : before)
      if (!has(now, hash)) more_.unfile(hash, *at);
    for (auto hash : now)
      if (!has(before, hash)) more_.file(hash, *at);
  }

  /// What is found by a further hash, in order of the keys. All of it is in memory then.
  std::vector<key> keys_by(uint64_t hash) {
    const auto print = parked_index::print_of(hash);
    for (size_t p = 0; parked_ > 0 && p < cold_.size(); ++p)
      for (auto number : more_.parked(p, print)) {
        auto [k, v] = read(number);
        if (!has(of().further_hashes(v), hash)) continue;
        take_from_parked(p, k, v, number);
        keep(std::move(k), std::move(v));
      }
    std::vector<key> found;
    for (auto* at : more_.hot(hash))
      if (has(of().further_hashes(hot_.read(at)), hash)) found.push_back(hot_.key_of(at));
    std::sort(found.begin(), found.end());
    return found;
  }

  /// Erases what lies in that partition under that hash and of which gone(key, value) says so. A parked one that stays is
  /// not brought back.
  template <class F>
  void erase_if(person_partition of, uint64_t hash, F&& gone) {
    for (auto* at : more_.hot(hash))
      if (const auto& k = hot_.key_of(at);
          this->of().hash(k) == hash && this->of().partition(k) == of && gone(k, hot_.read(at)))
        erase(key{k});
    const auto p = static_cast<size_t>(of);
    std::vector<uint64_t> numbers;
    cold_[p].find(parked_index::print_of(hash), [&](uint64_t number) {
      numbers.push_back(number);
      return false;
    });
    for (auto number : numbers) {
      auto [k, v] = read(number);
      if (this->of().hash(k) == hash && gone(k, v)) take_from_parked(p, k, v, number);
    }
  }

  uint64_t hash(const key_view& k) const { return of().hash(k); }
  template <class F>
  void each_hot(F&& f) const {
    hot_.each(f);
  }

  size_t size() const { return hot_.size() + parked_; }
  size_t parked() const { return parked_; }

  /// Looks at the next `buckets`: parks what nobody has asked for since it was last looked at, or (`all`) what may be; of
  /// the former about `most`.
  void sweep(size_t buckets, bool all, size_t most) {
    if (!lane_.open()) return;
    const size_t enough = all ? SIZE_MAX : parked_ + most;
    buckets = std::min(buckets, hot_.buckets());
    hot_.settle();
    for (; buckets > 0 && parked_ < enough; --buckets)
      hot_.turn([&](place at) {
        const bool idle = !hot_.take_asked_for(at);
        if ((idle || all) && of().may_park(hot_.read(at))) park(at);
      });
    lane_.settle();
  }
  size_t buckets() const { return hot_.buckets(); }

  // Snapshots.

  /// The cut: from here on the walk writes what was there now. `hot`, `parked` and, with further hashes, `further` are the
  /// parts of its file.
  void begin_walk(block_writer::part& lanes, block_writer::part& hot, block_writer::part& parked,
                  block_writer::part* further = nullptr) {
    lane_.cut(lanes.to());
    lanes.cut();
    walk_number_ = static_cast<uint8_t>(walk_number_ % entries::walks_max + 1);
    walking_ = true;
    to_hot_ = &hot;
    to_parked_ = &parked;
    to_further_ = further;
    parked_saved_.fill(false);
    hot_.begin_walk();
  }
  /// Writes on for about `most` entries; true when it has come to the end.
  bool walk(size_t most) {
    if (hot_.walking()) most = hot_.walk(most, [&](place at) { save_first(at); });
    if (hot_.walking()) return false;
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
    auto [k, v] = of().load(from, moved);
    if (!mine.has(of().partition(k))) return;
    if (hot_.find(k)) throw broken_bytes{"something stands in it twice"};
    keep(std::move(k), std::move(v));
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
      auto [k, v] = of().load(r, moved);
      lane_.left({lane, number});
      std::string again;
      byte_writer w{again};
      of().save(k, v, w);
      number = lane_.park(std::move(again));
      if (++parked_anew_ % settled_every == 0) lane_.settle();
      if constexpr (has_further)
        for (auto hash : of().further_hashes(v))
          more_.park(static_cast<size_t>(p), parked_index::print_of(hash), number);
    }
    cold_[static_cast<size_t>(p)].insert(print, number);
    ++parked_;
  }
  void load_further(byte_reader& from, const shard_share& mine, bool same_shards) {
    auto p = person_partition{static_cast<uint16_t>(from.number())};
    auto print = static_cast<uint32_t>(from.number());
    auto number = from.number();
    if (static_cast<size_t>(p) >= cold_.size()) throw broken_bytes{"a partition is out of range"};
    if (same_shards && mine.has(p)) more_.park(static_cast<size_t>(p), print, number);
  }
  parking_lane& lane() { return lane_; }

 private:
  static constexpr bool packed = requires(const Of& of, const value& v, packed_writer& to) { of.pack(v, to); };
  using entries = typename std::conditional_t<packed, std::type_identity<packed_entries<Of>>,
                                              std::type_identity<rich_entries<Of>>>::type;
  using place = typename entries::place;
  static constexpr size_t settled_every = 1024;
  static constexpr bool has_further = requires(const Of& of, const value& v) { of.further_hashes(v); };
  static_assert(!packed || !has_further, "a packed entry moves: nothing can point to it");
  struct nothing {};
  template <class P>
  using further_by = std::conditional_t<has_further, further_index<std::remove_pointer_t<P>>, nothing>;

  const Of& of() const { return hot_.of(); }

  value& keep(key k, value v) {
    auto at = hot_.add(k, walk_number_);
    auto& kept = hot_.change(at);
    kept = std::move(v);
    file(at);
    return kept;
  }

  /// In memory it is found by its own hash, too.
  void file(place at) {
    if constexpr (has_further) {
      more_.file(of().hash(hot_.key_of(at)), *at);
      for (auto hash : of().further_hashes(hot_.read(at))) more_.file(hash, *at);
    }
  }
  void unfile(place at) {
    if constexpr (has_further) {
      more_.unfile(of().hash(hot_.key_of(at)), *at);
      for (auto hash : of().further_hashes(hot_.read(at))) more_.unfile(hash, *at);
    }
  }
  static bool has(const std::vector<uint64_t>& hashes, uint64_t hash) {
    return std::find(hashes.begin(), hashes.end(), hash) != hashes.end();
  }

  std::pair<key, value> read(uint64_t number) const {
    auto record = lane_.read(number);
    byte_reader from{record};
    return of().load(from, stays_);
  }

  /// A parked one comes back, or is gone for good.
  void take_from_parked(size_t p, const key_view& k, const value& v, uint64_t number) {
    save_partition_first(p);
    cold_[p].erase(parked_index::print_of(of().hash(k)), number);
    if constexpr (has_further)
      for (auto hash : of().further_hashes(v)) more_.unpark(p, parked_index::print_of(hash), number);
    --parked_;
    lane_.left(number);
  }

  value* bring_back(const key_view& k) {
    if (parked_ == 0) return nullptr;
    const auto p = static_cast<size_t>(of().partition(k));
    value* found = nullptr;
    cold_[p].find(parked_index::print_of(of().hash(k)), [&](uint64_t number) {
      auto [its, v] = read(number);
      if (!(its == k)) return false;
      take_from_parked(p, k, v, number);
      found = &keep(std::move(its), std::move(v));
      return true;
    });
    return found;
  }

  void park(place at) {
    save_first(at);
    const auto& v = hot_.read(at);
    const auto& k = hot_.key_of(at);
    std::string record;
    byte_writer w{record};
    of().save(k, v, w);
    const auto p = static_cast<size_t>(of().partition(k));
    const auto print = parked_index::print_of(of().hash(k));
    save_partition_first(p);
    const auto number = lane_.park(std::move(record));
    cold_[p].insert(print, number);
    if constexpr (has_further)
      for (auto hash : of().further_hashes(v)) more_.park(p, parked_index::print_of(hash), number);
    ++parked_;
    unfile(at);
    hot_.erase(at);
  }

  void save_first(place at) {
    if (!walking_ || hot_.saved_in(at) == walk_number_) return;
    hot_.set_saved_in(at, walk_number_);
    of().save(hot_.key_of(at), hot_.read(at), to_hot_->to());
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
    if constexpr (has_further)
      more_.each_parked(p, [&](uint32_t print, uint64_t number) {
        auto& f = to_further_->to();
        f.number(p);
        f.number(print);
        f.number(number);
        to_further_->cut();
      });
  }

  entries hot_;
  parking_lane lane_;
  std::array<parked_index, person_partition_count> cold_;
  [[no_unique_address]] further_by<place> more_;
  size_t parked_ = 0;
  moved_carts stays_;
  size_t parked_anew_ = 0;
  // The walk of a snapshot under way.
  bool walking_ = false;
  uint8_t walk_number_ = 1;  // what is in memory was made in this walk, or written by it
  std::array<bool, person_partition_count> parked_saved_{};
  block_writer::part* to_hot_ = nullptr;
  block_writer::part* to_parked_ = nullptr;
  block_writer::part* to_further_ = nullptr;
};

}  // namespace cartwheel
