#include "actors/shard/engine.hpp"
#include "actors/shard/router.hpp"
#include "runtime/base/partitions.hpp"
#include "tests/actors/shard/told.hpp"

#include <caf/all.hpp>
#include <gtest/gtest.h>

#include <future>
#include <mutex>

namespace cartwheel {
namespace {

using testing::told;

constexpr node_hash_keys keys{{1, 2}, {3, 4}, {5, 6}};
constexpr uint16_t shards = 2;

/// Remembers what happened to carts; holds up one shard at the end of its first epoch.
class witness final : public shard_observer {
 public:
  explicit witness(shard_id held) : held_{held} {}

  void applied(shard_id shard, size_t) override {
    if (shard == held_) go_on_.wait();
  }
  void passed(shard_id, std::vector<cart_milestone> milestones) override {
    std::lock_guard lock{mutex_};
    for (auto& m : milestones) seen_.push_back(std::move(m));
  }
  void decided(shard_id, std::vector<decision_line>) override {}
  void dead(shard_id, dead_letter) override {}
  void recovered(shard_id, recovered_cart) override {}

  void let_go_on() { release_.set_value(); }
  std::vector<cart_milestone> seen() {
    std::lock_guard lock{mutex_};
    return seen_;
  }

 private:
  shard_id held_;
  std::promise<void> release_;
  std::shared_future<void> go_on_ = release_.get_future();
  std::mutex mutex_;
  std::vector<cart_milestone> seen_;
};

/// While an epoch waits for another shard, whoever does not find a cart any more finds how it ended.
TEST(a_shard_actor, has_told_how_a_cart_ended_that_it_does_not_find) {
  const auto of_cart = shard_of(partition_of_cart("s", "c"), shards);
  witness seen{static_cast<shard_id>(1 - static_cast<int>(of_cart))};
  shard_setup setup;
  setup.shards = shards;
  setup.keys = keys;
  setup.start = testing::at(0);
  setup.live = true;
  setup.observer = &seen;
  engine machine{std::move(setup)};
  router way{shards, keys};
  const auto submit = [&](uint64_t number, const std::string& event, bool touches_persons) {
    auto e = std::make_shared<epoch>(shards);
    e->number = epoch_number{number};
    e->now = testing::at(1000);
    e->touches_persons = touches_persons;
    told events{event};
    e->batches.push_back({events.batch(), {}});
    way.deal(*events.batch(), 0, events.batch()->events.size(), *e);
    machine.submit(std::move(e));
  };
  submit(
    1,
    R"({"event":"add_to_cart","time":900,"shop":"s","cart_id":"c","items":[{"item_id":"a","price":"1.00"}],"currency":"EUR"})"
    "\n",
    false);
  submit(2,
         R"({"event":"purchase","time":950,"shop":"s","cart_id":"c","order_id":"o","customer_id":"k"})"
         "\n",
         true);
  caf::scoped_actor asker{machine.system()};
  bool found = true;
  asker->request(machine.shard_of_cart("s", "c"), caf::infinite, find_cart{"s", "c"})
    .receive([](const caf::actor&) {}, [&](const caf::error&) { found = false; });
  EXPECT_FALSE(found);
  EXPECT_EQ(machine.metrics(static_cast<size_t>(of_cart)).carts.value(), 1) << "the epoch is not over";
  const auto milestones = seen.seen();
  seen.let_go_on();
  machine.stop();
  ASSERT_FALSE(milestones.empty());
  EXPECT_EQ(milestones.back().what, milestone::ended);
  EXPECT_EQ(milestones.back().end, cart_end::ordered);
}

}  // namespace
}  // namespace cartwheel
