#include "transport/smtp/base64.hpp"

#include <openssl/evp.h>

#include <algorithm>

namespace cartwheel::smtp {

std::string base64(std::string_view bytes) {
  std::string out((bytes.size() + 2) / 3 * 4 + 1, '\0');  // EVP_EncodeBlock ends what it writes with a zero
  const auto length =
    EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()), reinterpret_cast<const unsigned char*>(bytes.data()),
                    static_cast<int>(bytes.size()));
  out.resize(static_cast<size_t>(length));
  return out;
}

std::optional<std::string> from_base64(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  const size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
  // EVP_DecodeBlock skips blanks at both ends and would take '=' for a letter, so what may stand there is asked first.
  const auto letter = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '/';
  };
  if (!std::all_of(text.begin(), text.end() - static_cast<std::ptrdiff_t>(padding), letter)) return std::nullopt;
  std::string out(text.size() / 4 * 3, '\0');
  const auto length =
    EVP_DecodeBlock(reinterpret_cast<unsigned char*>(out.data()), reinterpret_cast<const unsigned char*>(text.data()),
                    static_cast<int>(text.size()));
  if (length != static_cast<int>(out.size())) return std::nullopt;
  out.resize(out.size() - padding);
  // Bits behind the last byte: two texts for one value are a way around a comparison.
  if (base64(out) != text) return std::nullopt;
  return out;
}

}  // namespace cartwheel::smtp
