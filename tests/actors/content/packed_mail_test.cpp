#include "actors/content/packed_mail.hpp"

#include "runtime/base/bytes.hpp"

#include <gtest/gtest.h>

namespace cartwheel {
namespace {

TEST(a_packed_mail, is_the_mail_as_it_was) {
  rendered_mail mail{"id@example.com", "cart@example.com", "anna@example.org", true, std::string(5'000, 'x') + "\r\n"};
  auto packed = pack_mail(mail);
  EXPECT_LT(packed.size(), 200u);
  EXPECT_EQ(message_id_of(packed), mail.message_id);
  auto again = unpack_mail(packed);
  EXPECT_EQ(again.message_id, mail.message_id);
  EXPECT_EQ(again.sender, mail.sender);
  EXPECT_EQ(again.recipient, mail.recipient);
  EXPECT_EQ(again.utf8, mail.utf8);
  EXPECT_EQ(again.bytes, mail.bytes);
}

TEST(a_packed_mail, that_is_none_is_refused) {
  auto packed = pack_mail({"id", "from", "to", false, "bytes\r\n"});
  EXPECT_THROW(unpack_mail(packed.substr(0, packed.size() - 3)), broken_bytes);
  EXPECT_THROW(unpack_mail("\x02"), broken_bytes);
  EXPECT_THROW(message_id_of(""), broken_bytes);
}

}  // namespace
}  // namespace cartwheel
