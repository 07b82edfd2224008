#pragma once

#include "actors/event/decode.hpp"

#include <fmt/core.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <memory>
#include <string>
#include <vector>

/// Decodes one record by each carrier, so that a rule is tried where it stands: in both.
namespace cartwheel::testing {

inline std::string pack(const nlohmann::json& value) {
  auto bytes = nlohmann::json::to_msgpack(value);
  return {bytes.begin(), bytes.end()};
}

/// `[nil, record]`.
inline std::string entry(const nlohmann::json& record) { return "\x92\xc0" + pack(record); }

using batch_ptr = std::unique_ptr<event_batch>;

inline batch_ptr by_forward(std::string entries, const decode_rules& rules = {}) {
  auto batch = std::make_unique<event_batch>(whole(std::move(entries)));
  decode_entries(batch->chunk().bytes, rules, *batch);
  EXPECT_EQ(batch->events.size(), batch->indexes.size());
  return batch;
}

inline batch_ptr by_lines(std::string lines, const decode_rules& rules = {}) {
  auto batch = std::make_unique<event_batch>(whole(std::move(lines)));
  decode_json_lines(batch->chunk().bytes, rules, *batch);
  EXPECT_EQ(batch->events.size(), batch->indexes.size());
  return batch;
}

inline std::string describe(const event& e) {
  const event_details& d = *e.details;
  std::string text = fmt::format("{} {}{}{} {} {} id={} shop={} cart={} customer={} visitor={}", to_string(e.kind),
                                 e.bot, e.internal, e.persons_only, e.currency.text(), unix_ms(e.time), e.event_id,
                                 e.shop, e.cart_id, e.customer_id, e.visitor_id);
  for (const auto& i : e.items) {
    text += fmt::format(" [{}|{}|{}|{}|{}|{}|{}]", i.item_id, i.item_name, i.price, i.quantity, i.image_url, i.item_url,
                        i.item_category);
  }
  text += fmt::format(" email={}<-{} phone={} name={} {} {} {} url={} order={} into={} source={} wording={} proof={}",
                      d.email, d.email_as_given, d.phone, d.name, d.locale, d.time_zone, d.country, d.cart_url,
                      d.order_id, d.into, d.source, d.wording, d.proof_url);
  text += fmt::format(" item={} stock={} price={} value={} {} {} {} {}", d.changed_item_id, d.changed_stock,
                      d.changed_price, d.value, static_cast<int>(d.payment), static_cast<int>(d.channel),
                      static_cast<int>(d.status), static_cast<int>(d.source_of_address));
  return text;
}

/// What became of the only event of a batch: "refused: <reason>", or its description.
inline std::string outcome(const event_batch& batch) {
  if (batch.events.size() + batch.refused.size() != 1) {
    return fmt::format("{} events and {} refused", batch.events.size(), batch.refused.size());
  }
  return batch.events.empty() ? "refused: " + batch.refused[0].reason : describe(batch.events[0]);
}

/// The same by both carriers, which must agree.
inline std::string outcome(const nlohmann::json& record, const decode_rules& rules = {}) {
  std::string by_json = outcome(*by_lines(record.dump(), rules));
  std::string by_msgpack = outcome(*by_forward(entry(record), rules));
  EXPECT_EQ(by_json, by_msgpack) << record.dump();
  return by_json;
}

/// One accepted event and what owns its texts.
struct accepted {
  batch_ptr batch;
  const event* operator->() const { return batch->events.data(); }
  const event_details& details() const { return *batch->events.at(0).details; }
};

inline accepted accept(const nlohmann::json& record, const decode_rules& rules = {}) {
  accepted result{by_lines(record.dump(), rules)};
  if (result.batch->events.size() != 1) throw std::runtime_error{outcome(*result.batch)};
  EXPECT_EQ(outcome(*by_forward(entry(record), rules)), describe(*result.operator->()));
  return result;
}

}  // namespace cartwheel::testing
