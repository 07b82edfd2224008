// Trails of those who look around, in a node that lives on, that comes back, and that comes back with another number of shards.

#include "actors/person/view_watch.hpp"
#include "actors/shard/beside_key.hpp"
#include "tests/actors/gateway/interrupted_node.hpp"

namespace cartwheel {
namespace {

class a_trail : public test::interrupted_node {
 protected:
  a_trail() {
    campaign_.browse.enabled = true;
    campaign_.browse.idle = 3h;
    campaign_.cap = 0ms;
  }

  void looks(const std::string& who, const std::string& category = "tea") {
    take("view_item",
         R"(,"customer_id":")" + who + R"(","items":[{"item_id":"i","item_category":")" + category + R"("}])");
  }
  void is_known(const std::string& who) {
    take("identify", R"(,"customer_id":")" + who + R"(","email":")" + who + R"(@example.org")");
    take("consent", R"(,"email":")" + who + R"(@example.org","channel":"email","status":"granted","source":"account")");
  }
  /// "WHO REASON" of each decision about a trail.
  std::vector<std::string> decided() {
    std::vector<std::string> out;
    for (const auto& [key, value] : book_.made())
      if (subject_of_key(std::get<2>(key)) == cart_subject::trail)
        out.push_back(std::get<2>(key).substr(2) + ' ' + std::string{to_string(std::get<2>(value))});
    return out;
  }
};

TEST_P(a_trail, is_reminded_of_when_somebody_has_looked_around_and_left) {
  start();
  for (const auto* who : {"anna", "bhim", "carl"}) is_known(who);
  for (int i = 0; i < 3; ++i) looks("anna");
  for (const auto* category : {"tea", "cups", "tea"}) looks("bhim", category);
  until(1h);
  for (int i = 0; i < 2; ++i) looks("carl");
  until(2h);
  looks("carl");
  until(2h + 59min);
  EXPECT_TRUE(decided().empty());
  until(3h + 1min);
  EXPECT_EQ(decided(), (std::vector<std::string>{"anna opt_in"}));
  until(5h + 1min);
  EXPECT_EQ(decided(), (std::vector<std::string>{"anna opt_in", "carl opt_in"}))
    << "counted from when he was last seen";
  for (int i = 0; i < 9; ++i) looks("anna");
  until(9h);
  EXPECT_EQ(decided().size(), 2u) << "one in a window";
}

TEST_P(a_trail, is_none_of_who_has_a_cart_or_has_ordered) {
  start();
  for (const auto* who : {"anna", "bhim", "carl"}) is_known(who);
  for (const auto* who : {"anna", "bhim", "carl"})
    for (int i = 0; i < 3; ++i) looks(who);
  take("add_to_cart", R"(,"customer_id":"anna","cart_id":"a","items":[{"item_id":"i"}])");
  take("purchase", R"(,"customer_id":"bhim","order_id":"o")");
  take("add_to_cart", R"(,"customer_id":"carl","cart_id":"c","items":[{"item_id":"i"}])");
  take("remove_from_cart", R"(,"customer_id":"carl","cart_id":"c","items":[{"item_id":"i"}])");
  until(4h);
  EXPECT_EQ(decided(), (std::vector<std::string>{"anna cart_open", "bhim ordered_other_cart", "carl opt_in"}));
}

TEST_P(a_trail, waits_on_when_the_power_fails_whatever_the_number_of_shards) {
  start();
  for (const auto* who : {"anna", "bhim", "carl"}) is_known(who);
  for (int i = 0; i < 2; ++i) looks("anna");
  for (int i = 0; i < 3; ++i) looks("bhim");
  for (int i = 0; i < 3; ++i) looks("carl");
  until(1h);
  power_fails();
  start(3);
  looks("anna");
  until(2h);
  take("erase", R"(,"customer_id":"carl")");
  power_fails();
  start(1);
  until(3h + 5min);
  power_fails();
  start(2);
  until(5h);
  EXPECT_EQ(decided(), (std::vector<std::string>{"bhim opt_in", "anna opt_in"}));
  EXPECT_EQ(book_.changed(), 0);
}

TEST_P(a_trail, is_over_with_whoever_is_erased) {
  start();
  for (const auto* who : {"anna", "bhim", "carl"}) is_known(who);
  for (const auto* who : {"anna", "bhim", "carl"})
    for (int i = 0; i < 3; ++i) looks(who);
  until(1h);
  take("erase", R"(,"customer_id":"anna")");
  take("erase", R"(,"email":"bhim@example.org")");
  until(5h);
  EXPECT_EQ(decided(), (std::vector<std::string>{"carl opt_in"}));
}

INSTANTIATE_TEST_SUITE_P(snapshots_parking_clock, a_trail,
                         testing::Combine(testing::Bool(), testing::Bool(), testing::Bool()));

}  // namespace
}  // namespace cartwheel
