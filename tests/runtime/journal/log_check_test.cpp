#include "runtime/journal/log_check.hpp"

#include "runtime/journal/log_repair.hpp"
#include "tests/runtime/journal/log_fixture.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <functional>
#include <utility>

namespace cartwheel {
namespace {

using test::all_from;
using test::forgetful_files;
using test::seen_record;
using testing::ElementsAre;
using testing::HasSubstr;

/// Five segments of three records each, all synced.
class damaged_log : public test::log_fixture {
 protected:
  void SetUp() override {
    auto log = open();
    for (int i = 0; i < 15; ++i) append(log, {std::string(3600, static_cast<char>('a' + i))}, true);
    ASSERT_EQ(names().size(), 5u);
  }

  /// Changes the payload of a record.
  void spoil(uint64_t at) { spoil(files_, at); }
  static void spoil(forgetful_files& files, uint64_t at) {
    auto path = path_of((at - 1) / 3 * 3 + 1);
    auto bytes = files.contents(path);
    bytes[bytes.find(std::string(3600, static_cast<char>('a' + at - 1))) + 17] = '!';
    files.replace(path, bytes);
  }
  void spoil_header(uint64_t first) {
    auto bytes = files_.contents(path_of(first));
    bytes[30] ^= 4;
    files_.replace(path_of(first), bytes);
  }
  void remove(uint64_t first) { files_.remove(path_of(first)); }

  std::vector<std::string> found() {
    std::vector<std::string> all;
    for (const auto& d : check_log(files_, folder).damage)
      all.push_back(fmt::format("{} {} {}", d.file.filename().string().substr(18, 2), count(d.at), d.wrong));
    return all;
  }

  std::vector<seen_record> read(position from = position{0}) {
    std::vector<seen_record> all;
    read_log(files_, folder, from, [&](const logged_record& r) {
      all.push_back(test::seen(r));
      return true;
    });
    return all;
  }
};

using log_check = damaged_log;
using log_repair = damaged_log;

TEST_F(log_check, counts_what_is_there) {
  {
    auto log = open();
    log.append(std::vector{record{record_kind::tick, payload_format::none, from_unix_ms(5000), {}},
                           record{record_kind::tick, payload_format::none, from_unix_ms(-7), {}}},
               true);
  }
  auto before = files_.operations();
  auto l = check_log(files_, folder);
  EXPECT_GT(files_.operations(), before);
  EXPECT_TRUE(l.damage.empty());
  EXPECT_FALSE(l.cut);
  EXPECT_EQ(l.segments.size(), 5u);
  EXPECT_EQ(l.segments.front().first, position{1});
  EXPECT_EQ(l.segments.back().end, position{18});
  EXPECT_EQ(l.file_bytes, 5 * segment_bytes);
  EXPECT_EQ(l.all.records, 17u);
  EXPECT_EQ(l.all.payload_bytes, 15u * 3600);
  EXPECT_EQ(l.kinds.at(record_kind::events).records, 15u);
  EXPECT_EQ(l.kinds.at(record_kind::tick).records, 2u);
  EXPECT_EQ(l.oldest, from_unix_ms(-7));
  EXPECT_EQ(l.newest, from_unix_ms(5000));
}

TEST_F(log_check, changes_nothing) {
  spoil(5);
  forgetful_files before{files_};
  check_log(files_, folder);
  EXPECT_THROW(read(), log_damage);
  EXPECT_EQ(files_.list(folder), before.list(folder));
  for (const auto& name : before.list(folder)) {
    auto path = std::filesystem::path{folder} / name;
    EXPECT_EQ(files_.contents(path), before.contents(path));
  }
}

TEST_F(log_check, goes_on_behind_damage) {
  spoil(5);
  spoil(10);
  EXPECT_THAT(found(),
              ElementsAre("04 5 a record's sum (CRC-32C) is wrong", "10 10 a record's sum (CRC-32C) is wrong"));
}

TEST_F(log_check, finds_what_is_wrong_with_the_files) {
  spoil_header(4);
  remove(10);
  EXPECT_THAT(found(), ElementsAre("04 4 its header is damaged (CRC-32C)",
                                   "13 13 the segment before it, from position 10 on, is missing"));
}

TEST_F(log_check, a_torn_tail_is_no_damage) {
  spoil(15);
  auto l = check_log(files_, folder);
  EXPECT_TRUE(l.damage.empty());
  ASSERT_TRUE(l.cut);
  EXPECT_EQ(l.cut->first, position{15});
}

TEST_F(log_check, reads_whole_groups_from_a_position_on) {
  EXPECT_EQ(read(), told_);
  EXPECT_EQ(read(position{8}), (std::vector<seen_record>{told_.begin() + 7, told_.end()}));
  EXPECT_TRUE(read(position{16}).empty());
  {
    auto log = open();
    append(log, {"x", "y"}, false);
  }
  auto bytes = files_.contents(path_of(13));
  bytes[segment_header_bytes + 3 * record_bytes(3600) + record_bytes(1) + 20] ^= 1;  // "y"
  files_.replace(path_of(13), bytes);
  EXPECT_EQ(read(), told_below(position{16})) << "half a group is none";
}

TEST_F(log_check, reads_up_to_the_damage_and_tells) {
  spoil(8);
  std::vector<seen_record> all;
  try {
    read_log(files_, folder, position{1}, [&](const logged_record& r) {
      all.push_back(test::seen(r));
      return true;
    });
    FAIL();
  } catch (const log_damage& d) {
    EXPECT_EQ(d.at, position{8});
    EXPECT_EQ(d.file, path_of(7));
    EXPECT_EQ(d.offset, segment_header_bytes + record_bytes(3600));
  }
  EXPECT_EQ(all, told_below(position{8}));
}

/// A file that somebody else writes while it is read: `seen` changes what the first read finds.
class written_meanwhile final : public open_file {
 public:
  written_meanwhile(std::unique_ptr<open_file> file, std::function<void(uint64_t, std::span<char>)> seen)
      : file_{std::move(file)}, seen_{std::move(seen)} {}
  const std::filesystem::path& path() const override { return file_->path(); }
  size_t write_at(uint64_t, std::span<const std::string_view>) override { throw std::logic_error{"read only"}; }
  size_t read_at(uint64_t offset, std::span<char> into) const override {
    size_t n = file_->read_at(offset, into);
    if (seen_) std::exchange(seen_, nullptr)(offset, into.first(n));
    return n;
  }
  void preallocate(uint64_t) override { throw std::logic_error{"read only"}; }
  void truncate(uint64_t) override { throw std::logic_error{"read only"}; }
  uint64_t size() const override { return file_->size(); }
  void sync_data() override { throw std::logic_error{"read only"}; }

