#include "transport/smtp/base64.hpp"

#include <gtest/gtest.h>

namespace cartwheel::smtp {
namespace {

using namespace std::string_literals;

TEST(base64, vectors_of_rfc_4648) {
  const std::pair<std::string, std::string> vectors[] = {{"", ""},
                                                         {"f", "Zg=="},
                                                         {"fo", "Zm8="},
                                                         {"foo", "Zm9v"},
                                                         {"foob", "Zm9vYg=="},
                                                         {"fooba", "Zm9vYmE="},
                                                         {"foobar", "Zm9vYmFy"}};
  for (const auto& [bytes, text] : vectors) {
    EXPECT_EQ(base64(bytes), text);
    EXPECT_EQ(from_base64(text), bytes);
  }
}

TEST(base64, every_byte_and_back) {
  std::string all;
  for (int i = 0; i < 256; ++i) all += static_cast<char>(i);
  for (size_t n = 0; n <= all.size(); ++n) EXPECT_EQ(from_base64(base64(all.substr(0, n))), all.substr(0, n));
}

TEST(base64, what_is_none) {
  for (const auto& text : {"Z"s, "Zg"s, "Zg="s, "Zg==Zg=="s, "Z==="s, "===="s, "Zm9v "s, " Zm9v"s, "Zm9v\n"s, "Zm9\n"s,
                           "Zm-v"s, "Z=9v"s, "Zm9\0"s, "\x80m9v"s, "Zh=="s, "Zm9="s})
    EXPECT_EQ(from_base64(text), std::nullopt) << text;
}

}  // namespace
}  // namespace cartwheel::smtp
