#include "actors/event/address.hpp"

#include "actors/event/mailbox.hpp"

#include <unicode/uidna.h>
#include <unicode/unorm2.h>
#include <unicode/ustring.h>

#include <algorithm>
#include <array>
#include <vector>

namespace cartwheel {

namespace {

std::string ascii_lower(std::string_view text) {
  std::string lower{text};
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c | 0x20);
  }
  return lower;
}

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

using utf16 = std::basic_string<UChar>;

// Calls an ICU function that writes into a buffer and says how much it needs, and gives it that.
template <class Write>
std::optional<utf16> collect(size_t guess, Write write) {
  utf16 out(guess, u'\0');
  for (int attempt = 0; attempt < 2; ++attempt) {
    UErrorCode error = U_ZERO_ERROR;
    int32_t length = write(out.data(), static_cast<int32_t>(out.size()), &error);
    if (error != U_BUFFER_OVERFLOW_ERROR && U_FAILURE(error)) return std::nullopt;
    bool fits = static_cast<size_t>(length) <= out.size();
    out.resize(static_cast<size_t>(length));
    if (fits) return out;
  }
  return std::nullopt;
}

std::optional<utf16> to_utf16(std::string_view text) {
  return collect(text.size(), [&](UChar* out, int32_t capacity, UErrorCode* error) {
    int32_t length = 0;
    u_strFromUTF8(out, capacity, &length, text.data(), static_cast<int32_t>(text.size()), error);
    return length;
  });
}

std::string to_utf8(const utf16& text) {
  std::string out(text.size() * 3, '\0');  // one UTF-16 unit is three bytes at most
  int32_t length = 0;
  UErrorCode error = U_ZERO_ERROR;
  u_strToUTF8(out.data(), static_cast<int32_t>(out.size()), &length, text.data(), static_cast<int32_t>(text.size()),
              &error);
  out.resize(U_SUCCESS(error) ? static_cast<size_t>(length) : 0);
  return out;
}

std::optional<utf16> nfc(const utf16& text) {
  UErrorCode error = U_ZERO_ERROR;
  const UNormalizer2* form = unorm2_getNFCInstance(&error);
  if (U_FAILURE(error)) return std::nullopt;
  return collect(text.size() * 2, [&](UChar* out, int32_t capacity, UErrorCode* e) {
    return unorm2_normalize(form, text.data(), static_cast<int32_t>(text.size()), out, capacity, e);
  });
}

std::optional<utf16> lower(const utf16& text) {
  // "" is the root locale: Turkish dotless i and the like would make the comparison depend on whose server it is.
  return collect(text.size() * 2, [&](UChar* out, int32_t capacity, UErrorCode* error) {
    return u_strToLower(out, capacity, text.data(), static_cast<int32_t>(text.size()), "", error);
  });
}

std::optional<std::string> normalise_local_part(std::string_view local) {
  if (is_ascii(local)) return ascii_lower(local);
  auto text = to_utf16(local);
  if (text) text = nfc(*text);
  if (text) text = lower(*text);
  if (text) text = nfc(*text);  // lower case can leave NFC; without this, normalising twice would differ from once
  if (!text) return std::nullopt;
  return to_utf8(*text);
}

const UIDNA* uts46() {
  static const UIDNA* const converter = [] {
    UErrorCode error = U_ZERO_ERROR;
    UIDNA* opened = uidna_openUTS46(UIDNA_NONTRANSITIONAL_TO_ASCII | UIDNA_NONTRANSITIONAL_TO_UNICODE |
                                      UIDNA_USE_STD3_RULES | UIDNA_CHECK_BIDI | UIDNA_CHECK_CONTEXTJ,
                                    &error);
    return U_SUCCESS(error) ? opened : nullptr;
  }();
  return converter;
}

}  // namespace

std::optional<std::string> domain_to_ascii(std::string_view domain) {
  if (is_host_name(domain) || is_address_literal(domain)) return ascii_lower(domain);
  const UIDNA* converter = uts46();
  if (converter == nullptr || domain.empty()) return std::nullopt;
  std::array<char, 512> labels;  // a name is 253 bytes at most, what does not fit is none
  UIDNAInfo info = UIDNA_INFO_INITIALIZER;
  UErrorCode error = U_ZERO_ERROR;
  int32_t length = uidna_nameToASCII_UTF8(converter, domain.data(), static_cast<int32_t>(domain.size()), labels.data(),
                                          static_cast<int32_t>(labels.size()), &info, &error);
  // Hyphens in places 3 and 4 are in use ("r3---sn.example") and DNS does not mind.
  if (U_FAILURE(error) || (info.errors & ~static_cast<uint32_t>(UIDNA_ERROR_HYPHEN_3_4)) != 0) return std::nullopt;
  std::string ascii{labels.data(), static_cast<size_t>(length)};
  if (ascii.empty() || ascii.back() == '.') return std::nullopt;
  return ascii;
}

std::optional<std::string> normalise_email(std::string_view mailbox) {
  if (is_plain_mailbox(mailbox)) return ascii_lower(mailbox);
  auto parts = split_mailbox(mailbox);
  if (!parts) return std::nullopt;
  auto domain = domain_to_ascii(parts->domain);
  if (!domain) return std::nullopt;
  auto local = normalise_local_part(parts->local);
  if (!local || local->empty()) return std::nullopt;
  return *local + "@" + *domain;
}

}  // namespace cartwheel
