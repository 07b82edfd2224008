#include "app/demo/crowd.hpp"
#include "app/load/load_events.hpp"

#include "actors/event/decode.hpp"

#include <gtest/gtest.h>

#include <map>

namespace cartwheel {
namespace {

constexpr instant friday = from_unix_ms(1'795'129'200'000);

std::string first_refusal(const event_batch& batch) {
  return batch.refused.empty() ? "" : std::to_string(batch.refused[0].index) + ": " + batch.refused[0].reason;
}

/// What a decoder must have read back.
void expect_as_sent(const gateway_event& sent, const event& read) {
  EXPECT_EQ(read.kind, sent.kind);
  EXPECT_EQ(read.time, sent.time);
  EXPECT_EQ(read.event_id, sent.event_id);
  EXPECT_EQ(read.shop, sent.shop);
  EXPECT_EQ(read.cart_id, sent.cart_id);
  EXPECT_EQ(read.customer_id, sent.customer_id);
  EXPECT_EQ(read.visitor_id, sent.visitor_id);
  EXPECT_EQ(read.details->email_as_given, sent.email);
  EXPECT_EQ(read.details->order_id, sent.order_id);
  EXPECT_EQ(read.details->into, sent.into);
  EXPECT_EQ(read.details->locale, sent.locale);
  EXPECT_EQ(read.details->source, sent.source);
  EXPECT_EQ(read.details->payment, sent.payment);
  EXPECT_EQ(read.details->status, sent.status);
  EXPECT_EQ(read.details->source_of_address, sent.source_of_address);
  ASSERT_EQ(read.items.size(), sent.items.size());
  for (size_t i = 0; i < sent.items.size(); i++) {
    EXPECT_EQ(read.items[i].item_id, sent.items[i].item_id);
    EXPECT_EQ(read.items[i].item_name, sent.items[i].item_name);
    EXPECT_EQ(read.items[i].price, sent.items[i].price);
    EXPECT_EQ(read.items[i].quantity, sent.items[i].quantity);
    EXPECT_EQ(read.items[i].image_url, sent.items[i].image_url);
  }
}

struct crowd_sent {
  std::vector<gateway_event> events;
  std::string entries;
  std::string lines;
};

crowd_sent send_crowd() {
  crowd_options options;
  options.start = friday;
  options.shoppers = 2000;
  options.cart_share = 0.7;
  options.shops = {"shoes-nl", "home-fr"};
  crowd_sent sent;
  crowd c{options};
  while (const auto* e = c.next()) {
    sent.events.push_back(*e);
    append_entry(sent.entries, *e);
    append_json_line(sent.lines, *e);
  }
  return sent;
}

TEST(contract, the_crowd_keeps_it_over_forward) {
  auto sent = send_crowd();
  event_batch batch;
  decode_entries(sent.entries, {}, batch);
  EXPECT_EQ(first_refusal(batch), "");
  ASSERT_EQ(batch.events.size(), sent.events.size());
  for (size_t i = 0; i < sent.events.size(); i++) expect_as_sent(sent.events[i], batch.events[i]);
}

TEST(contract, the_crowd_keeps_it_in_files) {
  auto sent = send_crowd();
  event_batch batch;
  decode_json_lines(sent.lines, {}, batch);
  EXPECT_EQ(first_refusal(batch), "");
  ASSERT_EQ(batch.events.size(), sent.events.size());
  for (size_t i = 0; i < sent.events.size(); i++) expect_as_sent(sent.events[i], batch.events[i]);
}

TEST(contract, texts_are_escaped_in_files) {
  gateway_event e;
  e.kind = event_kind::identify;
  e.time = friday;
  e.customer_id = "a\"b\\c";
  e.name = "Zo\u00eb\n\t\x01";
  std::string line;
  append_json_line(line, e);
  event_batch batch;
  decode_json_lines(line, {}, batch);
  EXPECT_EQ(first_refusal(batch), "");
  ASSERT_EQ(batch.events.size(), 1u);
  EXPECT_EQ(batch.events[0].customer_id, e.customer_id);
  EXPECT_EQ(batch.events[0].details->name, e.name);
}

TEST(contract, the_load_keeps_it) {
  load_events made{{.carts = 5000}};
  std::string entries;
  made.append(entries, 50'000, friday + 1234ms);
  event_batch batch;
  decode_entries(entries, {}, batch);
  EXPECT_EQ(first_refusal(batch), "");
  ASSERT_EQ(batch.events.size(), 50'000u);
  std::map<event_kind, double> kinds;
  for (size_t i = 0; i < batch.events.size(); i++) {
    const auto& e = batch.events[i];
    EXPECT_EQ(e.time, friday + 1234ms);
    EXPECT_EQ(e.event_id.size(), 18u);
    if (i < 5000) {
      EXPECT_EQ(e.kind, event_kind::add_to_cart);
    } else {
      kinds[e.kind] += 1.0 / 45'000;
    }
  }
  load_mix mix;
  EXPECT_NEAR(kinds[event_kind::add_to_cart], mix.add_to_cart, 0.01);
  EXPECT_NEAR(kinds[event_kind::view_item], mix.view_item, 0.01);
  EXPECT_NEAR(kinds[event_kind::begin_checkout], mix.begin_checkout, 0.01);
  EXPECT_NEAR(kinds[event_kind::identify], mix.identify, 0.01);
  EXPECT_NEAR(kinds[event_kind::remove_from_cart], mix.remove_from_cart, 0.01);
  EXPECT_NEAR(kinds[event_kind::purchase], mix.purchase, 0.01);
  EXPECT_NEAR(kinds[event_kind::consent], mix.consent, 0.01);
}

}  // namespace
}  // namespace cartwheel
