// A person is erased on a running node: what is on its disk afterwards.

#include "app/erase/eraser.hpp"

#include "app/journal/journal_tool.hpp"
#include "app/commands.hpp"
#include "runtime/journal/log_check.hpp"
#include "tests/actors/gateway/recovery_world.hpp"
#include "tests/app/api/running_node.hpp"

#include <gmock/gmock.h>

#include <cerrno>
#include <fstream>
#include <iterator>
#include <sstream>

namespace cartwheel {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

struct shopper {
  std::string customer, visitor, email, name, cart;
};

const shopper jane{"cust-jane-77", "visit-jane-1", "Jane.Doevil@Example.com", "Janette Doevil", "basket-jane"};
const shopper john{"cust-john-88", "visit-john-2", "john.miller@example.com", "Johann Miller", "basket-john"};

class erasure : public running_node {
 protected:
  erasure() {
    config_.journal.erase_after = 0s;
    config_.journal.snapshot_every = 24h;
    config_.node.start_hold = 0s;
  }

  void take(const std::string& body, const std::string& type = "application/x-ndjson") {
    auto answer = post(body, type);
    ASSERT_EQ(answer.status, 200) << answer.body;
  }

  /// Looks around, comes back as who they are, fills a cart, and gets a reminder.
  void shops(const shopper& s) {
    auto of = [](const std::string& key, const std::string& value) { return ",\"" + key + "\":\"" + value + "\""; };
    take(event("view_item", of("visitor_id", s.visitor)) + "\n" +
         event("view_cart", of("cart_id", s.cart) + of("visitor_id", s.visitor)));
    take(event("identify",
               of("customer_id", s.customer) + of("visitor_id", s.visitor) + of("email", s.email) + of("name", s.name)),
         "application/json");
    take("[" + event("consent", of("email", s.email) + of("channel", "email") + of("status", "granted")) + "]",
         "application/json");
    take(R"({"specversion":"1.0","id":"1","source":"s","type":"t","data":)" +
           addition(s.cart, of("customer_id", s.customer) + of("visitor_id", s.visitor)) + "}",
         "application/cloudevents+json");
    take(event("hummed", of("whom", s.name) + of("customer_id", s.customer)));
    auto refused = post(event("view_cart", of("customer_id", s.customer)));
    EXPECT_EQ(refused.json()["refused"].size(), 1u) << refused.body;
    EXPECT_TRUE(open(s.cart));
  }

  /// Lets time go on until something is so.
  bool eventually(const std::function<bool()>& so) {
    return tests::eventually([&] {
      clock_->advance(1s);
      return so();
    });
  }

  std::string bytes_in(const std::string& folder) {
    std::string all;
    for (const auto& file : std::filesystem::directory_iterator{folder_ / "data" / folder}) {
      std::ifstream in{file.path(), std::ios::binary};
      all.append(std::istreambuf_iterator<char>{in}, {});
    }
    return all;
  }

  std::string journal(journal_action action) {
    std::ostringstream out, complaints;
    EXPECT_EQ(run_journal_tool({action, (folder_ / "data").string(), false, false}, out, complaints), 0)
      << complaints.str();
    return out.str();
  }

  void expect_gone(const shopper& s) {
    std::string lower = s.email;
    for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    for (const auto* folder : {"journal", "snapshots"}) {
      auto bytes = bytes_in(folder);
      for (const auto& what : {s.customer, s.visitor, s.email, lower, s.name, s.cart})
        EXPECT_EQ(bytes.find(what), bytes.npos) << what << " is in " << folder;
    }
  }
};

TEST_F(erasure, leaves_nothing_of_a_person_on_disk) {
  serve();
  shops(jane);
  shops(john);
  ASSERT_TRUE(eventually([&] {
    clock_->advance(60s);
    return get("/v1/decisions").json().dump().find(jane.cart) != std::string::npos;
  }));
  ASSERT_THAT(bytes_in("journal"), HasSubstr(jane.visitor));
  take(event("erase", ",\"customer_id\":\"" + jane.customer + "\""));
  // Counted with its epoch, which follows the acknowledgement.
  EXPECT_TRUE(tests::eventually([&] { return node_->erasures().pending == 1; }));
  ASSERT_TRUE(eventually([&] { return node_->erasures().done == 1; }));
  EXPECT_EQ(node_->erasures().pending, 0u);
  EXPECT_EQ(node_->erasures().oldest_pending, 0ms);
  EXPECT_THAT(get("/metrics").body, HasSubstr("cartwheel_erasures_done_total 1"));
  expect_gone(jane);
  auto history = get("/v1/decisions?limit=10000").json().dump();
  EXPECT_EQ(history.find(jane.cart), history.npos);
  EXPECT_EQ(history.find(jane.customer), history.npos);
  EXPECT_THAT(history, HasSubstr(john.cart));
  auto bytes = bytes_in("journal");
  for (const auto& what : {john.customer, john.visitor, john.email, john.name, john.cart})
    EXPECT_THAT(bytes, HasSubstr(what));
  EXPECT_THAT(bytes_in("snapshots"), HasSubstr(john.customer));
  EXPECT_THAT(journal(journal_action::verify), HasSubstr("ok: "));
  EXPECT_THAT(journal(journal_action::dump), HasSubstr(john.email));

  node_.reset();
  EXPECT_THAT(journal(journal_action::verify), HasSubstr("ok: "));
  serve();
  EXPECT_EQ(node_->erasures().pending, 0u);
  EXPECT_TRUE(open(john.cart));
  EXPECT_EQ(get(cart(jane.cart)).status, 404);
  node_.reset();
  expect_gone(jane);
}

TEST_F(erasure, that_was_pending_when_the_node_stopped_is_carried_out_by_the_next) {
  config_.journal.erase_after = 48h;
  serve();
  shops(jane);
  take(event("erase", ",\"email\":\"" + jane.email + "\",\"customer_id\":\"" + jane.customer + "\""));
  clock_->advance(1h);
  EXPECT_TRUE(tests::eventually([&] { return node_->erasures().oldest_pending == 1h; }));
  node_.reset();
  ASSERT_THAT(bytes_in("journal"), HasSubstr(jane.customer));
  serve();
  EXPECT_EQ(node_->erasures().pending, 1u);
  EXPECT_THAT(get("/metrics").body, HasSubstr("cartwheel_erasure_oldest_pending_seconds 3600"));
  clock_->advance(47h);
  ASSERT_TRUE(eventually([&] { return node_->erasures().done == 1; }));
  expect_gone(jane);
}

/// An eraser on a log in memory, without the rest of a node.
struct lone_eraser {
  explicit lone_eraser(test::shared_files& on, milliseconds after = 0ms)
      : files{on},
        log{on, "/journal", {.segment_bytes = 16 * 1024}},
        erasing{on,
                "/journal",
                log,
                clock,
                keys,
                after,
                {[this] { return position{needed_from.load()}; }, [this] { ++snapshots_wanted; },
                 [this](const std::string& why) {
                   EXPECT_THAT(why, HasSubstr("erasing: "));
                   broken = true;
                 }}} {}

