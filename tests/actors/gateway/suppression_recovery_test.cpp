// News of addresses over losses of power: who gets no mail is the same in every process that reads the same log.

#include "actors/gateway/log_records.hpp"
#include "actors/person/holdings.hpp"
#include "tests/actors/gateway/notebook.hpp"
#include "tests/actors/gateway/recovery_world.hpp"

#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>
#include <gtest/gtest.h>

namespace cartwheel {
namespace {

using test::decision_book;
using test::notebook;
using test::shared_files;
using test::small_node;

settled_reminder of(const due_reminder& r, settlement how, address_news news) {
  return {r.claim.cart, r.claim.cycle, r.claim.step, how, reason::relay_rejected, r.address, r.decided, r.shop,
          r.cart_id,    r.customer_id, {},           news};
}

class suppressed_addresses : public ::testing::Test {
 protected:
  suppressed_addresses() { start(); }
  ~suppressed_addresses() override { node_->die(); }

  void start() {
    small_node::options o;
    o.shards = shards_;
    o.event_clock = false;
    o.clock = clock_;
    o.reminders = &(mails_.emplace_back(std::make_unique<notebook>()), *mails_.back());
    o.snapshot_every = snapshot_every_;
    node_ = std::make_unique<small_node>(*files_, book_, o);
    node_->recover();
    node_->start();
  }
  void power_fails() {
    node_->settle_down();
    auto left = files_->after_crash(++seed_);
    node_->die();
    node_.reset();
    files_ = std::move(left);
    start();
  }
  notebook& mails() { return *mails_.back(); }
  void settled_down() {
    for (int i = 0; i < 2; ++i) node_->take(event("view_item", R"(,"visitor_id":"anybody")"));
    node_->settle_down();
  }
  std::string event(const std::string& name, const std::string& more) const {
    return R"({"event":")" + name + R"(","time":)" + std::to_string(unix_ms(clock_->now())) + more + "}\n";
  }
  std::string email(const std::string& who) const { return R"(,"email":")" + who + R"(@example.org")"; }
  void consents(const std::string& who) {
    node_->take(event("consent", email(who) + R"(,"channel":"email","status":"granted","source":"account")"));
  }
  /// A cart of theirs is abandoned and decided about.
  decision_line abandoned(const std::string& who, const std::string& cart) {
    node_->take(event("add_to_cart", R"(,"cart_id":")" + cart + R"(","customer_id":"k-)" + cart +
                                       R"(","currency":"EUR")" + email(who) +
                                       R"(,"items":[{"item_id":"i","price":"1.00"}])"));
    clock_->advance(21min);
    std::vector<decision_line> lines;
    for (int i = 0; i < 10'000 && lines.empty(); ++i) {
      lines = node_->told().decisions_about("default", cart, 1);
      std::this_thread::sleep_for(1ms);
    }
    EXPECT_FALSE(lines.empty());
    return lines.empty() ? decision_line{} : lines[0];
  }
  due_reminder next_offer() {
    for (uint16_t s = 0; s < shards_; ++s) node_->events().grant(shard_id{s}, 1);
    auto r = mails().next_offer();
    EXPECT_TRUE(r.has_value());
    return r.value_or(due_reminder{});
  }
  void settle(settled_reminder s) {
    node_->events().settle({std::move(s)});
    settled_down();
  }
  void hear(const address_key& key, address_news what, instant mail = before_all) {
    std::promise<bool> durable;
    node_->events().hear({{key, what, mail, false}}, [&](bool ok) { durable.set_value(ok); });
    EXPECT_TRUE(durable.get_future().get());
    settled_down();
  }
  address_key key(const std::string& who) { return key_of_address(node_->shards().setup().keys, who + "@example.org"); }
  /// In every shard.
  std::map<uint64_t, suppression> held() {
    std::map<uint64_t, suppression> all;
    caf::scoped_actor self{node_->shards().system()};
    for (uint16_t s = 0; s < shards_; ++s)
      self->request(node_->shards().shard_actor_at(s), caf::infinite, list_suppressions{clock_->now()})
        .receive(
          [&](const suppressions& found) {
            for (const auto& [k, what] : found.held) all.emplace(k.high, what);
          },
          [](const caf::error& e) { ADD_FAILURE() << to_string(e); });
    return all;
  }
  uint64_t counted(address_news why) {
    uint64_t n = 0;
    for (uint16_t s = 0; s < shards_; ++s) n += node_->shards().metrics(s).suppressed[static_cast<size_t>(why)].value();
    return n;
  }

