// A warm_table whose entries are found by more than their keys: here each value's last digit and its tens.
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

uint64_t by_digit(int v) { return uint64_t{1} << 62 | static_cast<uint64_t>(v % 10); }       // all of one print
uint64_t by_tens(int v) { return uint64_t{3} << 62 | static_cast<uint64_t>(v / 10) << 40; }  // of prints of their own

struct numbered {
  using key = std::string;
  using key_view = std::string_view;
  using value = int;
  template <class T>
  using map_of = text_map<T>;
  static uint64_t hash(std::string_view k) { return uint64_t{k.back() & 3u} << 40; }
  static person_partition partition(std::string_view k) { return partition_of_person(k); }
  static bool may_park(int) { return true; }
  static std::vector<uint64_t> further_hashes(int v) { return {by_digit(v), by_tens(v)}; }
  static void save(std::string_view k, int v, byte_writer& to) {
    to.text(k);
    to.signed_number(v);
  }
  static std::pair<std::string, int> load(byte_reader& from, const moved_carts&) {
    std::string k{from.text()};
    return {std::move(k), static_cast<int>(from.signed_number())};
  }
};
using table = warm_table<numbered>;
using model = std::map<std::string, int>;

void set(table& t, const std::string& k, int v) {
  auto& now = t[k];
  t.refile(k, [&] { now = v; });
}

std::vector<std::string> found_by(const model& m, uint64_t hash) {
  std::vector<std::string> found;
  for (const auto& [k, v] : m)
    if (by_digit(v) == hash || by_tens(v) == hash) found.push_back(k);
  return found;
}

TEST(further_index, finds_what_is_parked_and_what_is_not) {
  forgetful_parking place;
  table t{{}, {&place, 0}};
  for (int v : {11, 21, 22}) set(t, std::to_string(v), v);
  t.sweep(t.buckets(), true, 0);
  set(t, "31", 31);
  EXPECT_EQ(t.keys_by(by_digit(1)), (std::vector<std::string>{"11", "21", "31"}));
  EXPECT_EQ(t.parked(), 1u) << "those that were asked for are back";
  set(t, "21", 25);
  EXPECT_EQ(t.keys_by(by_digit(1)), (std::vector<std::string>{"11", "31"}));
  EXPECT_EQ(t.keys_by(by_tens(20)), (std::vector<std::string>{"21", "22"}));
}

TEST(further_index, erases_by_hash_without_bringing_back) {
  forgetful_parking place;
  table t{{}, {&place, 0}};
  for (const char* k : {"a", "e", "b"}) set(t, k, 1);  // the first two have one hash
  t.sweep(t.buckets(), true, 0);
  auto erase = [&](const std::string& name, const std::string& gone) {
    t.erase_if(numbered::partition(name), numbered::hash(name), [&](std::string_view k, int) { return k == gone; });
  };
  erase("a", "nobody");
  EXPECT_EQ(t.parked(), 3u);
  erase("a", "a");
  EXPECT_EQ(t.parked(), 2u);
  EXPECT_EQ(t.find("a"), nullptr);
  EXPECT_EQ(t.keys_by(by_digit(1)), (std::vector<std::string>{"b", "e"}));
  erase("e", "e");
  EXPECT_EQ(t.find("e"), nullptr) << "nor need it be parked";
  EXPECT_EQ(t.keys_by(by_digit(1)), (std::vector<std::string>{"b"}));
}

enum part : uint8_t { lanes = 1, hot, parked, further };

/// Takes a snapshot up again, with as many shards or with more: then the first of them.
void take_up(table& t, forgetful_files& files, shard_share mine) {
  moved_carts stay;
  stay.stay();
  const bool same = mine.shards == 1;
  block_reader in{files, "/s/file"};
  while (in.next())
    for (auto r = in.elements(); !r.done();) switch (in.tag()) {
        case lanes: t.lane().take_over(r); break;
        case hot: t.load_hot(r, stay, mine); break;
        case parked: t.load_parked(r, stay, mine, same, 0); break;
        default: t.load_further(r, mine, same); break;
      }
}

TEST(further_index, a_snapshot_in_slices_finds_what_was_there_at_the_cut) {
  for (unsigned seed = 0; seed < 40; ++seed) {
    std::mt19937_64 dice{seed};
    forgetful_parking place;
    table t{{}, {&place, 0}};
    model now;
    auto live = [&](size_t steps) {
      for (size_t i = 0; i < steps; ++i) {
        auto k = std::to_string(dice() % 200);
        switch (dice() % 6) {
          case 0:
          case 1: set(t, k, now[k] = static_cast<int>(dice() % 1000)); break;
          case 2:
            if (t.find(k) != nullptr) {
              t.erase(k);
              now.erase(k);
            }
            break;
          case 3:
            t.erase_if(numbered::partition(k), numbered::hash(k),
                       [&](std::string_view name, int) { return name == k; });
            now.erase(k);
            break;
          case 4: {
            const auto hash = by_tens(static_cast<int>(dice() % 1000));
            ASSERT_EQ(t.keys_by(hash), found_by(now, hash)) << "seed " << seed;
            break;
          }
          default: t.sweep(1 + dice() % 40, dice() % 2 == 0, 1000); break;
        }
      }
    };
    live(dice() % 1000);
    for (int snapshot = 0; snapshot < 2; ++snapshot) {
      forgetful_files files;
      files.make_folder("/s");
      block_writer file{files, "/s/file"};
      auto& lane = file.open(lanes);
      t.begin_walk(lane, file.open(hot), file.open(parked), &file.open(further));
      lane.write();
      const auto then = now;
      do live(dice() % 60);
      while (!t.walk(1 + dice() % 50));
      file.finish();
      for (uint16_t shards : {uint16_t{1}, uint16_t{3}}) {
        auto copy = place;
        table again{{}, {&copy, 0}};
        take_up(again, files, {shards, shard_id{0}});
        model expected;
        for (const auto& [k, v] : then)
          if (shard_share{shards, shard_id{0}}.has(numbered::partition(k))) expected.emplace(k, v);
        ASSERT_EQ(again.size(), expected.size()) << "seed " << seed;
        for (int v = 0; v < 1000; v += 7)
          for (auto hash : {by_digit(v), by_tens(v)})
            ASSERT_EQ(again.keys_by(hash), found_by(expected, hash)) << "seed " << seed;
      }
      live(dice() % 300);
    }
  }
}

}  // namespace
}  // namespace cartwheel
