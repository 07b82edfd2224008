#pragma once

#include "app/import/import_row.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace cartwheel {

/// What a file holds.
enum class import_kind : uint8_t { consents, suppressions, customers, coupons };
std::string_view to_string(import_kind kind);
std::optional<import_kind> import_kind_named(std::string_view name);

/// The columns that a kind knows, required ones first. Source: docs/import.md, which explains each.
std::span<const std::string_view> columns_of(import_kind kind);

/// What the columns of a file say that it holds. Nothing: they do not say.
std::optional<import_kind> kind_of_columns(std::span<const std::string> columns);

/// What a row becomes: events, in their order, or an address that gets no mail, or a code of a pool.
struct imported_row {
  std::vector<std::string> events;
  std::optional<std::string> suppression;
  std::optional<std::string> coupon{};
  bool sale_without_address = false;  // a customer's first sale did not obtain the address, so it is no basis
};

/// Judges a row by the event contract, as the server will.
std::variant<imported_row, import_fault> import_of(import_kind kind, const import_row& row);

}  // namespace cartwheel
