#include "app/import/import_run.hpp"

#include "app/import/row_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

namespace cartwheel {
namespace {

[[noreturn]] void refuse_columns(const std::string& file, std::string_view why) {
  throw std::runtime_error{fmt::format("{}:1:1: {}", file, why)};
}

import_kind kind_or_refuse(const std::string& file, std::span<const std::string> columns) {
  if (auto kind = kind_of_columns(columns)) return *kind;
  refuse_columns(file, "the columns do not say what it holds (status, reason, customer_id or code would); say --kind");
}

void check_columns(const std::string& file, import_kind kind, std::span<const std::string> columns) {
  const auto known = columns_of(kind);
  for (const auto& c : columns)
    if (std::ranges::find(known, c) == known.end())
      refuse_columns(file, fmt::format("column {}: {} know only {}", c, to_string(kind), fmt::join(known, ", ")));
}

}  // namespace

import_summary run_import(const std::vector<std::string>& files, std::optional<import_kind> kind, import_target& to,
                          const std::function<void(const import_fault&)>& fault,
                          const std::function<void(size_t bytes)>& passed) {
  import_summary sum;
  for (const auto& file : files) {
    auto is = kind;
    auto bad = [&](const import_fault& f) {
      ++sum.rows;
      ++sum.bad;
      fault(f);
    };
    auto take = [&](const import_row& row) {
      if (!is) {  // NDJSON: the first row says
        std::vector<std::string> names;
        for (const auto& v : row.values) names.push_back(v.name);
        is = kind_or_refuse(file, names);
      }
      auto made = import_of(*is, row);
      if (const auto* f = std::get_if<import_fault>(&made)) return bad(*f);
      ++sum.rows;
      const auto& r = std::get<imported_row>(made);
      sum.sales_without_address += r.sale_without_address;
      for (const auto& e : r.events) to.take_event(e, row.at);
      if (r.suppression) to.take_suppression(*r.suppression, row.at);
      if (r.coupon) to.take_coupon(*r.coupon, row.at);
      sum.events += r.events.size();
      sum.suppressions += r.suppression.has_value();
      sum.coupons += r.coupon.has_value();
    };
    row_reader::read(file, {[&](const std::vector<std::string>& columns) {
                              if (!is) is = kind_or_refuse(file, columns);
                              check_columns(file, *is, columns);
                            },
                            take, bad, passed});
  }
  to.finish();
  return sum;
}

}  // namespace cartwheel
