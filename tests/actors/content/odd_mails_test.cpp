// Matrix row 30: whatever shoppers and shops call themselves, two parsers read the same mail, nothing gets out of its place,
// and two verifiers believe the signature.
#include "actors/content/dkim.hpp"
#include "actors/content/message_builder.hpp"
#include "tests/actors/content/dkim_keys.hpp"
#include "tests/actors/content/sample_reminder.hpp"
#include "tests/scratch_folder.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <fstream>
#include <random>

namespace cartwheel {
namespace {

class odd_mails : public testing::Test {
 protected:
  size_t below(size_t n) { return std::uniform_int_distribution<size_t>{0, n - 1}(random); }

  /// A text of pieces that have hurt somebody's mail before.
  std::string odd_text(bool broken_utf8 = false) {
    static const std::array<std::string, 28> pieces{"Anna",
                                                    " ",
                                                    "\r\n",
                                                    "\nX-Injected: 1",
                                                    "\r\n\r\n<b>",
                                                    std::string{"\0", 1},
                                                    "\U0001f6d2",
                                                    "\u202e",
                                                    "\u05d0\u05e0\u05d4",
                                                    "\u0644\u064a\u0644\u0649",
                                                    ".",
                                                    "\r\n.\r\n",
                                                    "\"",
                                                    "\\",
                                                    "<x@evil.example>",
                                                    ",;:",
                                                    "=?utf-8?Q?=41?=",
                                                    "=\r\n",
                                                    "From ",
                                                    "\t",
                                                    "\xff",
                                                    "\xc3",
                                                    "e\u0301",
                                                    "--=_abcdefghijklmnopqrstuvwxyz--",
                                                    "(comment",
                                                    "\x7f",
                                                    "\u00a0",
                                                    "%s$&"};
    switch (below(12)) {
      case 0: return std::string(1 + below(10'000), 'n');
      case 1: return std::string(10'240, ' ') + 'x';
      default: break;
    }
    std::string text;
    // Broken UTF-8 becomes U+FFFD, which the strict reader wants explained by the names in the header.
    for (size_t n = 1 + below(12); n > 0; --n) {
      const auto& piece = pieces[below(pieces.size())];
      if (broken_utf8 || (piece != "\xff" && piece != "\xc3")) text += piece;
    }
    return text;
  }
  std::string odd_address() {
    static const std::array<std::string, 8> addresses{
      "anna@example.org",
      "\"anna..b\"@example.org",  // (npm's parser cuts one with a blank in two)
      "\"a\\\"b\"@example.org",
      "anna+tag@b\u00fccher.example",
      "o'neil!#$%&*/=?^_`{|}~-@example.org",
      "a.b.c@[192.0.2.1]",
      "ANNA@EXAMPLE.ORG",
      std::string(64, 'a') + "@" + std::string(60, 'b') + ".example"};
    return addresses[below(addresses.size())];
  }

  std::mt19937_64 random{20260201};
  test::scratch_folder scratch;
};

TEST_F(odd_mails, are_read_alike_by_two_parsers_and_believed_by_two_verifiers) {
  const dkim_signer signer{{{"example.com",
                             {"news", write_key(scratch.path() / "rsa.pem", test::rsa_key()), "news-ed",
                              write_key(scratch.path() / "ed.pem", test::ed25519_key())}}}};
  std::ofstream records{scratch.path() / "records.json"};
  for (const char* between = "{"; const auto& r : signer.dns_records()) {
    records << std::exchange(between, ",") << '"' << r.name << "\":\"" << r.value << '"';
  }
  records << "}";
  records.close();
  message_builder builder{template_set::built_in().set};
  int mails = 0;
  for (int i = 0; i < 150; ++i) {
    auto r = sample_reminder();
    r.address = odd_address();
    r.shopper_name = odd_text(true);
    r.shop = odd_text();
    r.locale = std::array{"nl", "fr", "en", "de", ""}[below(5)];
    for (auto& l : r.lines) l.name = odd_text();
    r.lines[0].item_id = odd_text() + "i";
    shop_settings shop;
    shop.name = "s" + odd_text(true);  // stands in the subject; a name that nothing can be seen of is refused
    shop.from = "Shop <cart@example.com>";
    shop.postal_address = odd_text();
    auto built = builder.build(r, shop);
    ASSERT_TRUE(built.mail) << i << ": " << built.refusal;
    auto fields = signer.sign("example.com", built.mail->bytes, r.date);
    std::ofstream{scratch.path() / (std::to_string(i) + ".eml"), std::ios::binary} << fields << built.mail->bytes;
    ++mails;
  }
  EXPECT_EQ(mails, 150);
  const auto command = "python3 " CARTWHEEL_SOURCE_DIR "/tests/actors/content/check_mails.py --dkim " +
                       (scratch.path() / "records.json").string() + " " + scratch.path().string() + "/*.eml 2>&1";
  auto* pipe = ::popen(command.c_str(), "r");
  ASSERT_NE(pipe, nullptr);
  std::string said;
  char buffer[4096];
  for (size_t n; (n = std::fread(buffer, 1, sizeof buffer, pipe)) > 0;) said.append(buffer, n);
  EXPECT_EQ(::pclose(pipe), 0);
  EXPECT_EQ(said, "");
}

}  // namespace
}  // namespace cartwheel
