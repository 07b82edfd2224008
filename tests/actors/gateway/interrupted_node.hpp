#pragma once

#include "tests/actors/gateway/notebook.hpp"
#include "tests/actors/gateway/recovery_world.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <thread>
#include <tuple>
#include <utility>

namespace cartwheel::test {

/// The node ends where it stands; of its files, and of what was parked, what was not synced is lost, or some of it.
inline void lose_power(std::unique_ptr<small_node>& node, std::unique_ptr<shared_files>& files,
                       std::unique_ptr<forgetful_parking>& place, uint64_t seed) {
  std::unique_ptr<shared_files> left;
  std::unique_ptr<forgetful_parking> left_there;
  auto files_are_lost = [&] { left = files->after_crash(seed); };
  if (place)
    left_there = place->after_crash(seed, files_are_lost);
  else
    files_are_lost();
  node->die();
  node.reset();
  files = std::move(left);
  place = std::move(left_there);
}

/// A Sunday, 11:00 UTC.
constexpr instant eleven = from_unix_ms(1'769'943'600'000);

/// A node of shop `s` whose clock the test moves, from eleven on, and whose power it cuts. Parameters: whether it takes a
/// snapshot whenever it can, else none; whether what is idle is parked; whether its clock is that of the events.
/// What derives from it says which campaigns are on, in its constructor.
class interrupted_node : public testing::TestWithParam<std::tuple<bool, bool, bool>> {
 protected:
  interrupted_node() {
    if (parked()) place_ = std::make_unique<forgetful_parking>();
  }
  ~interrupted_node() override {
    if (node_) node_->die();
  }
  static bool snapshots() { return std::get<0>(GetParam()); }
  static bool parked() { return std::get<1>(GetParam()); }
  static bool event_clock() { return std::get<2>(GetParam()); }

  void start(uint16_t shards = 2) {
    small_node::options o;
    o.shards = shards;
    o.event_clock = event_clock();
    o.clock = clock_;
    o.campaign = campaign_;
    o.reminders = &mails_;
    o.snapshot_every = snapshots() ? 0ms : 24h;
    o.place = place_.get();
    node_ = std::make_unique<small_node>(*files_, book_, o);
    node_->recover();
    node_->start();
    tick();
  }
  void power_fails() {
    node_->settle_down();
    lose_power(node_, files_, place_, ++seed_);
  }
  /// An event of now; `more` begins with a comma.
  void take(const std::string& name, const std::string& more) {
    node_->take(R"({"event":")" + name + R"(","time":)" + std::to_string(unix_ms(clock_->now())) + R"(,"shop":"s")" +
                more + "}\n");
  }
  /// Three seconds, in which the shop is heard.
  void tick() {
    for (int i = 0; i < 3; ++i) {
      clock_->advance(1s);
      std::this_thread::sleep_for(2ms);  // the committer looks at a clock that is moved by hand now and then
      for (int n = 0; n < 2; ++n) take("identify", R"(,"visitor_id":"anybody")");
      node_->settle_down();
    }
  }
  void until(milliseconds after_eleven) {
    clock_->advance(eleven + after_eleven - clock_->now());
    tick();
  }

  campaign_settings campaign_;
  std::unique_ptr<forgetful_parking> place_;
  std::shared_ptr<manual_clock> clock_ = std::make_shared<manual_clock>(eleven);
  std::unique_ptr<shared_files> files_ = std::make_unique<shared_files>();
  decision_book book_;
  notebook mails_;
  std::unique_ptr<small_node> node_;
  uint64_t seed_ = 0;
};

}  // namespace cartwheel::test
