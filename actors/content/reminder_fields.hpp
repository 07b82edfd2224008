#pragma once

#include "actors/campaign/campaign.hpp"
#include "actors/content/price_format.hpp"
#include "actors/content/reminder.hpp"
#include "actors/content/template.hpp"
#include "actors/content/web_url.hpp"

#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cartwheel {

/// What a reminder's templates may name (docs: actors/content/templates/README.md has the same list, in words).
const template_vocabulary& reminder_vocabulary();

/// The values of one reminder, in the vocabulary's order, made fit for a mail (one_line). What the reminder does not
/// have, or has in a form that must not be shown (a picture's address that is no http(s) URL), is a hole.
/// Points to the reminder and the shop, which must outlive it.
class reminder_fields {
 public:
  /// `language`: of the template; `locale`: in which figures and dates are written, the language's way where empty.
  reminder_fields(const reminder& r, const shop_settings& shop, const price_format* price, std::string_view language,
                  std::string_view locale = {});

  reminder_fields(const reminder_fields&) = delete;
  reminder_fields& operator=(const reminder_fields&) = delete;

  std::span<const template_value> values() const { return values_; }

 private:
  template_value line(std::string_view text, size_t bytes_max);
  template_value link(std::string_view url) const;
  template_value money(int64_t minor, const price_format* price);
  template_value keep(std::string text);
  void add_row(const reminder_line& l, const price_format* price);
  void add_coupon(const shown_coupon& c, const price_format* price, std::string_view locale);

  std::vector<template_value> values_;
  std::vector<template_value> rows_;
  std::vector<template_value> coupon_;
  std::deque<std::string> kept_;  // grows without moving what values point to
};

/// A greeting's name; empty when the name carries a link or an address (people sign strangers up with those).
std::string_view greeting_name(std::string_view name);

}  // namespace cartwheel
