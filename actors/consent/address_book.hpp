#pragma once

#include "actors/campaign/deciding_rules.hpp"
#include "actors/campaign/send_window.hpp"
#include "actors/consent/known_address.hpp"
#include "actors/consent/preference_list.hpp"
#include "actors/consent/suppression_list.hpp"
#include "actors/parking/warm_table.hpp"
#include "actors/person/holdings.hpp"
#include "actors/shard/moved_carts.hpp"
#include "actors/shard/outbox.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace cartwheel {

/// What is known of addresses, by keyed hash: consent, bases, orders, the reminders they got, and whether they get mail at
/// all. The only place where a reminder is claimed, so one per address and cap window is a fact, whatever cart and shard
/// asks. Those that nobody has asked for in a while are parked.
/// Runs on: the shard's thread.  Source: docs/SEMANTICS.md rules 10, 13, 16 to 19.
class address_book {
 public:
  /// `rules` outlive it, or the next use(). `live`: what is permitted is on its way until its outcome comes back; in a
  /// replay it counts as accepted at once.
  address_book(const deciding_rules& rules, bool live, parking_lane lane = {nullptr, 0})
      : rules_{&rules},
        hours_{rules.campaign.hours},
        live_{live},
        addresses_{address_table{&entities_, std::make_unique<recurring_texts>()}, std::move(lane)} {}

  /// Decides by these from here on.
  void use(const deciding_rules& rules) {
    rules_ = &rules;
    hours_ = send_window{rules.campaign.hours};
  }

  /// Works through one notice of station `consents`. False: its event is a duplicate.
  bool receive(const notice& n, outbox& out);

  /// Decides a tick's questions about the addresses of these partitions, in the order of decided_before, and claims what
  /// it permits; one answer each.
  void decide_all(std::vector<question> questions, outbox& out);

  /// Asked again at the soft gate about a reminder that was claimed: consent, orders, not-after and the time of day; the
  /// cap is its own. Writes down in the question when its mail may leave, or may no more.
  decision confirm(question& q);
  /// Whether its address is an existing customer's (rule 13) of the shop's legal entity: what is written depends on it.
  bool bought_before(const question& q);

  /// What would be decided, cap and all; claims nothing. Writes down in the question what it rests on.
  decision as_things_stand(question& q);

  auto& table() { return addresses_; }
  const auto& table() const { return addresses_; }
  /// Errors: nothing for one that is not known.
  std::optional<held_address> describe(const address_key& key);

  preference_list& preferences() { return preferences_; }
  suppression_list& suppressions() { return suppressions_; }
  /// Why addresses were suppressed since the last call, once each.
  std::vector<address_news> take_suppressed() { return std::exchange(suppressed_, {}); }

 private:
  using claim = address_claim;
  using address = known_address;
  struct address_table {
    using key = address_key;
    using key_view = address_key;
    using value = address;
    static uint64_t hash(const address_key& k) { return k.high; }
    static person_partition partition(const address_key& k) { return outbox::partition_of(k); }
    /// What is on its way is settled soon.
    static bool may_park(const address& a) {
      return std::none_of(a.claims.begin(), a.claims.end(), [](const claim& c) { return c.on_its_way; });
    }
    void save(const address_key& k, const address& a, byte_writer& to) const;
    std::pair<address_key, address> load(byte_reader& from, const moved_carts& moved) const;
    static void pack_key(const address_key& k, packed_writer& to) {
      to.fixed(k.high);
      to.fixed(k.low);
    }
    static address_key unpack_key(packed_reader& from) {
      const auto high = from.fixed();
      return {high, from.fixed()};
    }
    static void pack(const address& a, packed_writer& to) { cartwheel::pack(a, to); }
    static void unpack(packed_reader& from, address& into) { cartwheel::unpack(from, into); }
    recurring_texts& texts() const { return *recurring; }
    name_numbers* entities = nullptr;
    std::unique_ptr<recurring_texts> recurring;
  };

  void consent(address& a, const notice& n, outbox& out);
  void record(address& a, const notice& n, outbox& out);
  void erase(address& a, const notice& n, outbox& out);
  static void recall_all(const address& a, const notice& cause, outbox& out);
  static void settle(address& a, const notice& n);
  void hear(const address* a, const notice& n, outbox& out);
  decision_facts facts_about(const address* a, question& q);
  void add_hours(question& q, const shop_settings& shop, decision_facts& f);
  void add_known(const address& a, const question& q, uint16_t entity, decision_facts& f) const;
  milliseconds claims_count_for() const;
  uint16_t entity_of(std::string_view shop) { return entities_.of(rules_->shops.of(shop).legal_entity); }
  void claim_for(address& a, const question& q);

  const deciding_rules* rules_;
  send_window hours_;  // of the campaign
  bool live_;
  name_numbers entities_;
  warm_table<address_table> addresses_;
  suppression_list suppressions_;
  preference_list preferences_;
  std::vector<address_news> suppressed_;
};

}  // namespace cartwheel
