#include "actors/event/value_rules.hpp"

#include "actors/event/money.hpp"
#include "actors/event/text.hpp"
#include "actors/event/wellformed.hpp"

namespace cartwheel {

bool value_rules::text(field_value value, text_bounds bounds, std::string_view& out) {
  if (!value.is(type::text)) return fail("is no string");
  if (value.text().size() < bounds.min || value.text().size() > bounds.max) {
    return fail(fmt::format("{} bytes is outside {}..{}", value.text().size(), bounds.min, bounds.max));
  }
  auto content = inspect_text(value.text());
  if (content == text_content::broken) return fail("is no UTF-8");
  if (content == text_content::controls && bounds.use == text_use::id) return fail("has a control character");
  out = value.text();
  return true;
}

bool value_rules::amount(field_value value, bool texts_too, int64_t& out) {
  std::optional<int64_t> minor;
  switch (value.kind()) {
    case type::integer:
    case type::number:
      // An integer beyond 2^53 loses digits here; it is far beyond money_max and refused all the same.
      minor = parse_money(value.is(type::integer) ? static_cast<double>(value.integer()) : value.number(), digits_);
      break;
    case type::text:
      if (texts_too) minor = parse_money(value.text(), digits_);
      break;
    default: break;
  }
  if (!minor) {
    auto max = static_cast<double>(limits::money_max);
    for (int i = 0; i < digits_; ++i) max /= 10;
    bool numeric = value.is(type::integer) || value.is(type::number) || value.is(type::huge);
    if (numeric) return fail(fmt::format("is outside 0..{:.0f}", max));
    return fail(texts_too ? fmt::format("is no number or decimal string in 0..{:.0f}", max) : "is no number");
  }
  out = *minor;
  return true;
}

bool value_rules::https(field_value value, std::string_view& out) {
  return text(value, url_bounds, out) && (wellformed::https_url(out) || fail("is no https URL"));
}

bool value_rules::whole(field_value value, int64_t min, int64_t max, int64_t& out) {
  if (value.is(type::huge)) return fail(fmt::format("is outside {}..{}", min, max));
  if (!value.is(type::integer)) return fail("is no integer");
  if (value.integer() < min || value.integer() > max) {
    return fail(fmt::format("{} is outside {}..{}", value.integer(), min, max));
  }
  out = value.integer();
  return true;
}

}  // namespace cartwheel
