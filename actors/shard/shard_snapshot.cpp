// A shard's part of a snapshot: what it holds between two epochs, written in slices and taken up again (shard.hpp).

#include "actors/shard/shard_snapshot.hpp"

#include "actors/shard/parked_kind.hpp"

#include <fmt/format.h>

namespace cartwheel {

std::filesystem::path carts_file(const std::filesystem::path& stem, uint16_t shard) {
  return fmt::format("{}.carts-{:03}", stem.string(), shard);
}

std::filesystem::path persons_file(const std::filesystem::path& stem, uint16_t shard) {
  return fmt::format("{}.persons-{:03}", stem.string(), shard);
}

shard::snapshot::snapshot(std::shared_ptr<const snapshot_request> r, uint16_t shard)
    : request{std::move(r)},
      carts_in{request->files, carts_file(request->stem, shard)},
      persons_in{request->files, persons_file(request->stem, shard)},
      carts{part_of(carts_in, snapshot_part::carts)},
      parked_carts{part_of(carts_in, snapshot_part::parked_carts)} {}

/// What is small is written at once; carts, persons, addresses and orders follow in slices.
void shard::begin_snapshot(std::shared_ptr<const snapshot_request> request, instant decided_until) {
  snapshot_ = std::make_unique<snapshot>(std::move(request), static_cast<uint16_t>(id_));
  auto& s = *snapshot_;
  s.slots = index_.slots();
  s.ahead.resize(s.slots);
  auto& clock = snapshot::part_of(s.carts_in, snapshot_part::clock);
  auto& w = clock.to();
  w.signed_number(wheel_.now());
  w.time(tick_);
  w.time(now_);
  w.time(decided_until);
  w.number(index_.slots());
  w.number(index_.generation_max());
  clock.write();
  auto& lane = snapshot::part_of(s.carts_in, snapshot_part::lanes);
  parked_carts_.cut(lane.to());
  lane.write();
  auto& closed = snapshot::part_of(s.carts_in, snapshot_part::closed_event_ids);
  event_ids_.save_closed(closed.to(), [&] { closed.cut(); });
  auto& failures = snapshot::part_of(s.carts_in, snapshot_part::failures);
  for (const auto& [cart, record] : failures_) {
    failures.to().text(cart);
    failures.to().number(record.count);
    for (auto t : record.times) failures.to().time(t);
    failures.cut();
  }
  // Behind all carts: what they name is known by then.
  auto& claims = s.carts_in.open_last(static_cast<uint8_t>(snapshot_part::claims));
  desk_.save(claims.to(), [&] { claims.cut(); });

  auto& lanes = snapshot::part_of(s.persons_in, snapshot_part::lanes);
  auto walk = [&](auto& table, snapshot_part hot, snapshot_part parked) {
    table.begin_walk(lanes, snapshot::part_of(s.persons_in, hot), snapshot::part_of(s.persons_in, parked));
  };
  walk(customers_.table(), snapshot_part::customers, snapshot_part::parked_customers);
  walk(visitors_.table(), snapshot_part::visitors, snapshot_part::parked_visitors);
  walk(addresses_.table(), snapshot_part::addresses, snapshot_part::parked_addresses);
  orders_.table().begin_walk(lanes, snapshot::part_of(s.persons_in, snapshot_part::orders),
                             snapshot::part_of(s.persons_in, snapshot_part::parked_orders),
                             &snapshot::part_of(s.persons_in, snapshot_part::parked_order_persons));
  orders_.ages().begin_walk(snapshot::part_of(s.persons_in, snapshot_part::order_ages));
  lanes.write();
  auto& strays = snapshot::part_of(s.persons_in, snapshot_part::stray_event_ids);
  orders_.strays().save(strays.to(), [&] { strays.cut(); });
  for (auto [who, p] : {std::pair{&customers_, snapshot_part::erased_customers},
                        std::pair{&visitors_, snapshot_part::erased_visitors}}) {
    auto& erased = snapshot::part_of(s.persons_in, p);
    who->save_erased(erased.to(), [&] { erased.cut(); });
  }
  auto& suppressed = snapshot::part_of(s.persons_in, snapshot_part::suppressions);
  addresses_.suppressions().save(suppressed.to(), [&] { suppressed.cut(); });
  // Every shard has the same, and with another number of them takes up what any has written.
  auto& items = snapshot::part_of(s.persons_in, snapshot_part::item_facts);
  items_.save(items.to(), [&] { items.cut(); });
  if (views_.size() > 0) {  // a version that does not know them reads what has none
    auto& browsers = snapshot::part_of(s.persons_in, snapshot_part::browsers);
    views_.save(browsers.to(), [&] { browsers.cut(); });
  }
  auto& wishes = snapshot::part_of(s.persons_in, snapshot_part::preferences);
  addresses_.preferences().save(wishes.to(), [&] { wishes.cut(); });
}

void shard::write_snapshot(std::chrono::steady_clock::time_point until) {
  constexpr size_t some = 64;  // between two looks at the clock
  auto& s = *snapshot_;
  while (std::chrono::steady_clock::now() < until) {
    if (s.slot < s.slots) {
      for (size_t n = 0; n < some && s.slot < s.slots; ++n) {
        save_slot_first(s.slot);
        ++s.slot;
      }
      continue;
    }
    // Each says whether it has come to its end; the next has its turn then.
    if (!customers_.table().walk(some) || !visitors_.table().walk(some) || !addresses_.table().walk(some) ||
        !orders_.table().walk(some) || !orders_.ages().walk())
      continue;
    auto written = std::move(snapshot_);
    std::string error;
    try {
      written->carts_in.finish();
      written->persons_in.finish();
    } catch (const std::system_error& e) {
      error = e.what();
    }
    written->request->saved(id_, error);
    return;
  }
}

void shard::save_slot_first(uint32_t slot) {
  if (!snapshot_) return;
  auto& s = *snapshot_;
  if (slot < s.slot || slot >= s.slots || s.ahead[slot]) return;
  s.ahead[slot] = true;
  save_slot(slot);
}

void shard::save_slot(uint32_t slot) {
  const auto& at = index_.at(slot);
  auto begin = [&](block_writer::part& part) -> byte_writer& {
    part.to().number(slot);
    part.to().number(at.generation);
    return part.to();
  };
  if (at.place.parked()) {
    auto& w = begin(snapshot_->parked_carts);
    w.number(index_.fingerprint_of_parked(slot));
    w.number(at.place.number());
    w.signed_number(cart_index::parked_timer{at.armed}.second(wheel_.now()));
    snapshot_->parked_carts.cut();
  } else if (const auto* cart = at.place.cart()) {
    auto& w = begin(snapshot_->carts);
    const auto& shop = shop_names_[cart->shop()];
    w.text(shop);
    w.text(cart->cart_id());
    cart->state().save(w);
    cart->older_ids.save(w);
    snapshot_->carts.cut();
  }
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

/// Before anything is taken up: each lane of the snapshot goes to the shard that writes it from now on, or, where none does,
/// to another. New names begin behind those of all lanes: with another number of shards records are parked anew.
template <class File>
void take_over_lanes(const snapshot_source& from, File file_of, const std::vector<parking_lane*>& lanes,
                     const shard_share& mine) {
  auto falls_to_me = [&](uint16_t shard) { return shard % mine.shards == static_cast<uint16_t>(mine.id); };
  for (uint16_t n = 0; n < from.shards; ++n) {
    block_reader in{from.files, file_of(from.stem, n)};
    while (in.next() && static_cast<snapshot_part>(in.tag()) != snapshot_part::lanes) {}
    std::vector<parking_lane*> unheard_of = lanes;
    for (auto saved = in.elements(); !saved.done();) {
      auto again = saved;
      parking_lane was{nullptr, 0};
      const auto kind = kind_of_lane(was.take_over(saved));
      for (auto* lane : lanes) {
        if (kind_of_lane(lane->number()) != kind) continue;
        std::erase(unheard_of, lane);
        if (falls_to_me(n)) lane->take_over(again);
        lane->begin_at(was.next());
      }
    }
    // Of a kind that was not parked when it was written; a process that came after it may have done so.
    for (auto* lane : unheard_of)
      if (falls_to_me(n)) lane->forget_from({lane_number(kind_of_lane(lane->number()), n), 1});
  }
  // A process with more shards may have come after the snapshot, and to none of its own.
  for (uint16_t n = from.shards; n < limits::shards_max; ++n)
    for (auto* lane : lanes)
      if (falls_to_me(n)) lane->forget_from({lane_number(kind_of_lane(lane->number()), n), lane->next()});
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
  take_over_lanes(from, carts_file, {&parked_carts_}, mine);
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
          generation = std::max(generation, static_cast<uint32_t>(r.number()));
          break;
        }
        case snapshot_part::lanes: parking_lane{nullptr, 0}.take_over(r); break;  // done
        case snapshot_part::carts: load_cart(r, shard_id{n}, same, moved); break;
        case snapshot_part::parked_carts: load_parked_cart(r, shard_id{n}, same, moved); break;
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
  parked_carts_.settle();
  if (rules_->campaign.asks_for_products()) hold_all();
  index_.restored(same ? slots : 0, std::max<uint32_t>(1, generation + 1));
  return decided_until;
}

void shard::load_cart(byte_reader& from, shard_id then, bool same, moved_carts& moved) {
  auto slot = static_cast<uint32_t>(from.number());
  auto generation = static_cast<uint32_t>(from.number());
  auto shop = from.text();
  auto cart_id = from.text();
  auto state = cart_state::load(from);
  auto older_ids = older_event_ids::load(from);
  uint64_t hash = cart_hash(shop, cart_id);
  auto p = partition_of_cart(shop, cart_id);
  if (!shard_share{setup_.shards, id_}.has(p)) return;
  const uint32_t here = same ? slot : index_.reserve();
  auto handle = make_cart_cell(cells_, system_, here, shop_number(shop), cart_id);
  auto& cart = *cell_cast<cart_cell>(handle);
  cart.state() = std::move(state);
  cart.older_ids = std::move(older_ids);
  if (same)
    index_.restore(hash, here, generation, handle);
  else
    index_.insert(hash, here, handle);
  if (!same) moved.put({then, slot, generation}, ref_of(cart));
  arm(cart);
}

void shard::load_parked_cart(byte_reader& from, shard_id then, bool same, moved_carts& moved) {
  auto slot = static_cast<uint32_t>(from.number());
  auto generation = static_cast<uint32_t>(from.number());
  auto print = static_cast<uint32_t>(from.number());
  auto number = from.number();
  auto wakes = from.signed_number();
  uint32_t here = slot;
  if (!same) {
    const parked_name before{lane_number(parked_kind::carts, static_cast<uint16_t>(then)), number};
    auto record = parked_carts_.read(before);
    byte_reader r{record};
    auto shop = r.text();
    if (!shard_share{setup_.shards, id_}.has(partition_of_cart(shop, r.text()))) return;
    here = index_.reserve();
    const auto before_it = std::exchange(generation, index_.at(here).generation);
    moved.put({then, slot, before_it}, {id_, here, generation});
    number = parked_carts_.park(std::move(record));
    parked_carts_.left(before);
  }
  index_.restore_parked(here, generation, print, number, wakes);
  wheel_.insert(wakes, {here, index_.at(here).armed});
}

void shard::load_persons(const snapshot_source& from, const moved_carts& moved) {
  const bool same = from.shards == setup_.shards;
  const shard_share mine{setup_.shards, id_};
  auto &customers = customers_.table(), &visitors = visitors_.table();
  auto& addresses = addresses_.table();
  auto& orders = orders_.table();
  const std::vector lanes{&customers.lane(), &visitors.lane(), &addresses.lane(), &orders.lane()};
  take_over_lanes(from, persons_file, lanes, mine);
  for (uint16_t n = 0; n < from.shards; ++n) {
    if (same && shard_id{n} != id_) continue;
    block_reader in{from.files, persons_file(from.stem, n)};
    each_element(in, [&](snapshot_part part, byte_reader& r) {
      auto parked = [&](auto& table, parked_kind kind) {
        table.load_parked(r, moved, mine, same, lane_number(kind, n));
      };
      switch (part) {
        case snapshot_part::lanes: parking_lane{nullptr, 0}.take_over(r); break;  // done
        case snapshot_part::customers: customers.load_hot(r, moved, mine); break;
        case snapshot_part::visitors: visitors.load_hot(r, moved, mine); break;
        case snapshot_part::addresses: addresses.load_hot(r, moved, mine); break;
        case snapshot_part::parked_customers: parked(customers, parked_kind::customers); break;
        case snapshot_part::parked_visitors: parked(visitors, parked_kind::visitors); break;
        case snapshot_part::parked_addresses: parked(addresses, parked_kind::addresses); break;
        case snapshot_part::erased_customers: customers_.load_erased(r, mine); break;
        case snapshot_part::erased_visitors: visitors_.load_erased(r, mine); break;
        case snapshot_part::item_facts: items_.load_one(r); break;
        case snapshot_part::browsers: views_.load_one(r, mine); break;
        case snapshot_part::preferences: addresses_.preferences().load_one(r, mine); break;
        case snapshot_part::suppressions: addresses_.suppressions().load_one(r, mine); break;
        case snapshot_part::orders: orders.load_hot(r, moved, mine); break;
        case snapshot_part::parked_orders: parked(orders, parked_kind::orders); break;
        case snapshot_part::parked_order_persons: orders.load_further(r, mine, same); break;
        case snapshot_part::order_ages: orders_.ages().load_one(r, mine); break;
        case snapshot_part::stray_event_ids: orders_.strays().load_one(r, mine); break;
        default: throw broken_bytes{"a part of it is not known here"};
      }
    });
  }
  orders_.loaded();
  for (auto* lane : lanes) lane->settle();
  count_gauges(now_);
}

}  // namespace cartwheel
