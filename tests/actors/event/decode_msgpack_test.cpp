#include "actors/event/limits.hpp"
#include "actors/event/msgpack_skip.hpp"
#include "tests/actors/event/both_carriers.hpp"

namespace cartwheel::testing {
namespace {

using nlohmann::json;
using namespace std::string_literals;

const json good{{"event", "view_cart"}, {"cart_id", "c"}};  // its time is the entry's

std::string event_time(uint32_t seconds, uint32_t nanoseconds, bool fixed = true) {
  std::string bytes = fixed ? "\xd7\x00"s : "\xc7\x08\x00"s;
  for (uint32_t word : {seconds, nanoseconds}) {
    for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(word >> shift & 0xff);
  }
  return bytes;
}

std::string reason(std::string entries, const decode_rules& rules = {}) {
  auto batch = by_forward(std::move(entries), rules);
  return batch->refused.size() == 1 && batch->events.empty() ? batch->refused[0].reason : "accepted";
}

constexpr auto bad_time = "entry: its time is neither Unix seconds nor an EventTime";

TEST(decode_entries, reads_the_time_in_all_its_forms) {
  decode_rules rules;
  rules.received = from_unix_ms(42'000);
  auto time = [&](std::string packed) {
    auto batch = by_forward("\x92" + packed + pack(good), rules);
    return batch->events.empty() ? batch->refused.at(0).reason : std::to_string(unix_ms(batch->events[0].time));
  };
  EXPECT_EQ(time(pack(1'700'000'000)), "1700000000000");
  EXPECT_EQ(time("\xce\x65\x53\xf1\x00"s), "1700000000000");
  EXPECT_EQ(time("\xd3\x00\x00\x00\x00\x65\x53\xf1\x00"s), "1700000000000");  // a signed format
  EXPECT_EQ(time(pack(1'700'000'000'123)), "1700000000123");
  EXPECT_EQ(time(pack(100'000'000'000)), "100000000000000");
  EXPECT_EQ(time(pack(100'000'000'001)), "100000000001");
  EXPECT_EQ(time(event_time(1'700'000'000, 123'999'999)), "1700000000123");
  EXPECT_EQ(time(event_time(1'700'000'000, 123'999'999, false)), "1700000000123");
  EXPECT_EQ(time(event_time(4'294'967'295u, 0)), "4294967295000");
  EXPECT_EQ(time(pack(nullptr)), "42000");
  EXPECT_EQ(time(pack(0)), "42000");
  EXPECT_EQ(time(event_time(0, 0)), "42000");
  EXPECT_EQ(time("\x92" + event_time(1'700'000'000, 0) + pack(json{{"m", {1, {{"n", 2}}}}})), "1700000000000");
  EXPECT_EQ(time("\x92" + event_time(1'700'000'000, 0) + "\x80"), "1700000000000");
  EXPECT_EQ(time("\x92" + pack(nullptr) + pack(nullptr)), "42000");
  for (auto bad : {pack(-1), pack(1.7e9), pack("1700000000"), pack(true), pack(json::object()),
                   pack(18446744073709551615u), pack(253'402'300'800'000), event_time(1, 1'000'000'000),
                   "\xd7\x01"s + std::string(8, '\1'), "\xd6\x00\x00\x00\x00\x01"s, "\xc4\x01\x00"s,
                   "\x93\x01\x02\x03"s, "\x91\x01"s, "\x90"s, "\x92\x92\x01\x80\x80"s, "\x92" + pack("x") + "\x80"}) {
    EXPECT_EQ(time(bad), bad_time);
  }
}

TEST(decode_entries, the_field_time_wins) {
  json record = good;
  record["time"] = 7;
  EXPECT_EQ(unix_ms(by_forward("\x92" + pack(1'700'000'000) + pack(record))->events.at(0).time), 7);
  record["time"] = nullptr;
  EXPECT_EQ(unix_ms(by_forward("\x92" + pack(1'700'000'000) + pack(record))->events.at(0).time), 1'700'000'000'000);
  record["time"] = "x";
  EXPECT_EQ(reason("\x92" + pack(1'700'000'000) + pack(record)).substr(0, 5), "time:");
}

TEST(decode_entries, one_bad_entry_leaves_the_others_alone) {
  std::string entries;
  std::vector<std::string> bad{pack(7),
                               pack(json::object()),
                               pack("x"),
                               pack(nullptr),
                               "\x90"s,
                               "\x91\xc0"s,
                               "\x93\xc0\x80\xc0"s,
                               "\x92\xc0\xc0"s,
                               "\x92\xc0\x90"s,
                               "\x92\xc0\x93\x01\x02\x03"s,
                               "\x92\xc0\x80"s,
                               "\x92\xc0\x81\x01\x02"s,
                               "\x92\xc0\x81\xc0\x02"s,
                               "\x92\xc0\x81\xc4\x01x\x02"s,
                               "\x92\xc0\x81\x90\x02"s,
                               "\x92\xc0\x81\x81\xa1x\x01\x02"s,
                               "\x92\xc0\xa1x"s,
                               "\x92\xc0" + std::string(3000, '\x91') + "\x01",
                               "\x92\x92\xc0" + std::string(3000, '\x91') + "\x01" + pack(good)};
  for (const auto& each : bad) entries += entry(good) + each;
  entries += entry(good);
  auto batch = by_forward(entries);
  EXPECT_EQ(batch->events.size(), bad.size() + 1);
  ASSERT_EQ(batch->refused.size(), bad.size());
  for (size_t i = 0; i < bad.size(); ++i) {
    EXPECT_EQ(batch->refused[i].raw, bad[i]) << i;
    EXPECT_EQ(batch->refused[i].index, 2 * i + 1);
    EXPECT_EQ(batch->indexes[i], 2 * i);
  }
  std::vector<std::string> reasons;
  for (const auto& r : batch->refused) reasons.push_back(r.reason);
  EXPECT_EQ(reasons, (std::vector<std::string>{
                       "entry: is no array", "entry: is no array", "entry: is no array", "entry: is no array",
                       "entry: has 0 parts, not a time and a record", "entry: has 1 parts, not a time and a record",
                       "entry: has 3 parts, not a time and a record", "is no map", "is no map", "is no map",
                       "event: is missing", "has a key that is no string", "has a key that is no string",
                       "has a key that is no string", "has a key that is no string", "has a key that is no string",
                       "is no map", "is no map", "entry: its metadata is nested too deeply"}));
}

TEST(decode_entries, what_is_no_msgpack_refuses_the_rest_and_keeps_what_came_before) {
  for (auto rest :
       {"\xc1"s, "\x92"s, "\x92\xc0"s, "\x92\xc0\xc1"s, "\x92\xc0\x81\xa5" + "eve"s, "\x92\xc0\xdf\xff\xff\xff\xff"s,
        "\xdd\xff\xff\xff\xff"s, "\x92\xc0\x81\xa1x\xdb\xff\xff\xff\xff" + "abc"s,
        "\x92\xc0\x81\xa1x\xc9\xff\xff\xff\xff\x01"s, "\x92\xc0\x81\xa1x\xdd\xff\xff\xff\xff\x01"s, "\xd9"s,
        std::string(100'000, '\x91'), std::string(100'000, '\x81')}) {
    auto batch = by_forward(entry(good) + rest);
    SCOPED_TRACE(::testing::PrintToString(rest.substr(0, 20)));
    EXPECT_EQ(batch->events.size(), 1u);
    ASSERT_EQ(batch->refused.size(), 1u);
    EXPECT_EQ(batch->refused[0].reason, "entry: is no msgpack, or breaks off");
    EXPECT_EQ(batch->refused[0].raw, rest);
    EXPECT_EQ(batch->refused[0].index, 1u);
  }
}

TEST(decode_entries, any_break_is_seen) {
  json record{{"event", "add_to_cart"},
              {"cart_id", "c"},
              {"x", {1.5, nullptr, true, -7, "a"}},
              {"items", json::array({{{"item_id", "i"}, {"price", 1.5}}})}};
  std::string whole_entry = "\x92" + event_time(1, 0) + pack(record);
  for (size_t size = 1; size < whole_entry.size(); ++size) {
    auto exact = std::make_unique<char[]>(size);  // no byte behind it to read unseen
    std::copy_n(whole_entry.begin(), size, exact.get());
    event_batch batch;
    decode_entries({exact.get(), size}, {}, batch);
    EXPECT_EQ(batch.refused.at(0).reason, "entry: is no msgpack, or breaks off");
  }
  EXPECT_EQ(by_forward(whole_entry)->events.size(), 1u);
}

TEST(decode_entries, nesting_is_bounded) {
  auto nested = [](size_t levels) {
    return "\x92\xc0\x83\xa5"
           "event\xa9view_cart\xa7"
           "cart_id\xa1"
           "c\xa1x" +
           std::string(levels - 1, '\x91') + "\x90";
  };
  EXPECT_EQ(reason(nested(7)), "accepted");
  EXPECT_EQ(reason(nested(8)), "nested deeper than 8 levels");
  EXPECT_EQ(reason(nested(50'000)), "nested deeper than 8 levels");
  EXPECT_EQ(by_forward(nested(50'000) + entry(good))->events.size(), 1u);
}

TEST(decode_entries, an_event_is_at_most_64_kib) {
  auto sized = [](size_t size) {
    json record = good;
    record["x"] = std::string(size - entry(good).size() - 5, 'x');
    return entry(record);
  };
  EXPECT_EQ(sized(65'536).size(), 65'536u);
  EXPECT_EQ(reason(sized(65'536)), "accepted");
  EXPECT_EQ(reason(sized(65'537)), "65537 bytes is more than 65536");
  auto batch = by_forward(sized(65'537 + 70'000) + entry(good));
  EXPECT_EQ(batch->events.size(), 1u);
  EXPECT_EQ(batch->refused.size(), 1u);
}

TEST(decode_entries, one_key_twice_refuses_in_any_map) {
  EXPECT_EQ(reason("\x92\xc0\x82\xa5"
                   "event\xa1x\xa5"
                   "event\xa1x"s),
            "event: stands twice in one map");
  EXPECT_EQ(reason("\x92\xc0\x82\xa1x\x01\xd9\x01x\x02"s), "\"x\": stands twice in one map");
  EXPECT_EQ(reason("\x92\xc0\x82\xa0\x01\xa0\x02"s), "\"\": stands twice in one map");
  EXPECT_EQ(reason("\x92\xc0\x81\xa1x\x91\x82\xa1y\x01\xa1y\x02"s), "\"y\": stands twice in one map");
  EXPECT_EQ(reason("\x92\xc0\x82\xa2\x01\xff\x01\xa2\x01\xff\x02"s), "\"??\": stands twice in one map");
}

TEST(decode_entries, texts_are_strings_of_utf8) {
  auto with_cart_id = [](std::string packed) {
    return "\x92\x01\x82\xa5"
           "event\xa9view_cart\xa7"
           "cart_id" +
           packed;
  };
  EXPECT_EQ(reason(with_cart_id("\xa1"
                                "c")),
            "accepted");
  EXPECT_EQ(reason(with_cart_id("\xa1\xff")), "cart_id: is no UTF-8");
  EXPECT_EQ(reason(with_cart_id("\xa2\xc3\xa9")), "accepted");
  EXPECT_EQ(reason(with_cart_id("\xc4\x01"
                                "c")),
            "cart_id: is no string");
  EXPECT_EQ(reason(with_cart_id("\xd4\x01"
                                "c")),
            "cart_id: is no string");
  EXPECT_EQ(reason(with_cart_id("\xa0")), "cart_id: 0 bytes is outside 1..128");
}

TEST(decode_entries, bytes_and_extensions_are_no_items_and_no_amounts) {
  for (auto packed : {"\xc4\x01x"s, "\xd4\x01x"s}) {
    EXPECT_EQ(reason("\x92\x01\x83\xa5"
                     "event\xa9view_item\xaa"
                     "visitor_id\xa1v\xa5items" +
                     packed),
              "items: is no array");
    EXPECT_EQ(reason("\x92\x01\x83\xa5"
                     "event\xa9view_item\xaa"
                     "visitor_id\xa1v\xa5value" +
                     packed),
              "value: is no number");
  }
  EXPECT_EQ(reason("\x92\x01\x83\xa5"
                   "event\xa9view_item\xaa"
                   "visitor_id\xa1v\xa5value\xcb\x7f\xf8\0\0\0\0\0\0"s),
            "value: is outside 0..46116860184");  // NaN
  EXPECT_EQ(reason("\x92\x01\x83\xa5"
                   "event\xa9view_item\xaa"
                   "visitor_id\xa1v\xa5value\xca\x7f\x80\0\0"s),
            "value: is outside 0..46116860184");  // infinity
  EXPECT_EQ(by_forward("\x92\x01\x83\xa5"
                       "event\xa9view_item\xaa"
                       "visitor_id\xa1v\xa5value\xca\x3f\xc0\0\0"s)
              ->events.at(0)
              .details->value,
            150);
}

TEST(decode_entries, texts_point_into_the_chunk) {
  auto batch = by_forward(entry(good));
  auto chunk = batch->chunk().bytes;
  auto text = batch->events.at(0).cart_id;
  EXPECT_TRUE(text.data() > chunk.data() && text.data() < chunk.data() + chunk.size());
  EXPECT_TRUE(by_forward("")->events.empty());
}

TEST(msgpack_length, measures_every_format) {
  for (const json& value : {json(1),
                            json(-1),
                            json(-1000),
                            json(100'000),
                            json(5'000'000'000),
                            json(-5'000'000'000),
                            json(1.5),
                            json(0.1),
                            json(nullptr),
                            json(true),
                            json(""),
                            json(std::string(31, 'x')),
                            json(std::string(200, 'x')),
                            json(std::string(300, 'x')),
                            json(std::string(70'000, 'x')),
                            json::array(),
                            json({1, 2, {3, {4}}}),
                            json(std::vector<int>(20, 1)),
                            json(std::vector<int>(70'000, 1)),
                            json::object(),
                            json{{"a", {{"b", {1, 2}}}}},
                            json::binary({1, 2}),
                            json::binary(std::vector<uint8_t>(300)),
                            json::binary({1}, 5),
                            json::binary({1, 2}, 5),
                            json::binary({1, 2, 3}, 5),
                            json::binary(std::vector<uint8_t>(4), 5),
                            json::binary(std::vector<uint8_t>(8), 5),
                            json::binary(std::vector<uint8_t>(16), 5),
                            json::binary(std::vector<uint8_t>(300), 5),
                            json::binary(std::vector<uint8_t>(70'000), 5)}) {
    std::string bytes = pack(value);
    EXPECT_EQ(msgpack_length(bytes), bytes.size());
    EXPECT_EQ(msgpack_length(bytes + "x"), bytes.size());
    for (size_t size = bytes.size() - 1, cuts = 0; size > 0 && cuts < 100; --size, ++cuts) {
      ASSERT_EQ(msgpack_length(bytes.substr(0, size)), std::nullopt);
    }
    for (size_t size = 1; size < std::min<size_t>(bytes.size(), 6); ++size) {
      ASSERT_EQ(msgpack_length(bytes.substr(0, size)), std::nullopt);
    }
  }
  EXPECT_EQ(msgpack_length(""), std::nullopt);
  EXPECT_EQ(msgpack_length("\xc1"), std::nullopt);
}

}  // namespace
}  // namespace cartwheel::testing
