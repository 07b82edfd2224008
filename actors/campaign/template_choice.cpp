#include "actors/campaign/template_choice.hpp"

#include "actors/campaign/campaign.hpp"
#include "actors/event/limits.hpp"

#include <algorithm>

namespace cartwheel {

namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c == '_' ? '-' : c; }

/// Source: RFC 4647 section 3.3.1 (basic filtering).
bool takes_in(std::string_view range, std::string_view tag) {
  return tag.size() >= range.size() && (tag.size() == range.size() || tag[range.size()] == '-') &&
         std::equal(range.begin(), range.end(), tag.begin(), [](char a, char b) { return lower(a) == lower(b); });
}

bool holds(const template_choice& c, const target_person& who) {
  if (!c.shop.empty() && c.shop != who.shop) return false;
  if (!c.locale.empty() && !takes_in(c.locale, who.locale)) return false;
  if (c.returning && *c.returning != who.returning) return false;
  if (c.min_value.empty()) return true;
  const auto least = minor_least(c.min_value, who.digits);
  return least && who.value >= *least;
}

}  // namespace

const std::string& template_for(const campaign_step& step, const target_person& who) {
  auto first = std::ranges::find_if(step.templates, [&](const template_choice& c) { return holds(c, who); });
  return first == step.templates.end() ? step.template_name : first->template_name;
}

std::optional<int64_t> minor_least(std::string_view text, int digits) {
  const auto point = text.find('.');
  const auto whole = text.substr(0, point);
  const auto fraction = point == std::string_view::npos ? std::string_view{} : text.substr(point + 1);
  auto digits_only = [](std::string_view t) {
    return std::ranges::all_of(t, [](char c) { return c >= '0' && c <= '9'; });
  };
  if (whole.empty() || (point != std::string_view::npos && fraction.empty()) || !digits_only(whole) ||
      !digits_only(fraction))
    return std::nullopt;
  int64_t minor = 0;
  auto push = [&](char c) {
    minor = minor * 10 + (c - '0');
    return minor <= limits::money_max;
  };
  for (char c : whole)
    if (!push(c)) return std::nullopt;
  for (int i = 0; i < digits; ++i)
    if (!push(static_cast<size_t>(i) < fraction.size() ? fraction[static_cast<size_t>(i)] : '0')) return std::nullopt;
  const auto rest = fraction.substr(std::min(fraction.size(), static_cast<size_t>(digits)));
  if (rest.find_first_not_of('0') != std::string_view::npos) ++minor;
  return minor;
}

}  // namespace cartwheel
