#include "actors/parking/warm_table.hpp"

#include "actors/person/text_map.hpp"
#include "tests/actors/parking/forgetful_parking.hpp"
#include "tests/support/forgetful_files.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>

namespace cartwheel {
namespace {

using test::forgetful_files;
using test::forgetful_parking;

struct counted {
  using key = std::string;
  using key_view = std::string_view;
  using value = int;
  /// Few prints, so that records have to tell whose they are.
  static uint64_t hash(std::string_view k) { return uint64_t{k.back() & 3u} << 62; }
  static person_partition partition(std::string_view k) { return partition_of_person(k); }
  static bool may_park(int v) { return v >= 0; }
  static void save(std::string_view k, int v, byte_writer& to) {
    to.text(k);
    to.signed_number(v);
  }
  static std::pair<std::string, int> load(byte_reader& from, const moved_carts&) {
    std::string k{from.text()};
    return {std::move(k), static_cast<int>(from.signed_number())};
  }
};
struct rich : counted {
  template <class T>
  using map_of = text_map<T>;
};
/// A value of many sizes, so that its record moves when it changes.
struct packed : counted {
  static void pack_key(std::string_view k, packed_writer& to) { to.text(k); }
  static std::string unpack_key(packed_reader& from) {
    std::string k;
    from.text(k);
    return k;
  }
  static void pack(int v, packed_writer& to) {
    to.number(static_cast<uint64_t>(v + 1));
    to.text(filling(v));
  }
  static void unpack(packed_reader& from, int& v) {
    v = static_cast<int>(from.number()) - 1;
    std::string text;
    from.text(text);
    EXPECT_EQ(text, filling(v));
  }
  static std::string filling(int v) { return std::string(v < 0 ? 0 : v % 97 == 0 ? 600 : v % 7 * 9, 'x'); }
  recurring_texts& texts() const { return *recurring; }
  std::shared_ptr<recurring_texts> recurring = std::make_shared<recurring_texts>();
};

/// Whether what it holds lies as it is or packed makes no difference.
template <class Of>
class warm_table_test : public ::testing::Test {
 protected:
  using table = cartwheel::warm_table<Of>;
};
using kinds = ::testing::Types<rich, packed>;
TYPED_TEST_SUITE(warm_table_test, kinds);

template <class Table>
void park_all(Table& t) {
  t.sweep(t.buckets(), true, 0);
}

TYPED_TEST(warm_table_test, brings_back_what_is_asked_for) {
  forgetful_parking place;
  typename TestFixture::table t{{}, {&place, 0}};
  t["a"] = 1;
  t["b"] = 2;
  t["under way"] = -1;
  park_all(t);
  EXPECT_EQ(t.parked(), 2u);
  EXPECT_EQ(t.size(), 3u);
  ASSERT_NE(t.find("a"), nullptr);
  EXPECT_EQ(*t.find("a"), 1);
  EXPECT_EQ(t["b"], 2) << "and not a new one";
  EXPECT_EQ(t.find("c"), nullptr);
  EXPECT_EQ(t.parked(), 0u);
  EXPECT_EQ(t.size(), 3u);
}

TYPED_TEST(warm_table_test, parks_what_nobody_has_asked_for_since_the_hand_came_by) {
  forgetful_parking place;
  typename TestFixture::table t{{}, {&place, 0}};
  t["a"] = 1;
  t["b"] = 2;
  auto turn = [&] { t.sweep(t.buckets(), false, 100); };
  turn();
  EXPECT_EQ(t.parked(), 0u) << "they were just made";
  t.find("a");
  turn();
  EXPECT_EQ(t.parked(), 1u);
  turn();
  EXPECT_EQ(t.parked(), 2u);
}

TYPED_TEST(warm_table_test, parks_no_more_than_it_may_in_one_go) {
  forgetful_parking place;
  typename TestFixture::table t{{}, {&place, 0}};
  for (int i = 0; i < 1000; ++i) t[std::to_string(i)] = i;
  t.sweep(t.buckets(), false, 10);
  t.sweep(t.buckets(), false, 10);
  EXPECT_GE(t.parked(), 10u);
  EXPECT_LT(t.parked(), 30u) << "a bucket may hold some";
}

TYPED_TEST(warm_table_test, without_a_place_nothing_is_parked) {
  typename TestFixture::table t{{}, {nullptr, 0}};
  t["a"] = 1;
  park_all(t);
  EXPECT_EQ(t.parked(), 0u);
}

TYPED_TEST(warm_table_test, a_lost_record_is_told) {
  forgetful_parking place;
  typename TestFixture::table t{{}, {&place, 0}};
  t["a"] = 1;
  park_all(t);
  place.erase_all();
  EXPECT_THROW(t.find("a"), std::runtime_error);
}

enum part : uint8_t { lanes = 1, hot, parked };

/// What a new table has that takes up a snapshot.
template <class Table>
std::map<std::string, int> taken_up(forgetful_files& files, forgetful_parking& place,
                                    const std::map<std::string, int>& keys) {
  Table t{{}, {&place, 0}};
  moved_carts stay;
  stay.stay();
  block_reader in{files, "/s/file"};
  while (in.next())
    for (auto r = in.elements(); !r.done();) switch (in.tag()) {
        case lanes: t.lane().take_over(r); break;
        case hot: t.load_hot(r, stay, {}); break;
        default: t.load_parked(r, stay, {}, true, 0); break;
      }
  std::map<std::string, int> found;
  EXPECT_EQ(t.size(), keys.size());
  for (const auto& [k, _] : keys)
    if (auto* v = t.find(k)) found[k] = *v;
  return found;
}

/// Whatever happens while it is written, a snapshot holds what was there at its cut.
TYPED_TEST(warm_table_test, a_snapshot_in_slices_is_what_was_there_at_the_cut) {
  for (unsigned seed = 0; seed < 60; ++seed) {
    std::mt19937_64 dice{seed};
    forgetful_parking place;
    typename TestFixture::table t{{}, {&place, 0}};
    std::map<std::string, int> now;
    auto live = [&](size_t steps) {
      for (size_t i = 0; i < steps; ++i) {
        auto k = std::to_string(dice() % 300);
        switch (dice() % 6) {
          case 0:
          case 1:
          case 2: now[k] = t[k] = static_cast<int>(dice() % 1000); break;
          case 3:
            if (auto* v = t.find(k)) now.at(k) = ++*v;
            break;
          case 4:
            if (t.find(k) != nullptr) {
              t.erase(k);
              now.erase(k);
            }
            break;
          default: t.sweep(1 + dice() % 40, dice() % 2 == 0, 1000); break;
        }
      }
    };
    live(dice() % 2000);
    for (int snapshot = 0; snapshot < 3; ++snapshot) {
      forgetful_files files;
      files.make_folder("/s");
      block_writer file{files, "/s/file"};
      auto& lane = file.open(lanes);
      t.begin_walk(lane, file.open(hot), file.open(parked));
      lane.write();
      const auto then = now;
      do live(dice() % 60);
      while (!t.walk(1 + dice() % 50));
      file.finish();
      auto copy = place;
      ASSERT_EQ((taken_up<typename TestFixture::table>(files, copy, then)), then) << "seed " << seed;
      live(dice() % 300);
    }
    for (const auto& [k, v] : now) ASSERT_TRUE(t.find(k) != nullptr && *t.find(k) == v) << "seed " << seed;
    ASSERT_EQ(t.size(), now.size());
  }
}

}  // namespace
}  // namespace cartwheel
