#include "actors/gateway/history.hpp"

#include "runtime/store/store.hpp"
#include "tests/actors/gateway/recovery_world.hpp"
#include "tests/scratch_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

namespace cartwheel {
namespace {

using testing::ElementsAre;

constexpr size_t all = 1'000'000;
constexpr instant start = from_unix_ms(1'769'943'600'000);

decision_line line(int64_t second, std::string cart_id, uint8_t step = 0) {
  decision_line l;
  l.tick = start + std::chrono::seconds{second};
  l.shop = "shoes";
  l.cart_id = std::move(cart_id);
  l.customer_id = "k";
  l.step = step;
  l.outcome = decision_outcome::sent;
  l.reason = reason::opt_in;
  l.address = {7, 8};
  l.cycle = 1;
  return l;
}

std::vector<std::string> named(const std::vector<decision_line>& lines) {
  std::vector<std::string> names;
  for (const auto& l : lines) names.push_back(l.cart_id + std::to_string((l.tick - start).count() / 1000));
  return names;
}

class a_history : public testing::Test {
 protected:
  a_history() { open(); }

  void open() {
    store_ = std::make_unique<store>(store_options{folder_ / "store", limits::store_memory_bytes_min, nullptr});
    past_ = std::make_unique<history>(*store_, options_);
  }
  /// What was not flushed is lost.
  void power_fails() {
    past_.reset();
    store_.reset();
    open();
  }

  /// What is old goes behind what made it old, on the history's own thread.
  void wait_until_forgotten(const std::function<bool()>& gone) {
    const auto end = std::chrono::steady_clock::now() + 20s;
    while (!gone() && std::chrono::steady_clock::now() < end) std::this_thread::sleep_for(1ms);
    EXPECT_TRUE(gone());
  }

  test::scratch_folder folder_;
  history::options options_;
  std::unique_ptr<store> store_;
  std::unique_ptr<history> past_;
};

TEST_F(a_history, tells_decisions_the_newest_first) {
  past_->add({line(1, "a"), line(1, "b"), line(2, "a")});
  past_->add({line(3, "c")});
  EXPECT_THAT(named(past_->decisions(all)), ElementsAre("c3", "a2", "b1", "a1"));
  EXPECT_THAT(named(past_->decisions(2)), ElementsAre("c3", "a2"));
  EXPECT_TRUE(past_->decisions(0).empty());
  auto l = past_->decisions(1).at(0);
  EXPECT_EQ(l.shop, "shoes");
  EXPECT_EQ(l.customer_id, "k");
  EXPECT_EQ(l.outcome, decision_outcome::sent);
  EXPECT_EQ(to_string(l.reason), "opt_in");
}

cart_milestone milestone_of(std::string cart_id, int64_t second, milestone what = milestone::ended) {
  cart_milestone m;
  m.known = m.happened = start + std::chrono::seconds{second};
  m.shop = "shoes";
  m.cart_id = std::move(cart_id);
  m.customer_id = "k";
  m.what = what;
  return m;
}

TEST_F(a_history, tells_what_happened_to_a_cart) {
  past_->add({milestone_of("a", 2), milestone_of("ab", 1), milestone_of("a", 1, milestone::paused)});
  past_->add({milestone_of("a", 2)});  // told again in recovery
  auto found = past_->milestones_of("shoes", "a", all);
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].what, milestone::paused);
  EXPECT_EQ(found[1].what, milestone::ended);
  EXPECT_EQ(past_->milestones_of("shoes", "a", 1).at(0).what, milestone::ended) << "the newest";
  EXPECT_TRUE(past_->milestones_of("shoe", "sa", all).empty());
}

TEST_F(a_history, forgets_old_milestones_with_the_decisions) {
  options_.keep = 1h;
  past_.reset();
  past_ = std::make_unique<history>(*store_, options_);
  past_->add({milestone_of("a", 0), milestone_of("b", 7200)});
  past_->flush();
  past_->add({milestone_of("c", 2 * 7200)});
  past_->flush();
  wait_until_forgotten(
    [&] { return past_->milestones_of("shoes", "a", all).empty() && past_->milestones_of("shoes", "b", all).empty(); });
  EXPECT_EQ(past_->milestones_of("shoes", "c", all).size(), 1u);
  EXPECT_EQ(store_->size(store_table::milestone_times).entries, store_->size(store_table::cart_milestones).entries);
}

