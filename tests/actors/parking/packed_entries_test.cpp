// Persons in a table that packs them, beside the same ones in a table that does not: nobody can tell the difference.
#include "actors/parking/warm_table.hpp"
#include "actors/person/person.hpp"
#include "actors/person/text_map.hpp"
#include "actors/shard/saved_values.hpp"
#include "tests/actors/parking/forgetful_parking.hpp"
#include "tests/actors/person/any_person.hpp"
#include "tests/support/forgetful_files.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>

namespace cartwheel {
namespace {

struct some_persons {
  using key = std::string;
  using key_view = std::string_view;
  using value = person;
  static uint64_t hash(std::string_view k) { return keyed_hash({1, 2}, k); }
  static person_partition partition(std::string_view k) { return partition_of_person(k); }
  static bool may_park(const person& p) { return p.name.size() % 5 != 1; }
  static void save(std::string_view k, const person& p, byte_writer& to) {
    to.text(k);
    save_addressed(to, p.address);
    to.time(p.address_time);
    to.text(p.name);
    to.text(p.locale);
    p.orders.save(to);
    to.number(p.carts.size());
    for (const auto& c : p.carts) save_cart_ref(to, c);
    save_waiting(to, p.consents);
    p.event_ids.save(to);
    to.text(p.country.text());
    to.number(p.time_zone.number);
  }
  static std::pair<std::string, person> load(byte_reader& from, const moved_carts& moved) {
    std::string k{from.text()};
    person p;
    p.address = load_addressed(from);
    p.address_time = from.time();
    p.name = from.text();
    p.locale = from.text();
    p.orders.load(from);
    for (auto n = from.number(); n > 0; --n) p.carts.push_back(load_cart_ref(from, moved));
    p.consents = load_waiting(from);
    p.event_ids.load(from);
    p.country = country_code::of(from.text());
    p.time_zone.number = static_cast<uint16_t>(from.number());
    return {std::move(k), std::move(p)};
  }
};
struct rich : some_persons {
  template <class T>
  using map_of = text_map<T>;
};
struct packed : some_persons {
  static void pack_key(std::string_view k, packed_writer& to) { to.text(k); }
  static std::string unpack_key(packed_reader& from) {
    std::string k;
    from.text(k);
    return k;
  }
  static void pack(const person& p, packed_writer& to) { cartwheel::pack(p, to); }
  static void unpack(packed_reader& from, person& into) { cartwheel::unpack(from, into); }
  recurring_texts& texts() const { return *recurring; }
  std::shared_ptr<recurring_texts> recurring = std::make_shared<recurring_texts>();
};

/// One thing changes, or some.
void change(person& p, std::mt19937_64& dice) {
  auto other = test::any_person(dice);
  switch (dice() % 8) {
    case 0: p = std::move(other); break;
    case 1: p.address = other.address; break;
    case 2: p.name = other.name; break;
    case 3: p.orders.add(test::any_shop(dice), dice() % 9, test::any_time(dice)); break;
    case 4: p.orders.remove(dice() % 9); break;
    case 5: p.carts.push_back({shard_id{0}, static_cast<uint32_t>(dice() % 100), 1}); break;
    case 6: p.event_ids.accept(dice()); break;
    default: p.consents = other.consents; break;
  }
}

/// As records, those that are parked, too, by key: a snapshot of it.
template <class Of>
std::map<std::string, std::string> snapshot_of(warm_table<Of>& t, const test::forgetful_parking& place) {
  test::forgetful_files files;
  files.make_folder("/s");
  block_writer file{files, "/s/file"};
  auto& lanes = file.open(1);
  t.begin_walk(lanes, file.open(2), file.open(3));
  lanes.write();
  while (!t.walk(7)) {}
  file.finish();
  std::map<std::string, std::string> found;
  moved_carts stay;
  stay.stay();
  auto note = [&](byte_reader& from) {
    auto [k, p] = some_persons::load(from, stay);
    std::string record;
    byte_writer to{record};
    some_persons::save(k, p, to);
    EXPECT_TRUE(found.emplace(k, record).second) << k << " stands in it twice";
  };
  block_reader in{files, "/s/file"};
  while (in.next())
    for (auto r = in.elements(); !r.done();) {
      if (in.tag() == 1) {
        parking_lane lane{nullptr, 0};
        lane.take_over(r);
      } else if (in.tag() == 2) {
        note(r);
      } else {
        r.number();
        r.number();
        const auto record = place.fetch({0, r.number()});
        EXPECT_TRUE(record);
        if (!record) continue;
        byte_reader parked{*record};
        note(parked);
      }
    }
  return found;
}

/// It is packed anew while the walk goes on, and may move to where the walk has been.
TEST(packed_entries, what_was_changed_just_before_a_cut_is_in_the_snapshot) {
  test::forgetful_parking place;
  warm_table<packed> t{{}, {&place, 0}};
  for (int i = 10; i < 100; ++i) t[std::to_string(i)].name = "a name";
  t["99"].name = "a name that takes another slot";
  t.read("50");
  t.erase("10");
  t["99"].name = "a name";  // as short as the one that is gone, whose slot is the first
  EXPECT_EQ(snapshot_of(t, place).size(), 89u);
}

/// Each grows in no order. Half of them have by the time of a snapshot, in whose walk others are asked for.
TEST(packed_entries, slots_left_by_those_that_grew_are_used_again) {
  test::forgetful_parking place;
  warm_table<packed> t{{}, {&place, 0}};
  constexpr size_t n = 12'000;
  auto id_of = [](size_t i) { return "customer-" + std::to_string(i * 7'919 % n); };
  for (size_t i = 0; i < n; ++i) t["customer-" + std::to_string(i)].address_time = from_unix_ms(1'769'943'600'000);
  const auto before = t.buckets();
  size_t most = 0;
  for (size_t i = 0; i < n / 2; ++i) {
    t.find(id_of(i))->name = "a name for which they move";
    most = std::max(most, t.buckets());
  }
  test::forgetful_files files;
  files.make_folder("/s");
  block_writer file{files, "/s/file"};
  auto& lanes = file.open(1);
  t.begin_walk(lanes, file.open(2), file.open(3));
  lanes.write();
  size_t asked = n / 2;
  for (; !t.walk(3); ++asked)
    if (asked < n) t.find(id_of(asked))->name = "a name for which they move";
  file.finish();
  std::set<std::string> saved;
  moved_carts stay;
  stay.stay();
  block_reader in{files, "/s/file"};
  while (in.next())
    for (auto r = in.elements(); !r.done();) {
      if (in.tag() == 1) {
        parking_lane lane{nullptr, 0};
        lane.take_over(r);
        continue;
      }
      auto [k, p] = some_persons::load(r, stay);
      EXPECT_TRUE(saved.insert(k).second) << k << " stands in it twice";
    }
  EXPECT_EQ(saved.size(), n);
  for (size_t i = asked; i < n; ++i) {
    t.find(id_of(i))->name = "a name for which they move";
    most = std::max(most, t.buckets());
  }
  EXPECT_LE(most, before + n / 2) << "while a snapshot is written they stay where they are";
  for (size_t i = 0; i < n; ++i) ASSERT_EQ(t.read(id_of(i))->name, "a name for which they move");
  EXPECT_LE(t.buckets(), n + n / 16 + 2'000);
}

TEST(packed_entries, live_through_what_rich_ones_do) {
  for (unsigned seed = 0; seed < 25; ++seed) {
    std::mt19937_64 dice{seed};
    test::forgetful_parking rich_place, packed_place;
    warm_table<rich> r{{}, {&rich_place, 0}};
    warm_table<packed> p{{}, {&packed_place, 0}};
    const auto ids = 1 + dice() % 200;
    for (int step = 0; step < 3'000; ++step) {
      const auto id = "customer-" + std::to_string(dice() % ids);
      const auto how = dice();
      std::mt19937_64 one{how}, same{how};
      switch (dice() % 9) {
        case 0:
        case 1:
        case 2:
          change(r[id], one);
          change(p[id], same);
          break;
        case 3: {
          auto *a = r.find(id), *b = p.find(id);
          ASSERT_EQ(a == nullptr, b == nullptr);
          if (a != nullptr) {
            change(*a, one);
            change(*b, same);
          }
          break;
        }
        case 4:
          r.erase(id);
          p.erase(id);
          break;
        case 5: {  // the tables' hands go differently; who comes back is the same
          r.sweep(r.buckets(), true, 0);
          p.sweep(p.buckets(), true, 0);
          ASSERT_EQ(r.parked(), p.parked());
          break;
        }
        default: {
          const auto *a = r.read(id), *b = p.read(id);
          ASSERT_EQ(a == nullptr, b == nullptr);
          if (a != nullptr) {
            ASSERT_EQ(test::all_of(*a), test::all_of(*b)) << "seed " << seed;
          }
          break;
        }
      }
      ASSERT_EQ(r.size(), p.size());
    }
    const auto all = snapshot_of(p, packed_place), expected = snapshot_of(r, rich_place);
    ASSERT_EQ(all.size(), expected.size()) << "seed " << seed;
    for (const auto& [id, record] : expected) ASSERT_EQ(all.at(id), record) << "seed " << seed << ": " << id;
  }
}

}  // namespace
}  // namespace cartwheel
