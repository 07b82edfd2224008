#include "actors/content/reminder_fields.hpp"

#include "actors/content/limits.hpp"
#include "actors/content/date_format.hpp"
#include "actors/content/one_line.hpp"
#include "actors/coupon/limits.hpp"
#include "actors/event/limits.hpp"

#include <algorithm>
#include <array>
#include <limits>

#include <unicode/uchar.h>
#include <unicode/utf8.h>

namespace cartwheel {

namespace {

constexpr std::array row_fields{
  template_field{"name"},     template_field{"item_id"},    template_field{"initial"}, template_field{"image_url"},
  template_field{"item_url"}, template_field{"quantity"},   template_field{"several"}, template_field{"price"},
  template_field{"amount"},   template_field{"stock_left"},
};
constexpr template_vocabulary row_vocabulary{row_fields};

constexpr std::array coupon_fields{
  template_field{"code"},          template_field{"percent"}, template_field{"amount"},
  template_field{"free_shipping"}, template_field{"least"},   template_field{"until"},
};
constexpr template_vocabulary coupon_vocabulary{coupon_fields};

constexpr std::array fields{
  template_field{"items", &row_vocabulary},
  template_field{"has_items"},
  template_field{"one_item"},
  template_field{"first_item"},
  template_field{"more"},
  template_field{"one_more"},
  template_field{"total"},
  template_field{"shopper_name"},
  template_field{"email"},
  template_field{"cart_url"},
  template_field{"unsubscribe_url"},
  template_field{"preferences_url"},
  template_field{"shop_name"},
  template_field{"shop_url"},
  template_field{"legal_entity"},
  template_field{"postal_address"},
  template_field{"service"},
  template_field{"service_phone"},
  template_field{"service_phone_link"},
  template_field{"service_email"},
  template_field{"service_url"},
  template_field{"service_hours"},
  template_field{"reviews_text"},
  template_field{"reviews_url"},
  template_field{"account"},
  template_field{"loyalty_points"},
  template_field{"account_discount"},
  template_field{"coupon", &coupon_vocabulary},
  template_field{"date"},
  template_field{"language"},
  template_field{"direction"},
};
constexpr template_vocabulary vocabulary{fields};

/// The first letter in upper case, for the tile of a product without a picture.
std::string initial_of(std::string_view name) {
  const auto* bytes = reinterpret_cast<const uint8_t*>(name.data());
  UChar32 c;
  int32_t i = 0;
  U8_NEXT_OR_FFFD(bytes, i, static_cast<int32_t>(name.size()), c);
  char out[U8_MAX_LENGTH];
  int32_t n = 0;
  U8_APPEND_UNSAFE(out, n, u_toupper(c));
  return {out, static_cast<size_t>(n)};
}

/// As a tel: link wants it: "+31 (0)20 123 45 67" -> "+31201234567". The (0) is dialled at home only.
/// Source: RFC 3966 section 3.
std::string number_to_dial(std::string_view shown) {
  std::string out;
  for (size_t i = 0; i < shown.size(); ++i) {
    if (shown.substr(i).starts_with("(0)") && out.starts_with('+'))
      i += 2;
    else if ((shown[i] >= '0' && shown[i] <= '9') || (shown[i] == '+' && out.empty()))
      out += shown[i];
  }
  constexpr size_t digits_min = 3;  // less is no number of a service
  return out.size() < digits_min ? std::string{} : out;
}

bool written_from_the_right(std::string_view language) {
  auto primary = language.substr(0, language.find('-'));
  return primary == "ar" || primary == "he" || primary == "fa" || primary == "ur" || primary == "yi";
}

}  // namespace

const template_vocabulary& reminder_vocabulary() { return vocabulary; }

std::string_view greeting_name(std::string_view name) {
  for (std::string_view sign : {"/", "@", "www."}) {
    if (name.find(sign) != std::string_view::npos) return {};
  }
  return name;
}

reminder_fields::reminder_fields(const reminder& r, const shop_settings& shop, const price_format* price,
                                 std::string_view language, std::string_view locale) {
  if (locale.empty()) locale = language;
  size_t shown = std::min(r.lines.size(), limits::mail_lines_max);
  size_t more = r.lines.size() - shown;
  rows_.reserve(shown * row_fields.size());
  for (size_t i = 0; i < shown; ++i) add_row(r.lines[i], price);

  std::string postal = shop.postal_address;  // may have lines
  for (size_t at; (at = postal.find('\n')) != std::string::npos;) postal.replace(at, 1, ", ");

  values_.reserve(fields.size());
  values_.push_back({{}, shown != 0, static_cast<uint32_t>(shown), rows_.data()});
  values_.push_back(template_value::flag(shown != 0));
  values_.push_back(template_value::flag(r.lines.size() == 1));
  values_.push_back(r.lines.empty() ? template_value{} : line(r.lines[0].name, limits::item_name_bytes_max));
  values_.push_back(more == 0 ? template_value{} : keep(std::to_string(more)));
  values_.push_back(template_value::flag(more == 1));
  values_.push_back(money(r.value, price));
  values_.push_back(line(greeting_name(r.shopper_name), limits::name_bytes_max));
  values_.push_back(line(r.address, limits::email_bytes_max));
  values_.push_back(link(r.cart_url.empty() ? shop.base_url : r.cart_url));
  values_.push_back(link(r.unsubscribe_url));
  values_.push_back(link(r.preferences_url));
  values_.push_back(line(shop.name, limits::item_name_bytes_max));
  values_.push_back(link(shop.base_url));
  values_.push_back(line(shop.legal_entity, limits::item_name_bytes_max));
  auto clean_postal = one_line(postal, limits::item_name_bytes_max);
  values_.push_back(clean_postal.empty() ? template_value{} : keep(std::move(clean_postal)));
  values_.push_back(
    template_value::flag(!(shop.service_phone.empty() && shop.service_email.empty() && shop.service_url.empty())));
  values_.push_back(line(shop.service_phone, limits::item_name_bytes_max));
  auto dialled = number_to_dial(shop.service_phone);
  values_.push_back(dialled.empty() ? template_value{} : keep(std::move(dialled)));
  values_.push_back(line(shop.service_email, limits::email_bytes_max));
  values_.push_back(link(shop.service_url));
  values_.push_back(line(shop.service_hours, limits::item_name_bytes_max));
  values_.push_back(line(shop.reviews_text, limits::item_name_bytes_max));
  values_.push_back(link(shop.reviews_url));
  values_.push_back(template_value::flag(r.loyalty_points > 0 || !r.account_discount.empty()));
  values_.push_back(r.loyalty_points > 0 ? keep(whole_number(locale, r.loyalty_points)) : template_value{});
  values_.push_back(line(r.account_discount, limits::account_discount_bytes_max));
  if (r.coupon) add_coupon(*r.coupon, price, locale);
  values_.push_back({{}, r.coupon.has_value(), r.coupon ? 1u : 0u, coupon_.data()});
  values_.push_back(keep(long_date(locale, r.date)));
  values_.push_back(template_value::of(language));
  values_.push_back(template_value::of(std::string_view{written_from_the_right(language) ? "rtl" : "ltr"}));
}

void reminder_fields::add_row(const reminder_line& l, const price_format* price) {
  auto name = line(l.name, limits::item_name_bytes_max);
  // Prices and pieces are bounded on entry; the product of two largest ones is still checked.
  bool fits = l.price >= 0 && l.price <= std::numeric_limits<int64_t>::max() / std::max<int64_t>(1, l.quantity);
  rows_.push_back(name);
  rows_.push_back(line(l.item_id, limits::id_bytes_max));
  rows_.push_back(name.given ? keep(initial_of(name.text)) : template_value{});
  rows_.push_back(link(l.image_url));
  rows_.push_back(link(l.item_url));
  rows_.push_back(keep(std::to_string(l.quantity)));
  rows_.push_back(template_value::flag(l.quantity > 1));
  rows_.push_back(money(l.price, price));
  rows_.push_back(fits ? money(l.price * l.quantity, price) : template_value{});
  rows_.push_back(l.stock_left > 0 ? keep(std::to_string(l.stock_left)) : template_value{});
}

void reminder_fields::add_coupon(const shown_coupon& c, const price_format* price, std::string_view locale) {
  coupon_.push_back(line(c.code, limits::coupon_code_bytes_max));
  coupon_.push_back(c.percent > 0 ? keep(std::to_string(c.percent)) : template_value{});
  coupon_.push_back(money(c.amount, price));
  coupon_.push_back(template_value::flag(c.free_shipping));
  coupon_.push_back(money(c.least, price));
  coupon_.push_back(c.last_day == never ? template_value{} : keep(long_date(locale, c.last_day)));
}

template_value reminder_fields::keep(std::string text) {
  return template_value::of(kept_.emplace_back(std::move(text)));
}

template_value reminder_fields::line(std::string_view text, size_t bytes_max) {
  if (text.empty()) return {};
  if (is_plain_line(text, bytes_max)) return template_value::of(text);
  auto clean = one_line(text, bytes_max);
  return clean.empty() ? template_value{} : keep(std::move(clean));
}

template_value reminder_fields::link(std::string_view url) const {
  return is_web_url(url) ? template_value::of(url) : template_value{};
}

template_value reminder_fields::money(int64_t minor, const price_format* price) {
  if (minor < 0 || price == nullptr) return {};
  std::string text;
  price->append(text, minor);
  return keep(std::move(text));
}

}  // namespace cartwheel
