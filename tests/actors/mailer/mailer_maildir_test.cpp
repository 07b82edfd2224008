#include "actors/mailer/limits.hpp"
#include "actors/mailer/mailer.hpp"
#include "tests/actors/mailer/mailer_fixture.hpp"
#include "tests/scratch_folder.hpp"

#include <atomic>
#include <fstream>
#include <future>
#include <iterator>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cartwheel {
namespace {

using namespace test;

class a_mailer_with_a_maildir : public testing::Test {
 protected:
  void start() {
    options.maildir = folder.path();
    under_test = std::make_unique<mailer>(options, clock, ledger);
  }
  void TearDown() override { under_test.reset(); }

  std::vector<std::string> mails() const {
    std::vector<std::string> out;
    for (const auto& e : std::filesystem::directory_iterator{folder.path() / "new"}) out.push_back(e.path().filename());
    return out;
  }
  std::string text_of(const std::string& name) const {
    std::ifstream in{folder.path() / "new" / name, std::ios::binary};
    return {std::istreambuf_iterator<char>{in}, {}};
  }

  scratch_folder folder;
  mailer_options options = options_for_tests();
  manual_clock clock{test_start};
  fake_ledger ledger;
  std::unique_ptr<mailer> under_test;
};

TEST_F(a_mailer_with_a_maildir, delivers_and_settles) {
  start();
  under_test->offer(due_number(1));
  auto settled = ledger.wait_for_settled(1);
  ASSERT_EQ(settled.size(), 1u);
  EXPECT_EQ(settled[0].how, settlement::accepted);
  EXPECT_EQ(settled[0].address, due_number(1).address);
  EXPECT_THAT(ledger.intents(), testing::ElementsAre(claim_number(1)));
  ASSERT_EQ(mails().size(), 1u);
  auto name = mails()[0];
  EXPECT_TRUE(name.ends_with("@example.com"));
  auto text = text_of(name);
  EXPECT_TRUE(text.starts_with("Return-Path: <cart@example.com>\nDelivered-To: Anna.1@example.org\nFrom: "));
  EXPECT_THAT(text, testing::HasSubstr("\nMessage-ID: <" + name + ">\n"));
  EXPECT_THAT(text, testing::HasSubstr("\nTo: Anna <Anna.1@example.org>\n"));
  EXPECT_THAT(text, testing::HasSubstr("\nDate: "));
  EXPECT_THAT(text, testing::HasSubstr("\nList-Unsubscribe: <https://mail.example.com/u/"));
  EXPECT_EQ(under_test->metrics().of(reminder_outcome::accepted), 1u);
}

TEST_F(a_mailer_with_a_maildir, counts_what_is_there_already_as_accepted) {
  start();
  under_test->offer(due_number(1));
  ledger.wait_for_settled(1);
  under_test.reset();
  start();
  under_test->offer(due_number(1));
  EXPECT_EQ(ledger.wait_for_settled(2)[1].how, settlement::accepted);
  EXPECT_EQ(mails().size(), 1u);
}

TEST_F(a_mailer_with_a_maildir, offers_nothing_before_its_intent_is_durable) {
  ledger.hold_intents();
  start();
  for (uint32_t n = 1; n <= 20; ++n) under_test->offer(due_number(n));
  ledger.wait_for_intents(1);
  EXPECT_TRUE(soon([&] { return under_test->metrics().ready.value() + under_test->metrics().sending.value() == 20; }));
  EXPECT_TRUE(mails().empty());
  EXPECT_TRUE(ledger.settled().empty());
  ledger.release_intents();
  ledger.wait_for_settled(20);
  EXPECT_EQ(mails().size(), 20u);
  EXPECT_LE(ledger.largest_batch(), limits::maildir_batch_max);
}

TEST_F(a_mailer_with_a_maildir, never_has_more_out_than_its_bound_with_a_thousand_waiting) {
  // A shard with a thousand claims: every seventh is refused at the gate, every eleventh was recalled on its way there.
  constexpr uint32_t claims = 1000;
  std::atomic<uint32_t> next{0};
  size_t granted = 0, unused = 0, most = 0, never_offered = 0, never_settled = 0;
  auto not_used = [&](shard_id shard, size_t n) {
    unused += n;
    under_test->unused(shard, n);
  };
  ledger.hold_intents();
  ledger.on_grant([&](shard_id shard, size_t n) {  // on the mailer's thread
    granted += n;
    most = std::max(most, granted - unused - under_test->metrics().of(reminder_outcome::accepted));
    for (; n > 0 && next < claims; --n) {
      uint32_t number = ++next;
      auto r = due_number(number);
      if (number % 7 != 0 && number % 11 != 0) {
        under_test->offer(std::move(r));
        continue;
      }
      ++never_offered;
      if (number % 11 == 0)
        ++never_settled;
      else
        under_test->refused(question_of(r), reason::consent_withdrawn);
      not_used(shard, 1);
    }
    if (n > 0) not_used(shard, n);
  });
  start();
  under_test->ready(shard_id{0}, claims);
  ledger.wait_for_intents(1);
  // Nothing can be delivered, so what is offered fills the bound, but for less than what a grant is worth.
  EXPECT_TRUE(soon([&] {
    const auto& m = under_test->metrics();
    auto held = static_cast<size_t>(m.ready.value() + m.sending.value());
    return held > limits::ready_for_maildir - limits::ready_for_maildir / 8;
  }));
  EXPECT_LT(next, claims / 2);
  ledger.release_intents();
  for (int i = 0; i < 3; ++i) under_test->ready(shard_id{0}, claims);  // stale words: too much is granted
  EXPECT_TRUE(soon([&] { return ledger.settled().size() + claims / 11 == claims; }));
  EXPECT_TRUE(soon([&] { return under_test->metrics().credit.value() == 0; })) << "no credit is lost";
  under_test.reset();
  EXPECT_EQ(most, limits::ready_for_maildir);
  EXPECT_EQ(mails().size(), claims - never_offered);
  std::set<uint32_t> carts;
  for (const auto& s : ledger.settled()) EXPECT_TRUE(carts.insert(s.cart.slot).second) << s.cart.slot;
  EXPECT_EQ(carts.size(), claims - never_settled);
}

TEST_F(a_mailer_with_a_maildir, recalls_what_waits_and_what_was_pulled) {
  ledger.hold_intents();
  start();
  for (uint32_t n = 1; n <= 20; ++n) under_test->offer(due_number(n));
  ledger.wait_for_intents(1);
  EXPECT_TRUE(soon([&] { return under_test->metrics().ready.value() > 0; }));
  under_test->recall(claim_number(20), reason::ordered_other_cart);  // ready
  EXPECT_EQ(ledger.wait_for_settled(1)[0].cart.slot, 20u);
  under_test->recall(claim_number(1), reason::ordered_other_cart);   // pulled
  under_test->recall(claim_number(99), reason::ordered_other_cart);  // settled long ago
  ledger.release_intents();
  auto settled = ledger.wait_for_settled(20);
  ASSERT_EQ(settled.size(), 20u);
  for (const auto& s : settled) {
    bool back = s.cart.slot == 1 || s.cart.slot == 20;
    EXPECT_EQ(s.how, back ? settlement::released : settlement::accepted);
    if (back) {
      EXPECT_EQ(s.why, reason::recalled_queue);
    }
  }
  EXPECT_EQ(mails().size(), 18u);
  EXPECT_EQ(under_test->metrics().recalled[0].value(), 2u);
}

TEST_F(a_mailer_with_a_maildir, loses_nothing_while_the_folder_is_gone) {
  start();
  std::filesystem::remove_all(folder.path() / "tmp");
  under_test->offer(due_number(1));
  under_test->offer(due_number(2));
  EXPECT_TRUE(soon([&] { return under_test->metrics().outlet_failures.value() > 0; }));
  EXPECT_TRUE(ledger.settled().empty());
  std::filesystem::create_directories(folder.path() / "tmp");
  for (const auto& s : ledger.wait_for_settled(2)) EXPECT_EQ(s.how, settlement::accepted);
  EXPECT_EQ(mails().size(), 2u);
}

TEST_F(a_mailer_with_a_maildir, offers_nothing_whenumbere_log_is_broken) {
  ledger.break_log();
  start();
  under_test->offer(due_number(1));
  ledger.wait_for_intents(1);
  EXPECT_TRUE(soon([&] { return under_test->metrics().ready.value() == 1; }));
  under_test->offer(due_number(2));
  EXPECT_TRUE(soon([&] { return under_test->metrics().ready.value() == 2; }));
  EXPECT_TRUE(mails().empty());
  EXPECT_TRUE(ledger.settled().empty());
  EXPECT_EQ(ledger.intents().size(), 1u);
}

TEST_F(a_mailer_with_a_maildir, drains_what_it_has_pulled_and_leaves_the_rest_unsettled) {
  ledger.hold_intents();
  start();
  for (uint32_t n = 1; n <= 20; ++n) under_test->offer(due_number(n));
  ledger.wait_for_intents(1);
  EXPECT_TRUE(soon([&] { return under_test->metrics().ready.value() + under_test->metrics().sending.value() == 20; }));
  auto pulled = ledger.intents().size();
  std::promise<void> done;
  auto drained = done.get_future();
  under_test->drain([&] { done.set_value(); });
  EXPECT_EQ(drained.wait_for(50ms), std::future_status::timeout) << "what is pulled is on its way";
  ledger.release_intents();
  ASSERT_EQ(drained.wait_for(10s), std::future_status::ready);
  EXPECT_EQ(ledger.settled().size(), pulled) << "settled before it says so";
  EXPECT_EQ(mails().size(), pulled);
  under_test->offer(due_number(50));
  under_test->ready(shard_id{0}, 10);
  under_test.reset();
  EXPECT_EQ(ledger.settled().size(), pulled);
  EXPECT_EQ(ledger.granted(), 0u);
}

TEST_F(a_mailer_with_a_maildir, drains_at_once_when_nothing_is_on_its_way) {
  start();
  std::promise<void> done;
  under_test->drain([&] { done.set_value(); });
  EXPECT_EQ(done.get_future().wait_for(10s), std::future_status::ready);
}

TEST_F(a_mailer_with_a_maildir, drains_no_longer_than_its_grace) {
  options.drain_grace = 50ms;
  ledger.hold_intents();
  start();
  under_test->offer(due_number(1));
  ledger.wait_for_intents(1);
  std::promise<void> done;
  under_test->drain([&] { done.set_value(); });
  EXPECT_EQ(done.get_future().wait_for(10s), std::future_status::ready);
  ledger.release_intents();  // too late: who asked is gone
  under_test.reset();
  EXPECT_TRUE(mails().empty());
  EXPECT_TRUE(ledger.settled().empty());
}

TEST_F(a_mailer_with_a_maildir, does_not_mind_answers_of_the_log_after_its_end) {
  ledger.hold_intents();
  start();
  under_test->offer(due_number(1));
  ledger.wait_for_intents(1);
  under_test.reset();
  ledger.release_intents();
  EXPECT_TRUE(mails().empty());
}

TEST_F(a_mailer_with_a_maildir, says_which_folder_it_cannot_open) {
  std::ofstream{folder / "tmp"} << "a file";
  try {
    start();
    FAIL() << "it started";
  } catch (const std::runtime_error& e) {
    EXPECT_THAT(e.what(), testing::HasSubstr((folder.path() / "tmp").string()));
  }
}

}  // namespace
}  // namespace cartwheel
