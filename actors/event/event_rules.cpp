#include "actors/event/event_rules.hpp"

#include "actors/event/address.hpp"
#include "actors/event/event_needs.hpp"
#include "actors/event/mailbox.hpp"
#include "actors/event/moment.hpp"
#include "actors/event/money.hpp"
#include "actors/event/value_rules.hpp"
#include "actors/event/wellformed.hpp"

#include <fmt/core.h>

#include <algorithm>

namespace cartwheel {

namespace {

constexpr name_table kinds{std::array<std::string_view, event_kind_count - 1>{
  "view_item", "view_cart", "add_to_cart", "remove_from_cart", "update_cart", "begin_checkout", "add_shipping_info",
  "add_payment_info", "purchase", "cart_merged", "identify", "consent", "order_paid", "order_cancelled", "refund",
  "item_changed", "erase", "preferences", "reminder_clicked"}};
constexpr name_table payments{std::array<std::string_view, 4>{"paid", "offline", "pending", "failed"}};
constexpr name_table channels{std::array<std::string_view, 3>{"email", "whatsapp", "onsite"}};
constexpr name_table frequencies{std::array<std::string_view, 2>{"normal", "weekly"}};
constexpr name_table statuses{std::array<std::string_view, 2>{"granted", "withdrawn"}};
constexpr name_table address_sources{std::array<std::string_view, 4>{"sale", "account", "checkout", "newsletter"}};
static_assert(kinds[static_cast<size_t>(event_kind::reminder_clicked)] == "reminder_clicked");

// One record on its way to an event. Every check gives false and leaves the reason behind when its rule is broken.
class judgement : public value_rules {
 public:
  // The event is made where it will stay, and taken back if it breaks the contract.
  judgement(const event_record& record, const decode_rules& rules, event_batch& batch)
      : event_{batch.events.emplace_back()}, record_{record}, rules_{rules}, batch_{batch} {
    event_.details = &no_details;
  }

  bool name();  // understands the kind, as far as it can be
  bool time();
  void shop_of_unknown();
  bool fields();

  event& event_;
  bool time_ahead_ = false;

 private:
  bool has(event_field f) const { return record_.has(f); }
  event_details& details();

  bool at(event_field f, bool ok) {
    if (!ok) reason_ = fmt::format("{}: {}", to_string(f), reason_);
    return ok;
  }

  // Fields, by name; absent ones hold.
  bool id(event_field f, std::string_view& out) { return text(f, id_bounds, out); }
  using value_rules::text;
  bool text(event_field f, text_bounds bounds, std::string_view& out) {
    return !has(f) || at(f, text(record_[f], bounds, out));
  }
  bool detail(event_field f, text_bounds bounds, std::string_view event_details::*out) {
    return !has(f) || at(f, text(record_[f], bounds, details().*out));
  }
  bool shaped(event_field f, bool (*fits)(std::string_view), std::string_view what,
              std::string_view event_details::*out);
  bool url(event_field f, std::string_view event_details::*out) {
    return !has(f) || at(f, https(record_[f], details().*out));
  }
  bool flag(event_field f, bool& out);
  bool moment(event_field f, instant& out);
  bool what_the_account_offers();
  bool preferences();
  bool click();
  bool email();
  bool currency();
  bool value();
  bool items();
  bool item(size_t i, event_item& out);
  bool fields_of_kind();