  uint16_t shards_ = 2;
  std::shared_ptr<manual_clock> clock_ = std::make_shared<manual_clock>(from_unix_ms(1'769'943'600'000));
  std::unique_ptr<shared_files> files_ = std::make_unique<shared_files>();
  decision_book book_;
  std::chrono::milliseconds snapshot_every_ = 24h;
  std::vector<std::unique_ptr<notebook>> mails_;
  std::unique_ptr<small_node> node_;
  uint64_t seed_ = 0;
};

TEST_F(suppressed_addresses, a_refusal_about_the_recipient_suppresses_in_this_process_and_in_those_that_follow) {
  consents("anna");
  abandoned("anna", "a");
  settle(of(next_offer(), settlement::released, address_news::hard_bounce));
  auto before = held();
  ASSERT_EQ(before.size(), 1u);
  EXPECT_EQ(before.begin()->first, key("anna").high);
  EXPECT_EQ(before.begin()->second.reason, address_news::hard_bounce);
  EXPECT_EQ(counted(address_news::hard_bounce), 1u);
  power_fails();
  EXPECT_EQ(held(), before) << "from the log";
  EXPECT_EQ(counted(address_news::hard_bounce), 0u) << "counted by the process before";
  EXPECT_EQ(abandoned("anna", "b").reason, reason::suppressed_bounce);
  snapshot_every_ = 0ms;
  power_fails();
  settled_down();
  power_fails();
  EXPECT_EQ(held(), before) << "from a snapshot";
  shards_ = 3;
  power_fails();
  EXPECT_EQ(held(), before) << "with another number of shards";
  EXPECT_EQ(abandoned("anna", "c").reason, reason::suppressed_bounce);
}

TEST_F(suppressed_addresses, news_waits_for_no_other_event) {
  auto eventually_held = [&] {
    for (int i = 0; i < 10'000 && held().empty(); ++i) std::this_thread::sleep_for(1ms);
    return held().size();
  };
  node_->events().hear({{key("anna"), address_news::complaint, before_all, false}}, [](bool) {});
  EXPECT_EQ(eventually_held(), 1u) << "the clock stands still: no tick comes along";
  hear(key("anna"), address_news::lifted);
  consents("anna");
  abandoned("anna", "a");
  node_->events().settle({of(next_offer(), settlement::released, address_news::hard_bounce)});
  EXPECT_EQ(eventually_held(), 1u);
}

TEST_F(suppressed_addresses, quota_strikes_add_up_over_processes) {
  const auto anna = key("anna");
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(held().empty()) << i;
    hear(anna, address_news::quota, clock_->now());
    hear(anna, address_news::quota, clock_->now());  // the same mail
    clock_->advance(24h);
    power_fails();
  }
  ASSERT_EQ(held().size(), 1u);
  EXPECT_EQ(held().begin()->second.count, 3u);
  clock_->advance(std::chrono::days{31});
  EXPECT_TRUE(held().empty());
}

