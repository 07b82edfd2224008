#include "app/erase/clean_payload.hpp"

#include "actors/gateway/log_records.hpp"
#include "app/journal/carrier.hpp"
#include "app/journal/event_lines.hpp"
#include "tests/actors/event/both_carriers.hpp"

#include <gmock/gmock.h>

namespace cartwheel {
namespace {

using nlohmann::json;
using testing::entry;
using testing::pack;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr instant received = from_unix_ms(1'700'000'000'123);

class clean_payload : public ::testing::Test {
 protected:
  clean_payload() {
    auto erase = testing::by_lines(R"({"event":"erase","customer_id":"jane","email":"jane@x.nl","time":9})");
    people_.add({position{5}, 0}, received, erase->events[0]);
    people_.begin_reading();
    EXPECT_TRUE(!people_.finish_reading());
  }

  static logged_record of(payload_format format, std::string payload, record_kind kind = record_kind::events,
                          position at = position{3}) {
    return {at, {kind, format, received, whole(std::move(payload))}, true};
  }
  std::optional<std::string> clean(payload_format format, std::string payload) {
    return payload_without(people_, of(format, std::move(payload)));
  }
  /// One word for each part of a carrier: what it is to a reader.
  static std::string read(payload_format format, const std::string& payload) {
    event_batch batch{whole(payload)};
    decode_parts({record_kind::events, format, received, batch.chunk()}, batch);
    std::map<size_t, std::string> words;
    for (size_t i = 0; i < batch.events.size(); ++i)
      words[batch.indexes[i]] = std::string{to_string(batch.events[i].kind)} + "@" +
                                std::to_string(unix_ms(batch.events[i].time)) + "/" + std::string{batch.events[i].shop};
    for (const auto& r : batch.refused) words[r.index] = "refused";
    std::string all;
    for (const auto& [part, word] : words) all += std::to_string(part) + ":" + word + " ";
    return all;
  }

