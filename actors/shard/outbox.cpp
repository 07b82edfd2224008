#include "actors/shard/outbox.hpp"

#include <tuple>

namespace cartwheel {

bool decided_before(const question& a, const question& b) {
  return std::tie(a.due, a.shop, a.cart_id, a.step) < std::tie(b.due, b.shop, b.cart_id, b.step);
}

void outbox::ask(question q) {
  person_partition p{};
  if (q.at == station::customers && q.customer.empty()) q.at = station::visitors;
  if (q.at == station::visitors && q.visitor.empty()) q.at = station::consents;
  switch (q.at) {
    case station::customers: p = partition_of_person(q.customer); break;
    case station::visitors: p = partition_of_person(q.visitor); break;
    default:
      if (!q.address.key.given()) q.address = q.own_address;
      // Without an address there is nothing to look up, and nothing to claim: any consent actor decides. That of the cart's
      // own shard has it nearest; one for all of them would work alone. (What is recorded is claimed, whatever it names.)
      // An outbox with one tray holds what is on its way to anybody, wherever the cart is.
      if (!q.address.key.given() && !q.recorded) {
        trays_[trays_.size() == 1 ? 0 : index(q.cart.shard)].questions.push_back(std::move(q));
        return;
      }
      p = partition_of(q.address.key);
      break;
  }
  trays_[index(shard_of(p, shards()))].questions.push_back(std::move(q));
}

}  // namespace cartwheel
