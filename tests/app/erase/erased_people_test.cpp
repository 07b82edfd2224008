#include "app/erase/erased_people.hpp"

#include "actors/shard/beside_key.hpp"
#include "tests/actors/event/both_carriers.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

namespace cartwheel {
namespace {

using nlohmann::json;

/// A log of one event a record, from position 1 on.
class erased_people_test : public ::testing::Test {
 protected:
  static constexpr instant received = from_unix_ms(1'000'000);

  /// `more` over an event at the time of its position. Returns where it stands.
  event_place log(json more) {
    more["time"] = batches_.size() + 1;
    batches_.push_back(testing::by_lines(more.dump()));
    EXPECT_EQ(batches_.back()->events.size(), 1u) << more;
    return {position{batches_.size()}, 0};
  }
  event_place view(json more) {
    more["event"] = "view_item";
    return log(more);
  }

  const event& at(event_place place) const { return batches_[count(place.record) - 1]->events[0]; }

  void read() {
    for (size_t i = 0; i < batches_.size(); ++i)
      if (event_place p{position{i + 1}, 0}; at(p).kind == event_kind::erase) people_.add(p, received, at(p));
    do {
      people_.begin_reading();
      for (size_t i = 0; i < batches_.size(); ++i) people_.look_at({position{i + 1}, 0}, batches_[i]->events[0]);
      ++readings_;
    } while (people_.finish_reading());
  }

  bool named(event_place place) const { return people_.named_in(place, at(place)); }
  /// The numbers of the records that name them.
  std::vector<uint64_t> named() const {
    std::vector<uint64_t> all;
    for (size_t i = 0; i < batches_.size(); ++i)
      if (named({position{i + 1}, 0})) all.push_back(i + 1);
    return all;
  }
  using numbers = std::vector<uint64_t>;

