#pragma once

#include "actors/parking/packed_values.hpp"
#include "actors/parking/record_index.hpp"
#include "actors/parking/record_slab.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace cartwheel {

/// What a warm_table holds in memory, each entry packed in a few bytes. Whoever asks for one is given it unpacked: a single
/// value, used for all of them by turns, which is packed again when another is asked for, if it was given to be changed.
/// So what read() and change() give lives until the next call of anything here.
/// `Of` (warm_table.hpp) says how: pack_key, unpack_key, pack, unpack, texts(); unpack() gives each field of the value,
/// whatever it held.
template <class Of>
class packed_entries {
 public:
  using key = typename Of::key;
  using key_view = typename Of::key_view;
  using value = typename Of::value;
  using place = record_slab::name;  // 0: nowhere; lives as the values do

  explicit packed_entries(Of of) : of_{std::move(of)}, held_{std::make_unique<records>()} {}
  const Of& of() const { return of_; }

  place find(const key_view& k) {
    tidy();
    pack(k);
    return held_->index.find(of_.hash(k), [&](place at) { return held_->slab.bytes(at).starts_with(key_bytes_); });
  }
  /// One that is not there yet.
  place add(const key_view& k, uint8_t saved_in) {
    close();
    pack(k);
    record_bytes_ = key_bytes_;
    packed_writer to{record_bytes_, of_.texts()};
    of_.pack(value{}, to);
    const auto at = held_->slab.add(record_bytes_, asked_for | saved_in);
    held_->index.insert(of_.hash(k), at);
    return at;
  }
  void erase(place at) {
    if (open_ == at) {
      open_ = 0;
      changed_ = false;
    }
    held_->index.erase(of_.hash(key_of(at)), at);
    held_->slab.remove(at);
  }

  const value& read(place at) {
    if (open_ == at) return value_;
    close();
    const auto bytes = held_->slab.bytes(at);
    packed_reader from{bytes, of_.texts()};
    of_.unpack_key(from);
    key_length_ = bytes.size() - from.rest();
    packed_reader rest{bytes.substr(key_length_), of_.texts()};
    of_.unpack(rest, value_);
    open_ = at;
    return value_;
  }
  value& change(place at) {
    read(at);
    changed_ = true;
    return value_;
  }
  key key_of(place at) const {
    packed_reader from{held_->slab.bytes(at), of_.texts()};
    return of_.unpack_key(from);
  }

  void ask_for(place at) { held_->slab.set_mark(at, held_->slab.mark(at) | asked_for); }
  /// Whether it was asked for since the last time.
  bool take_asked_for(place at) {
    const auto mark = held_->slab.mark(at);
    held_->slab.set_mark(at, mark & saved_mask);
    return (mark & asked_for) != 0;
  }
  /// From 1 on, or else an entry's mark would be none.
  static constexpr uint8_t walks_max = 0x7f;
  uint8_t saved_in(place at) const { return held_->slab.mark(at) & saved_mask; }
  void set_saved_in(place at, uint8_t walk) {
    held_->slab.set_mark(at, static_cast<uint8_t>((held_->slab.mark(at) & asked_for) | walk));
  }

  size_t size() const { return held_->slab.size(); }
  /// The one that is to be packed anew may get a further slot.
  size_t buckets() const { return held_->slab.slots() + (changed_ ? 1 : 0); }
  /// Puts that one in its place, so that a round comes by it.
  void settle() { close(); }
  /// A hand's next turn, round and round: calls f(place) for what lies there, which may erase it.
  template <class F>
  void turn(F&& f) {
    place at = 0;
    if (!held_->slab.next(hand_, at)) {
      hand_ = {};
      if (!held_->slab.next(hand_, at)) return;
    }
    if (at != 0) f(at);
  }

  /// What was changed before the cut must not move behind the walk; what is changed later was saved first.
  void begin_walk() {
    close();
    walk_ = {};
    walking_ = true;
  }
  bool walking() const { return walking_; }
  /// Calls f(place) for about `most` more, whatever changes in between; what is left of `most` comes back. An entry that is
  /// packed anew may move to where the walk has been, or is still to come.
  template <class F>
  size_t walk(size_t most, F&& f) {
    for (; most > 0; --most) {
      place at = 0;
      if (!held_->slab.next(walk_, at)) {
        walking_ = false;
        return most;
      }
      if (at != 0) f(at);
    }
    return 0;
  }

 private:
  static constexpr uint8_t asked_for = 0x80, saved_mask = 0x7f;
  static constexpr unsigned moved_at_once = 2;  // more than become holes meanwhile
  struct records {
    record_slab slab;
    record_index index;
  };

  void pack(const key_view& k) {
    key_bytes_.clear();
    packed_writer to{key_bytes_, of_.texts()};
    of_.pack_key(k, to);
  }
  /// Packs what was given to be changed.
  void close() {
    const auto at = std::exchange(open_, 0);
    if (!std::exchange(changed_, false)) return;
    record_bytes_ = held_->slab.bytes(at).substr(0, key_length_);
    packed_writer to{record_bytes_, of_.texts()};
    of_.pack(value_, to);
    if (held_->slab.bytes(at).starts_with(record_bytes_)) return;
    const auto hash = of_.hash(key_of(at));
    if (const auto now = held_->slab.replace(at, record_bytes_); now != at) held_->index.rename(hash, at, now);
  }

  /// Slots that were left when records grew become chunks that others can have: each hole that an entry leaves is one that
  /// somebody who asks fills, sooner or later. Not in a walk, which would miss an entry that moves behind it.
  void tidy() {
    if (walking_) return;
    for (unsigned i = 0; i < moved_at_once; ++i) {
      const auto at = held_->slab.astray();
      if (at == 0) return;
      const auto hash = of_.hash(key_of(at));
      const auto now = held_->slab.move(at);
      held_->index.rename(hash, at, now);
      if (open_ == at) open_ = now;
    }
  }

  Of of_;
  std::unique_ptr<records> held_;
  // The one that is unpacked.
  place open_ = 0;
  bool changed_ = false;
  size_t key_length_ = 0;
  value value_{};
  std::string key_bytes_, record_bytes_;
  record_slab::position hand_;
  bool walking_ = false;
  record_slab::position walk_;
};

}  // namespace cartwheel
