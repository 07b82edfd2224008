#include "actors/content/dkim_canonical.hpp"

#include <gtest/gtest.h>
#include <openssl/evp.h>

#include <array>
#include <memory>
#include <vector>

namespace cartwheel::dkim {
namespace {

// RFC 6376 section 3.4.5, example 1.
TEST(dkim_canonical, reads_the_standard_s_example_as_it_does) {
  const auto [header, body] = split("A: X\r\nB : Y\t\r\n\tZ  \r\n\r\n C \r\nD \t E\r\n\r\n\r\n");
  EXPECT_EQ(header, "A: X\r\nB : Y\t\r\n\tZ  \r\n");
  EXPECT_EQ(relaxed_field("A: X"), "a:X");
  EXPECT_EQ(relaxed_field("B : Y\t\r\n\tZ  "), "b:Y Z");
  EXPECT_EQ(relaxed_body(body), " C\r\nD E\r\n");
}

TEST(dkim_canonical, knows_the_edges_of_bodies) {
  EXPECT_EQ(relaxed_body(""), "");
  EXPECT_EQ(relaxed_body("\r\n"), "");
  EXPECT_EQ(relaxed_body("\r\n \t\r\n\r\n"), "");
  EXPECT_EQ(relaxed_body("a"), "a\r\n");
  EXPECT_EQ(relaxed_body("\r\n\r\na \r\n\r\nb"), "\r\n\r\na\r\n\r\nb\r\n");
  EXPECT_EQ(relaxed_body("\t\ta\t b \t\r\n"), " a b\r\n");
}

TEST(dkim_canonical, takes_repeated_fields_from_below_and_those_that_are_not_there_for_nothing) {
  constexpr std::string_view header = "X: 1\r\nSubject: s\r\nx: 2\r\n folded\r\nX: 3\r\n";
  const std::vector<std::string_view> names{"X", "subject", "X", "x", "x", "From"};
  EXPECT_EQ(signing_input(header, names, "DKIM-Signature: b="),
            "x:3\r\nsubject:s\r\nx:2 folded\r\nx:1\r\ndkim-signature:b=");
  EXPECT_EQ(occurrences(header, "x"), 3u);
  EXPECT_EQ(occurrences(header, "SUBJECT"), 1u);
  EXPECT_EQ(occurrences(header, "folded"), 0u);
}

// RFC 8463 appendix A: a key, a message and the one signature that Ed25519 can make of them.
TEST(dkim_canonical, makes_the_input_of_the_standard_s_ed25519_signature) {
  constexpr std::string_view message =
    "From: Joe SixPack <joe@football.example.com>\r\nTo: Suzie Q <suzie@shopping.example.net>\r\n"
    "Subject: Is dinner ready?\r\nDate: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)\r\n"
    "Message-ID: <20030712040037.46341.5F8J@football.example.com>\r\n\r\nHi.\r\n\r\n"
    "We lost the game.  Are you hungry yet?\r\n\r\nJoe.\r\n";
  constexpr std::string_view field =
    "DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;\r\n d=football.example.com; i=@football.example.com;\r\n"
    " q=dns/txt; s=brisbane; t=1528637909; h=from : to :\r\n subject : date : message-id : from : subject : date;\r\n"
    " bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\r\n b=";
  constexpr std::array<unsigned char, 32> secret{0x9d, 0x61, 0xb1, 0x9d, 0xef, 0xfd, 0x5a, 0x60, 0xba, 0x84, 0x4a,
                                                 0xf4, 0x92, 0xec, 0x2c, 0xc4, 0x44, 0x49, 0xc5, 0x69, 0x7b, 0x32,
                                                 0x69, 0x19, 0x70, 0x3b, 0xac, 0x03, 0x1c, 0xae, 0x7f, 0x60};
  auto base64 = [](const unsigned char* bytes, size_t n) {
    std::string out(4 * ((n + 2) / 3), '\0');
    EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()), bytes, static_cast<int>(n));
    return out;
  };
  auto sha256 = [](std::string_view text) {
    std::array<unsigned char, 32> out{};
    EVP_Digest(text.data(), text.size(), out.data(), nullptr, EVP_sha256(), nullptr);
    return out;
  };
  const auto [header, body] = split(message);
  auto body_hash = sha256(relaxed_body(body));
  EXPECT_EQ(base64(body_hash.data(), body_hash.size()), "2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=");
  const std::vector<std::string_view> names{"from", "to", "subject", "date", "message-id", "from", "subject", "date"};
  auto hash = sha256(signing_input(header, names, field));
  std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key{
    EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, secret.data(), secret.size()), EVP_PKEY_free};
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context{EVP_MD_CTX_new(), EVP_MD_CTX_free};
  std::array<unsigned char, 64> signature{};
  size_t size = signature.size();
  ASSERT_EQ(EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key.get()), 1);
  ASSERT_EQ(EVP_DigestSign(context.get(), signature.data(), &size, hash.data(), hash.size()), 1);
  EXPECT_EQ(base64(signature.data(), size),
            "/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11BusFa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw==");
}

}  // namespace
}  // namespace cartwheel::dkim
