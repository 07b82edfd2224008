// A shard's part of a snapshot: what it holds between two epochs, written and taken up again (shard.hpp).

#include "actors/shard/shard.hpp"
#include "actors/shard/snapshot.hpp"
#include "runtime/journal/block_file.hpp"

#include <fmt/format.h>

namespace cartwheel {

std::filesystem::path carts_file(const std::filesystem::path& stem, uint16_t shard) {
  return fmt::format("{}.carts-{:03}", stem.string(), shard);
}

std::filesystem::path persons_file(const std::filesystem::path& stem, uint16_t shard) {
  return fmt::format("{}.persons-{:03}", stem.string(), shard);
}

void shard::save(const snapshot_request& request, instant decided_until) const {
  auto number = static_cast<uint16_t>(id_);
  block_writer carts{request.files, carts_file(request.stem, number)};
  save_carts(carts, decided_until);
  carts.finish();
  block_writer persons{request.files, persons_file(request.stem, number)};
  save_persons(persons);
  persons.finish();
}

void shard::save_carts(block_writer& to, instant decided_until) const {
  auto part = [&](snapshot_part p) -> byte_writer& {
    to.begin(static_cast<uint8_t>(p));
    return to.to();
  };
  auto& w = part(snapshot_part::clock);
  w.signed_number(wheel_.now());
  w.time(tick_);
  w.time(now_);
  w.time(decided_until);
  w.number(index_.slots());
  w.number(index_.generation_max());
  part(snapshot_part::carts);
  index_.for_each([&](const cart_cell& cart) {
    const auto& shop = shop_names_[cart.shop()];
    w.number(cart.slot());
    w.number(index_.at(cart.slot()).generation);
    w.text(shop);
    w.text(cart.cart_id());
    cart.state().save(w);
    event_ids_.save_open(cart_hash(shop, cart.cart_id()), w);
    to.cut();
  });
  part(snapshot_part::closed_event_ids);
  event_ids_.save_closed(w, [&] { to.cut(); });
  part(snapshot_part::failures);
  for (const auto& [cart, record] : failures_) {
    w.text(cart);
    w.number(record.count);
    for (auto t : record.times) w.time(t);
    to.cut();
  }
  part(snapshot_part::claims);
  desk_.save(w, [&] { to.cut(); });
}

void shard::save_persons(block_writer& to) const {
  auto cut = [&] { to.cut(); };
  to.begin(static_cast<uint8_t>(snapshot_part::customers));
  customers_.save(to.to(), cut);
  to.begin(static_cast<uint8_t>(snapshot_part::visitors));
  visitors_.save(to.to(), cut);
  to.begin(static_cast<uint8_t>(snapshot_part::orders));
  orders_.save(to.to(), cut);
  to.begin(static_cast<uint8_t>(snapshot_part::stray_event_ids));
  orders_.strays().save(to.to(), cut);
  to.begin(static_cast<uint8_t>(snapshot_part::addresses));
  addresses_.save(to.to(), cut);
}

namespace {

/// Every element of every block; what does not read back names its file.
template <class F>
void each_element(block_reader& in, F&& take) {
  while (in.next()) {
    auto elements = in.elements();
    try {
      while (!elements.done()) take(static_cast<snapshot_part>(in.tag()), elements);
    } catch (const broken_bytes& e) {
      in.damaged(e.what());
    }
  }
}

}  // namespace

instant shard::load_carts(const snapshot_source& from, moved_carts& moved) {
  const bool same = from.shards == setup_.shards;
  const shard_share mine{setup_.shards, id_};
  instant decided_until = before_all;
  size_t slots = 0;
  uint32_t generation = 1;
  uint32_t over = UINT32_MAX;  // stands for the slot of a cart that is over while its reminder is not
  if (same) moved.stay();
  for (uint16_t n = 0; n < from.shards; ++n) {
    if (same && shard_id{n} != id_) continue;
    block_reader in{from.files, carts_file(from.stem, n)};
    each_element(in, [&](snapshot_part part, byte_reader& r) {
      switch (part) {
        case snapshot_part::clock: {
          // The same for all of them; the carts of the first are armed in it already when the next comes.
          auto wheel_now = r.signed_number();
          if (wheel_.size() == 0) wheel_ = timing_wheel{wheel_now};
          tick_ = r.time();
          now_ = r.time();
          decided_until = r.time();
          slots = r.number();
          generation = static_cast<uint32_t>(r.number());
          break;
        }
        case snapshot_part::carts: load_cart(r, shard_id{n}, same, moved); break;
        case snapshot_part::closed_event_ids: event_ids_.load_closed(r, mine); break;
        case snapshot_part::failures: {
          std::string cart{r.text()};
          failure_record record;
          record.count = r.number();
          for (auto& t : record.times) t = r.time();
          auto end_of_shop = cart.find('\0');
          if (mine.has(partition_of_cart(cart.substr(0, end_of_shop), cart.substr(end_of_shop + 1))))
            failures_.emplace(std::move(cart), record);
          break;
        }
        case snapshot_part::claims: desk_.load_one(r, moved, mine, over); break;
        default: throw broken_bytes{"a part of it is not known here"};
      }
    });
  }
  index_.restored(same ? slots : 0, std::max<uint32_t>(1, generation + 1));
  return decided_until;
}

void shard::load_cart(byte_reader& from, shard_id then, bool same, moved_carts& moved) {
  auto slot = static_cast<uint32_t>(from.number());
  auto generation = static_cast<uint32_t>(from.number());
  auto shop = from.text();
  auto cart_id = from.text();
  auto state = cart_state::load(from);
  uint64_t hash = cart_hash(shop, cart_id);
  auto p = partition_of_cart(shop, cart_id);
  if (!shard_share{setup_.shards, id_}.has(p)) {
    cart_event_ids{}.load_open(hash, from);
    return;
  }
  event_ids_.load_open(hash, from);
  const uint32_t here = same ? slot : index_.reserve();
  auto handle = make_cell<cart_cell>(system_, host_, here, shop_number(shop), cart_id);
  auto& cart = *cell_cast<cart_cell>(handle);
  cart.state() = std::move(state);
  if (same)
    index_.restore(hash, here, generation, handle);
  else
    index_.insert(hash, here, handle);
  if (!same) moved.put({then, slot, generation}, ref_of(cart));
  arm(cart);
}

void shard::load_persons(const snapshot_source& from, const moved_carts& moved) {
  const bool same = from.shards == setup_.shards;
  const shard_share mine{setup_.shards, id_};
  for (uint16_t n = 0; n < from.shards; ++n) {
    if (same && shard_id{n} != id_) continue;
    block_reader in{from.files, persons_file(from.stem, n)};
    each_element(in, [&](snapshot_part part, byte_reader& r) {
      switch (part) {
        case snapshot_part::customers: customers_.load_one(r, moved, mine); break;
        case snapshot_part::visitors: visitors_.load_one(r, moved, mine); break;
        case snapshot_part::orders: orders_.load_one(r, moved, mine); break;
        case snapshot_part::stray_event_ids: orders_.strays().load_one(r, mine); break;
        case snapshot_part::addresses: addresses_.load_one(r, moved, mine); break;
        default: throw broken_bytes{"a part of it is not known here"};
      }
    });
  }
}

}  // namespace cartwheel