TEST_F(a_history, forgets_the_milestones_of_somebody) {
  past_->add({milestone_of("a", 0), milestone_of("b", 1)});
  past_->forget({[](const decision_line&) { return false; }, [](event_place, std::string_view) { return false; },
                 [](const settled_reminder&) { return false; },
                 [](const cart_milestone& m) { return m.cart_id == "a"; }, [](const ended_cart&) { return false; }});
  EXPECT_TRUE(past_->milestones_of("shoes", "a", all).empty());
  EXPECT_EQ(past_->milestones_of("shoes", "b", all).size(), 1u);
}

ended_cart over(std::string cart_id, int64_t second) {
  ended_cart c;
  c.shop = "shoes";
  c.cart_id = std::move(cart_id);
  c.why = cart_end::ordered;
  c.when = start + std::chrono::seconds{second};
  return c;
}

/// Everything of cart "a", and of those whose names begin so.
history::search of_a() {
  const auto is_a = [](const auto& one) { return one.cart_id.starts_with("a"); };
  return {is_a, is_a, is_a, nullptr};
}

TEST_F(a_history, finds_what_is_wanted_however_much_came_since) {
  past_->add({line(1, "a"), line(2, "b"), line(4, "a")});
  past_->add({milestone_of("a", 5), milestone_of("b", 6)});
  for (const auto* id : {"a", "b"}) past_->add(over(id, 5));
  std::vector<decision_line> others;
  for (int n = 0; n < 20'000; ++n) others.push_back(line(10 + n, "c" + std::to_string(n)));
  past_->add(std::move(others));
  past_->flush();
  auto found = past_->find(of_a(), 10);
  EXPECT_THAT(named(found.decisions), ElementsAre("a4", "a1"));
  ASSERT_EQ(found.milestones.size(), 1u);
  EXPECT_EQ(found.milestones[0].cart_id, "a");
  ASSERT_EQ(found.ended_carts.size(), 1u);
  EXPECT_EQ(found.ended_carts[0].cart_id, "a");
  EXPECT_EQ(found.ended_carts[0].why, cart_end::ordered);
  EXPECT_TRUE(found.all);
}

TEST_F(a_history, finds_the_newest_where_there_are_too_many) {
  for (int n = 0; n < 9; ++n) {
    past_->add({line(n, "a")});
    past_->add({milestone_of("a" + std::to_string(9 - n), n)});
    past_->add(over("a" + std::to_string(n), 9 - n));
  }
  past_->flush();
  auto found = past_->find(of_a(), 2);
  EXPECT_THAT(named(found.decisions), ElementsAre("a8", "a7"));
  ASSERT_EQ(found.milestones.size(), 2u);
  EXPECT_EQ(found.milestones[0].cart_id, "a1");
  EXPECT_EQ(found.milestones[1].cart_id, "a2");
  ASSERT_EQ(found.ended_carts.size(), 2u);
  EXPECT_EQ(found.ended_carts[0].cart_id, "a0");
  EXPECT_FALSE(found.all);
  EXPECT_TRUE(past_->find(of_a(), 9).all) << "as many as there are";
  EXPECT_FALSE(past_->find(of_a(), 8).all);
}

TEST_F(a_history, stops_to_look_when_it_is_told) {
  std::vector<decision_line> many;
  for (int n = 0; n < 10'000; ++n) many.push_back(line(n, "b"));
  past_->add(std::move(many));
  past_->flush();
  auto wanted = of_a();
  wanted.stop = [] { return false; };
  EXPECT_TRUE(past_->find(wanted, all).decisions.empty());
  wanted.stop = [] { return true; };
  EXPECT_THROW(past_->find(wanted, all), std::runtime_error);
}

TEST_F(a_history, tells_pages_of_those_that_are_wanted) {
  auto other = line(4, "c");
  other.outcome = decision_outcome::refused;
  other.reason = reason::no_consent;
  past_->add({line(1, "a"), line(2, "b"), line(3, "a"), other});
  decision_filter sent;
  sent.outcome = decision_outcome::sent;
  auto page = past_->decisions(sent, 2);
  EXPECT_THAT(named(page.lines), ElementsAre("a3", "b2"));
  ASSERT_FALSE(page.next.empty());
  sent.from = page.next;
  page = past_->decisions(sent, 2);
  EXPECT_THAT(named(page.lines), ElementsAre("a1"));
  EXPECT_TRUE(page.next.empty());
  decision_filter late;
  late.since = start + 4s;
  EXPECT_THAT(named(past_->decisions(late, all).lines), ElementsAre("c4"));
  late.from = std::string{"\0", 1};
  EXPECT_TRUE(past_->decisions(late, all).lines.empty()) << "a page that lies before";
}

TEST_F(a_history, tells_a_line_that_gives_back_from_one_that_decides) {
  auto back = line(2, "a");
  back.origin = decision_origin::settlement;
  past_->add({line(1, "a"), back});
  auto found = past_->decisions_about("shoes", "a", all);
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].origin, decision_origin::recorded);
  EXPECT_EQ(found[1].origin, decision_origin::settlement);
}

