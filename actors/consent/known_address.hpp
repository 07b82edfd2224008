#pragma once

#include "actors/consent/grounds.hpp"
#include "actors/person/event_id_ring.hpp"
#include "actors/person/recorded_orders.hpp"
#include "actors/shard/notice.hpp"

#include <vector>

namespace cartwheel {

/// The latest grant and the latest withdrawal of one (legal entity, channel): a withdrawal must outlive an erased grant.
struct consent_entry {
  uint16_t entity = 0;
  cartwheel::channel channel{};
  instant granted = before_all;
  instant withdrawn = before_all;
  instant confirmed = before_all;  // the latest grant that was confirmed by mail

  /// Rule 16: the latest by time wins; at equal times `withdrawn` wins.
  consent_status status() const { return withdrawn >= granted ? consent_status::withdrawn : consent_status::granted; }
  /// A later grant that nobody confirmed takes nothing away; a withdrawal does.
  bool is_confirmed() const { return confirmed > withdrawn; }
};

/// A reminder that an address got, or is to get.
struct address_claim {
  instant tick{};
  cart_ref cart;
  uint8_t step = 0;
  bool on_its_way = false;
};

/// What is known of an address, beside its key. Source: docs/SEMANTICS.md rules 10, 13, 16 to 19.
struct known_address {
  std::vector<consent_entry> consents;
  cartwheel::grounds grounds;
  recorded_orders orders;
  std::vector<address_claim> claims;  // newest last; only what still counts for the cap or is on its way
  std::vector<subject> subjects;
  event_id_ring event_ids;
};

/// As it lies in memory (warm_table). What is not there costs nothing but its bit.
/// Errors: unpacking throws broken_bytes. It gives each field, whatever `into` held.
void pack(const known_address& a, packed_writer& to);
void unpack(packed_reader& from, known_address& into);

}  // namespace cartwheel
