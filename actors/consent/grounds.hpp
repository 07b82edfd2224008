#pragma once

#include "actors/consent/name_numbers.hpp"
#include "actors/event/event.hpp"
#include "actors/person/recorded_orders.hpp"
#include "runtime/base/bytes.hpp"
#include "runtime/base/time.hpp"

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace cartwheel {

/// On what a shop may stand that writes to an address nobody opted in for: paid sales that obtained it, each by itself, for
/// a refund takes one back; and how its legal entities came to have it, each way with the latest moment.
/// Bounds: limits::sales_of_an_address_max, the oldest sale of an address goes first: those that are left say the same.
/// Cost: 24 B each.  Source: docs/SEMANTICS.md rule 13, docs/decisions/0014-who-may-be-written-to.md.
class grounds {
 public:
  void sold(uint16_t entity, uint64_t order, instant time);
  /// An order that is not known here (a version that kept no orders knew how many there were) is one of those, or nothing.
  void refunded(uint16_t entity, uint64_t order);
  void obtained(uint16_t entity, address_source how, instant time);

  bool sale_of(uint16_t entity) const;
  /// Nothing: there was none, or nobody knows when.
  std::optional<instant> latest_sale(uint16_t entity) const;
  std::optional<instant> latest(uint16_t entity, address_source how) const;

  bool empty() const { return all_.empty(); }
  void clear() { all_.clear(); }
  /// Visits (legal entity, orders that count): visit(number, count).
  template <class Visit>
  void each_customer(Visit&& visit) const {
    for (size_t i = 0; i < all_.size(); ++i) {
      if (all_[i].how != kind::paid_sale) continue;
      unsigned orders = 0;
      bool seen = false;
      for (size_t k = 0; k < all_.size(); ++k) {
        if (all_[k].how != kind::paid_sale || all_[k].entity != all_[i].entity) continue;
        seen |= k < i;
        ++orders;
      }
      if (!seen) visit(all_[i].entity, orders);
    }
  }
  /// visit(number, how, latest moment)
  template <class Visit>
  void each_source(Visit&& visit) const {
    for (const auto& g : all_)
      if (g.how != kind::paid_sale) visit(g.entity, static_cast<address_source>(g.how), g.time);
  }

  void save(byte_writer& to, const name_numbers& names) const;
  void load(byte_reader& from, name_numbers& names);
  /// As the first version wrote them: a count for each legal entity.
  void load_counts(byte_reader& from, name_numbers& names);

  /// Beside the address's recorded orders, which are mostly those that were paid. There is a ground.
  void pack(packed_writer& to, const recorded_orders& orders) const;
  void unpack(packed_reader& from, const recorded_orders& orders);

 private:
  enum class kind : uint8_t {
    sale = static_cast<uint8_t>(address_source::sale),  // somebody says so; no order proves it
    account,
    checkout,
    newsletter,
    paid_sale,  // the last: packing knows three bits
  };
  static_assert(static_cast<uint8_t>(kind::newsletter) == static_cast<uint8_t>(address_source::newsletter));
  struct ground {
    uint64_t order = 0;  // paid_sale: names the order; 0: one that is only known to have been
    instant time = before_all;
    uint16_t entity = 0;
    kind how{};
  };
  std::vector<ground> all_;
};

}  // namespace cartwheel
