#include "app/journal/journal_tool.hpp"

#include "app/decision_json.hpp"
#include "app/replay/event_file.hpp"
#include "app/replay/replay_run.hpp"
#include "app/serve/data_dir.hpp"
#include "runtime/journal/segment_log.hpp"
#include "tests/scratch_folder.hpp"
#include "tests/actors/event/both_carriers.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <fstream>
#include <optional>
#include <sstream>

namespace cartwheel {
namespace {

using nlohmann::json;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

record_kind constexpr events = record_kind::events;

class journal_tool_test : public ::testing::Test {
 protected:
  struct answer {
    int code = 0;
    std::string out;
    std::string complaints;
  };
  answer ask(journal_action action, bool all = false, bool as_json = false) {
    std::ostringstream out, complaints;
    int code = run_journal_tool({action, data_.path().string(), as_json, all}, out, complaints);
    return {code, out.str(), complaints.str()};
  }

  segment_log open() { return {real_files(), data_ / "journal", {.segment_bytes = 64 * 1024}}; }

  void write(const std::vector<record>& records) {
    auto log = open();
    for (const auto& r : records) log.append({&r, 1}, true);
  }

  static record text(record_kind kind, payload_format format, std::string payload) {
    return {kind, format, from_unix_ms(1'700'000'000'123), whole(std::move(payload))};
  }