TEST_F(a_history, tells_of_one_cart_alone) {
  past_->add({line(1, "a"), line(2, "ab"), line(3, "a"), line(4, "b"), line(5, "a")});
  EXPECT_THAT(named(past_->decisions_about("shoes", "a", all)), ElementsAre("a1", "a3", "a5"));
  EXPECT_THAT(named(past_->decisions_about("shoes", "a", 2)), ElementsAre("a3", "a5")) << "the newest";
  EXPECT_TRUE(past_->decisions_about("shoes", "", all).empty());
  EXPECT_TRUE(past_->decisions_about("shoe", "sa", all).empty());
}

TEST_F(a_history, is_not_changed_by_what_it_is_told_again) {
  auto given_back = line(1, "a");
  given_back.origin = decision_origin::settlement;
  given_back.outcome = decision_outcome::refused;
  for (auto origin : {decision_origin::part_c, decision_origin::recorded}) {
    auto l = line(1, "a");
    l.origin = origin;
    past_->add({l, line(1, "a", 1), given_back});
    past_->add(dead_letter{start, "broken", "{", {}, {position{5}, 3}});
    past_->add(dead_letter{start, "broken", "{", {}, {position{5}, 4}});
  }
  EXPECT_EQ(past_->decisions(all).size(), 3u);
  EXPECT_EQ(past_->decisions_about("shoes", "a", all).size(), 3u);
  EXPECT_EQ(past_->dead_letters(all).size(), 2u);
}

TEST_F(a_history, keeps_what_was_flushed) {
  past_->add({line(1, "a")});
  past_->add(dead_letter{start, "why", "what", {}});
  past_->flush();
  past_->add({line(2, "b")});
  power_fails();
  EXPECT_THAT(named(past_->decisions(all)), ElementsAre("a1"));
  auto letters = past_->dead_letters(all);
  ASSERT_EQ(letters.size(), 1u);
  EXPECT_EQ(letters[0].reason, "why");
  EXPECT_EQ(letters[0].event, "what");
  EXPECT_EQ(letters[0].time, start);
}

TEST_F(a_history, remembers_why_a_handler_failed_although_recovery_does_not_know) {
  past_->add(dead_letter{start, "the real reason", "add_to_cart", event_place{position{9}, 2}});
  past_->add(dead_letter{start, "it did before", "add_to_cart", event_place{position{9}, 2}});
  past_->add(dead_letter{start, "another", "add_to_cart", event_place{position{9}, 3}});
  auto letters = past_->dead_letters(all);
  ASSERT_EQ(letters.size(), 2u);
  EXPECT_EQ(letters[1].reason, "the real reason");
}

TEST_F(a_history, has_how_it_stands_with_each_doubt) {
  doubt d;
  d.reminder.shop = "shoes";
  d.reminder.cart_id = "a";
  d.reminder.tick = start;
  d.reminder.step = 2;
  d.reminder.how = settlement::held;
  d.since = start + 5s;
  d.message_id = "id@example.com";
  past_->add(d);
  d.reminder.how = settlement::dropped;
  past_->add(d);
  auto found = past_->doubts(all);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].reminder.how, settlement::dropped);
  EXPECT_EQ(found[0].reminder.step, 2);
  EXPECT_EQ(found[0].since, d.since);
  EXPECT_EQ(found[0].message_id, "id@example.com");
}

TEST_F(a_history, forgets_what_is_too_old_in_every_table) {
  past_->add({line(0, "old")});
  past_->add(dead_letter{start, "old", "", {}});
  doubt d;
  d.reminder.tick = start;
  past_->add(d);
  past_->add({line(10, "younger")});
  ASSERT_EQ(past_->decisions(all).size(), 2u);
  constexpr int64_t ninety_days = 90 * 24 * 60 * 60;
  auto given_back = line(1, "old");
  given_back.origin = decision_origin::settlement;
  past_->add({given_back});
  past_->flush();
  past_->add({line(ninety_days + 5, "new")});
  past_->flush();
  wait_until_forgotten([&] { return past_->doubts(all).empty(); });  // they go last
  EXPECT_THAT(named(past_->decisions(all)), ElementsAre("new7776005", "younger10"));
  EXPECT_TRUE(past_->decisions_about("shoes", "old", all).empty());
  EXPECT_EQ(past_->decisions_about("shoes", "younger", all).size(), 1u);
  EXPECT_TRUE(past_->dead_letters(all).empty());
  EXPECT_EQ(store_->size(store_table::cart_decisions).entries, store_->size(store_table::decisions).entries);
}

