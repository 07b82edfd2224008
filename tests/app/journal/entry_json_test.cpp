#include "app/journal/entry_json.hpp"

#include "actors/event/limits.hpp"
#include "tests/actors/event/both_carriers.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <random>

namespace cartwheel {
namespace {

using nlohmann::json;
using testing::entry;
using testing::pack;

constexpr instant noon = from_unix_ms(1'700'000'000'123);

std::string line_of(std::string_view bytes) { return entry_json(bytes, noon).value_or("nothing"); }

TEST(entry_json, has_the_entrys_time_where_the_record_has_none) {
  EXPECT_EQ(line_of(entry({{"event", "view_cart"}})), R"({"event":"view_cart","time":1700000000123})");
  EXPECT_EQ(line_of(entry(json::object())), R"({"time":1700000000123})");
  EXPECT_EQ(line_of(entry({{"a", 1}, {"time", nullptr}, {"z", 2}})), R"({"a":1,"z":2,"time":1700000000123})");
  EXPECT_EQ(line_of(entry({{"time", nullptr}, {"z", 2}})), R"({"z":2,"time":1700000000123})");
  EXPECT_EQ(line_of(entry({{"a", 1}, {"time", 5}})), R"({"a":1,"time":5})");
  EXPECT_EQ(line_of(entry({{"a", {{"time", 5}}}, {"b", 1}})), R"({"a":{"time":5},"b":1,"time":1700000000123})");
  EXPECT_EQ(line_of(entry({{"a", {{"time", nullptr}}}})), R"({"a":{"time":null},"time":1700000000123})");
}

TEST(entry_json, whatever_the_entrys_time_is) {
  auto record = pack({{"a", 1}});
  auto expected = R"({"a":1,"time":1700000000123})";
  for (const std::string& time :
       {pack(1'700'000'000), pack(nullptr), pack(0), std::string("\xd7\x00\x65\x53\xf1\x00\x07\x54\xd4\xc0", 10),
        "\x92" + pack(17) + pack(json::object()), "\x92" + pack(17) + pack({{"m", {{"n", {1, {2}}}}}, {"time", 7}}),
        "\x92" + std::string("\xd7\x00\x65\x53\xf1\x00\x07\x54\xd4\xc0", 10) + pack({{"k", "v"}})})
    EXPECT_EQ(line_of("\x92" + time + record), expected);
}

TEST(entry_json, has_numbers_as_they_are) {
  EXPECT_EQ(
    line_of(entry({{"a", 2.0}, {"b", 2}, {"c", -3}, {"d", UINT64_MAX}, {"e", INT64_MIN}, {"f", 0.1}, {"g", 1e300}})),
    R"({"a":2.0,"b":2,"c":-3,"d":18446744073709551615,"e":-9223372036854775808,"f":0.1,"g":1e+300,)"
    R"("time":1700000000123})");
  // 0.1f is not 0.1.
  EXPECT_EQ(line_of(std::string("\x92\xc0\x81\xa1"
                                "a\xca\x3d\xcc\xcc\xcd",
                                10)),
            R"({"a":0.10000000149011612,"time":1700000000123})");
}

TEST(entry_json, escapes_texts) {
  EXPECT_EQ(line_of(entry({{"a\"b", "c\\d\n\x01 \x7f é 🛒"}, {"", ""}})),
            "{\"\":\"\",\"a\\\"b\":\"c\\\\d\\n\\u0001 \x7f é 🛒\",\"time\":1700000000123}");
}

TEST(entry_json, says_what_json_has_no_word_for) {
  auto record_with = [](const std::string& value) { return line_of("\x92\xc0\x81\xa1u" + value); };
  auto expected = [](const std::string& value) { return "{\"u\":" + value + ",\"time\":1700000000123}"; };
  EXPECT_EQ(record_with(std::string("\xc4\x03\x00\xff"
                                    "a",
                                    5)),
            expected("\"00ff61\""));
  EXPECT_EQ(record_with(std::string("\xd4\x05\x0a", 3)), expected("\"050a\""));
  EXPECT_EQ(record_with("\xa3"
                        "a\xff"
                        "b"),
            expected("\"a\xef\xbf\xbd"
                     "b\""));
  EXPECT_EQ(record_with(std::string("\xcb\x7f\xf8\0\0\0\0\0\0", 9)), expected("null"));
  EXPECT_EQ(record_with(std::string("\xcb\xff\xf0\0\0\0\0\0\0", 9)), expected("null"));
}

TEST(entry_json, of_what_is_no_entry_is_nothing) {
  auto record = pack({{"a", 1}});
  for (const std::string& bytes :
       {std::string{}, std::string{"\xc1"}, record, "\x91" + record, "\x93\xc0" + record + record,
        std::string{"\x92\xc0\xc0"}, "\x92\xc0\x91" + record, "\x92" + record + record,
        std::string{"\x92\xc0\x81\x01\x01"}, std::string{"\x92\xc0\x81\x91\x01\x01"},
        std::string{"\x92\xc0\x81\xc0\x01"}, "\x92\xc0" + record + "\x01", entry({{"a", 1}}).substr(0, 5)})
    EXPECT_EQ(line_of(bytes), "nothing") << hexadecimal(bytes);
}

TEST(entry_json, nests_as_deep_as_an_event_may) {
  auto nested = [](int levels) {
    json deep = 1;
    for (int i = 0; i < levels; ++i) deep = json::array({deep});
    return line_of(entry({{"a", deep}}));
  };
  EXPECT_NE(nested(limits::msgpack_depth_max - 1), "nothing");
  EXPECT_EQ(nested(1000), "nothing");
}

json anything(std::mt19937_64& random, int depth) {
  switch (random() % (depth > 0 ? 8 : 6)) {
    case 0: return nullptr;
    case 1: return random() % 2 == 0;
    case 2: return static_cast<int64_t>(random());
    case 3: return random() >> random() % 64;
    case 4: return static_cast<double>(static_cast<int64_t>(random())) / static_cast<double>(1 + random() % 1'000'000);
    case 5: return std::string(random() % 40, static_cast<char>(' ' + random() % 95)) + "é\"\n"[random() % 4];
    case 6: {
      json list = json::array();
      for (uint64_t n = random() % 4; n > 0; --n) list.push_back(anything(random, depth - 1));
      return list;
    }
    default: {
      json map = json::object();
      for (uint64_t n = random() % 4; n > 0; --n) map[std::to_string(random() % 100)] = anything(random, depth - 1);
      return map;
    }
  }
}

TEST(entry_json, says_what_the_record_says) {
  std::mt19937_64 random{7};
  for (int i = 0; i < 5000; ++i) {
    json record = json::object();
    for (uint64_t n = random() % 6; n > 0; --n) record["k" + std::to_string(n)] = anything(random, 4);
    auto line = line_of(entry(record));
    // A broken character of the maker's is replaced in both.
    auto expected = json::parse(record.dump(-1, ' ', false, json::error_handler_t::replace));
    expected["time"] = unix_ms(noon);
    auto read = json::parse(line, nullptr, false);
    ASSERT_EQ(read, expected) << line;
    ASSERT_EQ(line.find('\n'), std::string::npos);
  }
}

}  // namespace
}  // namespace cartwheel
