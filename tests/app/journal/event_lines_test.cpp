#include "app/journal/event_lines.hpp"

#include "actors/event/limits.hpp"
#include "tests/actors/event/both_carriers.hpp"

#include <gmock/gmock.h>

#include <stdexcept>

namespace cartwheel {
namespace {

using nlohmann::json;
using testing::by_lines;
using testing::describe;
using testing::entry;
using testing::pack;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr instant received = from_unix_ms(1'700'000'000'123);

event_lines lines(payload_format format, std::string payload) {
  return lines_of({record_kind::events, format, received, whole(std::move(payload))});
}

const json addition{{"event", "add_to_cart"},
                    {"cart_id", "c"},
                    {"currency", "EUR"},
                    {"items", {{{"item_id", "i"}, {"price", 12.1}, {"quantity", 2}}}}};

TEST(event_lines, of_entries_have_their_times) {
  auto at = [](const std::string& time) { return "\x92" + time + pack(addition); };
  auto found = lines(payload_format::forward_entries,
                     at(pack(1'600'000'000)) + at(pack(nullptr)) + at("\x92" + pack(1'600'000'001) + pack({{"m", 1}})));
  EXPECT_EQ(found.events, 3u);
  auto batch = by_lines(found.lines);
  ASSERT_EQ(batch->events.size(), 3u);
  EXPECT_EQ(batch->events[0].time, from_unix_ms(1'600'000'000'000));
  EXPECT_EQ(batch->events[1].time, received) << "an entry without a time is of when it came";
  EXPECT_EQ(batch->events[2].time, from_unix_ms(1'600'000'001'000));
  EXPECT_EQ(batch->events[0].items[0].price, 1210);
}

TEST(event_lines, of_lines_are_the_lines) {
  std::string a = R"({"event":"view_cart","cart_id":"a","time":1})",
              b = R"(  {"time":2, "event":"view_cart","cart_id":"b"})";
  auto found = lines(payload_format::json_lines, a + "\r\n\n" + b);
  EXPECT_EQ(found.lines, a + "\n" + b + "\n");
  EXPECT_EQ(found.events, 2u);
}

TEST(event_lines, of_documents_are_their_elements_on_a_line_each) {
  std::string a = R"({"event":"view_cart","cart_id":"a,]","time":1,"x":1.10})";
  EXPECT_EQ(lines(payload_format::json_document, a).lines, a + "\n");
  EXPECT_EQ(lines(payload_format::json_document,
                  "[\n" + a + " ,\n{ \"event\" :\n\"view_cart\", \"cart_id\":\"b\",\"time\":2 } ]")
              .lines,
            a + "\n" + "{ \"event\" : \"view_cart\", \"cart_id\":\"b\",\"time\":2 }\n");
  EXPECT_EQ(lines(payload_format::json_document, "[]").lines, "");
}

TEST(event_lines, of_cloudevents_are_what_is_in_them) {
  auto of = [](const std::string& data, const std::string& more) {
    return lines(payload_format::cloudevents,
                 "{\"specversion\":\"1.0\",\"type\":\"t\",\"source\":\"s\"," + more + "\"data\":" + data + "}")
      .lines;
  };
  EXPECT_EQ(of(R"({"event":"view_cart","cart_id":"a"})", R"("id":"7","time":"2023-11-14T22:13:20Z",)"),
            "{\"event\":\"view_cart\",\"cart_id\":\"a\",\"event_id\":\"7\",\"time\":\"2023-11-14T22:13:20Z\"}\n");
  EXPECT_EQ(
    of(R"({"event":"view_cart","cart_id":"a","event_id":"8","time":5})", R"("id":"7","time":"2023-11-14T22:13:20Z",)"),
    "{\"event\":\"view_cart\",\"cart_id\":\"a\",\"event_id\":\"8\",\"time\":5}\n");
  EXPECT_EQ(of(R"({"event_id":null,"event":"view_cart","cart_id":"a","time":null})",
               R"("id":"7","time":"2023-11-14T22:13:20Z",)"),
            "{\"event\":\"view_cart\",\"cart_id\":\"a\",\"event_id\":\"7\",\"time\":\"2023-11-14T22:13:20Z\"}\n");
  EXPECT_EQ(of(R"({"event":"view_cart","cart_id":"a","time":5})", R"("\u0069d":"7",)"),
            "{\"event\":\"view_cart\",\"cart_id\":\"a\",\"time\":5,\"event_id\":\"7\"}\n");
}

TEST(event_lines, of_both_batched_forms) {
  auto found = lines(payload_format::cloudevents,
                     R"([{"specversion":"1.0","id":"1","data":{"event":"view_cart","cart_id":"a","time":5}},)"
                     R"({"specversion":"0.3","id":"2","data":{"event":"view_cart","cart_id":"a","time":5}}])");
  EXPECT_EQ(found.events, 1u);
  ASSERT_EQ(found.refused.size(), 1u);
  EXPECT_EQ(found.refused[0].index, 1u);
  EXPECT_THAT(found.refused[0].reason, HasSubstr("specversion"));
}

TEST(event_lines, what_was_refused_is_told_and_its_neighbours_are_there) {
  auto bad = entry({{"event", "add_to_cart"}, {"cart_id", "c"}});
  auto found = lines(payload_format::forward_entries, entry(addition) + bad + entry(addition) + "\xc1 and no more");
  EXPECT_EQ(found.events, 2u);
  ASSERT_EQ(found.refused.size(), 2u);
  EXPECT_EQ(found.refused[0].index, 1u);
  EXPECT_THAT(found.refused[0].reason, StartsWith("items"));
  EXPECT_EQ(found.refused[0].received, bad);
  EXPECT_EQ(found.refused[1].index, 3u);
  EXPECT_EQ(found.refused[1].received, "\xc1 and no more");
  found = lines(payload_format::json_lines, "no json\n\n{\"event\":\"view_cart\",\"cart_id\":\"b\",\"time\":2}\n{}\n");
  EXPECT_EQ(found.events, 1u);
  ASSERT_EQ(found.refused.size(), 2u);
  EXPECT_EQ(found.refused[0].index, 0u);
  EXPECT_EQ(found.refused[1].index, 3u);
}

TEST(event_lines, one_too_far_ahead_of_the_server_comes_along) {
  auto later = unix_ms(received) + 3'600'000;
  EXPECT_EQ(
    lines(payload_format::json_lines, json{{"event", "view_cart"}, {"cart_id", "a"}, {"time", later}}.dump()).events,
    1u);
}

TEST(event_lines, one_that_is_too_long_as_json_is_told) {
  json record = addition;
  record["unknown"] = std::string(limits::event_bytes_max / 2, '\x01');
  auto found = lines(payload_format::forward_entries, entry(addition) + entry(record) + entry(addition));
  EXPECT_EQ(found.events, 2u);
  ASSERT_EQ(found.refused.size(), 1u);
  EXPECT_EQ(found.refused[0].index, 1u);
  EXPECT_THAT(found.refused[0].reason, StartsWith("as JSON: "));
  EXPECT_EQ(by_lines(found.lines)->events.size(), 2u);
}

TEST(event_lines, of_what_holds_no_events_is_an_error) {
  EXPECT_THROW(lines(payload_format::none, "x"), std::runtime_error);
  EXPECT_THROW(lines(static_cast<payload_format>(99), "x"), std::runtime_error);
}

}  // namespace
}  // namespace cartwheel