  node_hash_keys keys_{{1, 2}, {3, 4}, {5, 6}};
  erased_people people_{keys_};
  std::vector<testing::batch_ptr> batches_;
  int readings_ = 0;
};

TEST_F(erased_people_test, by_customer_id_with_the_address_it_has) {
  log({{"event", "identify"}, {"customer_id", "jane"}, {"email", "old@x.nl"}});
  log({{"event", "identify"}, {"customer_id", "jane"}, {"email", "Jane@X.nl"}});
  log({{"event", "consent"}, {"email", "jane@x.nl"}, {"channel", "email"}, {"status", "granted"}});
  log({{"event", "identify"}, {"customer_id", "john"}, {"email", "old@x.nl"}});
  log({{"event", "erase"}, {"customer_id", "jane"}});
  log({{"event", "identify"}, {"customer_id", "jane"}, {"email", "new@x.nl"}});
  read();
  EXPECT_EQ(named(), (numbers{1, 2, 3, 5})) << "the old address is John's now, and Jane's new life is not erased";
}

TEST_F(erased_people_test, by_address_in_whatever_way_it_is_written) {
  view({{"visitor_id", "v"}, {"email", "JANE@Example.com"}});
  view({{"customer_id", "john"}, {"email", "jane@example.com"}});
  view({{"customer_id", "john"}});
  log({{"event", "erase"}, {"email", "Jane@example.com"}});
  read();
  EXPECT_EQ(named(), (numbers{1, 2, 4})) << "John shares her address, and stays himself";
}

TEST_F(erased_people_test, a_visitor_and_a_cart_that_are_theirs_alone) {
  view({{"visitor_id", "v"}, {"cart_id", "k"}});
  view({{"cart_id", "k"}});
  view({{"cart_id", "m"}, {"visitor_id", "w"}});
  log({{"event", "identify"}, {"customer_id", "jane"}, {"visitor_id", "v"}});
  view({{"cart_id", "k"}, {"shop", "another"}});
  log({{"event", "erase"}, {"customer_id", "jane"}});
  read();
  EXPECT_EQ(named(), (numbers{1, 2, 4, 6}));
  EXPECT_GT(readings_, 1) << "what the log says of them first is known at its end";
}

TEST_F(erased_people_test, a_visitor_of_two_is_nobodys) {
  view({{"visitor_id", "shared"}, {"cart_id", "k"}});
  view({{"customer_id", "jane"}, {"visitor_id", "shared"}});
  view({{"customer_id", "john"}, {"visitor_id", "shared"}});
  log({{"event", "erase"}, {"customer_id", "jane"}});
  read();
  EXPECT_EQ(named(), (numbers{2, 4}));
}

TEST_F(erased_people_test, a_guests_visitor_that_somebody_signed_in_with_is_not_the_guests) {
  view({{"visitor_id", "library"}, {"email", "jane@x.nl"}});
  view({{"visitor_id", "library"}, {"email", "john@x.nl"}});
  view({{"visitor_id", "home"}, {"email", "jane@x.nl"}});
  view({{"visitor_id", "home"}});
  view({{"visitor_id", "library"}});
  log({{"event", "erase"}, {"email", "jane@x.nl"}});
  read();
  EXPECT_EQ(named(), (numbers{1, 3, 4, 6}));
}

TEST_F(erased_people_test, a_merged_cart_goes_with_its_own_customer) {
  view({{"customer_id", "jane"}, {"cart_id", "k"}});
  log({{"event", "cart_merged"}, {"customer_id", "john"}, {"cart_id", "k"}, {"into", "m"}});
  view({{"cart_id", "m"}});
  log({{"event", "erase"}, {"customer_id", "jane"}});
  read();
  EXPECT_EQ(named(), (numbers{1, 2, 4})) << "the lines that joined John's cart stay with it";
}

TEST_F(erased_people_test, two_who_share_a_visitor_and_are_both_erased) {
  view({{"visitor_id", "shared"}});
  view({{"customer_id", "jane"}, {"visitor_id", "shared"}});
  view({{"customer_id", "john"}, {"visitor_id", "shared"}});
  log({{"event", "erase"}, {"customer_id", "jane"}});
  log({{"event", "erase"}, {"customer_id", "john"}});
  read();
  EXPECT_EQ(named(), (numbers{1, 2, 3, 4, 5}));
}

TEST_F(erased_people_test, what_follows_an_erasure_stays) {
  view({{"customer_id", "jane"}, {"visitor_id", "v"}, {"cart_id", "k"}});
  log({{"event", "erase"}, {"customer_id", "jane"}, {"visitor_id", "w"}});
  view({{"customer_id", "jane"}, {"visitor_id", "v"}, {"cart_id", "k"}});
  view({{"visitor_id", "v"}});
  read();
  EXPECT_EQ(named(), (numbers{1, 2}));
  EXPECT_TRUE(people_.named_in({position{1}, 0}, "w")) << "the erasure itself has named it";
}

TEST_F(erased_people_test, values_of_what_was_not_understood) {
  view({{"customer_id", "jane"}, {"visitor_id", "v"}, {"cart_id", "k"}, {"email", "jane@x.nl"}});
  auto erase = log({{"event", "erase"}, {"customer_id", "jane"}});
  read();
  event_place before{position{1}, 0}, behind{next(erase.record), 0};
  for (const char* value : {"jane", "v", "k", "JANE@x.nl"}) {
    EXPECT_TRUE(people_.named_in(before, value)) << value;
    EXPECT_FALSE(people_.named_in(behind, value)) << value;
    EXPECT_TRUE(people_.named_somewhere_in(before, std::string{"{\"a\":\""} + value)) << value;
  }
  EXPECT_FALSE(people_.named_in(before, "janette"));
  EXPECT_FALSE(people_.named_somewhere_in(before, "{\"a\":\"John\""));
}

TEST_F(erased_people_test, what_a_node_wrote_about_them) {
  view({{"customer_id", "jane"}, {"cart_id", "c1"}, {"email", "jane@x.nl"}});
  log({{"event", "erase"}, {"customer_id", "jane"}});
  read();
  auto key = key_of_address(keys_, "jane@x.nl"), other = key_of_address(keys_, "john@x.nl");
  EXPECT_TRUE(people_.named_in(received, "s", "c", "jane", other));
  EXPECT_TRUE(people_.named_in(received, "default", "c1", "", other));
  EXPECT_TRUE(people_.named_in(received, "s", "c", "", key));
  EXPECT_FALSE(people_.named_in(received, "s", "c1", "john", other)) << "the same number in another shop";
  EXPECT_FALSE(people_.named_in(received + 1s, "s", "c", "jane", key)) << "decided later, about a later life";
}

TEST_F(erased_people_test, what_a_node_wrote_about_their_orders_and_about_what_they_looked_at) {
  view({{"customer_id", "jane"}, {"visitor_id", "v"}});
  log({{"event", "purchase"}, {"cart_id", "k"}, {"visitor_id", "v"}, {"order_id", "o1"}});
  log({{"event", "purchase"}, {"customer_id", "john"}, {"order_id", "o2"}});
  log({{"event", "purchase"}, {"customer_id", "jane"}, {"order_id", "o3"}, {"shop", "b"}});
  log({{"event", "erase"}, {"customer_id", "jane"}});
  read();
  auto theirs = [&](std::string_view shop, const std::string& key) {
    return people_.named_in(received, shop, key, "", {});
  };
  EXPECT_TRUE(theirs("default", sale_key("o1")));
  EXPECT_FALSE(theirs("default", sale_key("o2")));
  EXPECT_TRUE(theirs("b", sale_key("o3")));
  EXPECT_FALSE(theirs("default", sale_key("o3"))) << "the same number in another shop";
  EXPECT_FALSE(theirs("default", "o1")) << "a cart of that number";
  EXPECT_TRUE(theirs("default", trail_key(subject_kind::visitor, "v")));
  EXPECT_TRUE(theirs("b", trail_key(subject_kind::customer, "jane")));
  EXPECT_FALSE(theirs("b", trail_key(subject_kind::visitor, "jane")));
  EXPECT_FALSE(people_.named_in(received + 1s, "b", trail_key(subject_kind::customer, "jane"), "", {})) << "later";
}

}  // namespace
}  // namespace cartwheel
