// Records and bytes nobody thought of: both carriers must agree on every record, and no bytes may harm either.
// Seeds are fixed; a failure prints the record.
#include "tests/actors/event/both_carriers.hpp"

#include <random>

namespace cartwheel::testing {
namespace {

using nlohmann::json;

class record_maker {
 public:
  explicit record_maker(uint64_t seed) : random_{seed} {}

  json record() {
    json record;
    record["event"] =
      pick<const char*>({"view_item", "add_to_cart", "remove_from_cart", "update_cart", "purchase", "cart_merged",
                         "identify", "consent", "refund", "item_changed", "erase", "wink"});
    if (!one_in(50)) record["time"] = time();
    for (auto f : {"event_id", "shop", "cart_id", "customer_id", "visitor_id", "order_id", "into", "item_id"}) {
      if (one_in(2)) record[f] = one_in(40) ? anything(2) : json(text());
    }
    maybe(record, "email", [&] {
      return pick<json>({"Anna@Example.com", "a@BÜCHER.example", "no", "\"q q\"@x.example", "é@x.example"});
    });
    maybe(record, "currency", [&] { return pick<json>({"EUR", "JPY", "KWD", "CLF", "eur"}); });
    maybe(record, "value", [&] { return number(); });
    maybe(record, "locale", [&] { return pick<json>({"nl-NL", "de", "nl_NL"}); });
    maybe(record, "time_zone", [&] { return pick<json>({"Europe/Berlin", "Berlin"}); });
    maybe(record, "country", [&] { return pick<json>({"NL", "nl"}); });
    maybe(record, "phone", [&] { return pick<json>({"+31612345678", "06"}); });
    maybe(record, "name", [&] { return json(text()); });
    maybe(record, "bot", [&] { return pick<json>({true, false, 1}); });
    maybe(record, "payment", [&] { return pick<json>({"paid", "pending", "cash"}); });
    maybe(record, "channel", [&] { return pick<json>({"email", "whatsapp", "onsite", "fax"}); });
    maybe(record, "status", [&] { return pick<json>({"granted", "withdrawn"}); });
    maybe(record, "stock", [&] { return number(); });
    maybe(record, "price", [&] { return number(); });
    maybe(record, "cart_url", [&] { return pick<json>({"https://x.example/é", "http://x"}); });
    maybe(record, "unknown", [&] { return anything(6); });
    if (one_in(2)) record["items"] = one_in(30) ? anything(3) : items();
    return record;
  }

  json anything(int depth) {
    switch (random_() % (depth > 0 ? 9 : 7)) {
      case 0: return nullptr;
      case 1: return one_in(2);
      case 2: return number();
      case 3: return text();
      case 4: return static_cast<int64_t>(random_());
      case 5: return random_();
      case 6: return static_cast<double>(static_cast<int64_t>(random_())) / 1e5;
      case 7: {
        json list = json::array();
        for (size_t n = random_() % 4; n > 0; --n) list.push_back(anything(depth - 1));
        return list;
      }
      default: {
        json map = json::object();
        for (size_t n = random_() % 4; n > 0; --n) map[text()] = anything(depth - 1);
        return map;
      }
    }
  }

  std::mt19937_64& random() { return random_; }