TEST_F(a_history, loses_nothing_when_many_add_at_once) {
  std::vector<std::thread> shards;
  for (int s = 0; s < 4; ++s)
    shards.emplace_back([&, s] {
      for (int i = 0; i < 5'000; ++i) past_->add({line(i, "c" + std::to_string(s))});
    });
  for (auto& s : shards) s.join();
  past_->flush();
  EXPECT_EQ(past_->decisions(all).size(), 20'000u);
}

TEST_F(a_history, has_what_was_added_just_now_however_much_waits_before_it) {
  constexpr int many = 60'000;
  for (int round = 0; round < 3; ++round) {
    std::vector<decision_line> lines;
    for (int i = 0; i < many; ++i) lines.push_back(line(round, "c" + std::to_string(i)));
    past_->add(std::move(lines));
    EXPECT_EQ(past_->decisions_about("shoes", "c" + std::to_string(many - 1), all).size(), size_t(round) + 1);
  }
}

TEST_F(a_history, has_what_each_thread_added_when_it_reads) {
  std::vector<std::thread> shards;
  for (int s = 0; s < 4; ++s)
    shards.emplace_back([&, s] {
      const auto cart = "c" + std::to_string(s);
      for (size_t i = 0; i < 500; ++i) {
        past_->add({line(static_cast<int64_t>(i), cart)});
        EXPECT_EQ(past_->decisions_about("shoes", cart, all).size(), i + 1);
      }
    });
  for (auto& s : shards) s.join();
}

TEST_F(a_history, says_so_once_when_its_store_fails_and_holds_nobody_up) {
  std::atomic<int> failures{0};
  past_.reset();
  options_.failed = [&](const std::string& why) {
    EXPECT_NE(why, "");
    ++failures;
  };
  past_ = std::make_unique<history>(*store_, options_);
  std::string too_long(limits::store_key_bytes_max, 'x');  // what no cart is called
  past_->add({line(1, too_long)});
  EXPECT_THROW(past_->flush(), std::runtime_error);
  for (int i = 0; i < 1000; ++i) past_->add({line(i, "a")});
  EXPECT_THROW(past_->flush(), std::runtime_error);
  EXPECT_TRUE(past_->decisions(all).empty());
  EXPECT_EQ(failures, 1);
}

// Over losses of power -----------------------------------------------------------------------------------------------

/// What a node knew of the past, whatever of it the store had lost, it knows again.
TEST(a_node_with_a_history, has_all_of_it_again_after_a_loss_of_power) {
  test::scratch_folder folder;
  auto files = std::make_unique<test::shared_files>();
  test::decision_book book;
  auto clock = std::make_shared<manual_clock>(start);
  for (uint64_t round = 1; round <= 4; ++round) {
    store tables{{folder / "store", limits::store_memory_bytes_min, nullptr}};  // its end flushes nothing
    history past{tables, {}};
    test::small_node::options o;
    o.event_clock = false;
    o.clock = clock;
    o.past = &past;
    o.snapshot_every = round % 2 == 0 ? 0ms : 24h;
    std::unique_ptr<test::shared_files> left;
    {
      test::small_node node{*files, book, o};
      node.recover();
      node.start();
      auto cart = "c" + std::to_string(round);
      auto now = std::to_string(unix_ms(clock->now()));
      EXPECT_TRUE(node.take(R"({"event":"add_to_cart","time":)" + now + R"(,"cart_id":")" + cart +
                            R"(","currency":"EUR","items":[{"item_id":"i","price":"1.00"}]})" +
                            "\n{\"event\":\"add_to_cart\"}\n"));
      clock->advance(21min);
      // A node whose sends nobody watches decides at its next tick.
      for (int i = 0; i < 10'000 && past.decisions_about("default", cart, all).empty(); ++i)
        std::this_thread::sleep_for(1ms);
      for (uint64_t earlier = 1; earlier <= round; ++earlier)
        EXPECT_FALSE(past.decisions_about("default", "c" + std::to_string(earlier), all).empty()) << round << earlier;
      EXPECT_EQ(past.dead_letters(all).size(), round);
      node.settle_down();
      left = files->after_crash(round);
      node.die();
    }
    files = std::move(left);
  }
}

}  // namespace
}  // namespace cartwheel
