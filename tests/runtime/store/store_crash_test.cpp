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

TEST(store_crash, the_folder_is_one_beginning_of_what_was_written) {
  for (auto what : {forgetful_disk::remains::beginning, forgetful_disk::remains::anything})
    test::many_seeds(1, test::runs(60), [&](uint64_t seed) {
      store_victim victim{seed};
      victim.files().fail_change(1 + victim.random()() % changes_most, fault::power_off, true);
      victim.work(150);
      victim.power_cycle(what);
      victim.check_live();
    });
}

/// The same deed, cut short at its first change to the disk, at its second, and so on to its end.
void crash_at_each_change_of(const std::function<void(store_victim&)>& before,
                             const std::function<void(store_victim&)>& deed, uint64_t changes_at_most) {
  std::atomic<uint64_t> done = 0;
  uint64_t tried = test::runs(changes_at_most);
  test::many_seeds(1, tried, [&](uint64_t nth) {
    uint64_t change = nth * changes_at_most / tried;
    store_victim victim{1};
    before(victim);
    victim.files().fail_change(change, fault::power_off, true);
    try {
      deed(victim);
      if (!victim.files().failed()) ++done;
    } catch (const std::runtime_error&) {}
    victim.power_cycle(forgetful_disk::remains::beginning);
    victim.check_live();
  });
  EXPECT_GT(done, 0u) << "it has more changes than were tried";
}

void at_work(store_victim& v) {
  v.open();
  for (int i = 0; i < 10; ++i) v.write();
  v.flush();
  for (int i = 0; i < 3; ++i) v.write();
}

TEST(store_crash, at_each_change_of_a_flush) {
  crash_at_each_change_of(
    at_work, [](store_victim& v) { v.flush(); }, 80);
}

TEST(store_crash, at_each_change_of_its_beginning) {
  crash_at_each_change_of([](store_victim&) {}, [](store_victim& v) { v.open(); }, 240);
}

TEST(store_crash, at_each_change_of_its_being_opened_again) {
  crash_at_each_change_of(
    at_work, [](store_victim& v) { v.reopen_flushed(); }, 160);
}

}  // namespace
}  // namespace cartwheel