  /// Two segments, six events and a tick.
  void write_some() {
    std::string padding(30'000, ' ');
    std::vector<record> all;
    for (int i = 0; i < 3; ++i)
      all.push_back(text(events, payload_format::json_lines,
                         json{{"event", "view_cart"}, {"cart_id", "a"}, {"time", i}}.dump() + "\n" + padding + "\n" +
                           json{{"event", "view_cart"}, {"cart_id", "b"}, {"time", i}}.dump()));
    all.push_back({record_kind::tick, payload_format::none, from_unix_ms(1'700'000'001'000), {}});
    write(all);
  }

  void spoil(const std::string& segment, uint64_t offset) {
    std::fstream file{data_ / "journal" / segment, std::ios::in | std::ios::out | std::ios::binary};
    file.seekp(static_cast<std::streamoff>(offset));
    file.put('\xff');
  }

  test::scratch_folder data_;
};

constexpr auto first_segment = "00000000000000000001.segment";

TEST_F(journal_tool_test, verify_of_a_sound_log) {
  write_some();
  auto a = ask(journal_action::verify);
  EXPECT_EQ(a.code, 0);
  EXPECT_EQ(a.out, "ok: 4 records in 2 segments, the next has position 5\n");
  EXPECT_EQ(a.complaints, "");
}

TEST_F(journal_tool_test, verify_of_a_damaged_one_says_where) {
  write_some();
  spoil(first_segment, 4096 + 100);
  auto a = ask(journal_action::verify);
  EXPECT_EQ(a.code, 1);
  EXPECT_THAT(a.complaints, AllOf(StartsWith((data_ / "journal" / first_segment).string()),
                                  HasSubstr("damaged at offset 4096, position 1: a record's sum (CRC-32C) is wrong")));
}

TEST_F(journal_tool_test, verify_of_a_torn_one_is_ok) {
  write_some();
  spoil("00000000000000000003.segment", 4096 + 30'000 + 300);  // the tick
  auto a = ask(journal_action::verify);
  EXPECT_EQ(a.code, 0);
  EXPECT_THAT(a.complaints, HasSubstr("a torn tail"));
}

TEST_F(journal_tool_test, what_is_no_data_directory_is_refused) {
  EXPECT_THROW(ask(journal_action::verify), std::runtime_error);
  std::ostringstream out;
  EXPECT_THROW(run_journal_tool({journal_action::stat, "/no/such/directory", false, false}, out, out),
               std::runtime_error);
}

TEST_F(journal_tool_test, stat_counts) {
  write_some();
  auto a = ask(journal_action::stat);
  EXPECT_EQ(a.code, 0);
  EXPECT_THAT(a.out, AllOf(HasSubstr("segments    2, 0.1 MiB"), HasSubstr("positions   1 up to 5"),
                           HasSubstr("received    2023-11-14 22:13:20.123Z .. 2023-11-14 22:13:21.000Z"),
                           HasSubstr("events      3 records"), HasSubstr("tick        1 records, 0.0 MiB")));
  auto j = json::parse(ask(journal_action::stat, false, true).out);
  EXPECT_EQ(j["segments"], 2);
  EXPECT_EQ(j["begin"], 1);
  EXPECT_EQ(j["end"], 5);
  EXPECT_EQ(j["records"], 4);
  EXPECT_EQ(j["newest"], 1'700'000'001'000);
  EXPECT_EQ(j["kinds"]["events"]["records"], 3);
  EXPECT_EQ(j["kinds"]["tick"]["payload_bytes"], 0);
  EXPECT_TRUE(j["damaged"].empty());
  EXPECT_FALSE(j.contains("torn_tail"));
}

TEST_F(journal_tool_test, stat_of_an_empty_and_of_a_damaged_log) {
  { open(); }
  EXPECT_EQ(json::parse(ask(journal_action::stat, false, true).out)["records"], 0);
  EXPECT_EQ(ask(journal_action::stat).code, 0);
  write_some();
  spoil(first_segment, 4096 + 100);
  auto a = ask(journal_action::stat, false, true);
  EXPECT_EQ(a.code, 1);
  EXPECT_EQ(json::parse(a.out)["damaged"][0]["offset"], 4096);
}

TEST_F(journal_tool_test, dump_prints_events_and_with_all_everything) {
  write(
    {text(events, payload_format::json_lines, R"({"event":"view_cart","cart_id":"a","time":1})"),
     {record_kind::tick, payload_format::none, from_unix_ms(2000), {}},
     text(record_kind::outcomes, payload_format::none, std::string("\0\x01", 2)),
     text(record_kind::configuration, payload_format::text, "a = \"é\""),
     text(record_kind::own_events, payload_format::json_document, R"({"event":"view_cart","cart_id":"b","time":2})"),
     text(events, payload_format::json_lines, "{}"),
     text(static_cast<record_kind>(77), payload_format::text, "later")});
  auto a = ask(journal_action::dump);
  EXPECT_EQ(a.code, 0);
  EXPECT_EQ(
    a.out,
    "{\"event\":\"view_cart\",\"cart_id\":\"a\",\"time\":1}\n{\"event\":\"view_cart\",\"cart_id\":\"b\",\"time\":2}\n");
  EXPECT_EQ(a.complaints,
            "refused: position 6, event 0: event: is missing\n"
            "1 events are not among them: they were refused when they came in (--all shows them)\n");
  a = ask(journal_action::dump, true);
  EXPECT_EQ(
    a.out,
    "{\"event\":\"view_cart\",\"cart_id\":\"a\",\"time\":1}\n"
    "{\"position\":2,\"kind\":\"tick\",\"received\":2000}\n"
    "{\"position\":3,\"kind\":\"outcomes\",\"received\":1700000000123,\"payload_hex\":\"0001\"}\n"
    "{\"position\":4,\"kind\":\"configuration\",\"received\":1700000000123,\"payload\":\"a = \\\"é\\\"\"}\n"
    "{\"event\":\"view_cart\",\"cart_id\":\"b\",\"time\":2}\n"
    "{\"position\":6,\"kind\":\"events\",\"received\":1700000000123,\"index\":0,\"refused\":\"event: is missing\","
    "\"payload\":\"{}\"}\n"
    "{\"position\":7,\"kind\":\"kind 77\",\"received\":1700000000123,\"payload\":\"later\"}\n");
}

TEST_F(journal_tool_test, dump_of_a_damaged_log_ends_there_and_says_so) {
  write_some();
  spoil(first_segment, 4096 + 30'000 + 300);
  std::ostringstream out, complaints;
  EXPECT_THROW(run_journal_tool({journal_action::dump, data_.path().string(), false, false}, out, complaints),
               log_damage);
  auto text = out.str();
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 2);
}

TEST_F(journal_tool_test, repair_puts_the_damage_aside) {
  write_some();
  EXPECT_EQ(ask(journal_action::repair).out, "nothing to repair\n");
  spoil(first_segment, 4096 + 30'000 + 300);
  auto a = ask(journal_action::repair);
  EXPECT_EQ(a.code, 0);
  EXPECT_THAT(a.complaints, HasSubstr("position 2"));
  EXPECT_THAT(a.out, AllOf(HasSubstr("put aside: "), HasSubstr("what stands before position 2, and goes on at ")));
  a = ask(journal_action::verify);
  EXPECT_EQ(a.code, 0);
  EXPECT_THAT(a.complaints, HasSubstr("put aside by a repair: "));
  EXPECT_THAT(a.out, StartsWith("ok: 1 records"));
  EXPECT_EQ(open().begin(), position{1});
}

TEST_F(journal_tool_test, a_running_server_is_told_of_and_not_repaired) {
  write_some();
  std::optional<data_dir> server{data_.path()};
  for (auto look : {journal_action::verify, journal_action::stat, journal_action::dump}) {
    auto a = ask(look);
    EXPECT_EQ(a.code, 0);
    EXPECT_THAT(a.complaints, HasSubstr("a server runs on it"));
  }
  EXPECT_THROW(ask(journal_action::repair), std::runtime_error);
  server.reset();
  EXPECT_THAT(ask(journal_action::verify).complaints, Not(HasSubstr("a server runs on it")));
}

/// Recorded events, taken through the log by all carriers in turn, and out again.
class dumped_events : public journal_tool_test, public ::testing::WithParamInterface<const char*> {
 protected:
  static std::vector<std::string> lines_of(const std::string& path) {
    std::vector<std::string> all;
    event_file file{path};
    for (auto block = file.next_block(); !block.empty(); block = file.next_block()) {
      std::istringstream in{block};
      for (std::string line; std::getline(in, line);)
        if (!line.empty()) all.push_back(line);
    }
    return all;
  }

  static record carried(const std::vector<std::string>& lines, size_t carrier) {
    std::string payload;
    switch (carrier) {
      case 0:
        for (const auto& line : lines) {
          auto event = json::parse(line);
          auto time = event.at("time");
          // Where the time is a text, only the record can carry it.
          if (time.is_number()) event.erase("time");
          payload += "\x92" + (time.is_number() ? event_time(time) : std::string{"\xc0"}) + testing::pack(event);
        }
        return text(events, payload_format::forward_entries, payload);
      case 1:
        for (const auto& line : lines) payload += line + "\r\n";
        return text(events, payload_format::json_lines, payload);
      case 2:
        for (const auto& line : lines) payload += (payload.empty() ? "[\n" : " ,\n") + json::parse(line).dump(2);
        return text(events, payload_format::json_document, payload + "]");
      default:
        for (const auto& line : lines) {
          auto event = nlohmann::ordered_json::parse(line);
          nlohmann::ordered_json envelope{{"specversion", "1.0"}, {"type", "t"}, {"source", "s"}};
          if (event.contains("event_id")) envelope["id"] = event["event_id"];
          event.erase("event_id");
          envelope["data"] = event;
          payload += (payload.empty() ? "[" : ",") + envelope.dump();
        }
        return text(record_kind::own_events, payload_format::cloudevents, payload + "]");
    }
  }

  static std::string event_time(int64_t ms) {
    std::string ext{"\xd7\x00", 2};
    for (auto word : {static_cast<uint32_t>(ms / 1000), static_cast<uint32_t>(ms % 1000 * 1'000'000)})
      for (int shift = 24; shift >= 0; shift -= 8) ext += static_cast<char>(word >> shift);
    return ext;
  }

  static std::string decisions(const std::string& file) {
    settings s;
    s.node.shards = 2;
    std::string all;
    auto summary = run_replay({file}, s, true, [&](const std::vector<decision_line>& lines) {
      for (const auto& line : lines) all += to_json(line) + '\n';
    });
    EXPECT_EQ(summary.refusals.size(), 0u) << summary.refusals[0];
    all += "carts " + std::to_string(summary.carts);
    for (auto r : {event_result::applied, event_result::duplicate, event_result::ignored})
      all += " " + std::to_string(summary.total(r));
    return all;
  }
};

TEST_P(dumped_events, decide_what_they_decided) {
  auto path = std::string{CARTWHEEL_SOURCE_DIR "/tests/data/"} + GetParam();
  auto lines = lines_of(path);
  ASSERT_FALSE(lines.empty());
  std::vector<record> records;
  size_t carrier = 0;
  for (size_t at = 0; at < lines.size(); ++carrier) {
    size_t n = std::min<size_t>(1 + carrier % 7, lines.size() - at);
    records.push_back(
      carried({lines.begin() + static_cast<std::ptrdiff_t>(at), lines.begin() + static_cast<std::ptrdiff_t>(at + n)},
              carrier % 4));
    at += n;
  }
  write(records);
  auto a = ask(journal_action::dump);
  EXPECT_EQ(a.complaints, "");
  auto dumped = (data_ / "dumped.ndjson").string();
  std::ofstream{dumped} << a.out;
  auto again = lines_of(dumped);
  ASSERT_EQ(again.size(), lines.size());
  for (size_t i = 0; i < lines.size(); ++i) {
    auto before = json::parse(lines[i]), after = json::parse(again[i]);
    ASSERT_EQ(before, after) << "nothing is lost and nothing invented";
  }
  EXPECT_EQ(decisions(dumped), decisions(path));
}

INSTANTIATE_TEST_SUITE_P(, dumped_events,
                         ::testing::Values("otto/events.ndjson.gz", "ties/addresses_compare_normalised.ndjson",
                                           "ties/duplicate_event_id.ndjson",
                                           "ties/cap_ends_after_exactly_24_hours.ndjson"),
                         [](const auto& i) {
                           std::string name = i.param;
                           std::replace_if(
                             name.begin(), name.end(), [](char c) { return std::isalnum(c) == 0; }, '_');
                           return name;
                         });

}  // namespace
}  // namespace cartwheel
