// Every bound and every requirement of docs/EVENTS.md, by both carriers, with the exact words of each refusal.
#include "actors/event/limits.hpp"
#include "tests/actors/event/both_carriers.hpp"

namespace cartwheel::testing {
namespace {

using nlohmann::json;

constexpr int64_t t0 = 1'700'000'000'000;

json with(std::string_view text) {
  json record = json::parse(text);
  if (!record.contains("time")) record["time"] = t0;
  return record;
}

// The least that each kind of event needs.
json least(std::string_view kind) {
  json record = [&] {
    if (kind == "view_item") return with(R"({"visitor_id":"v"})");
    if (kind == "add_to_cart" || kind == "remove_from_cart")
      return with(R"({"cart_id":"c","items":[{"item_id":"i"}]})");
    if (kind == "update_cart") return with(R"({"cart_id":"c","items":[]})");
    if (kind == "purchase") return with(R"({"cart_id":"c","order_id":"o"})");
    if (kind == "cart_merged") return with(R"({"cart_id":"c","into":"d"})");
    if (kind == "identify") return with(R"({"customer_id":"u","email":"a@b.example"})");
    if (kind == "consent") return with(R"({"email":"a@b.example","channel":"email","status":"granted"})");
    if (kind == "order_paid" || kind == "order_cancelled" || kind == "refund") return with(R"({"order_id":"o"})");
    if (kind == "item_changed") return with(R"({"item_id":"i","stock":0})");
    if (kind == "preferences") return with(R"({"email":"a@b.example","frequency":"weekly"})");
    if (kind == "reminder_clicked") return with(R"({"cart_id":"c","cycle":1,"step":0})");
    if (kind == "erase") return with(R"({"customer_id":"u"})");
    return with(R"({"cart_id":"c"})");
  }();
  record["event"] = kind;
  return record;
}

const std::vector<std::string_view> every_kind{
  "view_item",         "view_cart",        "add_to_cart", "remove_from_cart", "update_cart", "begin_checkout",
  "add_shipping_info", "add_payment_info", "purchase",    "cart_merged",      "identify",    "consent",
  "order_paid",        "order_cancelled",  "refund",      "item_changed",     "erase",       "preferences",
  "reminder_clicked"};

TEST(event_rules, each_kind_is_accepted_with_the_least_it_needs) {
  for (size_t i = 0; i < every_kind.size(); ++i) {
    auto e = accept(least(every_kind[i]));
    EXPECT_EQ(e->kind, static_cast<event_kind>(i));
    EXPECT_EQ(to_string(e->kind), every_kind[i]);
    EXPECT_EQ(e->shop, "default");
    EXPECT_EQ(unix_ms(e->time), t0);
    ASSERT_NE(e->details, nullptr);
  }
}

TEST(event_rules, each_kind_needs_what_the_table_says) {
  struct need {
    std::string_view kind, without, reason;
  };
  for (auto [kind, without, reason] : std::vector<need>{
         {"view_item", "visitor_id", "cart_id: is missing, view_item needs cart_id, customer_id or visitor_id"},
         {"view_cart", "cart_id", "cart_id: is missing, view_cart needs it"},
         {"add_to_cart", "cart_id", "cart_id: is missing, add_to_cart needs it"},
         {"add_to_cart", "items", "items: is missing, add_to_cart needs it"},
         {"remove_from_cart", "cart_id", "cart_id: is missing, remove_from_cart needs it"},
         {"remove_from_cart", "items", "items: is missing, remove_from_cart needs it"},
         {"update_cart", "cart_id", "cart_id: is missing, update_cart needs it"},
         {"update_cart", "items", "items: is missing, update_cart needs it"},
         {"begin_checkout", "cart_id", "cart_id: is missing, begin_checkout needs it"},
         {"add_shipping_info", "cart_id", "cart_id: is missing, add_shipping_info needs it"},
         {"add_payment_info", "cart_id", "cart_id: is missing, add_payment_info needs it"},
         {"purchase", "order_id", "order_id: is missing, purchase needs it"},
         {"purchase", "cart_id", "cart_id: is missing, purchase needs cart_id or customer_id"},
         {"cart_merged", "cart_id", "cart_id: is missing, cart_merged needs it"},
         {"cart_merged", "into", "into: is missing, cart_merged needs it"},
         {"identify", "customer_id", "customer_id: is missing, identify needs customer_id, cart_id or visitor_id"},
         {"consent", "email", "email: is missing, consent needs email or customer_id for this channel"},
         {"consent", "channel", "channel: is missing, consent needs it"},
         {"consent", "status", "status: is missing, consent needs it"},
         {"order_paid", "order_id", "order_id: is missing, order_paid needs it"},
         {"order_cancelled", "order_id", "order_id: is missing, order_cancelled needs it"},
         {"refund", "order_id", "order_id: is missing, refund needs it"},
         {"item_changed", "item_id", "item_id: is missing, item_changed needs it"},
         {"erase", "customer_id", "customer_id: is missing, erase needs customer_id or email"},
         {"preferences", "email", "email: is missing, preferences needs it"},
         {"preferences", "frequency", "paused_until: is missing, preferences needs paused_until or frequency"},
         {"reminder_clicked", "cart_id", "cart_id: is missing, reminder_clicked needs it"},
         {"reminder_clicked", "cycle", "cycle: is missing, reminder_clicked needs it"},
         {"reminder_clicked", "step", "step: is missing, reminder_clicked needs it"}}) {
    json record = least(kind);
    record.erase(without);
    EXPECT_EQ(outcome(record), fmt::format("refused: {}", reason));
    record[without] = nullptr;  // null is absent
    EXPECT_EQ(outcome(record), fmt::format("refused: {}", reason));
    auto batch = by_lines(record.dump());
    EXPECT_EQ(to_string(batch->refused.at(0).kind), kind);
    EXPECT_FALSE(batch->refused[0].time_ahead);
    EXPECT_EQ(batch->refused[0].raw, record.dump());
  }
}

TEST(event_rules, alternatives_suffice) {
  for (auto text : {R"({"event":"view_item","cart_id":"c"})", R"({"event":"view_item","customer_id":"u"})",
                    R"({"event":"purchase","order_id":"o","customer_id":"u"})",
                    R"({"event":"identify","visitor_id":"v"})", R"({"event":"identify","cart_id":"c"})",
                    R"({"event":"consent","customer_id":"u","channel":"email","status":"granted"})",
                    R"({"event":"consent","phone":"+31612345678","channel":"whatsapp","status":"withdrawn"})",
                    R"({"event":"consent","email":"a@b.example","channel":"onsite","status":"granted"})",
                    R"({"event":"item_changed","item_id":"i"})", R"({"event":"erase","email":"a@b.example"})"}) {
    EXPECT_EQ(outcome(with(text)).substr(0, 8) == "refused:", false) << text << outcome(with(text));
  }
  EXPECT_EQ(outcome(with(R"({"event":"consent","phone":"+31612345678","channel":"email","status":"granted"})")),
            "refused: email: is missing, consent needs email or customer_id for this channel");
  EXPECT_EQ(outcome(with(R"({"event":"consent","visitor_id":"v","channel":"whatsapp","status":"granted"})")),
            "refused: email: is missing, consent needs email, phone or customer_id");
}

TEST(event_rules, wishes_and_clicks_say_what_they_may) {
  auto wish = accept(with(R"({"event":"preferences","email":"a@b.example","paused_until":"2026-12-22T00:00:00Z"})"));
  EXPECT_EQ(unix_ms(wish->details->paused_until), 1'797'897'600'000);
  EXPECT_EQ(wish->details->frequency, contact_frequency::unchanged);
  wish = accept(with(R"({"event":"preferences","email":"a@b.example","paused_until":7,"frequency":"normal"})"));
  EXPECT_EQ(unix_ms(wish->details->paused_until), 7);
  EXPECT_EQ(wish->details->frequency, contact_frequency::normal);
  auto click = accept(with(R"({"event":"reminder_clicked","cart_id":"c","cycle":4294967295,"step":255})"));
  EXPECT_EQ(click->details->clicked_cycle, 4'294'967'295u);
  EXPECT_EQ(click->details->clicked_step, 255);
  auto account = accept(with(R"({"event":"view_cart","cart_id":"c","loyalty_points":1250,"account_discount":"5%"})"));
  EXPECT_EQ(account->details->loyalty_points, 1'250);
  EXPECT_EQ(account->details->account_discount, "5%");
  for (auto [text, reason] : std::vector<std::pair<std::string_view, std::string_view>>{
         {R"({"event":"preferences","email":"a@b.example","paused_until":"soon"})",
          "paused_until: is no RFC 3339 date and time of the years 1970..9999"},
         {R"({"event":"preferences","email":"a@b.example","frequency":"daily"})", "frequency: is not normal or weekly"},
         {R"({"event":"reminder_clicked","cart_id":"c","cycle":1,"step":256})", "step: 256 is outside 0..255"},
         {R"({"event":"view_cart","cart_id":"c","loyalty_points":-1})", "loyalty_points: -1 is outside 0..1000000000"}})
    EXPECT_EQ(outcome(with(text)), fmt::format("refused: {}", reason));
  EXPECT_EQ(
    outcome(with(R"({"event":"view_cart","cart_id":"c","step":"x","frequency":1,"paused_until":[]})")).find("refused"),
    std::string::npos)
    << "on other events they are unknown fields";
}

TEST(event_rules, a_cart_is_not_merged_into_itself) {
  json record = least("cart_merged");
  record["into"] = "c";
  EXPECT_EQ(outcome(record), "refused: into: is the cart_id itself");
}

struct wrong {
  std::string_view path;  // as in a reason
  json value;
  std::string_view reason;  // behind the path
};

// Puts a value where a path says.
void put(json& record, std::string_view path, const json& value) {
  if (path.substr(0, 6) != "items[") {
    record[path] = value;
    return;
  }
  auto index = static_cast<size_t>(path[6] - '0');
  while (record["items"].size() <= index)
    record["items"].push_back({{"item_id", fmt::format("i{}", record["items"].size())}});
  if (path.size() == 8) {
    record["items"][index] = value;
  } else {
    record["items"][index][std::string{path.substr(9)}] = value;
  }
}

void expect_refusals(std::string_view kind, const std::vector<wrong>& cases) {
  for (const auto& [path, value, reason] : cases) {
    json record = least(kind);
    put(record, path, value);
    EXPECT_EQ(outcome(record), fmt::format("refused: {}: {}", path, reason)) << kind;
  }
}

std::string of(size_t n) { return std::string(n, 'x'); }
std::string url_of(size_t n) { return "https://x/" + of(n - 10); }

TEST(event_rules, a_wrong_field_refuses_every_kind_of_event) {
  for (auto kind : every_kind) {
    std::vector<wrong> cases;
    for (auto f : {"event_id", "cart_id", "customer_id", "visitor_id"}) {
      cases.insert(cases.end(), {{f, "", "0 bytes is outside 1..128"},
                                 {f, of(129), "129 bytes is outside 1..128"},
                                 {f, 7, "is no string"},
                                 {f, 7.5, "is no string"},
                                 {f, true, "is no string"},
                                 {f, json::array(), "is no string"},
                                 {f, json::object(), "is no string"},
                                 {f, "a\nb", "has a control character"},
                                 {f, "a\x7f", "has a control character"},
                                 {f, "a\xc2\x85", "has a control character"}});
    }
    std::vector<wrong> more{{"shop", "", "0 bytes is outside 1..64"},
                            {"shop", of(65), "65 bytes is outside 1..64"},
                            {"shop", 1, "is no string"},
                            {"shop", std::string("a\0b", 3), "has a control character"},
                            {"email", "", "0 bytes is outside 1..254"},
                            {"email", of(250) + "@b.de", "255 bytes is outside 1..254"},
                            {"email", "anna", "is no mailbox (RFC 5321)"},
                            {"email", " a@b.example", "is no mailbox (RFC 5321)"},
                            {"email", 5, "is no string"},
                            {"phone", "0612345678", "is no E.164 number"},
                            {"phone", 31612345678, "is no string"},
                            {"phone", "", "is no E.164 number"},
                            {"name", of(129), "129 bytes is outside 0..128"},
                            {"name", false, "is no string"},
                            {"locale", "nl_NL", "is no BCP 47 tag"},
                            {"locale", 1, "is no string"},
                            {"time_zone", "Amsterdam", "is no IANA time zone"},
                            {"time_zone", 1, "is no string"},
                            {"country", "nl", "is no ISO 3166-1 alpha-2 code"},
                            {"country", 31, "is no string"},
                            {"currency", "EURO", "is no ISO 4217 code"},
                            {"currency", "eur", "is no ISO 4217 code"},
                            {"currency", 978, "is no string"},
                            {"items", "i", "is no array"},
                            {"items", 1, "is no array"},
                            {"items", json::object(), "is no array"},
                            {"items", {{"item_id", "i"}}, "is no array"},
                            {"value", -1, "is outside 0..46116860184"},
                            {"value", -0.01, "is outside 0..46116860184"},
                            {"value", 1e300, "is outside 0..46116860184"},
                            {"value", 18446744073709551615u, "is outside 0..46116860184"},
                            {"value", "12.50", "is no number"},
                            {"value", true, "is no number"},
                            {"bot", 1, "is no boolean"},
                            {"bot", "true", "is no boolean"},
                            {"internal", 0, "is no boolean"},
                            {"cart_url", "http://shop.example/", "is no https URL"},
                            {"cart_url", "", "0 bytes is outside 1..2048"},
                            {"cart_url", url_of(2049), "2049 bytes is outside 1..2048"},
                            {"cart_url", "https://shop.example/a b", "is no https URL"},
                            {"cart_url", "https://shop.example/\t", "has a control character"},
                            {"cart_url", 1, "is no string"},
                            {"time", -1, "-1 is outside 0..253402300799999"},
                            {"time", 253'402'300'800'000, "253402300800000 is outside 0..253402300799999"},
                            {"time", 18446744073709551615u, "is outside 0..253402300799999"},
                            {"time", 1.5, "is no integer"},
                            {"time", true, "is no integer"},
                            {"time", "yesterday", "is no RFC 3339 date and time of the years 1970..9999"},
                            {"time", "1700000000000", "is no RFC 3339 date and time of the years 1970..9999"},
                            {"event", 1, "is no string"},
                            {"event", json::array(), "is no string"}};
    cases.insert(cases.end(), more.begin(), more.end());
    expect_refusals(kind, cases);
  }
}

TEST(event_rules, a_wrong_item_names_its_place) {
  for (auto kind : every_kind) {
    expect_refusals(kind, {{"items[2].item_id", nullptr, "is missing"},
                           {"items[0].item_id", "", "0 bytes is outside 1..128"},
                           {"items[0].item_id", of(129), "129 bytes is outside 1..128"},
                           {"items[1].item_id", 4711, "is no string"},
                           {"items[1].item_id", "a\x01", "has a control character"},
                           {"items[2]", "i", "is no map"},
                           {"items[2]", nullptr, "is no map"},
                           {"items[2]", json::array(), "is no map"},
                           {"items[0].item_name", of(513), "513 bytes is outside 0..512"},
                           {"items[0].item_name", 1, "is no string"},
                           {"items[0].price", -1, "is outside 0..46116860184"},
                           {"items[0].price", -0.5, "is outside 0..46116860184"},
                           {"items[0].price", 1e18, "is outside 0..46116860184"},
                           {"items[0].price", "", "is no number or decimal string in 0..46116860184"},
                           {"items[0].price", "-1", "is no number or decimal string in 0..46116860184"},
                           {"items[0].price", "1e2", "is no number or decimal string in 0..46116860184"},
                           {"items[0].price", "12,50", "is no number or decimal string in 0..46116860184"},
                           {"items[0].price", "EUR 1", "is no number or decimal string in 0..46116860184"},
                           {"items[0].price", true, "is no number or decimal string in 0..46116860184"},
                           {"items[0].price", json::object(), "is no number or decimal string in 0..46116860184"},
                           {"items[2].quantity", 0, "0 is outside 1..10000"},
                           {"items[2].quantity", 10'001, "10001 is outside 1..10000"},
                           {"items[2].quantity", -1, "-1 is outside 1..10000"},
                           {"items[2].quantity", 18446744073709551615u, "is outside 1..10000"},
                           {"items[2].quantity", "1", "is no integer"},
                           {"items[2].quantity", 1.5, "is no integer"},
                           {"items[2].quantity", 1.0, "is no integer"},
                           {"items[2].quantity", true, "is no integer"},
                           {"items[0].image_url", "http://shop.example/i.jpg", "is no https URL"},
                           {"items[0].image_url", url_of(2049), "2049 bytes is outside 1..2048"},
                           {"items[0].image_url", 1, "is no string"},
                           {"items[0].item_url", "/p/1", "is no https URL"},
                           {"items[0].item_url", url_of(2049), "2049 bytes is outside 1..2048"},
                           {"items[0].item_category", of(129), "129 bytes is outside 0..128"},
                           {"items[0].item_category", json::array({"a"}), "is no string"}});
  }
}

TEST(event_rules, fields_of_one_kind_are_checked_there) {
  for (auto kind : {"purchase", "order_paid", "order_cancelled", "refund"}) {
    expect_refusals(kind, {{"order_id", "", "0 bytes is outside 1..128"},
                           {"order_id", of(129), "129 bytes is outside 1..128"},
                           {"order_id", 1, "is no string"},
                           {"order_id", "a\n", "has a control character"}});
  }
  expect_refusals("purchase", {{"payment", "cash", "is not paid, offline, pending or failed"},
                               {"payment", 1, "is no string"},
                               {"payment", "", "is not paid, offline, pending or failed"}});
  expect_refusals("cart_merged", {{"into", "", "0 bytes is outside 1..128"},
                                  {"into", of(129), "129 bytes is outside 1..128"},
                                  {"into", 1, "is no string"}});
  expect_refusals("identify", {{"address_source", "unknown", "is not sale, account, checkout or newsletter"},
                               {"address_source", 1, "is no string"}});
  expect_refusals("consent", {{"channel", "sms", "is not email, whatsapp or onsite"},
                              {"channel", 1, "is no string"},
                              {"status", "maybe", "is not granted or withdrawn"},
                              {"status", true, "is no string"},
                              {"source", of(65), "65 bytes is outside 0..64"},
                              {"source", 1, "is no string"},
                              {"wording", of(1025), "1025 bytes is outside 0..1024"},
                              {"wording", 1, "is no string"},
                              {"proof_url", "http://x", "is no https URL"},
                              {"proof_url", url_of(2049), "2049 bytes is outside 1..2048"}});
  expect_refusals("item_changed", {{"item_id", "", "0 bytes is outside 1..128"},
                                   {"item_id", of(129), "129 bytes is outside 1..128"},
                                   {"item_id", 1, "is no string"},
                                   {"stock", "3", "is no integer"},
                                   {"stock", 1.5, "is no integer"},
                                   {"price", -1, "is outside 0..46116860184"},
                                   {"price", "x", "is no number or decimal string in 0..46116860184"}});
}

TEST(event_rules, fields_of_another_kind_are_unknown_fields) {
  json record = least("view_cart");
  for (auto f : {"order_id", "into", "payment", "channel", "status", "source", "wording", "proof_url", "address_source",
                 "item_id", "stock", "price", "whatever"}) {
    record[f] = json::array({1, {{"deep", nullptr}}});
  }
  auto e = accept(record);
  EXPECT_EQ(e->details, &no_details);
}

TEST(event_rules, the_largest_of_everything_is_accepted) {
  json record = least("consent");
  for (auto f : {"event_id", "cart_id", "customer_id", "visitor_id"}) record[f] = of(128);
  record["shop"] = of(64);
  record["name"] = of(128);
  record["phone"] = "+123456789012345";
  record["cart_url"] = url_of(2048);
  record["proof_url"] = url_of(2048);
  record["source"] = of(64);
  record["wording"] = of(1024);
  record["value"] = 46'116'860'184.0;
  record["time"] = 253'402'300'799'999;
  record["currency"] = "EUR";
  auto e = accept(record);
  EXPECT_EQ(e->event_id, of(128));
  EXPECT_EQ(e.details().wording, of(1024));
  EXPECT_EQ(e.details().value, 4'611'686'018'400);

  record = least("add_to_cart");
  record["items"][0] = {{"item_id", of(128)},      {"item_name", of(512)},      {"price", 0},
                        {"quantity", 10'000},      {"image_url", url_of(2048)}, {"item_url", url_of(2048)},
                        {"item_category", of(128)}};
  e = accept(record);
  EXPECT_EQ(e->items[0].quantity, 10'000u);
  EXPECT_EQ(e->items[0].price, 0);
}

TEST(event_rules, free_texts_may_be_empty_and_have_lines) {
  json record = least("consent");
  record["wording"] = "Mail me\nabout my cart";
  record["source"] = "";
  record["name"] = "";
  record["items"] = json::array({{{"item_id", "i"}, {"item_name", "a\tb"}, {"item_category", ""}}});
  auto e = accept(record);
  EXPECT_EQ(e.details().wording, "Mail me\nabout my cart");
  EXPECT_EQ(e->items[0].item_name, "a\tb");
}

TEST(event_rules, ids_may_be_any_utf8) {
  json record = least("add_to_cart");
  record["cart_id"] = "🛒 nr. 1";
  record["items"][0]["item_id"] = "Größe 42\" \\ / ";
  auto e = accept(record);
  EXPECT_EQ(e->cart_id, "🛒 nr. 1");
  EXPECT_EQ(e->items[0].item_id, "Größe 42\" \\ / ");
}

TEST(event_rules, items_are_1_to_200_lines) {
  auto lines = [](size_t n) {
    json items = json::array();
    for (size_t i = 0; i < n; ++i) items.push_back({{"item_id", fmt::format("i{}", i)}});
    return items;
  };
  for (auto kind : every_kind) {
    json record = least(kind);
    record["items"] = lines(200);
    EXPECT_EQ(accept(record)->items.size(), 200u);
    record["items"] = lines(201);
    EXPECT_EQ(outcome(record),
              fmt::format("refused: items: 201 lines is outside {}..200", kind == "update_cart" ? 0 : 1));
    record["items"] = lines(3000);
    EXPECT_EQ(outcome(record),
              fmt::format("refused: items: 3000 lines is outside {}..200", kind == "update_cart" ? 0 : 1));
    record["items"] = json::array();
    if (kind == "update_cart") {
      EXPECT_TRUE(accept(record)->items.empty());
    } else {
      EXPECT_EQ(outcome(record), "refused: items: 0 lines is outside 1..200");
    }
  }
}

TEST(event_rules, one_item_twice_is_summed_and_the_later_one_describes_it) {
  auto e = accept(with(R"({"event":"add_to_cart","cart_id":"c","currency":"EUR","items":[
    {"item_id":"a","item_name":"old","price":1,"quantity":2,"item_category":"kept","item_url":"https://x/1"},
    {"item_id":"b","quantity":9999},
    {"item_id":"a","item_name":"new","price":"2.50","image_url":"https://x/i"},
    {"item_id":"b","quantity":9999}]})"));
  ASSERT_EQ(e->items.size(), 2u);
  EXPECT_EQ(e->items[0].item_id, "a");
  EXPECT_EQ(e->items[0].quantity, 3u);
  EXPECT_EQ(e->items[0].item_name, "new");
  EXPECT_EQ(e->items[0].price, 250);
  EXPECT_EQ(e->items[0].item_category, "kept");
  EXPECT_EQ(e->items[0].item_url, "https://x/1");
  EXPECT_EQ(e->items[0].image_url, "https://x/i");
  EXPECT_EQ(e->items[1].quantity, 10'000u);
}

TEST(event_rules, prices_are_in_the_currency_wherever_it_stands) {
  auto price = [](std::string_view currency, std::string_view amount) {
    auto batch = by_lines(fmt::format(R"({{"event":"add_to_cart","time":1,"cart_id":"c","value":{1},)"
                                      R"("items":[{{"item_id":"i","price":{1}}},{{"item_id":"j","price":"{1}"}}]{0}}})",
                                      currency.empty() ? "" : fmt::format(R"(,"currency":"{}")", currency), amount));
    const event& e = batch->events.at(0);
    EXPECT_EQ(e.items[0].price, e.items[1].price);
    EXPECT_EQ(e.items[0].price, e.details->value);
    EXPECT_EQ(e.currency.text(), currency);
    return e.items[0].price;
  };
  EXPECT_EQ(price("EUR", "129.99"), 12'999);
  EXPECT_EQ(price("JPY", "1299.5"), 1300);
  EXPECT_EQ(price("JPY", "1298.5"), 1298);
  EXPECT_EQ(price("KWD", "1.2345"), 1234);
  EXPECT_EQ(price("", "0.125"), 12);
}

TEST(event_rules, absent_is_not_zero) {
  auto e = accept(least("add_to_cart"));
  EXPECT_EQ(e->items[0].price, -1);
  EXPECT_EQ(e->items[0].quantity, 1u);
  EXPECT_EQ(e.details().value, -1);
  EXPECT_FALSE(e->currency.given());
}

TEST(event_rules, details_of_the_kinds) {
  auto e = accept(with(R"({"event":"purchase","cart_id":"c","order_id":"o","payment":"pending","value":5})"));
  EXPECT_EQ(e.details().payment, payment_state::pending);
  EXPECT_EQ(accept(least("purchase")).details().payment, payment_state::paid);

  e = accept(with(R"({"event":"identify","cart_id":"c","email":"Anna@BÜCHER.example","address_source":"newsletter",
                      "locale":"nl-NL","time_zone":"Europe/Amsterdam","country":"NL","name":"Anna","phone":"+31612345678"})"));
  EXPECT_EQ(e.details().email, "anna@xn--bcher-kva.example");
  EXPECT_EQ(e.details().email_as_given, "Anna@BÜCHER.example");
  EXPECT_EQ(e.details().source_of_address, address_source::newsletter);
  EXPECT_EQ(e.details().locale, "nl-NL");
  EXPECT_EQ(accept(least("identify")).details().source_of_address, address_source::unknown);

  e = accept(with(R"({"event":"consent","customer_id":"u","channel":"whatsapp","status":"withdrawn","source":"s"})"));
  EXPECT_EQ(e.details().channel, channel::whatsapp);
  EXPECT_EQ(e.details().status, consent_status::withdrawn);

  e = accept(with(R"({"event":"item_changed","item_id":"i","stock":-3,"price":1.5,"currency":"EUR"})"));
  EXPECT_EQ(e.details().changed_item_id, "i");
  EXPECT_EQ(e.details().changed_stock, 0);
  EXPECT_EQ(e.details().changed_price, 150);

  e = accept(with(R"({"event":"view_cart","cart_id":"c","bot":true,"internal":true})"));
  EXPECT_TRUE(e->bot);
  EXPECT_TRUE(e->internal);
}

TEST(event_rules, an_unknown_event_is_let_through_unread) {
  auto e = accept(with(R"({"event":"wink","shop":"s","cart_id":7,"email":"nonsense","event_id":"e","items":"none"})"));
  EXPECT_EQ(e->kind, event_kind::other);
  EXPECT_EQ(e->shop, "s");
  EXPECT_EQ(unix_ms(e->time), t0);
  EXPECT_TRUE(e->event_id.empty());
  EXPECT_TRUE(e->cart_id.empty());
  EXPECT_EQ(e->details, &no_details);
  EXPECT_EQ(accept(with(R"({"event":"wink","shop":7})"))->shop, "default");
  EXPECT_EQ(accept(with(R"({"event":"Add_To_Cart"})"))->kind, event_kind::other);
  EXPECT_EQ(accept(with(R"({"event":""})"))->kind, event_kind::other);
  EXPECT_EQ(outcome(with(R"({"event":"wink","time":"never"})")),
            "refused: time: is no RFC 3339 date and time of the years 1970..9999");
}

TEST(event_rules, an_event_has_a_name) {
  EXPECT_EQ(outcome(with(R"({"cart_id":"c"})")), "refused: event: is missing");
  EXPECT_EQ(outcome(with(R"({"event":null,"cart_id":"c"})")), "refused: event: is missing");
}

TEST(event_rules, live_the_future_is_refused_and_the_distant_past_is_for_persons) {
  decode_rules live;
  live.now = from_unix_ms(t0);
  auto at = [](int64_t ms) {
    json record = least("view_cart");
    record["time"] = ms;
    return record;
  };
  EXPECT_FALSE(accept(at(t0 + 300'000), live)->persons_only);
  EXPECT_EQ(outcome(at(t0 + 300'001), live),
            "refused: time: 300001 ms ahead of the server's clock is more than 300000");
  EXPECT_TRUE(by_lines(at(t0 + 300'001).dump(), live)->refused.at(0).time_ahead);
  constexpr int64_t days_30 = int64_t{30} * 86'400'000;
  EXPECT_FALSE(accept(at(t0 - days_30), live)->persons_only);
  EXPECT_TRUE(accept(at(t0 - days_30 - 1), live)->persons_only);
  EXPECT_FALSE(accept(at(t0 + 300'001))->persons_only);
  EXPECT_FALSE(accept(at(0))->persons_only);
}

TEST(event_rules, time_may_be_a_date_and_time) {
  json record = least("view_cart");
  record["time"] = "2023-11-14T23:13:20.5+01:00";
  EXPECT_EQ(unix_ms(accept(record)->time), t0 + 500);
}

TEST(event_rules, the_reason_does_not_depend_on_the_order_of_keys) {
  auto reason = [](std::string line) { return outcome(*by_lines(std::move(line))); };
  auto expected = "refused: cart_id: is no string";
  EXPECT_EQ(reason(R"({"event":"view_cart","time":1,"cart_id":1,"value":"x"})"), expected);
  EXPECT_EQ(reason(R"({"value":"x","cart_id":1,"time":1,"event":"view_cart"})"), expected);
}

}  // namespace
}  // namespace cartwheel::testing