TEST_F(suppressed_addresses, news_recalls_what_waits_and_what_the_mailer_has) {
  consents("anna");
  abandoned("anna", "a");
  auto offered = next_offer();
  hear(key("anna"), address_news::complaint);
  EXPECT_EQ(mails().recalls(), 1u);
  settle(of(offered, settlement::released, address_news::none));
  consents("bert");
  abandoned("bert", "b");
  hear(key("bert"), address_news::hard_bounce);
  auto refused = mails().next_refused();
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->first.cart_id, "b");
  EXPECT_EQ(refused->second, reason::recalled_queue);
  EXPECT_EQ(abandoned("anna", "c").reason, reason::suppressed_complaint);
}

TEST_F(suppressed_addresses, an_operator_lifts_one_for_good) {
  consents("anna");
  hear(key("anna"), address_news::hard_bounce);
  hear(key("anna"), address_news::lifted);
  EXPECT_TRUE(held().empty());
  power_fails();
  EXPECT_TRUE(held().empty());
  EXPECT_EQ(abandoned("anna", "a").outcome, decision_outcome::sent);
}

TEST_F(suppressed_addresses, outlive_the_erasure_of_their_owner) {
  consents("anna");
  hear(key("anna"), address_news::hard_bounce);
  node_->take(event("erase", email("anna")));
  settled_down();
  power_fails();
  consents("anna");
  EXPECT_EQ(abandoned("anna", "a").reason, reason::suppressed_bounce);
}

TEST_F(suppressed_addresses, an_outcome_that_stands_alone_in_its_epoch_is_in_the_snapshot_cut_with_it) {
  consents("anna");
  abandoned("anna", "a");
  auto offered = next_offer();
  settled_down();
  const auto before = node_->events().snapshots()->taken();
  node_->events().want_snapshot();
  node_->events().settle({of(offered, settlement::accepted, address_news::none)});
  for (int i = 0; i < 10'000 && node_->events().snapshots()->taken() == before; ++i) std::this_thread::sleep_for(1ms);
  ASSERT_GT(node_->events().snapshots()->taken(), before);
  power_fails();
  settled_down();  // one that stands behind the cut has been told again, and waited for the shards to meet
  caf::scoped_actor self{node_->shards().system()};
  size_t reminders = 0;
  for (uint16_t s = 0; s < shards_; ++s)
    self->request(node_->shards().shard_actor_at(s), caf::infinite, list_holdings{{}, {key("anna")}})
      .receive(
        [&](const holdings& told) {
          for (const auto& a : told.addresses)
            for (const auto& r : a.reminders) {
              ++reminders;
              EXPECT_FALSE(r.on_its_way) << "its outcome came before the cut";
            }
        },
        [](const caf::error& e) { ADD_FAILURE() << to_string(e); });
  EXPECT_EQ(reminders, 1u);
}

TEST(log_records, outcomes_with_news_read_back_and_those_without_are_written_as_before) {
  settled_reminder s;
  s.how = settlement::released;
  s.why = reason::relay_rejected;
  s.address = {3, 4};
  s.shop = "s";
  s.cart_id = "c";
  EXPECT_EQ(written_settled(std::vector{s}).front(), 1);
  auto with_news = s;
  with_news.news = address_news::quota;
  auto bytes = written_settled(std::vector{s, with_news});
  EXPECT_EQ(bytes.front(), 3);
  auto back = read_settled(bytes);
  ASSERT_EQ(back.size(), 2u);
  EXPECT_EQ(back[0].news, address_news::none);
  EXPECT_EQ(back[1].news, address_news::quota);
  EXPECT_EQ(back[1].cart_id, "c");
  bytes.back() = 9;
  EXPECT_THROW(read_settled(bytes), broken_bytes);
}

TEST(log_records, news_of_addresses_reads_back) {
  std::vector<news_of_address> news{{{1, 2}, address_news::hard_bounce, from_unix_ms(5'000), false},
                                    {{3, 4}, address_news::lifted, before_all, true}};
  EXPECT_EQ(read_news(written_news(news)), news);
  EXPECT_THROW(read_news("\x07"), broken_bytes);
}

}  // namespace
}  // namespace cartwheel
