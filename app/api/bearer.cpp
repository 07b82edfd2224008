#include "app/api/bearer.hpp"

#include "transport/http/answer.hpp"

#include <openssl/crypto.h>
#include <openssl/sha.h>

#include <algorithm>
#include <array>

namespace cartwheel {

namespace {

using digest = std::array<unsigned char, SHA256_DIGEST_LENGTH>;

// Digests have one length, so not even the token's is told by the time a comparison takes.
digest digest_of(std::string_view text) {
  digest d;
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), d.data());
  return d;
}

/// What stands behind "Bearer"; the scheme's name has no case (RFC 9110 section 11.1).
std::string_view token_of(std::string_view authorization) {
  constexpr std::string_view scheme = "bearer ";
  if (authorization.size() <= scheme.size()) return {};
  bool bearer = std::equal(scheme.begin(), scheme.end(), authorization.begin(),
                           [](char a, char b) { return a == (b >= 'A' && b <= 'Z' ? b + ('a' - 'A') : b); });
  if (!bearer) return {};
  authorization.remove_prefix(scheme.size());
  authorization.remove_prefix(std::min(authorization.find_first_not_of(' '), authorization.size()));
  return authorization.substr(0, authorization.find_last_not_of(' ') + 1);
}

}  // namespace

bool shows_token(const http::request& request, std::string_view token) {
  auto shown = token_of(request.header("authorization"));
  if (token.empty() || shown.empty()) return false;
  auto a = digest_of(shown), b = digest_of(token);
  return CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

http::response token_wanted(const http::request& request) {
  auto answer = http::refuse(401, "wants the bearer token that http.token names");
  // Source: RFC 6750 section 3.1: no error code for one that showed nothing.
  answer.headers.emplace_back("WWW-Authenticate", request.header("authorization").empty()
                                                    ? R"(Bearer realm="cartwheel")"
                                                    : R"(Bearer realm="cartwheel", error="invalid_token")");
  return answer;
}

}  // namespace cartwheel
