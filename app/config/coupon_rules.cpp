#include "app/config/coupon_rules.hpp"

#include "actors/coupon/limits.hpp"
#include "app/config/shape.hpp"
#include "app/config/suggest.hpp"
#include "runtime/base/duration.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>

namespace cartwheel::config {
namespace {

struct finding {
  std::string_view key;
  std::string text;
};

/// What is wrong with a pool's keys together.
std::optional<finding> wrong_with(const coupon_terms& t) {
  if (t.kind == incentive_kind::percent && t.percent == 0)
    return finding{"percent", "is 0; must be from 1 to 100 with kind = \"percent\""};
  const bool no_amount =
    t.amount.empty() || std::ranges::any_of(t.amount, [](const least_value& a) { return a.amount <= 0; });
  if (t.kind == incentive_kind::amount && no_amount)
    return finding{"amount", "takes nothing off; must be what kind = \"amount\" takes off, like [\"10.00 EUR\"]"};
  if (t.valid > 0ms && t.valid < t.at_least)
    return finding{"valid",
                   fmt::format("{} is less than at_least ({}): no mail would get a code; must be 0s or at_least",
                               quoted(print_duration(t.valid)), quoted(print_duration(t.at_least)))};
  return std::nullopt;
}

/// The coupons that a campaign's steps name, where they stand.
void look_at_steps(const std::string& campaign, const value& written, const settings& all,
                   std::vector<problem>& found) {
  const auto steps = written.type() == kind::bare ? typed(written, kind::list) : written;
  if (steps.type() != kind::list) return;
  std::vector<std::string> names;
  for (const auto& [name, _] : all.coupons) names.push_back(name);
  for (size_t i = 0; i < steps.elements().size(); ++i) {
    const auto& step = steps.elements()[i];
    if (step.type() != kind::table) continue;
    const auto* named = find(step.entries(), {"coupon"});
    if (named == nullptr || named->type() != kind::text || named->text().empty() || all.coupons.contains(named->text()))
      continue;
    auto text = fmt::format("{}: there is no [coupon.{}]", quoted(named->text()), named->text());
    if (auto near = closest(named->text(), names))
      text += fmt::format("; did you mean {}?", quoted(*near));
    else if (!names.empty())
      text += fmt::format("; must be one of {}", fmt::join(names, ", "));
    found.push_back({named->where, fmt::format("{}.steps[{}].coupon", campaign, i), std::move(text)});
  }
}

}  // namespace

std::vector<problem> broken_coupon_rules(const settings& all, const document& written,
                                         const std::vector<problem>& known) {
  std::vector<problem> found;
  for (const auto& [name, terms] : all.coupons) {
    const auto section = to_string(path{"coupon", name});
    const bool doubtful =
      std::ranges::any_of(known, [&](const problem& p) { return p.key.starts_with(section + '.'); });
    auto wrong = doubtful ? std::nullopt : wrong_with(terms);
    if (!wrong) continue;
    const auto* at = find(written.root, {"coupon", name, std::string{wrong->key}});
    if (at == nullptr) at = find(written.root, {"coupon", name});
    found.push_back({at == nullptr ? place{} : at->where, fmt::format("{}.{}", section, wrong->key), wrong->text});
  }
  if (all.coupons.size() > limits::coupon_pools_max) {
    const auto* at = find(written.root, {"coupon"});
    found.push_back(
      {at == nullptr ? place{} : at->where, "coupon",
       fmt::format("{} pools are named; must be {} at most", all.coupons.size(), limits::coupon_pools_max)});
  }
  const auto* campaigns = find(written.root, {"campaign"});
  if (campaigns == nullptr || campaigns->type() != kind::table) return found;
  for (const auto& e : campaigns->entries()) {
    if (e.held.type() != kind::table) continue;
    if (const auto* steps = find(e.held.entries(), {"steps"}))
      look_at_steps(to_string(path{"campaign", e.key}), *steps, all, found);
  }
  return found;
}

}  // namespace cartwheel::config
