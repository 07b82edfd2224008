#include "actors/event/limits.hpp"
#include "tests/actors/event/both_carriers.hpp"

namespace cartwheel::testing {
namespace {

std::string reason(std::string line) {
  auto batch = by_lines(std::move(line));
  return batch->refused.size() == 1 && batch->events.empty() ? batch->refused[0].reason : "accepted";
}

TEST(decode_json_lines, numbers_lines_and_passes_over_empty_ones) {
  std::string good = R"({"event":"view_cart","time":1,"cart_id":"c"})";
  auto batch = std::make_unique<event_batch>(whole("\n" + good + "\r\n   \t\n  " + good + " \n{}\n" + good));
  decode_json_lines(batch->chunk().bytes, {}, *batch, 100);
  EXPECT_EQ(batch->indexes, (std::vector<size_t>{101, 103, 105}));
  ASSERT_EQ(batch->refused.size(), 1u);
  EXPECT_EQ(batch->refused[0].index, 104u);
  EXPECT_EQ(batch->refused[0].raw, "{}");
  EXPECT_EQ(batch->refused[0].reason, "event: is missing");
}

TEST(decode_json_lines, needs_no_padding_and_no_chunk) {
  // Exactly as long as it is, so that a sanitizer sees a byte too many; and gone before the event is looked at.
  std::string line = R"({"event":"view_cart","time":1,"cart_id":"caf\u00e9"})";
  event_batch batch;
  {
    std::unique_ptr<char[]> exact{new char[line.size()]};
    std::copy(line.begin(), line.end(), exact.get());
    decode_json_lines({exact.get(), line.size()}, {}, batch);
  }
  EXPECT_EQ(batch.events.at(0).cart_id, "café");
  decode_json_lines("", {}, batch);
  decode_json_lines("\n\n", {}, batch);
  EXPECT_EQ(batch.events.size(), 1u);
}

TEST(decode_json_lines, time_is_required) {
  EXPECT_EQ(reason(R"({"event":"view_cart","cart_id":"c"})"), "time: is missing");
  EXPECT_EQ(reason(R"({"event":"view_cart","cart_id":"c","time":null})"), "time: is missing");
  EXPECT_EQ(reason(R"({"event":"wink"})"), "time: is missing");
}

TEST(decode_json_lines, one_key_twice_refuses_in_any_map) {
  EXPECT_EQ(reason(R"({"event":"view_cart","time":1,"cart_id":"c","cart_id":"c"})"),
            "cart_id: stands twice in one map");
  EXPECT_EQ(reason(R"({"event":"view_cart","time":1,"cart_id":null,"cart_id":"c"})"),
            "cart_id: stands twice in one map");
  EXPECT_EQ(reason(R"({"event":"view_cart","time":1,"cart_id":"c","c\u0061rt_id":"c"})"),
            "cart_id: stands twice in one map");
  EXPECT_EQ(reason(R"({"event":"view_cart","time":1,"cart_id":"c","x":1,"y":2,"x":3})"),
            "\"x\": stands twice in one map");
  EXPECT_EQ(reason(R"({"event":"view_cart","time":1,"cart_id":"c","":1,"":3})"), "\"\": stands twice in one map");
  EXPECT_EQ(reason(R"({"event":"wink","time":1,"u":{"x":[{"y":1,"y":2}]}})"), "\"y\": stands twice in one map");
  EXPECT_EQ(
    reason(R"({"event":"view_item","time":1,"cart_id":"c","items":[{"item_id":"i"},{"item_id":"j","item_id":"j"}]})"),
    "items[1].item_id: stands twice in one map");
  EXPECT_EQ(reason(R"({"event":"view_item","time":1,"cart_id":"c","items":[{"item_id":"i","z":1,"z":1}]})"),
            "\"z\": stands twice in one map");
  std::string many = R"({"event":"view_cart","time":1,"cart_id":"c")";
  for (int i = 0; i < 100; ++i) many += fmt::format(R"(,"k{}":0)", i);
  EXPECT_EQ(reason(many + "}"), "accepted");
  EXPECT_EQ(reason(many + R"(,"k57":0})"), "\"k57\": stands twice in one map");
  EXPECT_EQ(reason(R"({"event":"view_cart","time":1,"cart_id":"c","a":{"x":1},"b":{"x":1},"x":1})"), "accepted");
}

TEST(decode_json_lines, nesting_is_bounded) {
  auto nested = [](int levels) {  // below the record, which is one itself
    return R"({"event":"view_cart","time":1,"cart_id":"c","x":)" + std::string(levels, '[') + std::string(levels, ']') +
           "}";
  };
  EXPECT_EQ(reason(nested(7)), "accepted");
  EXPECT_EQ(reason(nested(8)), "nested deeper than 8 levels");
  EXPECT_EQ(reason(nested(30'000)), "nested deeper than 8 levels");
  EXPECT_EQ(reason(std::string(60'000, '[')), "is no JSON object");
  EXPECT_EQ(reason(std::string(60'000, '{')).substr(0, 8), "no JSON:");
}

TEST(decode_json_lines, what_is_no_json_is_refused_wherever_it_breaks) {
  std::string head = R"({"event":"view_cart","time":1,"cart_id":"c",)";
  for (std::string tail :
       {R"("x":)",         R"("x"})",          R"("x":})",       R"("x":1,})",     R"("x":tru})",     R"("x":nulll})",
        R"("x":True})",    R"("x":01})",       R"("x":1.})",     R"("x":.5})",     R"("x":+1})",      R"("x":1e})",
        R"("x":-})",       R"("x":0x1})",      R"("x":NaN})",    R"("x":1 2})",    R"("x":"a" "b"})", R"("x":"a":"b"})",
        R"("x":"a"b})",    R"("x":1"a"})",     R"("x":[1,]})",   R"("x":[1 2]})",  R"("x":[1,2})",    R"("x":[1,2)",
        R"("x":{"a":1]})", R"("x":{"a"}})",    R"("x":{1:2}})",  R"(x:1})",        R"('x':1})",       R"("x":"\q"})",
        R"("x":"\u12"})",  R"("x":"\ud800"})", R"("\ud800":1})", R"("x":"a)",      "\"x\":\"a\tb\"}", R"("x":1}})",
        R"("x":1} {})",    R"("x":1},)",       R"("x":1}x)",     R"("x":{"a":1})", R"("x":{"a":{}})", "\"x\":\"\xff\"}",
        "\"\xc3\":1}",     R"("x":[}])",       R"("x":,"y":1})", R"("x"::1})",     R"(,"x":1})",      R"("x":/*c*/1})",
        "\"x\":\f1}"}) {
    EXPECT_EQ(reason(head + tail).substr(0, 8), "no JSON:") << tail;
    EXPECT_EQ(reason(head + tail + "\n").substr(0, 8), "no JSON:") << tail;
  }
  for (std::string line : {"{", "{]", "{{}}", "{}{}", "{,}", "{:}", "{\"}", "\xff{}"}) {
    EXPECT_EQ(reason(line).substr(0, 8), "no JSON:") << line;
  }
  for (std::string line : {"x", "[]", "1", "\"x\"", "null", "}", "[{}]", "\xef\xbb\xbf{}"}) {
    EXPECT_EQ(reason(line), "is no JSON object") << line;
  }
  EXPECT_EQ(reason(std::string(1, '\0')), "is no JSON object");
}

// The bytes behind a line belong to the next one: they must not complete it.
TEST(decode_json_lines, a_broken_line_is_not_completed_by_the_next) {
  std::string good = R"({"event":"view_cart","time":1,"cart_id":"c"})";
  auto batch = by_lines(good + "\n" + R"({"event":"view_cart","time":1,"cart_id":"c","x":{"a":1})" + "\n}\n" +
                        R"({"event":"view_cart","time":1,"cart_id":"c)" + "\n\"}\n" + good + "\n" + good);
  EXPECT_EQ(batch->indexes, (std::vector<size_t>{0, 5, 6}));
  EXPECT_EQ(batch->refused.size(), 4u);
}

TEST(decode_json_lines, unknown_fields_may_hold_any_json) {
  EXPECT_EQ(
    reason(R"({"event":"view_cart","time":1,"cart_id":"c","x":123456789012345678901234567890,"y":1e999,"z":-1e-999,)"
           R"("t":true,"f":false,"n":null,"s":"\u0000\ud83d\uded2\/\"","e":{},"a":[],"m":[[],{},[{"k":[]}]]})"),
    "accepted");
}

TEST(decode_json_lines, escapes_are_read_in_keys_and_values) {
  auto batch =
    by_lines(R"({"\u0065vent":"view\u005fcart","time":1,"cart_id":"\ud83d\uded2 \"1\" \\","event_id":"plain"})");
  ASSERT_EQ(batch->events.size(), 1u);
  EXPECT_EQ(batch->events[0].cart_id, "🛒 \"1\" \\");
  EXPECT_EQ(batch->events[0].event_id, "plain");
}

TEST(decode_json_lines, an_event_is_at_most_64_kib) {
  std::string head = R"({"event":"view_cart","time":1,"cart_id":"c","x":")";
  auto line = [&](size_t size) { return head + std::string(size - head.size() - 2, 'x') + "\"}"; };
  EXPECT_EQ(reason(line(65'536)), "accepted");
  EXPECT_EQ(reason(line(65'537)), "65537 bytes is more than 65536");
  auto batch = by_lines(line(200'000) + "\n" + line(100));
  EXPECT_EQ(batch->events.size(), 1u);
  EXPECT_EQ(batch->refused.at(0).raw.size(), 200'000u);
}

TEST(decode_json_lines, a_refused_event_names_its_kind_when_it_was_understood) {
  auto kind = [](std::string line) { return by_lines(std::move(line))->refused.at(0).kind; };
  EXPECT_EQ(kind(R"({"event":"view_cart","time":1})"), event_kind::view_cart);
  EXPECT_EQ(kind(R"({"x":1,"x":1,"event":"purchase"})"), event_kind::purchase);
  EXPECT_EQ(kind(R"({"event":"wink","x":1,"x":1})"), event_kind::other);
  EXPECT_EQ(kind("{"), event_kind::other);
}

struct document_result {
  std::unique_ptr<event_batch> batch;
  std::optional<std::string> error;
};
template <class Decode>
document_result document(Decode decode, std::string text) {
  document_result result{std::make_unique<event_batch>(whole(std::move(text))), {}};
  result.error = decode(result.batch->chunk().bytes, decode_rules{}, *result.batch);
  return result;
}

TEST(decode_json, reads_an_object_or_an_array) {
  std::string good = R"({"event":"view_cart","time":1,"cart_id":"c"})";
  auto [one, no_error] = document(decode_json, " " + good + "\n");
  EXPECT_EQ(no_error, std::nullopt);
  EXPECT_EQ(one->events.size(), 1u);
  auto [many, none] =
    document(decode_json, "[" + good + " , {\"event\":\"view_cart\"} , 7, null, [" + good + "],\n" + good + "]");
  EXPECT_EQ(none, std::nullopt);
  EXPECT_EQ(many->indexes, (std::vector<size_t>{0, 5}));
  ASSERT_EQ(many->refused.size(), 4u);
  EXPECT_EQ(many->refused[0].reason, "time: is missing");
  EXPECT_EQ(many->refused[0].raw, R"({"event":"view_cart"})");
  EXPECT_EQ(many->refused[0].raw.data(), many->chunk().bytes.data() + 1 + good.size() + 3);
  EXPECT_EQ(many->refused[1].reason, "is no map");
  EXPECT_EQ(many->refused[1].raw, "7");
  EXPECT_EQ(many->refused[2].reason, "is no map");
  EXPECT_EQ(many->refused[3].reason, "is no map");
  EXPECT_EQ(many->refused[3].index, 4u);
  EXPECT_EQ(document(decode_json, "[]").error, std::nullopt);
}

TEST(decode_json, gives_nothing_of_a_broken_document) {
  std::string good = R"({"event":"view_cart","time":1,"cart_id":"c"})";
  for (std::string text :
       {std::string{""}, std::string{" "}, std::string{"7"}, std::string{"\"x\""}, "[" + good, "[" + good + ",]",
        "[" + good + "," + good + "}", "[" + good + "{}]", good + good, "[" + good + "] x",
        "[{\"event\":1}," + good + ",{\"a\":tru}]", "[" + good + ",{\"a\":\"\xff\"}]"}) {
    auto [batch, error] = document(decode_json, text);
    EXPECT_TRUE(error) << text;
    EXPECT_TRUE(batch->events.empty() && batch->indexes.empty() && batch->refused.empty()) << text;
  }
}

TEST(decode_json, bounds_hold_for_each_element) {
  std::string good = R"({"event":"view_cart","time":1,"cart_id":"c"})";
  std::string large = R"({"event":"view_cart","time":1,"cart_id":"c","x":")" + std::string(70'000, 'x') + "\"}";
  std::string deep = R"({"event":"view_cart","time":1,"cart_id":"c","x":[[[[[[[[[{"a":"b"}]]]]]]]]],"y":1})";
  auto [batch, error] = document(decode_json, "[" + large + "," + deep + "," + good + "]");
  EXPECT_EQ(error, std::nullopt);
  EXPECT_EQ(batch->indexes, std::vector<size_t>{2});
  ASSERT_EQ(batch->refused.size(), 2u);
  EXPECT_EQ(batch->refused[0].reason, fmt::format("{} bytes is more than 65536", large.size()));
  EXPECT_EQ(batch->refused[1].reason, "nested deeper than 8 levels");
  EXPECT_EQ(batch->refused[1].raw, deep);
}

TEST(decode_cloudevents, reads_the_event_from_its_envelope) {
  auto [batch, error] = document(decode_cloudevents, R"([
    {"specversion":"1.0","id":"e1","source":"/shop","type":"cart","time":"2023-11-14T22:13:20Z",
     "data":{"event":"view_cart","cart_id":"c"}},
    {"data":{"event":"view_cart","cart_id":"c","time":5,"event_id":"own"},"id":"e2","specversion":"1.0","time":"2023-11-14T22:13:20Z"},
    {"specversion":"1.0","id":"e3","time":"2023-11-14T22:13:20Z","data":{"event":"view_cart","cart_id":"c","event_id":null,"time":null}}])");
  EXPECT_EQ(error, std::nullopt);
  ASSERT_EQ(batch->events.size(), 3u) << batch->refused.at(0).reason;
  EXPECT_EQ(batch->events[0].event_id, "e1");
  EXPECT_EQ(unix_ms(batch->events[0].time), 1'700'000'000'000);
  EXPECT_EQ(batch->events[1].event_id, "own");
  EXPECT_EQ(unix_ms(batch->events[1].time), 5);
  EXPECT_EQ(batch->events[2].event_id, "e3");
}

TEST(decode_cloudevents, refuses_what_is_no_envelope) {
  auto refusal = [](std::string text) {
    auto [batch, error] = document(decode_cloudevents, std::move(text));
    if (error) return *error;
    return batch->refused.size() == 1 ? batch->refused[0].reason : "accepted";
  };
  EXPECT_EQ(refusal(R"({"specversion":"1.0","id":"e","time":"1970-01-01T00:00:01Z"})"),
            "data: is missing, or no object");
  EXPECT_EQ(refusal(R"({"specversion":"1.0","id":"e","data":"text"})"), "data: is missing, or no object");
  EXPECT_EQ(refusal(R"({"specversion":"0.3","id":"e","data":{"event":"view_cart","cart_id":"c","time":1}})"),
            "specversion: is not \"1.0\"");
  EXPECT_EQ(refusal(R"({"specversion":"1.0","id":7,"data":{"event":"view_cart","cart_id":"c","time":1}})"),
            "event_id: is no string");
  EXPECT_EQ(refusal(R"({"specversion":"1.0","id":"e","id":"f","data":{"event":"view_cart","cart_id":"c","time":1}})"),
            "\"id\": stands twice in one map");
  EXPECT_EQ(refusal(R"({"specversion":"1.0","data":{"event":"wink","time":1},"data":{"event":"wink","time":1}})"),
            "\"data\": stands twice in one map");
  EXPECT_EQ(refusal(R"({"specversion":"1.0","id":"e","data":{"event":"view_cart","cart_id":"c"}})"),
            "time: is missing");
  EXPECT_EQ(refusal(R"({"specversion":"1.0","id":"e","x":[tru],"data":{"event":"wink","time":1}})").substr(0, 7),
            "no JSON");
  EXPECT_EQ(refusal("[1]"), "is no map");
  EXPECT_EQ(refusal("1"), "is no JSON object or array");
}

}  // namespace
}  // namespace cartwheel::testing