  void append(const std::string& line) {
    record r{record_kind::events, payload_format::json_lines, from_unix_ms(1), whole(line)};
    log.append({&r, 1}, true);
  }
  bool pends(uint64_t n) {
    return tests::eventually([&] { return erasing.figures().pending == n; });
  }
  std::string all() {
    std::string bytes;
    read_log(files, "/journal", position{}, [&](const logged_record& r) {
      bytes += r.what.payload.bytes;
      return true;
    });
    return bytes;
  }

  test::shared_files& files;
  manual_clock clock{from_unix_ms(1)};
  node_hash_keys keys{{1, 2}, {3, 4}, {5, 6}};
  segment_log log;
  std::atomic<uint64_t> needed_from{0};
  std::atomic<int> snapshots_wanted{0};
  std::atomic<bool> broken{false};
  eraser erasing;
};

constexpr const char* view_of_jane = R"({"event":"view_item","customer_id":"jane","time":1})";
constexpr const char* erase_jane = R"({"event":"erase","customer_id":"jane","time":1})";

/// The disk fails at some operation of a run, and then the power does: the next start finds the erasure pending, or done.
TEST(lone_eraser, that_was_interrupted_is_carried_out_by_the_next) {
  size_t interrupted = 0;
  for (uint64_t n = 1;; n += 5) {
    test::shared_files files;
    std::unique_ptr<test::shared_files> left;
    {
      lone_eraser first{files, 1h};
      first.append(view_of_jane);
      first.log.close_segment();
      first.append(std::string{view_of_jane} + "\n" + erase_jane);
      first.log.close_segment();
      first.append("{}");
    }
    {
      lone_eraser second{files};
      ASSERT_TRUE(second.pends(1)) << "it is found in the log";
      files.fail_after(n, EIO, n);
      second.needed_from = count(second.log.closed_below());
      ASSERT_TRUE(tests::eventually([&] { return second.broken || second.erasing.figures().done == 1; })) << n;
      if (!second.broken) break;
      ++interrupted;
      left = files.after_crash(n);
    }
    lone_eraser third{*left};
    third.needed_from = count(third.log.closed_below());
    EXPECT_TRUE(tests::eventually([&] { return third.all().find("jane") == std::string::npos; })) << n;
    EXPECT_TRUE(third.pends(0));
    EXPECT_TRUE(check_log(*left, "/journal").damage.empty());
    EXPECT_FALSE(third.broken);
  }
  EXPECT_GT(interrupted, 5u);
}

TEST(lone_eraser, waits_for_its_time_for_a_closed_segment_and_for_snapshots) {
  test::shared_files files;
  lone_eraser one{files, 24h};
  one.append(view_of_jane);
  one.append(erase_jane);
  one.erasing.note({position{2}, 0}, from_unix_ms(1));
  one.clock.advance(24h);
  ASSERT_TRUE(tests::eventually([&] {
    one.append("{}");
    return one.snapshots_wanted > 0;
  }))
    << "the segment was closed without being full";
  EXPECT_EQ(one.erasing.figures().oldest_pending, 24h);
  EXPECT_THAT(one.all(), HasSubstr("jane"));
  one.needed_from = count(one.log.closed_below());
  EXPECT_TRUE(one.pends(0));
  EXPECT_THAT(one.all(), Not(HasSubstr("jane")));
  EXPECT_EQ(one.erasing.figures().done, 1u);
}

}  // namespace
}  // namespace cartwheel
