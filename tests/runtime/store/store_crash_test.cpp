// The power goes off in the middle of anything, and of what was not synced, chance decides what is left.
#include "tests/runtime/store/many_seeds.hpp"
#include "tests/runtime/store/store_victim.hpp"

#include <gtest/gtest.h>

#include <atomic>

namespace cartwheel {
namespace {

using test::fault;
using test::forgetful_disk;
using test::store_victim;

/// Most of a script's changes to the disk lie below this; a crash beyond its end is one while it rests.
constexpr uint64_t changes_most = 1500;

void crash_somewhere(store_victim& victim, forgetful_disk::remains what) {
  victim.files().fail_change(1 + victim.random()() % changes_most, fault::power_off, true);
  victim.work(150);
  victim.power_cycle(what);
}

TEST(store_crash, a_checkpoint_is_whole_or_not_there) {
  test::many_seeds(1, test::runs(60), [](uint64_t seed) {
    store_victim victim{seed};
    crash_somewhere(victim, forgetful_disk::remains::anything);
    victim.check_checkpoints();
  });
}

TEST(store_crash, the_live_folder_is_one_beginning_of_what_was_written) {
  test::many_seeds(1001, 1000 + test::runs(60), [](uint64_t seed) {
    store_victim victim{seed};
    crash_somewhere(victim, forgetful_disk::remains::beginning);
    victim.check_live();
  });
}

/// The same deed, cut short at its first change to the disk, at its second, and so on to its end.
void crash_at_each_change_of(const std::function<void(store_victim&)>& deed, uint64_t changes_at_most) {
  std::atomic<uint64_t> done = 0;
  uint64_t tried = test::runs(changes_at_most);
  test::many_seeds(1, tried, [&](uint64_t nth) {
    uint64_t change = nth * changes_at_most / tried;
    store_victim victim{1};
    victim.open();
    for (int i = 0; i < 10; ++i) victim.write();
    victim.make_checkpoint();
    for (int i = 0; i < 3; ++i) victim.write();
    victim.files().fail_change(change, fault::power_off, true);
    try {
      deed(victim);
      if (!victim.files().failed()) ++done;
    } catch (const std::runtime_error&) {}
    victim.power_cycle(forgetful_disk::remains::beginning);
    victim.check_live();
    victim.check_checkpoints();
  });
  EXPECT_GT(done, 0u) << "it has more changes than were tried";
}

TEST(store_crash, at_each_change_of_a_checkpoint) {
  crash_at_each_change_of([](store_victim& v) { v.make_checkpoint(); }, 80);
}

TEST(store_crash, at_each_change_of_a_restore) {
  crash_at_each_change_of([](store_victim& v) { v.begin_anew(); }, 100);
}

TEST(store_crash, at_each_change_of_a_removal) {
  crash_at_each_change_of([](store_victim& v) { v.drop_checkpoint(); }, 20);
}

}  // namespace
}  // namespace cartwheel
