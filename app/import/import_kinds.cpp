#include "app/import/import_kinds.hpp"

#include "actors/coupon/coupon_code.hpp"
#include "actors/event/address.hpp"
#include "actors/event/decode.hpp"
#include "actors/event/moment.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace cartwheel {
namespace {

using json = nlohmann::ordered_json;
using fields = std::vector<std::pair<std::string_view, std::string_view>>;  // of an event: which column it comes from

constexpr std::array<std::string_view, 4> kind_names{"consents", "suppressions", "customers", "coupons"};

constexpr std::array<std::string_view, 10> consent_columns{"time",  "channel", "status", "email",   "customer_id",
                                                           "phone", "shop",    "source", "wording", "proof_url"};
constexpr std::array<std::string_view, 8> suppression_columns{"email",   "reason", "time",    "shop",
                                                              "channel", "source", "wording", "proof_url"};
constexpr std::array<std::string_view, 11> customer_columns{
  "customer_id",        "time",    "email",          "name", "locale",
  "time_zone",          "country", "address_source", "shop", "first_paid_order_id",
  "first_paid_order_at"};

constexpr std::array<std::string_view, 3> coupon_columns{"pool", "code", "expires"};

/// A moment as digits is a number in JSON; everything else is text.
json value_of(std::string_view field, const std::string& text) {
  int64_t ms = 0;
  if (field != "time" && field != "expires") return text;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), ms);
  return error == std::errc{} && end == text.data() + text.size() ? json(ms) : json(text);
}

/// The same row makes the same id, whenever and from whatever file it is imported; another one makes another.
std::string id_of(const json& event) {
  const auto text = event.dump();
  std::array<unsigned char, SHA256_DIGEST_LENGTH> sum{};
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), sum.data());
  std::string id = "import-";
  for (size_t i = 0; i < 16; ++i) id += fmt::format("{:02x}", sum[i]);
  return id;
}

import_fault fault_at(const import_row& row, std::string_view column, std::string why) {
  const auto* value = row.find(column);
  return {value == nullptr ? row.at : value->at, std::move(why)};
}

/// One event of a row: what `event` says already, and these of the row's values. Errors: a fault, at the column it is about.
std::variant<std::string, import_fault> event_of(const import_row& row, json event, const fields& from) {
  for (const auto& [field, column] : from)
    if (const auto* v = row.find(column)) event[std::string{field}] = value_of(field, v->text);
  event["event_id"] = id_of(event);
  auto line = event.dump();
  event_batch judged;
  decode_json_lines(line, {}, judged);
  if (judged.refused.empty()) return line;
  // "email: is no mailbox": the event's fields are the contract's, the columns are ours.
  const auto& why = judged.refused.front().reason;
  const auto field = why.substr(0, why.find(':'));
  for (const auto& [of_event, column] : from)
    if (of_event == field) return fault_at(row, column, std::string{column} + why.substr(field.size()));
  return import_fault{row.at, why};
}

using import_result = std::variant<imported_row, import_fault>;

import_result with_event(imported_row to, std::variant<std::string, import_fault> made) {
  if (auto* fault = std::get_if<import_fault>(&made)) return std::move(*fault);
  to.events.push_back(std::move(std::get<std::string>(made)));
  return to;
}

import_result consent_of(const import_row& row) {
  fields all;
  for (auto column : consent_columns) all.emplace_back(column, column);
  return with_event({}, event_of(row, {{"event", "consent"}}, all));
}

/// Who unsubscribed has withdrawn consent; who bounced or complained gets no mail whatever they consent to.
import_result suppression_of(const import_row& row) {
  const auto* reason = row.find("reason");
  const auto* email = row.find("email");
  if (email == nullptr) return fault_at(row, "email", "email: is missing");
  if (reason == nullptr) return fault_at(row, "reason", "reason: is missing");
  if (reason->text == "unsubscribed") {
    fields all;
    for (auto column : suppression_columns)
      if (column != "reason") all.emplace_back(column, column);
    json event{{"event", "consent"}, {"status", "withdrawn"}};
    if (row.find("channel") == nullptr) event["channel"] = "email";
    return with_event({}, event_of(row, std::move(event), all));
  }
  if (reason->text != "hard_bounce" && reason->text != "complaint")
    return fault_at(row, "reason", "reason: is none of hard_bounce, complaint, unsubscribed");
  if (!normalise_email(email->text)) return fault_at(row, "email", "email: is no mailbox (RFC 5321)");
  imported_row to;
  to.suppression = json{{"email", email->text}, {"reason", reason->text}}.dump();
  return to;
}