 private:
  bool one_in(uint64_t n) { return random_() % n == 0; }
  template <class T>
  T pick(std::vector<T> from) {
    return from[random_() % from.size()];
  }
  template <class Make>
  void maybe(json& record, const char* field, Make make) {
    if (one_in(4)) record[field] = one_in(40) ? anything(2) : make();
  }
  json time() {
    if (one_in(30)) return anything(1);
    if (one_in(5)) return "2023-11-14T22:13:20.125+01:00";
    return 1'700'000'000'000 + static_cast<int64_t>(random_() % 1'000'000);
  }
  json number() {
    switch (random_() % 6) {
      case 0: return static_cast<int64_t>(random_() % 1000) - 5;
      case 1: return std::to_string(random_() % 100) + "." + std::to_string(random_() % 100'000);
      case 2: return 0.5;
      case 3: return 1.005;
      default: return static_cast<double>(random_() % 1'000'000) / 100;
    }
  }
  std::string text() {
    static const std::vector<std::string> parts{"a",  "B", "-7", "é",    "🛒",    " ",     "\"",
                                                "\\", "/", "\n", "\x7f", "item_id", "price", "0123456789012345"};
    std::string all;
    for (size_t n = one_in(20) ? random_() % 20 : 1 + random_() % 3; n > 0; --n) {
      size_t common = one_in(30) ? parts.size() : 9;
      all += parts[random_() % common];
    }
    return all;
  }
  json items() {
    json list = json::array();
    for (size_t n = random_() % (one_in(100) ? 300 : 5); n > 0; --n) {
      json item;
      if (!one_in(100)) item["item_id"] = "i" + std::to_string(random_() % 8);
      maybe(item, "item_name", [&] { return json(text()); });
      maybe(item, "price", [&] { return number(); });
      maybe(item, "quantity", [&] { return json(random_() % 5000 + (one_in(30) ? 0 : 1)); });
      maybe(item, "item_url", [&] { return json("https://x.example/1"); });
      maybe(item, "item_category", [&] { return json(text()); });
      maybe(item, "else", [&] { return anything(3); });
      list.push_back(one_in(200) ? anything(1) : item);
    }
    return list;
  }

  std::mt19937_64 random_;
};

TEST(random_records, both_carriers_agree) {
  record_maker maker{11};
  int accepted = 0;
  constexpr int n = 20'000;
  for (int i = 0; i < n; ++i) {
    json record = maker.record();
    if (!record.contains("time") || record["time"].is_null()) continue;  // Forward has the entry's
    std::string by_json = outcome(*by_lines(record.dump()));
    ASSERT_EQ(by_json, outcome(*by_forward(entry(record)))) << record.dump();
    if (by_json.substr(0, 8) != "refused:") ++accepted;
  }
  EXPECT_GT(accepted, n / 10);
  EXPECT_LT(accepted, n * 9 / 10);
}

// What is accepted from broken bytes is still within the bounds, and its texts are readable.
void look_at(const event_batch& batch) {
  size_t sum = 0;
  for (const auto& e : batch.events) {
    sum += describe(e).size();
    EXPECT_LE(e.items.size(), 200u);
  }
  for (const auto& r : batch.refused) {
    EXPECT_FALSE(r.reason.empty());
    for (char c : r.raw) sum += static_cast<unsigned char>(c);
  }
  EXPECT_GT(sum + 1, 0u);
}

std::string mutated(std::string bytes, std::mt19937_64& random) {
  for (size_t n = 1 + random() % 3; n > 0 && !bytes.empty(); --n) {
    size_t at = random() % bytes.size();
    switch (random() % 4) {
      case 0: bytes[at] = static_cast<char>(random()); break;
      case 1: bytes.erase(at, 1 + random() % 8); break;
      case 2: bytes.insert(at, 1 + random() % 3, static_cast<char>(random())); break;
      default: bytes[at] = "{}[]\",:\\0\xdf\xdd\xdb\xc9\xff"[random() % 13]; break;
    }
  }
  return bytes;
}

TEST(random_bytes, do_not_harm_the_decoders) {
  record_maker maker{13};
  for (int i = 0; i < 8'000; ++i) {
    json record = maker.record();
    json second = maker.record();
    std::string entries = mutated(entry(record) + entry(second), maker.random());
    std::string lines = mutated(record.dump() + "\n" + second.dump() + "\n", maker.random());
    std::string array = mutated("[" + record.dump() + "," + second.dump() + "]", maker.random());
    std::string cloud = mutated(R"({"specversion":"1.0","id":"x","data":)" + record.dump() + "}", maker.random());
    // Copies of exactly their length, so that a sanitizer sees every byte read beyond them.
    for (const std::string* text : {&entries, &lines, &array, &cloud}) {
      std::vector<char> exact{text->begin(), text->end()};
      exact.shrink_to_fit();
      event_batch batch;
      std::string_view view{exact.data(), exact.size()};
      if (text == &entries) decode_entries(view, {}, batch);
      if (text == &lines) decode_json_lines(view, {}, batch);
      if (text == &array) (void)decode_json(view, {}, batch);
      if (text == &cloud) (void)decode_cloudevents(view, {}, batch);
      look_at(batch);
      ASSERT_EQ(batch.events.size(), batch.indexes.size());
    }
  }
}

// Whether a broken line is JSON at all is for another parser to say.
TEST(random_bytes, a_line_another_parser_rejects_is_refused) {
  record_maker maker{17};
  int rejected = 0;
  for (int i = 0; i < 8'000; ++i) {
    std::string line = mutated(maker.record().dump(), maker.random());
    if (line.find('\n') != line.npos || json::accept(line)) continue;
    auto batch = by_lines(line);
    ASSERT_TRUE(batch->events.empty()) << line;
    ++rejected;
  }
  EXPECT_GT(rejected, 1000);
}

}  // namespace
}  // namespace cartwheel::testing
