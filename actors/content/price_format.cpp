#include "actors/content/price_format.hpp"

#include "actors/event/money.hpp"

#include <vector>

#include <unicode/currunit.h>
#include <unicode/locid.h>
#include <unicode/numberformatter.h>

namespace cartwheel {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// ICU's own writing of a number of whole units.
std::string sample(const icu::number::LocalizedNumberFormatter& format, int64_t whole) {
  UErrorCode error = U_ZERO_ERROR;
  std::string out;
  format.formatInt(whole, error).toString(error).toUTF8String(out);
  return out;
}

/// The texts between runs of digits, and the runs' lengths: "€ 1.234,00" -> {"€ ", ".", ",", ""}, {1, 3, 2}.
struct shape {
  std::vector<std::string> texts{1};
  std::vector<int> runs;

  explicit shape(std::string_view written) {
    bool digits = false;
    for (char c : written) {
      if (is_digit(c) && !digits) runs.push_back(0);
      if (!is_digit(c) && digits) texts.emplace_back();
      digits = is_digit(c);
      if (digits)
        ++runs.back();
      else
        texts.back() += c;
    }
    if (digits) texts.emplace_back();
  }
};

}  // namespace

std::optional<price_format> price_format::make(std::string_view locale, const currency_code& currency) {
  auto digits = minor_digits(currency.text());
  if (!digits) return std::nullopt;
  UErrorCode error = U_ZERO_ERROR;
  auto tag = icu::Locale::forLanguageTag({locale.data(), static_cast<int32_t>(locale.size())}, error);
  if (U_FAILURE(error)) {
    error = U_ZERO_ERROR;
    tag = icu::Locale::getRoot();
  }
  // A mail in Latin letters with a price in other digits helps nobody, and we write the digits ourselves.
  tag.setUnicodeKeywordValue("nu", "latn", error);
  icu::CurrencyUnit unit{icu::StringPiece{currency.letters.data(), 3}, error};
  if (U_FAILURE(error)) return std::nullopt;
  auto format =
    icu::number::NumberFormatter::withLocale(tag).unit(unit).precision(icu::number::Precision::fixedFraction(*digits));

  // What ICU writes is the only full account of its rules (spaces around codes, Poland's 1234,56), so read it off there.
  price_format out;
  out.digits_ = *digits;
  size_t decimals = *digits > 0 ? 1 : 0;
  shape zero{sample(format, 0)};
  if (zero.runs.size() != 1 + decimals) return std::nullopt;
  out.prefix_ = zero.texts.front();
  out.suffix_ = zero.texts.back();
  if (decimals > 0) out.decimal_ = zero.texts[1];
  shape large{sample(format, 123'456'789'012)};
  size_t groups = large.runs.size() - decimals;
  if (groups < 2) {
    out.group_first_ = 0;
    return out;
  }
  out.group_ = large.texts[1];
  out.group_first_ = large.runs[groups - 1];
  out.group_others_ = groups > 2 ? large.runs[groups - 2] : out.group_first_;
  int64_t number = 1;
  for (out.group_from_ = 1; shape{sample(format, number)}.runs.size() == 1 + decimals; ++out.group_from_) number *= 10;
  return out;
}

void price_format::append(std::string& out, int64_t minor) const {
  // Written from the right: decimals, then whole digits in groups. 19 digits at most.
  std::string number = std::to_string(minor);
  auto decimals = static_cast<size_t>(digits_);
  if (number.size() <= decimals) number.insert(0, decimals + 1 - number.size(), '0');
  size_t whole = number.size() - decimals;
  out += prefix_;
  bool groups = group_first_ > 0 && whole >= static_cast<size_t>(group_from_);
  for (size_t i = 0; i < whole; ++i) {
    out += number[i];
    size_t left = whole - i - 1;  // whole digits still to come
    auto first = static_cast<size_t>(group_first_);
    if (groups && left > 0 && left >= first && (left - first) % static_cast<size_t>(group_others_) == 0) out += group_;
  }
  if (decimals > 0) {
    out += decimal_;
    out.append(number, whole);
  }
  out += suffix_;
}

const price_format* price_formats::of(std::string_view locale, const currency_code& currency) {
  if (!currency.given()) return nullptr;
  key_.assign(currency.text()).append(locale);
  auto at = known_.find(key_);
  if (at == known_.end()) {
    if (known_.size() >= limits::price_formats_max) known_.clear();
    at = known_.emplace(key_, price_format::make(locale, currency)).first;
  }
  return at->second ? &*at->second : nullptr;
}

}  // namespace cartwheel
