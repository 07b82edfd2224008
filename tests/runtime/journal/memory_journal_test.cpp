#include "tests/support/memory_journal.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace cartwheel {
namespace {

record text_record(std::string text) {
  return {record_kind::events, payload_format::text, from_unix_ms(1), whole(std::move(text))};
}

std::vector<std::pair<uint64_t, std::string>> all_from(const memory_journal& log, position from) {
  std::vector<std::pair<uint64_t, std::string>> seen;
  log.read_from(from, [&](const logged_record& r) {
    seen.emplace_back(count(r.at), r.what.payload.bytes);
    return true;
  });
  return seen;
}

using entries = std::vector<std::pair<uint64_t, std::string>>;

TEST(memory_journal, numbers_records_from_one_without_a_gap) {
  memory_journal log;
  EXPECT_EQ(log.end(), position{1});
  std::vector<record> group{text_record("a"), text_record("b")};
  EXPECT_EQ(log.append(group, true), position{1});
  EXPECT_EQ(log.append({}, true), position{3});
  EXPECT_EQ(log.append({group.data(), 1}, true), position{3});
  EXPECT_EQ(log.end(), position{4});
  EXPECT_EQ(all_from(log, position{1}), (entries{{1, "a"}, {2, "b"}, {3, "a"}}));
}

TEST(memory_journal, reads_from_a_position_until_told_to_stop) {
  memory_journal log;
  for (auto text : {"a", "b", "c", "d"}) {
    auto r = text_record(text);
    log.append({&r, 1}, true);
  }
  EXPECT_EQ(all_from(log, position{3}), (entries{{3, "c"}, {4, "d"}}));
  EXPECT_EQ(all_from(log, position{0}).size(), 4u);
  EXPECT_TRUE(all_from(log, position{5}).empty());
  EXPECT_TRUE(all_from(log, position{99}).empty());
  int visits = 0;
  log.read_from(position{1}, [&](const logged_record&) { return ++visits < 2; });
  EXPECT_EQ(visits, 2);
}

TEST(memory_journal, forgets_below_a_position_and_goes_on_counting) {
  memory_journal log;
  auto payload = std::make_shared<const std::string>("held");
  std::weak_ptr<const std::string> first = payload;
  record r{record_kind::events, payload_format::text, {}, {payload, *payload}};
  payload.reset();
  log.append({&r, 1}, true);
  r = text_record("b");
  log.append({&r, 1}, true);
  log.append({&r, 1}, true);
  log.truncate_below(position{1});
  EXPECT_EQ(all_from(log, position{1}).size(), 3u);
  log.truncate_below(position{2});
  EXPECT_TRUE(first.expired());
  EXPECT_EQ(all_from(log, position{1}), (entries{{2, "b"}, {3, "b"}}));
  log.truncate_below(position{1});  // never back
  EXPECT_EQ(all_from(log, position{1}).size(), 2u);
  log.truncate_below(position{1000});  // not beyond the end
  EXPECT_TRUE(all_from(log, position{1}).empty());
  EXPECT_EQ(log.end(), position{4});
  EXPECT_EQ(log.append({&r, 1}, true), position{4});
  EXPECT_EQ(all_from(log, position{1}), (entries{{4, "b"}}));
}

}  // namespace
}  // namespace cartwheel