import_result customer_of(const import_row& row) {
  if (row.find("customer_id") == nullptr) return fault_at(row, "customer_id", "customer_id: is missing");
  fields all;
  for (auto column : customer_columns)
    if (!column.starts_with("first_paid_order")) all.emplace_back(column, column);
  auto told = with_event({}, event_of(row, {{"event", "identify"}}, all));
  const auto* order = row.find("first_paid_order_id");
  const auto* at = row.find("first_paid_order_at");
  if (std::holds_alternative<import_fault>(told) || (order == nullptr && at == nullptr)) return told;
  if (order == nullptr)
    return fault_at(row, "first_paid_order_at",
                    "first_paid_order_id: is missing: the order's own id is what a refund will name");
  if (at == nullptr) return fault_at(row, "first_paid_order_id", "first_paid_order_at: is missing");
  auto& made = std::get<imported_row>(told);
  const auto* source = row.find("address_source");
  // SEMANTICS 13: only a sale that obtained the address is a basis; an order says nothing else of a customer of old.
  if (row.find("email") == nullptr || source == nullptr || source->text != "sale") {
    made.sale_without_address = true;
    return told;
  }
  return with_event(std::move(made), event_of(row, {{"event", "purchase"}, {"payment", "paid"}},
                                              {{"time", "first_paid_order_at"},
                                               {"shop", "shop"},
                                               {"order_id", "first_paid_order_id"},
                                               {"customer_id", "customer_id"},
                                               {"email", "email"}}));
}

/// Whether there is such a pool the server knows.
import_result coupon_of(const import_row& row) {
  json one;
  for (auto column : coupon_columns)
    if (const auto* v = row.find(column)) one[std::string{column}] = value_of(column, v->text);
  if (!one.contains("pool")) return fault_at(row, "pool", "pool: is missing");
  if (!one.contains("code")) return fault_at(row, "code", "code: is missing");
  if (!is_coupon_code(one["code"].get<std::string>()))
    return fault_at(
      row, "code",
      fmt::format("code: must be 1 to {} visible ASCII characters without blanks", limits::coupon_code_bytes_max));
  if (auto expires = one.find("expires"); expires != one.end() && expires->is_string())
    if (!parse_rfc3339(expires->get<std::string>()))
      return fault_at(row, "expires", "expires: is neither an RFC 3339 time nor Unix milliseconds");
  imported_row to;
  to.coupon = one.dump();
  return to;
}

}  // namespace

std::string_view to_string(import_kind kind) { return kind_names[static_cast<size_t>(kind)]; }

std::optional<import_kind> import_kind_named(std::string_view name) {
  for (size_t i = 0; i < kind_names.size(); ++i)
    if (kind_names[i] == name) return static_cast<import_kind>(i);
  return std::nullopt;
}

std::span<const std::string_view> columns_of(import_kind kind) {
  switch (kind) {
    case import_kind::consents: return consent_columns;
    case import_kind::suppressions: return suppression_columns;
    case import_kind::coupons: return coupon_columns;
    default: return customer_columns;
  }
}

std::optional<import_kind> kind_of_columns(std::span<const std::string> columns) {
  auto has = [&](std::string_view name) { return std::ranges::find(columns, name) != columns.end(); };
  if (has("status")) return import_kind::consents;
  if (has("reason")) return import_kind::suppressions;
  if (has("customer_id")) return import_kind::customers;
  if (has("code")) return import_kind::coupons;
  return std::nullopt;
}

std::variant<imported_row, import_fault> import_of(import_kind kind, const import_row& row) {
  const auto known = columns_of(kind);
  for (const auto& v : row.values)
    if (std::ranges::find(known, v.name) == known.end())
      return import_fault{v.at, fmt::format("{}: {} know no such column", v.name, to_string(kind))};
  switch (kind) {
    case import_kind::consents: return consent_of(row);
    case import_kind::suppressions: return suppression_of(row);
    case import_kind::coupons: return coupon_of(row);
    default: return customer_of(row);
  }
}

}  // namespace cartwheel