 private:
  std::unique_ptr<open_file> file_;
  mutable std::function<void(uint64_t, std::span<char>)> seen_;
};

class log_of_a_running_server : public test::log_fixture {
 protected:
  segment_tail tail_while(std::function<void(uint64_t, std::span<char>)> seen) {
    auto segment = list_segments(files_, folder).front();
    auto file = files_.open(segment.path, file_layer::access::read);
    segment_reader reader{std::make_shared<written_meanwhile>(std::move(file), std::move(seen)),
                          segment.sound_header()};
    return find_tail(reader);
  }
};

TEST_F(log_of_a_running_server, grows_between_two_reads) {
  segment_log log{files_, folder, {.segment_bytes = 3 * limits::segment_block_bytes}};
  log.append(test::group_of({"a"}), true);
  auto tail = tail_while([&](uint64_t, std::span<char>) {
    for (int i = 0; i < 4; ++i) log.append(test::group_of({std::string(limits::segment_block_bytes / 2, 'x')}), true);
  });
  EXPECT_EQ(tail.end.at, position{6});
  EXPECT_FALSE(tail.cut);
}

TEST_F(log_of_a_running_server, grows_within_one_read) {
  segment_log log{files_, folder, {.segment_bytes = segment_bytes}};
  for (auto text : {"a", "b", "c"}) log.append(test::group_of({text}), true);
  auto tail = tail_while([&](uint64_t offset, std::span<char> into) {
    // "b" came after its page was read, "c" before.
    auto b = into.subspan(segment_header_bytes + record_bytes(1) - offset, record_bytes(1));
    std::fill(b.begin(), b.end(), '\0');
  });
  EXPECT_EQ(tail.end.at, position{4});
  EXPECT_FALSE(tail.cut);
}

TEST_F(log_of_a_running_server, may_lose_its_oldest_segment_meanwhile) {
  segment_log log{files_, folder, {.segment_bytes = segment_bytes, .keep = 0ms}};
  for (int i = 0; i < 12; ++i) log.append(test::group_of({std::string(3600, 'x')}, from_unix_ms(i)), true);
  ASSERT_EQ(names().size(), 4u);
  uint64_t before = files_.operations();
  check_log(files_, folder);
  uint64_t operations = files_.operations() - before;
  for (uint64_t n = 0; n < operations; ++n) {
    forgetful_files files{files_};
    files.when_after(n, [&] {
      files.open(path_of(1), file_layer::access::write)->truncate(segment_header_bytes + 1000);
      files.remove(path_of(1));
    });
    EXPECT_TRUE(check_log(files, folder).damage.empty()) << n;
    forgetful_files again{files_};
    again.when_after(n, [&] {
      again.open(path_of(1), file_layer::access::write)->truncate(segment_header_bytes + 1000);
      again.remove(path_of(1));
    });
    std::string told;
    try {
      read_log(again, folder, position{}, [](const auto&) { return true; });
    } catch (const log_damage& d) {
      told = "damage";
    } catch (const std::runtime_error& e) {
      EXPECT_THAT(e.what(), HasSubstr("was forgotten by a running server"));
    }
    EXPECT_EQ(told, "") << n;
  }
}

TEST_F(log_repair, of_a_sound_log_changes_nothing) {
  auto before = names();
  auto done = repair_log(files_, folder);
  EXPECT_TRUE(done.damage.empty());
  EXPECT_TRUE(done.aside.empty());
  EXPECT_FALSE(done.gap);
  EXPECT_EQ(names(), before);
  EXPECT_EQ(all_from(open()), told_);
}

TEST_F(log_repair, leaves_what_stands_before_the_hole) {
  spoil(8);
  auto done = repair_log(files_, folder);
  ASSERT_EQ(done.damage.size(), 1u);
  EXPECT_EQ(done.damage[0].at, position{8});
  ASSERT_TRUE(done.gap);
  EXPECT_EQ(done.gap->first, position{8});
  EXPECT_GT(done.gap->second, position{15});
  EXPECT_EQ(done.aside.size(), 3u);
  EXPECT_EQ(found(), std::vector<std::string>{});
  EXPECT_EQ(check_log(files_, folder).aside.size(), 3u);
  auto log = open();
  EXPECT_EQ(all_from(log), told_below(position{8}));
  EXPECT_EQ(log.begin(), position{1});
  EXPECT_EQ(log.end(), done.gap->second);
  EXPECT_FALSE(log.opened().cut);
}

TEST_F(log_repair, what_it_put_aside_is_what_was_there) {
  spoil(8);
  forgetful_files before{files_};
  repair_log(files_, folder);
  for (uint64_t first : {7, 10, 13})
    EXPECT_EQ(files_.contents(path_of(first).string() + ".damaged"), before.contents(path_of(first)));
}

TEST_F(log_repair, what_stands_behind_the_damaged_segment_can_be_read_elsewhere) {
  spoil(8);
  repair_log(files_, folder);
  files_.make_folder("/elsewhere");
  for (uint64_t first : {10, 13})
    files_.replace(std::filesystem::path{"/elsewhere"} / segment_name(position{first}),
                   files_.contents(path_of(first).string() + ".damaged"));
  std::vector<seen_record> all;
  read_log(files_, "/elsewhere", position{}, [&](const logged_record& r) {
    all.push_back(test::seen(r));
    return true;
  });
  EXPECT_EQ(all, (std::vector<seen_record>{told_.begin() + 9, told_.end()}));
}

TEST_F(log_repair, from_the_very_beginning) {
  spoil_header(1);
  auto done = repair_log(files_, folder);
  EXPECT_EQ(done.aside.size(), 5u);
  auto log = open();
  EXPECT_EQ(log.begin(), log.end());
  EXPECT_GT(log.end(), position{15});
  EXPECT_TRUE(all_from(log).empty());
}

TEST_F(log_repair, of_a_missing_segment) {
  remove(7);
  auto done = repair_log(files_, folder);
  ASSERT_TRUE(done.gap);
  EXPECT_EQ(done.gap->first, position{7});
  EXPECT_EQ(all_from(open()), told_below(position{7}));
}

TEST_F(log_repair, a_second_one_puts_its_files_beside_the_first_ones) {
  spoil(8);
  repair_log(files_, folder);
  {
    auto log = open();
    log.append(test::group_of({"after"}), true);
  }
  spoil(2);
  auto done = repair_log(files_, folder);
  EXPECT_EQ(all_from(open()), told_below(position{2}));
  EXPECT_EQ(check_log(files_, folder).aside.size(), 3u + done.aside.size());
}

TEST_F(log_repair, of_a_hole_at_the_end_of_a_segment_whose_follower_is_lost) {
  spoil(6);
  spoil_header(7);
  auto done = repair_log(files_, folder);
  EXPECT_EQ(found(), std::vector<std::string>{});
  EXPECT_EQ(all_from(open()), told_below(position{6}));
  EXPECT_EQ(done.aside.size(), 4u);
}

TEST_F(log_repair, interrupted_anywhere_is_done_again) {
  for (uint64_t at : {1, 2, 8, 14}) {
    uint64_t operations = 0;
    for (uint64_t n = 0; n == 0 || n < operations; ++n) {
      for (uint64_t seed = 0; seed < 16; ++seed) {
        SCOPED_TRACE(fmt::format("at {} n {} seed {}", at, n, seed));
        forgetful_files files{files_};
        spoil(files, at);
        auto spoilt = files.contents(path_of((at - 1) / 3 * 3 + 1));
        if (n == 0) {
          forgetful_files counted{files};
          uint64_t before = counted.operations();
          repair_log(counted, folder);
          operations = counted.operations() - before;
        }
        files.fail_after(n, EIO);
        EXPECT_THROW(repair_log(files, folder), std::system_error);
        if (seed > 0) files.crash(seed);
        files.fail_never();
        repair_log(files, folder);
        files.crash(seed);
        ASSERT_TRUE(check_log(files, folder).damage.empty());
        auto log = open(files);
        ASSERT_EQ(all_from(log), told_below(position{at}));
        ASSERT_GT(log.end(), position{15});
        auto all = files.list(folder);
        ASSERT_TRUE(
          std::any_of(all.begin(), all.end(),
                      [&](const auto& name) { return files.contents(std::filesystem::path{folder} / name) == spoilt; }))
          << "nothing is deleted";
      }
    }
  }
}

}  // namespace
}  // namespace cartwheel
