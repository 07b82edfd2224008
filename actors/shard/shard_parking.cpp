// Carts that nobody asks for go to the parking, and come back as if they had never been away (shard.hpp).

#include "actors/shard/shard.hpp"

#include "runtime/base/memory_watch.hpp"

#include <algorithm>

namespace cartwheel {

namespace {

/// In one go, of each table: milliseconds' work, so that a node which has an epoch a second gets round all the same.
constexpr size_t looked_at_most = 1 << 18;
constexpr size_t parked_at_once = 4096;

/// When memory is tight. Long enough that a cart which is being filled stays.
constexpr milliseconds parked_after_when_tight = 30s;

/// A timer of a parked cart keeps no years (cart_index::parked_timer).
constexpr milliseconds parked_most = std::chrono::days{5 * 365};

}  // namespace

/// In recovery the log says what was refused.
bool shard::full() const { return !past_ && setup_.memory != nullptr && setup_.memory->full(); }

/// A hand goes round each table once in the time after which what it holds is idle: who was not asked for since it last
/// came by goes.
void shard::park_idle() {
  if (!parked_carts_.open()) return;
  const bool tight = setup_.memory != nullptr && setup_.memory->tight();
  const auto after = tight ? std::min(setup_.park_after, parked_after_when_tight) : setup_.park_after;
  const bool all = after == 0ms;
  const auto since = std::exchange(looked_at_, now_);
  if (since == before_all || now_ < since) return;
  const auto passed = static_cast<uint64_t>((now_ - since).count());
  auto share = [&, table = size_t{0}](size_t entries) mutable {
    auto& debt = idle_debts_[table++];
    if (all) return entries;
    debt += passed * entries;
    auto n = debt / static_cast<uint64_t>(after.count());
    debt %= static_cast<uint64_t>(after.count());
    return std::min<size_t>(n, looked_at_most);
  };
  const size_t enough = all ? SIZE_MAX : index_.parked() + parked_at_once;
  for (size_t n = share(index_.slots()); n > 0 && index_.parked() < enough; --n) {
    if (++hand_ >= index_.slots()) hand_ = 0;
    auto* cart = index_.at(hand_).place.cart();
    if (cart == nullptr) continue;
    bool idle = !std::exchange(cart->asked_for, false);
    if ((idle || all) && may_park(*cart, after)) park(*cart);
  }
  parked_carts_.settle();
  customers_.table().sweep(share(customers_.table().buckets()), all, parked_at_once);
  visitors_.table().sweep(share(visitors_.table().buckets()), all, parked_at_once);
  addresses_.table().sweep(share(addresses_.table().buckets()), all, parked_at_once);
  orders_.table().sweep(share(orders_.table().buckets()), all, parked_at_once);
}

bool shard::may_park(const cart_cell& cart, milliseconds least_away) const {
  auto wake = cart.state().wake(rules_->campaign);
  if (!wake || cart.armed == 0 || desk_.has(ref_of(cart))) return false;
  const auto away = *wake - std::max(now_, tick_);
  return away > least_away && away < parked_most;
}

void shard::park(cart_cell& cart) {
  const uint32_t slot = cart.slot();
  save_slot_first(slot);
  const auto& shop = shop_names_[cart.shop()];
  const uint64_t hash = cart_hash(shop, cart.cart_id());
  std::string record;
  byte_writer w{record};
  w.text(shop);
  w.text(cart.cart_id());
  cart.state().save(w);
  cart.older_ids.save(w);
  const auto wakes = unix_ms(tick_of(*cart.state().wake(rules_->campaign))) / 1000;
  auto handle = index_.park(hash, slot, parked_carts_.park(std::move(record)), wakes);
  const auto timer = cart_index::parked_timer{index_.at(slot).armed};
  wheel_.insert(timer.second(wheel_.now()), {slot, timer.bits});
  cart.end(caf::exit_reason::normal, nullptr);
}

cart_cell* shard::bring_back(uint32_t slot) {
  const auto number = index_.at(slot).place.number();
  auto record = parked_carts_.read(number);
  byte_reader from{record};
  auto shop = from.text();
  auto cart_id = from.text();
  return &bring_back(slot, number, from, shop, cart_id);
}

/// A fingerprint is of several carts at times; the record says whose it is.
cart_cell* shard::bring_back_if(uint32_t slot, std::string_view shop, std::string_view cart_id) {
  const auto number = index_.at(slot).place.number();
  auto record = parked_carts_.read(number);
  byte_reader from{record};
  if (from.text() != shop || from.text() != cart_id) return nullptr;
  return &bring_back(slot, number, from, shop, cart_id);
}

cart_cell& shard::bring_back(uint32_t slot, uint64_t number, byte_reader& from, std::string_view shop,
                             std::string_view cart_id) {
  save_slot_first(slot);
  auto handle = make_cart_cell(cells_, system_, slot, shop_number(shop), cart_id);
  auto& cart = *cell_cast<cart_cell>(handle);
  cart.state() = cart_state::load(from);
  cart.older_ids = older_event_ids::load(from);
  index_.bring_back(slot, std::move(handle));
  parked_carts_.left(number);
  metrics_.carts_brought_back.add();
  arm(cart);
  return cart;
}

}  // namespace cartwheel
