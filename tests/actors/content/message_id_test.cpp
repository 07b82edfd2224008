#include "actors/content/message_id.hpp"

#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cartwheel {
namespace {

TEST(message_id, is_one_for_each_reminder_and_the_same_each_time) {
  secret_key key{7};
  reminder_identity base{"default", "c-1", from_unix_ms(1000), 0, 0};
  EXPECT_EQ(make_message_id(key, base, "example.com"), make_message_id(key, base, "example.com"));
  EXPECT_THAT(make_message_id(key, base, "example.com"), testing::MatchesRegex("[a-z2-7]+@example\\.com"));
  EXPECT_EQ(make_message_id(key, base, "example.com").size(), 26 + 1 + 11u);
  std::set<std::string> ids;
  auto add = [&](const secret_key& k, reminder_identity i) { ids.insert(make_message_id(k, i, "example.com")); };
  add(key, base);
  add(secret_key{8}, base);
  add(key, {"defaul", "tc-1", base.opened, 0, 0});
  add(key, {"default", "c-2", base.opened, 0, 0});
  add(key, {"default", "c-1", from_unix_ms(1001), 0, 0});
  add(key, {"default", "c-1", base.opened, 1, 0});
  add(key, {"default", "c-1", base.opened, 0, 1});
  add(key, {"default", "c-1", base.opened, 0, 10});
  add(key, {"default", "c-1", base.opened, 10, 0});
  EXPECT_EQ(ids.size(), 9u);
}

TEST(message_id, must_stay_what_it_is_across_versions) {
  // A restart under a new version must find the mails of the old one: they would be sent twice otherwise.
  secret_key key{};
  for (size_t i = 0; i < key.size(); ++i) key[i] = static_cast<uint8_t>(i);
  EXPECT_EQ(make_message_id(key, {"default", "c-1", from_unix_ms(1'700'000'000'000), 2, 1}, "example.com"),
            "7hbhxcwal4ndwgulybd4vnme5v@example.com");
}

TEST(secret_key, separates_texts_and_purposes) {
  secret_key key{1};
  EXPECT_NE(keyed_digest(key, {"ab", "c"}), keyed_digest(key, {"a", "bc"}));
  EXPECT_NE(keyed_digest(key, {"ab"}), keyed_digest(key, {"ab", ""}));
  EXPECT_NE(derive_key(key, "a"), derive_key(key, "b"));
}

}  // namespace
}  // namespace cartwheel
