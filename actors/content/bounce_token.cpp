#include "actors/content/bounce_token.hpp"

#include "runtime/base/bytes.hpp"

#include <openssl/crypto.h>

#include <algorithm>
#include <array>

namespace cartwheel {

namespace {

constexpr size_t tag_size = 10;
constexpr size_t plain_size = 20;  // two halves of the address key, seconds
constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyz234567";
static_assert((tag_size + plain_size) * 8 == bounce_tokens::characters * 5, "no bits are left over");

std::string base32(std::string_view in) {
  std::string out;
  uint32_t bits = 0;
  int held = 0;
  for (char c : in) {
    bits = bits << 8 | static_cast<unsigned char>(c);
    for (held += 8; held >= 5; held -= 5) out += letters[bits >> (held - 5) & 31];
  }
  return out;
}

std::optional<std::string> from_base32(std::string_view in) {
  std::string out;
  uint32_t bits = 0;
  int held = 0;
  for (char c : in) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
    const size_t digit = letters.find(c);
    if (digit == letters.npos) return std::nullopt;
    bits = bits << 5 | static_cast<uint32_t>(digit);
    if ((held += 5) < 8) continue;
    held -= 8;
    out += static_cast<char>(bits >> held & 255);
  }
  return out;
}

std::string as_text(const std::array<uint8_t, 32>& digest, size_t size) {
  return {reinterpret_cast<const char*>(digest.data()), size};
}

std::string mixed(std::string text, const secret_key& key, std::string_view tag) {
  const auto stream = keyed_digest(key, {tag});
  static_assert(plain_size <= stream.size());
  for (size_t i = 0; i < text.size(); ++i) text[i] = static_cast<char>(static_cast<uint8_t>(text[i]) ^ stream[i]);
  return text;
}

}  // namespace

bounce_tokens::bounce_tokens(const secret_key& key)
    : tag_key_{derive_key(key, "bounce token tag")}, stream_key_{derive_key(key, "bounce token stream")} {}

std::string bounce_tokens::seal(const bounced_mail& mail) const {
  std::string plain;
  byte_writer w{plain};
  w.fixed(mail.address.high);
  w.fixed(mail.address.low);
  auto seconds = static_cast<uint64_t>(unix_ms(mail.decided) / 1000);
  for (int shift = 0; shift < 32; shift += 8) w.byte(static_cast<uint8_t>(seconds >> shift));
  auto tag = as_text(keyed_digest(tag_key_, {plain}), tag_size);
  auto hidden = mixed(std::move(plain), stream_key_, tag);
  return base32(tag + hidden);
}

std::optional<bounced_mail> bounce_tokens::open(std::string_view token) const {
  if (token.size() != characters) return std::nullopt;
  auto raw = from_base32(token);
  if (!raw) return std::nullopt;
  const auto tag = raw->substr(0, tag_size);
  const auto plain = mixed(raw->substr(tag_size), stream_key_, tag);
  const auto wanted = as_text(keyed_digest(tag_key_, {plain}), tag_size);
  if (CRYPTO_memcmp(wanted.data(), tag.data(), tag_size) != 0) return std::nullopt;
  byte_reader r{plain};
  bounced_mail mail;
  mail.address.high = r.fixed();
  mail.address.low = r.fixed();
  int64_t seconds = 0;
  for (int shift = 0; shift < 32; shift += 8) seconds |= int64_t{r.byte()} << shift;
  mail.decided = from_unix_ms(seconds * 1000);
  return mail;
}

std::string bounce_tokens::sender(std::string_view bounce_address, const bounced_mail& mail) const {
  const auto at = std::min(bounce_address.rfind('@'), bounce_address.size());
  return std::string{bounce_address.substr(0, at)} + '+' + seal(mail) + std::string{bounce_address.substr(at)};
}

std::optional<bounced_mail> bounce_tokens::open_address(std::string_view address) const {
  const auto at = address.rfind('@');
  if (at == address.npos) return std::nullopt;
  const auto plus = address.substr(0, at).rfind('+');
  return plus == address.npos ? std::nullopt : open(address.substr(plus + 1, at - plus - 1));
}

}  // namespace cartwheel
