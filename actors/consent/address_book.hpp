#pragma once

#include "actors/campaign/campaign.hpp"
#include "actors/consent/preference_list.hpp"
#include "actors/consent/suppression_list.hpp"
#include "actors/parking/warm_table.hpp"
#include "actors/person/event_id_ring.hpp"
#include "actors/person/holdings.hpp"
#include "actors/person/recorded_orders.hpp"
#include "actors/shard/moved_carts.hpp"
#include "actors/shard/outbox.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace cartwheel {

/// What is known of addresses, by keyed hash: consent, bases, orders, the reminders they got, and whether they get mail at
/// all. The only place where a reminder is claimed, so one per address and cap window is a fact, whatever cart and shard
/// asks. Those that nobody has asked for in a while are parked.
/// Runs on: the shard's thread.  Source: docs/SEMANTICS.md rules 10, 13, 16 to 19.
class address_book {
 public:
  /// `live`: what is permitted is on its way until its outcome comes back; in a replay it counts as accepted at once.
  address_book(const campaign_settings& campaign, const shop_directory& shops, bool live,
               parking_lane lane = {nullptr, 0})
      : campaign_{campaign}, shops_{shops}, live_{live}, addresses_{{}, std::move(lane)} {}

  /// Works through one notice of station `consents`. False: its event is a duplicate.
  bool receive(const notice& n, outbox& out);

  /// Decides a tick's questions about the addresses of these partitions, in the order of decided_before, and claims what
  /// it permits; one answer each.
  void decide_all(std::vector<question> questions, outbox& out);

  /// Asked again at the soft gate about a reminder that was claimed: consent, orders and not-after; the cap is its own.
  decision confirm(const question& q);
  /// Whether its address is an existing customer's (rule 13) of the shop's legal entity: what is written depends on it.
  bool bought_before(const question& q);

  auto& table() { return addresses_; }
  const auto& table() const { return addresses_; }
  /// Errors: nothing for one that is not known.
  std::optional<held_address> describe(const address_key& key);

  preference_list& preferences() { return preferences_; }
  suppression_list& suppressions() { return suppressions_; }
  /// Why addresses were suppressed since the last call, once each.
  std::vector<address_news> take_suppressed() { return std::exchange(suppressed_, {}); }

 private:
  // The latest grant and the latest withdrawal of one (legal entity, channel): a withdrawal must outlive an erased grant.
  struct consent_entry {
    std::string legal_entity;
    cartwheel::channel channel{};
    instant granted = before_all;
    instant withdrawn = before_all;

    /// Rule 16: the latest by time wins; at equal times `withdrawn` wins.
    consent_status status() const { return withdrawn >= granted ? consent_status::withdrawn : consent_status::granted; }
  };
  struct basis_entry {
    std::string legal_entity;
    unsigned orders = 0;  // paid ones that obtained this address
  };
  struct claim {
    instant tick{};
    cart_ref cart;
    uint8_t step = 0;
    bool on_its_way = false;
  };
  struct address {
    std::vector<consent_entry> consents;
    std::vector<basis_entry> bases;
    recorded_orders orders;
    std::vector<claim> claims;  // newest last; only what still counts for the cap or is on its way
    std::vector<subject> subjects;
    event_id_ring event_ids;
  };
  struct address_table {
    using key = address_key;
    using key_view = address_key;
    using value = address;
    template <class T>
    using map_of = std::unordered_map<address_key, T, address_key_hash>;
    static uint64_t hash(const address_key& k) { return k.high; }
    static person_partition partition(const address_key& k) { return outbox::partition_of(k); }
    /// What is on its way is settled soon.
    static bool may_park(const address& a) {
      return std::none_of(a.claims.begin(), a.claims.end(), [](const claim& c) { return c.on_its_way; });
    }
    static void save(const address_key& k, const address& a, byte_writer& to);
    static std::pair<address_key, address> load(byte_reader& from, const moved_carts& moved);
  };

  void consent(address& a, const notice& n, outbox& out);
  void record(address& a, const notice& n, outbox& out);
  void erase(address& a, const notice& n, outbox& out);
  static void recall_all(const address& a, const notice& cause, outbox& out);
  static void settle(address& a, const notice& n);
  void hear(const address* a, const notice& n, outbox& out);
  decision_facts facts_about(const address* a, const question& q) const;
  void claim_for(address& a, const question& q);

  const campaign_settings& campaign_;
  const shop_directory& shops_;
  bool live_;
  warm_table<address_table> addresses_;
  suppression_list suppressions_;
  preference_list preferences_;
  std::vector<address_news> suppressed_;
};

}  // namespace cartwheel
