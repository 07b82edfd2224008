#pragma once

#include "actors/event/time_zone.hpp"
#include "actors/parking/warm_table.hpp"
#include "actors/person/erased_remains.hpp"
#include "actors/person/holdings.hpp"
#include "actors/person/person.hpp"
#include "actors/shard/moved_carts.hpp"
#include "actors/shard/outbox.hpp"
#include "actors/shard/router.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace cartwheel {

/// Customers or visitors of a shard's person partitions: what is known of them by id. One type serves both, for the rules
/// treat them alike; `subject_kind` says which. Those that nobody has asked for in a while are parked.
/// Source: docs/SEMANTICS.md rules 9, 10, 14 to 16, 18.
/// Runs on: the shard's thread.
class people {
 public:
  explicit people(subject_kind kind, const node_hash_keys& keys = {}, parking_lane lane = {nullptr, 0})
      : kind_{kind},
        keys_{keys},
        people_{person_table{keys.index, std::make_unique<recurring_texts>()}, std::move(lane)} {}

  /// Works through one notice at this kind's stations. False: its event is a duplicate.
  bool receive(const notice& n, outbox& out);

  /// Adds what is known of the person to a question and sends it on.
  /// `shops`: to find their latest order with the same legal entity; null: nobody asks for it.
  void resolve(question q, outbox& out, const shop_directory* shops = nullptr);

  auto& table() { return people_; }
  const auto& table() const { return people_; }
  /// Not given: none is known, or nobody.
  address_key address_of(std::string_view id) {
    const auto* p = people_.read(id);
    return p == nullptr ? address_key{} : p->address.key;
  }
  /// Errors: nothing for somebody who is not known.
  std::optional<held_person> describe(const std::string& id);

  /// What outlives those who were erased, one record each; `cut` is called behind it.
  void save_erased(byte_writer& to, const std::function<void()>& cut) const;
  void load_erased(byte_reader& from, const shard_share& mine);

 private:
  struct person_table {
    using key = std::string;
    using key_view = std::string_view;
    using value = person;
    uint64_t hash(std::string_view id) const { return keyed_hash(hashed_with, id); }
    static person_partition partition(std::string_view id) { return partition_of_person(id); }
    static bool may_park(const person&) { return true; }
    static void save(std::string_view id, const person& p, byte_writer& to);
    static std::pair<std::string, person> load(byte_reader& from, const moved_carts& moved);
    static void pack_key(std::string_view id, packed_writer& to) { to.text(id); }
    static std::string unpack_key(packed_reader& from) {
      std::string id;
      from.text(id);
      return id;
    }
    static void pack(const person& p, packed_writer& to) { cartwheel::pack(p, to); }
    static void unpack(packed_reader& from, person& into) { cartwheel::unpack(from, into); }
    recurring_texts& texts() const { return *recurring; }
    hash_key hashed_with;
    std::unique_ptr<recurring_texts> recurring;
  };

  person& enter(const std::string& id);
  void let_go(const std::string& id, person& p);
  bool customers() const { return kind_ == subject_kind::customer; }
  const std::string& id_of(const notice& n) const { return customers() ? n.customer : n.visitor; }
  void opened(person& p, const notice& n, outbox& out);
  void learn(person& p, const notice& n, outbox& out);
  void record(person& p, const notice& n, outbox& out);
  void consent(person& p, const notice& n, outbox& out);
  void erase(person& p, const notice& n, outbox& out);
  void forget(person& p, const notice& n, outbox& out);
  void end_unaddressed(const person* p, const notice& n, outbox& out);
  void link(notice_kind kind, const notice& cause, const addressed& address, outbox& out);

  subject_kind kind_;
  node_hash_keys keys_;
  warm_table<person_table> people_;
  erased_remains erased_;
};

}  // namespace cartwheel
