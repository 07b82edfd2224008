// Random histories, cut by losses of power at random moments: what a node has acknowledged is never lost, and what it decides
// is what it would have decided without them, and what a replay decides (docs/testing.md).

#include "actors/shard/parked_kind.hpp"
#include "app/replay/replay_run.hpp"
#include "tests/actors/gateway/recovery_world.hpp"
#include "tests/scratch_folder.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <random>
#include <sstream>

namespace cartwheel {
namespace {

using test::decision_book;
using test::forgetful_parking;
using test::shared_files;
using test::small_node;

std::string random_events(unsigned seed, const std::string& more = "") {
  auto command = "python3 " CARTWHEEL_SOURCE_DIR "/tests/reference/random_events.py --events 150 --seed " +
                 std::to_string(seed) + more;
  std::FILE* pipe = ::popen(command.c_str(), "r");
  std::string text;
  char buffer[4096];
  for (size_t n; (n = std::fread(buffer, 1, sizeof buffer, pipe)) > 0;) text.append(buffer, n);
  EXPECT_EQ(::pclose(pipe), 0);
  return text;
}

std::map<decision_book::key, decision_book::value> replayed(const std::string& events) {
  test::scratch_folder folder;
  auto file = (folder / "events.ndjson").string();
  std::ofstream{file} << events;
  settings s;
  s.node.shards = 1;
  decision_book book;
  run_replay({file}, s, false, [&](const std::vector<decision_line>& lines) { book.note(lines); });
  return book.made();
}

/// Some lines at a time.
std::vector<std::string> batches_of(const std::string& events, std::mt19937_64& dice) {
  std::vector<std::string> batches(1);
  std::istringstream in{events};
  for (std::string line; std::getline(in, line);) {
    if (dice() % 4 == 0) batches.emplace_back();
    batches.back() += line + '\n';
  }
  return batches;
}

std::string described(const decision_book::key& k, const decision_book::value& v) {
  return std::to_string(std::get<0>(k)) + " " + std::get<1>(k) + "/" + std::get<2>(k) + " step " +
         std::to_string(std::get<3>(k)) + " " + std::string{to_string(std::get<1>(v))} + " " +
         std::string{to_string(std::get<2>(v))};
}

void expect_equal(const std::map<decision_book::key, decision_book::value>& made,
                  const std::map<decision_book::key, decision_book::value>& expected) {
  for (const auto& [k, v] : made)
    if (auto i = expected.find(k); i == expected.end() || i->second != v)
      ADD_FAILURE() << "not as replayed: " << described(k, v);
  for (const auto& [k, v] : expected)
    if (!made.contains(k)) ADD_FAILURE() << "missing: " << described(k, v);
}

struct lived {
  size_t orders_parked = 0, orders_read = 0;
};

lived live_through(unsigned seed, const std::string& events) {
  std::mt19937_64 dice{seed};
  auto files = std::make_unique<shared_files>();
  auto place = std::make_unique<forgetful_parking>();
  const bool parks = dice() % 3 != 0;
  decision_book book;
  size_t losses = 0;
  lived with;
  auto count = [&] {
    with.orders_parked += place->put_of(static_cast<unsigned>(parked_kind::orders));
    with.orders_read += place->fetched_of(static_cast<unsigned>(parked_kind::orders));
  };
  auto fresh = [&](shared_files& on) {
    small_node::options o;
    o.shards = static_cast<uint16_t>(1 + dice() % 3);
    o.snapshot_every = dice() % 2 == 0 ? 0ms : 24h;
    if (parks) o.place = place.get();
    auto n = std::make_unique<small_node>(on, book, o);
    n->recover();
    n->start();
    return n;
  };
  auto node = fresh(*files);
  for (auto& batch : batches_of(events, dice)) {
    EXPECT_TRUE(node->take(std::move(batch)));
    if (dice() % 12 != 0) continue;
    if (dice() % 2 == 0) node->settle_down();
    std::unique_ptr<shared_files> left;
    auto place_left = place->after_crash(dice(), [&] { left = files->after_crash(dice()); });
    node->die();
    node.reset();
    count();
    files = std::move(left);
    place = std::move(place_left);
    node = fresh(*files);
    ++losses;
  }
  node->stop();
  node->settle_down();
  count();
  EXPECT_EQ(book.changed(), 0);
  expect_equal(book.made(), replayed(events));
  EXPECT_FALSE(testing::Test::HasFailure())
    << "seed " << seed << ", " << losses << " losses of power" << (parks ? ", what is idle is parked" : "");
  return with;
}

class recovery : public testing::TestWithParam<unsigned> {};

/// RECOVERY_SEEDS=N tries N histories in each of the four parts.
unsigned seeds_of_a_part() {
  const char* more = std::getenv("RECOVERY_SEEDS");
  return more != nullptr ? static_cast<unsigned>(std::atoi(more)) : 12;
}

TEST_P(recovery, decides_what_an_uninterrupted_run_decides) {
  const unsigned seeds = seeds_of_a_part();
  for (unsigned seed = GetParam() * seeds; seed < (GetParam() + 1) * seeds && !HasFailure(); ++seed)
    live_through(seed, random_events(seed));
}

/// Paid, cancelled, refunded, bought again, forgotten, and lost with its person: while it is parked.
TEST_P(recovery, of_orders_decides_what_an_uninterrupted_run_decides) {
  const unsigned seeds = seeds_of_a_part();
  lived all;
  for (unsigned seed = GetParam() * seeds; seed < (GetParam() + 1) * seeds && !HasFailure(); ++seed) {
    const auto with = live_through(seed, random_events(seed, " --about orders"));
    all.orders_parked += with.orders_parked;
    all.orders_read += with.orders_read;
  }
  EXPECT_GT(all.orders_parked, 100u);
  EXPECT_GT(all.orders_read, 50u);
}

/// What is acknowledged before a disk fails is there when the node starts again; what is not is there whole or not at all.
void disk_fails(unsigned seed, const std::string& events) {
  std::mt19937_64 dice{seed};
  auto files = std::make_unique<shared_files>();
  decision_book book;
  small_node::options o;
  o.snapshot_every = 0ms;
  std::string acknowledged, perhaps;
  std::unique_ptr<shared_files> left;
  {
    small_node node{*files, book, o};
    node.recover();
    node.start();
    constexpr std::array<int, 3> errors{EIO, ENOSPC, EDQUOT};
    files->fail_after(dice() % 60, errors[seed % errors.size()], dice());
    for (auto& batch : batches_of(events, dice)) {
      if (!node.take(batch)) {
        perhaps = batch;
        EXPECT_TRUE(node.events().is_broken()) << "seed " << seed;
        EXPECT_NE(node.events().broken(), "");
        break;
      }
      acknowledged += batch;
    }
    if (node.events().is_broken()) {
      EXPECT_FALSE(node.take("{\"event\":\"view_cart\",\"time\":1,\"cart_id\":\"c\"}\n")) << "seed " << seed;
    }
    left = files->after_crash(dice());
    node.die();
  }
  files = std::move(left);
  decision_book after;
  small_node node{*files, after, o};
  node.recover();
  node.start();
  node.stop();
  node.settle_down();
  auto made = book.made();
  made.merge(after.made());
  auto without = replayed(acknowledged), with = replayed(acknowledged + perhaps);
  EXPECT_TRUE(made == without || made == with) << "seed " << seed;
}

TEST(a_disk_that_fails, costs_nothing_that_was_acknowledged) {
  for (unsigned seed = 0; seed < 25 && !HasFailure(); ++seed) disk_fails(seed, random_events(seed));
}

/// What is refused for want of memory is refused again when there is enough of it: the log says so.
TEST(a_full_memory, refuses_new_carts_and_recovery_knows_which) {
  auto files = std::make_unique<shared_files>();
  std::unique_ptr<shared_files> left;
  decision_book book;
  auto add = [](int64_t second, const char* cart) {
    return "{\"event\":\"add_to_cart\",\"time\":" + std::to_string(1'769'943'500'000 + second * 1000) +
           ",\"shop\":\"s\",\"cart_id\":\"" + cart + "\",\"items\":[{\"item_id\":\"i\",\"quantity\":1}]}\n";
  };
  memory_watch full{1, [] { return 2; }};
  full.look();
  auto carts = [](small_node& node) { return node.shards().metrics(0).carts.value(); };
  // An acknowledgement says that an event is in the log; its cart hears of it a moment later.
  auto soon = [](auto&& holds) {
    for (int i = 0; i < 2000 && !holds(); ++i) std::this_thread::sleep_for(5ms);
    return holds();
  };
  small_node::options o;
  o.event_clock = false;
  {
    small_node node{*files, book, o};
    node.recover();
    node.start();
    ASSERT_TRUE(node.take(add(0, "a")));
    EXPECT_TRUE(soon([&] { return carts(node) == 1; }));
  }
  {
    o.memory = &full;
    small_node node{*files, book, o};
    node.recover();
    node.start();
    ASSERT_TRUE(node.take(add(4, "b"))) << "it is in the log";
    ASSERT_TRUE(node.take(add(6, "c")));
    ASSERT_TRUE(node.take(add(8, "a")));
    ASSERT_TRUE(soon([&] { return node.letters().size() == 2; }));
    EXPECT_EQ(node.letters().front().reason, "capacity: no memory for a new cart");
    EXPECT_EQ(carts(node), 1);
    ASSERT_TRUE(node.take(add(9, "a"))) << "behind it what was refused stands in the log";
    left = files->after_crash(1);
    node.die();
  }
  files = std::move(left);
  o.memory = nullptr;
  small_node node{*files, book, o};
  node.recover();
  node.start();
  EXPECT_EQ(carts(node), 1) << "now that there is memory, they are refused all the same";
  ASSERT_TRUE(node.take(add(10, "d")));
  EXPECT_TRUE(soon([&] { return carts(node) == 2; }));
}

INSTANTIATE_TEST_SUITE_P(random_histories, recovery, testing::Range(0u, 4u));

}  // namespace
}  // namespace cartwheel
