#include "actors/content/price_format.hpp"

#include "actors/event/money.hpp"

#include <memory>

#include <unicode/decimfmt.h>
#include <unicode/locid.h>
#include <unicode/numfmt.h>

namespace cartwheel {

namespace {

std::string utf8(const icu::UnicodeString& text) {
  std::string out;
  text.toUTF8String(out);
  return out;
}

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
  std::unique_ptr<icu::NumberFormat> number{icu::NumberFormat::createCurrencyInstance(tag, error)};
  auto* format = dynamic_cast<icu::DecimalFormat*>(number.get());
  if (U_FAILURE(error) || format == nullptr) return std::nullopt;
  auto code = icu::UnicodeString::fromUTF8({currency.letters.data(), 3});
  format->setCurrency(code.getTerminatedBuffer(), error);
  if (U_FAILURE(error)) return std::nullopt;

  price_format out;
  icu::UnicodeString affix;
  out.prefix_ = utf8(format->getPositivePrefix(affix));
  out.suffix_ = utf8(format->getPositiveSuffix(affix));
  const auto* symbols = format->getDecimalFormatSymbols();
  out.decimal_ = utf8(symbols->getSymbol(icu::DecimalFormatSymbols::kMonetarySeparatorSymbol));
  out.group_ = utf8(symbols->getSymbol(icu::DecimalFormatSymbols::kMonetaryGroupingSeparatorSymbol));
  out.digits_ = *digits;
  out.group_first_ = format->isGroupingUsed() ? format->getGroupingSize() : 0;
  out.group_others_ = format->getSecondaryGroupingSize() > 0 ? format->getSecondaryGroupingSize() : out.group_first_;
  out.group_from_ = out.group_first_ + (format->getMinimumGroupingDigits() > 1 ? format->getMinimumGroupingDigits() : 1);
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
