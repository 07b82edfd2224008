// Reminders in doubt over losses of power: what the log says of them is what the next process goes on with.

#include "actors/content/packed_mail.hpp"
#include "tests/actors/gateway/notebook.hpp"
#include "tests/actors/gateway/recovery_world.hpp"

#include <gtest/gtest.h>

namespace cartwheel {
namespace {

using test::decision_book;
using test::notebook;
using test::shared_files;
using test::small_node;

settled_reminder of(const question& q, settlement how) {
  return {q.cart, q.cycle, q.step, how, reason::in_doubt, q.address.key, q.tick, q.shop, q.cart_id, q.customer, {}};
}
settled_reminder of(const due_reminder& r, settlement how) {
  return {r.claim.cart, r.claim.cycle, r.claim.step,  how,   reason::in_doubt, r.address, r.decided,
          r.shop,       r.cart_id,     r.customer_id, r.mail};
}

class reminders_in_doubt : public testing::Test {
 protected:
  reminders_in_doubt() { start(); }
  ~reminders_in_doubt() override {
    if (node_) node_->die();
  }

  void start() {
    small_node::options o;
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
  void settle(settled_reminder s) {
    node_->events().settle({std::move(s)});
    settled_down();
  }
  /// What was submitted before this has been applied.
  void settled_down() {
    // An epoch is handed on behind its acknowledgement, and before the next one's.
    for (int i = 0; i < 2; ++i) node_->take(event("view_item", R"(,"visitor_id":"anybody")"));
    node_->settle_down();
  }
  std::string event(const std::string& name, const std::string& more) const {
    return R"({"event":")" + name + R"(","time":)" + std::to_string(unix_ms(clock_->now())) + more + "}\n";
  }
  due_reminder next_offer() {
    node_->events().grant(shard_id{0}, 1);
    auto r = mails().next_offer();
    EXPECT_TRUE(r.has_value());
    return r.value_or(due_reminder{});
  }
  /// A reminder whose content may have gone when the power fails.
  due_reminder offered_and_cut_off(const std::string& bytes = "the mail\r\n") {
    node_->take(
      event("consent", R"(,"email":"anna@example.org","channel":"email","status":"granted","source":"account")") +
      event("add_to_cart", R"(,"cart_id":"c","customer_id":"k","currency":"EUR","email":"anna@example.org",)"
                           R"("items":[{"item_id":"i","price":"1.00"}])"));
    clock_->advance(21min);
    auto decided = [&] { return !node_->told().decisions(1).empty(); };
    for (int i = 0; i < 10'000 && !decided(); ++i) std::this_thread::sleep_for(1ms);
    auto r = next_offer();
    if (!bytes.empty()) r.mail = pack_mail({"id@example.com", "cart@example.com", "anna@example.org", false, bytes});
    std::promise<bool> durable;
    node_->events().write_intents({of(r, settlement::offered)}, [&](bool ok) { durable.set_value(ok); });
    EXPECT_TRUE(durable.get_future().get());
    power_fails();
    return r;
  }
  void command(settlement how) {
    auto known = node_->told().doubts();
    ASSERT_EQ(known.size(), 1u);
    known[0].reminder.how = how;
    std::promise<bool> durable;
    node_->events().command({known[0].reminder}, [&](bool ok) { durable.set_value(ok); });
    EXPECT_TRUE(durable.get_future().get());
    settled_down();
  }
  settlement stands() const {
    auto known = node_->told().doubts();
    EXPECT_EQ(known.size(), 1u);
    return known.empty() ? settlement::offered : known[0].reminder.how;
  }
  int64_t gauge() const { return node_->shards().metrics(0).in_doubt.value(); }

  std::shared_ptr<manual_clock> clock_ = std::make_shared<manual_clock>(from_unix_ms(1'769'943'600'000));
  std::unique_ptr<shared_files> files_ = std::make_unique<shared_files>();
  decision_book book_;
  std::chrono::milliseconds snapshot_every_ = 24h;
  std::vector<std::unique_ptr<notebook>> mails_;
  std::unique_ptr<small_node> node_;
  uint64_t seed_ = 0;
};

TEST_F(reminders_in_doubt, are_told_with_what_is_kept_of_them) {
  offered_and_cut_off();
  auto left = mails().next_interrupted();
  ASSERT_TRUE(left);
  EXPECT_EQ(left->asked.cart_id, "c");
  EXPECT_TRUE(left->mail_is_kept);
  EXPECT_EQ(left->doubts, 0u);
}

TEST_F(reminders_in_doubt, without_bytes_are_told_so) {
  offered_and_cut_off("");
  auto left = mails().next_interrupted();
  ASSERT_TRUE(left);
  EXPECT_FALSE(left->mail_is_kept);
  settle(of(left->asked, settlement::in_doubt));
  EXPECT_EQ(stands(), settlement::in_doubt);
  power_fails();
  EXPECT_EQ(stands(), settlement::in_doubt) << "told again";
  EXPECT_TRUE(mails().has_heard_of_nothing());
}

TEST_F(reminders_in_doubt, that_are_held_wait_over_any_number_of_starts_and_go_out_as_they_were) {
  auto sent = offered_and_cut_off();
  settle(of(mails().next_interrupted()->asked, settlement::held));
  EXPECT_EQ(gauge(), 1);
  auto since = node_->told().doubts()[0].since;
  for (bool snapshots : {false, true, true}) {
    snapshot_every_ = snapshots ? 0ms : 24h;
    clock_->advance(5min);
    power_fails();
    settled_down();
    ASSERT_EQ(stands(), settlement::held);
    EXPECT_EQ(node_->told().doubts()[0].since, since);
    EXPECT_EQ(node_->told().doubts()[0].message_id, "id@example.com");
    EXPECT_EQ(gauge(), 1);
    EXPECT_TRUE(mails().has_heard_of_nothing());
  }
  command(settlement::let_go);
  EXPECT_EQ(stands(), settlement::let_go);
  auto again = next_offer();
  EXPECT_EQ(unpack_mail(again.mail).bytes, "the mail\r\n");
  EXPECT_EQ(again.doubts, 1u);
  EXPECT_EQ(again.claim.step, sent.claim.step);
  settle(of(again, settlement::accepted));
  EXPECT_EQ(stands(), settlement::accepted);
  EXPECT_EQ(gauge(), 0);
  power_fails();
  EXPECT_TRUE(mails().has_heard_of_nothing());
}

TEST_F(reminders_in_doubt, that_were_let_go_are_still_when_the_power_fails_at_once) {
  offered_and_cut_off();
  settle(of(mails().next_interrupted()->asked, settlement::held));
  command(settlement::let_go);
  power_fails();
  EXPECT_EQ(unpack_mail(next_offer().mail).message_id, "id@example.com");
}

TEST_F(reminders_in_doubt, that_were_dropped_stay_so) {
  offered_and_cut_off();
  settle(of(mails().next_interrupted()->asked, settlement::held));
  command(settlement::dropped);
  EXPECT_EQ(stands(), settlement::dropped);
  EXPECT_EQ(gauge(), 1) << "nobody will ever know";
  command(settlement::let_go);
  EXPECT_EQ(stands(), settlement::dropped) << "one that is not held is left as it is";
  power_fails();
  EXPECT_EQ(stands(), settlement::dropped);
  EXPECT_TRUE(mails().has_heard_of_nothing());
}

TEST_F(reminders_in_doubt, that_go_out_by_themselves_go_out_as_they_were) {
  offered_and_cut_off();
  settle(of(mails().next_interrupted()->asked, settlement::resent));
  EXPECT_EQ(stands(), settlement::resent);
  power_fails();
  auto again = next_offer();
  EXPECT_EQ(unpack_mail(again.mail).bytes, "the mail\r\n");
  EXPECT_EQ(again.doubts, 1u);
  std::promise<bool> durable;
  node_->events().write_intents({of(again, settlement::offered)}, [&](bool ok) { durable.set_value(ok); });
  EXPECT_TRUE(durable.get_future().get());
  power_fails();
  auto left = mails().next_interrupted();
  ASSERT_TRUE(left) << "in doubt once more";
  EXPECT_EQ(left->doubts, 1u);
}

TEST_F(reminders_in_doubt, whose_order_has_come_do_not_go_out_when_they_are_let_go) {
  offered_and_cut_off();
  settle(of(mails().next_interrupted()->asked, settlement::held));
  node_->take(event("purchase", R"(,"cart_id":"c","customer_id":"k","order_id":"o","email":"anna@example.org")"));
  settled_down();
  EXPECT_EQ(stands(), settlement::held) << "it may be with its owner: its claim counts";
  power_fails();
  EXPECT_EQ(stands(), settlement::held);
  command(settlement::let_go);
  auto refused = mails().next_refused();
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->second, reason::recalled_queue);
  settle(of(refused->first, settlement::released));
  EXPECT_EQ(stands(), settlement::released);
}

TEST_F(reminders_in_doubt, whose_owner_has_withdrawn_do_not_go_out_when_they_are_let_go) {
  offered_and_cut_off();
  settle(of(mails().next_interrupted()->asked, settlement::held));
  node_->take(
    event("consent", R"(,"email":"anna@example.org","channel":"email","status":"withdrawn","source":"account")"));
  settled_down();
  command(settlement::let_go);
  node_->events().grant(shard_id{0}, 1);
  EXPECT_TRUE(mails().next_refused());
}

TEST_F(reminders_in_doubt, that_were_put_off_before_go_out_as_they_were_and_are_not_in_doubt) {
  auto r = offered_and_cut_off();
  settle(of(mails().next_interrupted()->asked, settlement::put_off));
  power_fails();
  auto again = next_offer();
  EXPECT_EQ(unpack_mail(again.mail).bytes, "the mail\r\n");
  EXPECT_EQ(again.doubts, 0u);
  EXPECT_TRUE(node_->told().doubts().empty());
}

}  // namespace
}  // namespace cartwheel
