#include "actors/content/date_format.hpp"

#include "actors/content/limits.hpp"

#include <map>
#include <memory>

#include <unicode/datefmt.h>
#include <unicode/locid.h>
#include <unicode/numfmt.h>
#include <unicode/timezone.h>

namespace cartwheel {

namespace {

icu::Locale icu_locale(std::string_view tag) {
  UErrorCode error = U_ZERO_ERROR;
  auto found = icu::Locale::forLanguageTag({tag.data(), static_cast<int32_t>(tag.size())}, error);
  if (U_FAILURE(error)) found = icu::Locale::getRoot();
  error = U_ZERO_ERROR;
  found.setUnicodeKeywordValue("nu", "latn", error);
  return found;
}

/// ICU's formats are not to be shared between threads.
template <class Format>
class kept_formats {
 public:
  template <class Make>
  Format* of(std::string_view locale, Make make) {
    auto at = known_.find(locale);
    if (at == known_.end()) {
      if (known_.size() >= limits::price_formats_max) known_.clear();
      at = known_.emplace(std::string{locale}, make(icu_locale(locale))).first;
    }
    return at->second.get();
  }

 private:
  std::map<std::string, std::unique_ptr<Format>, std::less<>> known_;
};

}  // namespace

std::string long_date(std::string_view locale, instant day) {
  thread_local kept_formats<icu::DateFormat> formats;
  auto* format = formats.of(locale, [](const icu::Locale& l) {
    std::unique_ptr<icu::DateFormat> made{icu::DateFormat::createDateInstance(icu::DateFormat::kLong, l)};
    if (made != nullptr) made->adoptTimeZone(icu::TimeZone::createTimeZone("UTC"));
    return made;
  });
  std::string out;
  if (format == nullptr) return out;
  icu::UnicodeString text;
  format->format(static_cast<UDate>(unix_ms(day)), text);
  return text.toUTF8String(out);
}

std::string whole_number(std::string_view locale, int64_t n) {
  thread_local kept_formats<icu::NumberFormat> formats;
  auto* format = formats.of(locale, [](const icu::Locale& l) {
    UErrorCode error = U_ZERO_ERROR;
    return std::unique_ptr<icu::NumberFormat>{icu::NumberFormat::createInstance(l, error)};
  });
  if (format == nullptr) return std::to_string(n);
  icu::UnicodeString text;
  format->format(n, text);
  std::string out;
  return text.toUTF8String(out);
}

}  // namespace cartwheel
