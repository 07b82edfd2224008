#pragma once

#include "actors/event/event.hpp"
#include "actors/person/text_map.hpp"
#include "actors/shard/router.hpp"
#include "actors/shard/shard_observer.hpp"

#include <map>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

namespace cartwheel {

/// The people of some `erase` events, and what the log says is theirs alone. Which that is, and what is left to others:
/// docs/decisions/0005-erasing-from-the-log.md.
/// Shape: add() each; then the log's events through look_at(), from the beginning for as long as finish_reading() returns
/// true; then ask. What stands behind a person's own `erase` is a new life of theirs and stays.
/// Cost: some hundred bytes for each id that is theirs.
class erased_people {
 public:
  explicit erased_people(const node_hash_keys& keys) : keys_{keys} {}

  /// `received`: the time of its record.
  void add(event_place at, instant received, const event& erase);

  void begin_reading();
  void look_at(event_place at, const event& e);
  /// Whether the log must be read again: an id that was found to be theirs may have been named before.
  bool finish_reading();

  bool named_in(event_place at, const event& e) const;
  /// By a value of an event that was not understood.
  bool named_in(event_place at, std::string_view value) const;
  /// Anywhere in bytes that could not be taken apart.
  bool named_somewhere_in(event_place at, std::string_view bytes) const;
  /// By what a node wrote about a decision of the tick `tick`.
  bool named_in(instant tick, std::string_view shop, std::string_view cart_id, std::string_view customer_id,
                const address_key& address) const;

 private:
  /// Up to where the log is about the life that was erased.
  struct bounds {
    event_place last;  // the `erase` itself
    instant until = before_all;
    bool widen(const bounds& b);
  };
  struct customer {
    bounds theirs;
    instant learnt = before_all;
    std::string address;  // that it has (SEMANTICS rule 14)
  };
  /// A visitor or a cart that was named together with them.
  struct candidate {
    bounds theirs;
    bool direct = false;                // with their customer id or address, and not only with a visitor
    bool others = false;                // and somewhere with somebody else
    std::vector<std::string> visitors;  // a cart: of theirs, perhaps
  };

  void tie(text_map<candidate>& to, std::string_view id, const bounds* ours, bool other);
  void tie_by_visitor(std::string_view cart, std::string_view visitor, event_place at);
  void conclude();
  template <class Map>
  static bool theirs(const Map& of, std::string_view id, event_place at);

  const node_hash_keys& keys_;
  text_map<customer> customers_;
  text_map<bounds> addresses_;
  std::unordered_set<std::string> own_addresses_;  // that their customers were ever named with
  text_map<candidate> visitors_;
  text_map<candidate> carts_;  // by shop, zero and id
  text_map<bounds> cart_ids_;
  std::map<std::pair<uint64_t, uint64_t>, bounds> address_keys_;
  bool more_ = false;
};

}  // namespace cartwheel
