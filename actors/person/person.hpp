#pragma once

#include "actors/campaign/country_code.hpp"
#include "actors/event/time_zone.hpp"
#include "actors/person/erased_remains.hpp"
#include "actors/person/event_id_ring.hpp"
#include "actors/person/recorded_orders.hpp"
#include "actors/shard/notice.hpp"

#include <string>
#include <vector>

namespace cartwheel {

/// What is known of a customer or visitor, beside the id. Source: docs/SEMANTICS.md rules 9, 10, 14 to 16.
struct person {
  addressed address;
  instant address_time = before_all;
  std::string name;
  std::string locale;
  recorded_orders orders;
  std::vector<cart_ref> carts;            // open ones bound to this person, oldest first
  std::vector<waiting_consent> consents;  // given by this customer before an address was known
  event_id_ring event_ids;
  country_code country;
  time_zone_code time_zone;
};

/// As it lies in memory (warm_table). What is not there costs nothing but its bit.
/// Errors: unpacking throws broken_bytes. It gives each field, whatever `into` held.
void pack(const person& p, packed_writer& to);
void unpack(packed_reader& from, person& into);

void pack(const cart_ref& cart, packed_writer& to);
cart_ref unpack_cart(packed_reader& from);

}  // namespace cartwheel