  const event_record& record_;
  const decode_rules& rules_;
  event_batch& batch_;
  event_details* details_ = nullptr;
};

// Most events carry none of them, so they are made when the first is met.
event_details& judgement::details() {
  if (details_ == nullptr) {
    details_ = batch_.make_details();
    event_.details = details_;
  }
  return *details_;
}

// --- name and time ---

bool judgement::name() {
  if (!has(event_field::event)) return fail("event: is missing");
  const auto& value = record_[event_field::event];
  if (!value.is(type::text)) return fail("event: is no string");
  event_.kind = static_cast<event_kind>(kinds.find(value.text()));
  return true;
}

bool judgement::moment(event_field f, instant& out) {
  const auto& value = record_[f];
  if (value.is(type::text)) {
    auto read = parse_rfc3339(value.text());
    if (!read) return at(f, fail("is no RFC 3339 date and time of the years 1970..9999"));
    out = *read;
    return true;
  }
  int64_t ms = 0;
  if (!at(f, whole(value, 0, limits::unix_ms_max, ms))) return false;
  out = from_unix_ms(ms);
  return true;
}

bool judgement::time() {
  if (has(event_field::time)) {
    if (!moment(event_field::time, event_.time)) return false;
  } else if (record_.entry_time) {
    event_.time = *record_.entry_time;
  } else {
    return fail("time: is missing");
  }
  if (!rules_.now) return true;
  if (event_.time > *rules_.now + limits::time_ahead_max) {
    time_ahead_ = true;
    return fail(fmt::format("time: {} ms ahead of the server's clock is more than {}",
                            (event_.time - *rules_.now).count(), limits::time_ahead_max.count()));
  }
  event_.persons_only = event_.time < *rules_.now - limits::event_age_max;
  return true;
}

// Nothing in an event with an unknown name is looked at but its time; a shop that is one is kept for the counters.
void judgement::shop_of_unknown() {
  if (has(event_field::shop) && text(record_[event_field::shop], shop_bounds, event_.shop)) return;
  reason_.clear();
  event_.shop = "default";
}

// --- fields ---

bool judgement::shaped(event_field f, bool (*fits)(std::string_view), std::string_view what,
                       std::string_view event_details::*out) {
  if (!has(f)) return true;
  const auto& value = record_[f];
  if (!value.is(type::text)) return at(f, fail("is no string"));
  if (!fits(value.text())) return at(f, fail(fmt::format("is no {}", what)));
  details().*out = value.text();
  return true;
}

bool judgement::flag(event_field f, bool& out) {
  if (!has(f)) return true;
  if (!record_[f].is(type::boolean)) return at(f, fail("is no boolean"));
  out = record_[f].boolean();
  return true;
}

bool judgement::email() {
  constexpr auto f = event_field::email;
  if (!has(f)) return true;
  std::string_view given;
  if (!at(f, text(record_[f], email_bounds, given))) return false;
  details().email_as_given = given;
  auto is_upper = [](char c) { return c >= 'A' && c <= 'Z'; };
  if (is_plain_mailbox(given) && std::none_of(given.begin(), given.end(), is_upper)) {
    details().email = given;
    return true;
  }
  auto normal = normalise_email(given);
  if (!normal) return at(f, fail("is no mailbox (RFC 5321)"));
  details().email = batch_.keep(*normal);
  return true;
}

bool judgement::currency() {
  constexpr auto f = event_field::currency;
  if (!has(f)) return true;
  const auto& value = record_[f];
  if (!value.is(type::text)) return at(f, fail("is no string"));
  auto digits = minor_digits(value.text());
  if (!digits) return at(f, fail("is no ISO 4217 code"));
  std::copy_n(value.text().begin(), 3, event_.currency.letters.begin());
  digits_ = *digits;
  return true;
}

bool judgement::value() {
  constexpr auto f = event_field::value;
  return !has(f) || at(f, amount(record_[f], false, details().value));
}

bool judgement::item(size_t i, event_item& out) {
  const auto& sent = record_.items[i];
  item_field f = item_field::unknown;
  // Checks a field if it is there, and remembers which it was for the reason.
  auto check = [&](item_field field, auto&& rule) {
    f = field;
    return !sent.has(field) || rule(sent[field]);
  };
  auto texts = [&](item_field field, text_bounds bounds, std::string_view& text_out) {
    return check(field, [&](field_value v) { return text(v, bounds, text_out); });
  };
  auto urls = [&](item_field field, std::string_view& url_out) {
    return check(field, [&](field_value v) { return https(v, url_out); });
  };
  if (!sent.is_map) return fail(fmt::format("items[{}]: is no map", i));
  if (!sent.has(item_field::item_id)) return fail(fmt::format("items[{}].item_id: is missing", i));
  int64_t quantity = 1;
  bool ok = texts(item_field::item_id, id_bounds, out.item_id) &&
            texts(item_field::item_name, free_text(limits::item_name_bytes_max), out.item_name) &&
            check(item_field::price, [&](field_value v) { return amount(v, true, out.price); }) &&
            check(item_field::quantity, [&](field_value v) { return whole(v, 1, limits::quantity_max, quantity); }) &&
            urls(item_field::image_url, out.image_url) && urls(item_field::item_url, out.item_url) &&
            texts(item_field::item_category, free_text(limits::item_category_bytes_max), out.item_category);
  if (!ok) reason_ = fmt::format("items[{}].{}: {}", i, to_string(f), reason_);
  out.quantity = static_cast<uint32_t>(quantity);
  return ok;
}

// The same item again: quantities add up, what the later one says about the item wins.
void merge_item(event_item& line, const event_item& again) {
  line.quantity = std::min(line.quantity + again.quantity, limits::quantity_max);
  if (!again.item_name.empty()) line.item_name = again.item_name;
  if (!again.image_url.empty()) line.image_url = again.image_url;
  if (!again.item_url.empty()) line.item_url = again.item_url;
  if (!again.item_category.empty()) line.item_category = again.item_category;
  if (again.price >= 0) line.price = again.price;
}

bool judgement::items() {
  if (!has(event_field::items)) return true;
  if (!record_[event_field::items].is(type::list)) return fail("items: is no array");
  size_t min = event_.kind == event_kind::update_cart ? 0 : 1;
  if (record_.item_count < min || record_.item_count > limits::items_max) {
    return fail(fmt::format("items: {} lines is outside {}..{}", record_.item_count, min, limits::items_max));
  }
  auto lines = batch_.make_items(record_.item_count);
  size_t distinct = 0;
  for (size_t i = 0; i < record_.item_count; ++i) {
    event_item& line = lines[distinct];
    line = {};
    if (!item(i, line)) return false;
    // Each with each: 200 lines at most, so 20,000 comparisons of a length and a first byte.
    auto same = std::find_if(lines.begin(), lines.begin() + static_cast<std::ptrdiff_t>(distinct),
                             [&](const event_item& other) { return other.item_id == line.item_id; });
    if (same == lines.begin() + static_cast<std::ptrdiff_t>(distinct)) {
      ++distinct;
    } else {
      merge_item(*same, line);
    }
  }
  event_.items = lines.first(distinct);
  return true;
}

bool judgement::fields() {
  event_.shop = "default";
  using d = event_details;
  return id(event_field::event_id, event_.event_id) && text(event_field::shop, shop_bounds, event_.shop) &&
         id(event_field::cart_id, event_.cart_id) && id(event_field::customer_id, event_.customer_id) &&
         id(event_field::visitor_id, event_.visitor_id) && email() &&
         shaped(event_field::phone, wellformed::phone, "E.164 number", &d::phone) &&
         detail(event_field::name, free_text(limits::name_bytes_max), &d::name) &&
         shaped(event_field::locale, wellformed::locale, "BCP 47 tag", &d::locale) &&
         shaped(event_field::time_zone, wellformed::time_zone, "IANA time zone", &d::time_zone) &&
         shaped(event_field::country, wellformed::country, "ISO 3166-1 alpha-2 code", &d::country) && currency() &&
         items() && value() && flag(event_field::bot, event_.bot) && flag(event_field::internal, event_.internal) &&
         url(event_field::cart_url, &d::cart_url) && what_the_account_offers() && fields_of_kind();
}

bool judgement::what_the_account_offers() {
  if (has(event_field::loyalty_points)) {
    int64_t points = 0;
    if (!at(event_field::loyalty_points,
            whole(record_[event_field::loyalty_points], 0, limits::loyalty_points_max, points)))
      return false;
    details().loyalty_points = points;
  }
  return detail(event_field::account_discount, free_text(limits::account_discount_bytes_max),
                &event_details::account_discount);
}

bool judgement::preferences() {
  if (has(event_field::paused_until) && !moment(event_field::paused_until, details().paused_until)) return false;
  if (!has(event_field::frequency)) return true;
  size_t chosen = 0;
  if (!at(event_field::frequency, choice(record_[event_field::frequency], frequencies, chosen))) return false;
  details().frequency = static_cast<contact_frequency>(chosen + 1);  // 0 is "not said"
  return true;
}

bool judgement::click() {
  int64_t step = 0;
  int64_t cycle = 0;
  if (has(event_field::step) && !at(event_field::step, whole(record_[event_field::step], 0, UINT8_MAX, step)))
    return false;
  if (has(event_field::cycle) && !at(event_field::cycle, whole(record_[event_field::cycle], 0, UINT32_MAX, cycle)))
    return false;
  details().clicked_step = static_cast<uint8_t>(step);
  details().clicked_cycle = static_cast<uint32_t>(cycle);
  return true;
}

// The fields that only one kind of event has. On others they are unknown fields: ignored, whatever they hold.
bool judgement::fields_of_kind() {
  using d = event_details;
  size_t chosen = 0;
  auto chooses = [&](event_field f, const auto& names) { return has(f) && at(f, choice(record_[f], names, chosen)); };
  switch (event_.kind) {
    case event_kind::purchase:
      if (!detail(event_field::order_id, id_bounds, &d::order_id)) return false;
      if (!has(event_field::payment)) return true;
      if (!chooses(event_field::payment, payments)) return false;
      details().payment = static_cast<payment_state>(chosen);
      return true;
    case event_kind::order_paid:
    case event_kind::order_cancelled:
    case event_kind::refund: return detail(event_field::order_id, id_bounds, &d::order_id);
    case event_kind::cart_merged: return detail(event_field::into, id_bounds, &d::into);
    case event_kind::identify:
      if (!has(event_field::address_source)) return true;
      if (!chooses(event_field::address_source, address_sources)) return false;
      details().source_of_address = static_cast<address_source>(chosen + 1);  // 0 is "not said"
      return true;
    case event_kind::consent:
      if (has(event_field::channel)) {
        if (!chooses(event_field::channel, channels)) return false;
        details().channel = static_cast<channel>(chosen);
      }
      if (has(event_field::status)) {
        if (!chooses(event_field::status, statuses)) return false;
        details().status = static_cast<consent_status>(chosen);
      }
      return detail(event_field::source, free_text(limits::source_bytes_max), &d::source) &&
             detail(event_field::wording, free_text(limits::wording_bytes_max), &d::wording) &&
             url(event_field::proof_url, &d::proof_url);
    case event_kind::preferences: return preferences();
    case event_kind::reminder_clicked: return click();
    case event_kind::item_changed: {
      if (!detail(event_field::item_id, id_bounds, &d::changed_item_id)) return false;
      if (has(event_field::stock)) {
        int64_t stock = 0;
        if (!at(event_field::stock, whole(record_[event_field::stock], INT64_MIN, INT64_MAX, stock))) return false;
        details().changed_stock = std::max<int64_t>(stock, 0);  // sold more than there is: none there
      }
      return !has(event_field::price) ||
             at(event_field::price, amount(record_[event_field::price], true, details().changed_price));
    }
    default: return true;
  }
}

}  // namespace

void judge(const event_record& record, const decode_rules& rules, size_t index, std::string_view raw,
           event_batch& batch) {
  judgement j{record, rules, batch};
  bool named = j.name();
  bool kept = true;
  if (raw.size() > limits::event_bytes_max) {
    j.reason_ = fmt::format("{} bytes is more than {}", raw.size(), limits::event_bytes_max);
    kept = false;
  } else if (!record.fault.empty()) {
    j.reason_ = record.fault;
    kept = false;
  } else if (!named || !j.time()) {
    kept = false;
  } else if (j.event_.kind == event_kind::other) {
    j.shop_of_unknown();
  } else {
    kept = j.fields();
    if (kept) {
      j.reason_ = unmet_need(record, j.event_);
      kept = j.reason_.empty();
    }
  }
  if (kept) {
    batch.indexes.push_back(index);
  } else {
    batch.refused.push_back({index, j.event_.kind, j.time_ahead_, std::move(j.reason_), raw});
    batch.events.pop_back();
  }
}

void refuse(std::string reason, size_t index, std::string_view raw, event_batch& batch) {
  batch.refused.push_back({index, event_kind::other, false, std::move(reason), raw});
}

}  // namespace cartwheel