  node_hash_keys keys_{{1, 2}, {3, 4}, {5, 6}};
  erased_people people_{keys_};
};

const json janes{{"event", "view_item"}, {"customer_id", "jane"}, {"time", 7}, {"shop", "nl"}};
const json johns{{"event", "view_item"}, {"customer_id", "john"}, {"time", 8}};
const json unknown{{"event", "sang"}, {"who", {{"x", {"jane"}}}}, {"time", 6}};
const json refused{{"event", "view_item"}, {"customer_id", "jane"}, {"time", "never"}};

TEST_F(clean_payload, of_entries) {
  auto format = payload_format::forward_entries;
  auto payload = entry(johns) + entry(janes) + entry(unknown) + entry(refused) + entry(johns);
  EXPECT_EQ(read(format, payload),
            "0:view_item@8/default 1:view_item@7/nl 2:other@6/default 3:refused 4:view_item@8/default ");
  auto left = clean(format, payload);
  ASSERT_TRUE(left);
  EXPECT_EQ(read(format, *left),
            "0:view_item@8/default 1:other@7/nl 2:other@6/default 3:refused 4:view_item@8/default ");
  EXPECT_THAT(*left, Not(HasSubstr("jane")));
  EXPECT_TRUE(left->starts_with(entry(johns)) && left->ends_with(entry(johns)));
  EXPECT_FALSE(clean(format, *left)) << "once is enough";
}

TEST_F(clean_payload, of_entries_that_break_off) {
  auto format = payload_format::forward_entries;
  auto broken = entry(janes);
  broken.pop_back();
  auto left = clean(format, entry(johns) + broken);
  ASSERT_TRUE(left);
  EXPECT_EQ(read(format, *left), "0:view_item@8/default 1:refused ");
  EXPECT_THAT(*left, Not(HasSubstr("jane")));
}

TEST_F(clean_payload, of_lines) {
  auto format = payload_format::json_lines;
  auto left = clean(format, johns.dump() + "\r\n\n" + janes.dump() + "\n" + unknown.dump() + "\n" + refused.dump() +
                              "\n{\"event\":\"view_item\",\"email\":\"Jane@X.nl\n" + johns.dump());
  ASSERT_TRUE(left);
  EXPECT_EQ(*left, johns.dump() + "\r\n\n" + R"({"event":"erased","shop":"nl","time":7})" + "\n" +
                     R"({"event":"erased","shop":"default","time":6})" + "\n{}\n{}\n" + johns.dump());
}

TEST_F(clean_payload, of_escaped_texts) {
  auto format = payload_format::json_lines;
  auto left = clean(format, R"({"event":"view_item","customer_id":"j\u0061ne","time":1})"
                            "\n"
                            R"({"event":"sang","customer_id":"j\u0061ne","time":1})"
                            "\n"
                            R"({"customer_id":"j\u0061ne"})");
  ASSERT_TRUE(left);
  EXPECT_THAT(*left, Not(HasSubstr("ne\"")));
  EXPECT_EQ(read(format, *left), "0:other@1/default 1:other@1/default 2:refused ");
}

TEST_F(clean_payload, of_documents) {
  auto format = payload_format::json_document;
  EXPECT_EQ(clean(format, janes.dump()), R"({"event":"erased","shop":"nl","time":7})");
  EXPECT_EQ(clean(format, "[ " + johns.dump() + " ,\n" + janes.dump() + ", " + refused.dump() + "]"),
            "[ " + johns.dump() + " ,\n" + R"({"event":"erased","shop":"nl","time":7}, {}])");
  EXPECT_FALSE(clean(format, "[" + johns.dump() + "]"));
}

TEST_F(clean_payload, of_cloudevents) {
  auto format = payload_format::cloudevents;
  auto wrap = [](const json& data) {
    return json{{"specversion", "1.0"}, {"id", "jane-7"}, {"source", "s"}, {"type", "t"}, {"data", data}}.dump();
  };
  auto left = clean(format, "[" + wrap(janes) + "," + wrap(johns) + "," + wrap(refused) + "]");
  ASSERT_TRUE(left);
  EXPECT_EQ(read(format, *left), "0:other@7/nl 1:view_item@8/default 2:refused ");
  EXPECT_THAT(*left, HasSubstr(wrap(johns)));
  EXPECT_THAT(*left, Not(HasSubstr("\"jane\"")));
}

TEST_F(clean_payload, leaves_what_dump_can_print) {
  for (auto format : {payload_format::forward_entries, payload_format::json_lines}) {
    auto payload =
      format == payload_format::json_lines ? janes.dump() + "\n" + johns.dump() : entry(janes) + entry(johns);
    auto left = clean(format, payload);
    ASSERT_TRUE(left);
    auto lines = lines_of({record_kind::events, format, received, whole(*left)});
    EXPECT_EQ(lines.events, 2u);
    EXPECT_TRUE(lines.refused.empty());
  }
}

TEST_F(clean_payload, of_deeply_nested_nonsense) {
  auto left = clean(payload_format::json_lines, std::string(40'000, '[') + "\"jane\"" + std::string(40'000, ']'));
  EXPECT_EQ(left, "{}");
}

TEST_F(clean_payload, of_what_the_node_wrote) {
  auto lines = [](std::initializer_list<const char*> customers) {
    std::vector<decision_line> all;
    for (const auto* c : customers) {
      auto& l = all.emplace_back();
      l.tick = received;
      l.shop = "s";
      l.cart_id = "c";
      l.customer_id = c;
    }
    return written_decisions(all);
  };
  auto none = payload_format::none;
  EXPECT_EQ(payload_without(people_, of(none, lines({"jane", "john"}), record_kind::decisions)), lines({"john"}));
  EXPECT_FALSE(payload_without(people_, of(none, lines({"john"}), record_kind::decisions)));
  settled_reminder r;
  r.tick = received;
  r.address = key_of_address(keys_, "jane@x.nl");
  for (auto kind : {record_kind::intents, record_kind::outcomes})
    EXPECT_EQ(payload_without(people_, of(none, written_settled({&r, 1}), kind, position{9})), written_settled({}))
      << "an answer that came later is about the life before";
  const news_of_address hers{key_of_address(keys_, "jane@x.nl"), address_news::hard_bounce, received, false};
  const news_of_address his{key_of_address(keys_, "john@x.nl"), address_news::complaint, received, true};
  EXPECT_EQ(payload_without(people_, of(none, written_news(std::vector{hers, his}), record_kind::addresses)),
            written_news(std::vector{his}))
    << "snapshots hold that she gets no mail";
  EXPECT_FALSE(payload_without(people_, of(none, written_news(std::vector{his}), record_kind::addresses)));
  EXPECT_FALSE(payload_without(people_, of(none, written_failure({position{1}, 0}), record_kind::failures)));
  EXPECT_FALSE(payload_without(people_, of(none, "", record_kind::tick)));
}

TEST_F(clean_payload, erasures_go_last) {
  auto erase = R"({"event":"erase","customer_id":"jane","time":9})",
       later = R"({"event":"erase","email":"a@b.nl","time":9})";
  auto record = of(payload_format::json_lines, std::string{erase} + "\n" + later, record_kind::events, position{5});
  EXPECT_TRUE(may_hold_erasure(record.what));
  EXPECT_FALSE(payload_without(people_, record));
  EXPECT_FALSE(payload_without(std::set<event_place>{{position{4}, 0}, {position{6}, 0}}, record));
  EXPECT_EQ(payload_without(std::set<event_place>{{position{5}, 0}}, record),
            R"({"event":"erased","shop":"default","time":9})" + std::string{"\n"} + later);
}

/// One dated too far ahead was refused when it came, so it erases nobody; and it names Jane.
TEST_F(clean_payload, an_erasure_that_was_refused_is_none) {
  auto ahead = unix_ms(received) + 3'600'000;
  auto payload = json{{"event", "erase"}, {"customer_id", "jane"}, {"time", ahead}}.dump();
  auto left = clean(payload_format::json_lines, payload);
  ASSERT_TRUE(left);
  EXPECT_EQ(*left, json({{"event", "erased"}, {"shop", "default"}, {"time", ahead}}).dump());
}

}  // namespace
}  // namespace cartwheel
