#pragma once

#include "actors/cart/cart_lines.hpp"
#include "actors/mailer/mailer.hpp"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_set>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace cartwheel::test {

inline constexpr instant test_start = from_unix_ms(1'795'291'200'000);

inline std::string two_lines() {
  event_item cup;
  cup.item_id = "sku-1";
  cup.item_name = "Espressokopje";
  cup.price = 2495;
  event_item beans;
  beans.item_id = "sku-2";
  beans.item_name = "Koffiebonen";
  beans.price = 6495;
  beans.quantity = 2;
  std::vector<event_item> items{cup, beans};
  return std::string{cart_lines{}.add(items).lines.block()};
}

inline claim_id claim_number(uint32_t n, uint16_t shard = 0) { return {{shard_id{shard}, n, 1}, 0, 0}; }

inline due_reminder due_number(uint32_t n, uint16_t shard = 0) {
  due_reminder r;
  r.claim = claim_number(n, shard);
  r.address = {n, 1};
  r.shop = "default";
  r.cart_id = "c-" + std::to_string(n);
  r.address_as_given = "Anna." + std::to_string(n) + "@example.org";
  r.shopper_name = "Anna";
  r.locale = "nl";
  r.cart_url = "https://example.com/cart";
  r.lines = two_lines();
  r.currency = {{'E', 'U', 'R'}};
  r.value = 15'485;
  r.due = test_start + std::chrono::milliseconds{n};
  r.decided = test_start + 1s;
  r.not_after = test_start + 24h;
  return r;
}

inline question question_of(const due_reminder& r) {
  question q;
  q.cart = r.claim.cart;
  q.cycle = r.claim.cycle;
  q.step = r.claim.step;
  q.address = {r.address, r.address_as_given};
  q.tick = r.decided;
  return q;
}

inline mailer_options options_for_tests() {
  mailer_options o;
  o.maildir_durable = false;
  o.templates = template_set::built_in().set;
  o.keys.links.fill(1);
  o.keys.message_id.fill(2);
  o.public_url = "https://mail.example.com/";
  return o;
}

/// Records what the mailer tells the log and the shards. Intents are durable at once, on a thread of their own, or when
/// the test says so.
class fake_ledger final : public mail_ledger {
 public:
  ~fake_ledger() override {
    for (auto& t : threads_) t.join();
  }

  void write_intents(std::vector<settled_reminder> reminders, std::function<void(bool)> durable) override {
    std::lock_guard lock{mutex_};
    for (const auto& s : reminders) {
      intents_.push_back({s.cart, s.cycle, s.step});
      open_.insert(claim_id{s.cart, s.cycle, s.step});
    }
    most_open_ = std::max(most_open_, open_.size());
    largest_batch_ = std::max(largest_batch_, reminders.size());
    if (hold_)
      held_.push_back(std::move(durable));
    else
      threads_.emplace_back(std::move(durable), healthy_);
    changed_.notify_all();
  }

  void settle(std::vector<settled_reminder> reminders) override {
    std::lock_guard lock{mutex_};
    for (const auto& s : reminders) {
      (s.how == settlement::not_sent ? not_sent_ : settled_).push_back(s);
      open_.erase(claim_id{s.cart, s.cycle, s.step});
    }
    changed_.notify_all();
  }

  void grant(shard_id shard, size_t n) override {
    std::function<void(shard_id, size_t)> told;
    {
      std::lock_guard lock{mutex_};
      granted_[shard] += n;
      told = on_grant_;
      changed_.notify_all();
    }
    if (told) told(shard, n);
  }

  void on_grant(std::function<void(shard_id, size_t)> f) {
    std::lock_guard lock{mutex_};
    on_grant_ = std::move(f);
  }
  void hold_intents() {
    std::lock_guard lock{mutex_};
    hold_ = true;
  }
  void break_log() {
    std::lock_guard lock{mutex_};
    healthy_ = false;
  }
  /// Those held so far become durable; later ones at once.
  void release_intents() {
    std::vector<std::function<void(bool)>> held;
    {
      std::lock_guard lock{mutex_};
      hold_ = false;
      held.swap(held_);
    }
    for (auto& durable : held) durable(true);
  }

  /// Waits until `there` holds; the test fails after ten seconds.
  template <class F>
  bool wait(F there) {
    std::unique_lock lock{mutex_};
    bool came = changed_.wait_for(lock, 10s, [&] { return there(*this); });
    EXPECT_TRUE(came) << "not within ten seconds";
    return came;
  }
  std::vector<settled_reminder> wait_for_settled(size_t n) {
    wait([n](const fake_ledger& l) { return l.settled_.size() >= n; });
    std::lock_guard lock{mutex_};
    return settled_;
  }
  bool wait_for_intents(size_t n) {
    return wait([n](const fake_ledger& l) { return l.intents_.size() >= n; });
  }

  std::vector<settled_reminder> settled() const {
    std::lock_guard lock{mutex_};
    return settled_;
  }
  std::vector<claim_id> intents() const {
    std::lock_guard lock{mutex_};
    return intents_;
  }
  size_t granted(uint16_t shard = 0) const {
    std::lock_guard lock{mutex_};
    auto i = granted_.find(shard_id{shard});
    return i == granted_.end() ? 0 : i->second;
  }
  size_t largest_batch() const {
    std::lock_guard lock{mutex_};
    return largest_batch_;
  }
  /// How many intents were without an outcome at once: what a crash at the worst moment would leave in doubt.
  size_t most_open() const {
    std::lock_guard lock{mutex_};
    return most_open_;
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<settled_reminder> settled_;
  std::vector<settled_reminder> not_sent_;
  std::vector<claim_id> intents_;
  std::unordered_set<claim_id, claim_id_hash> open_;
  size_t most_open_ = 0;
  std::map<shard_id, size_t> granted_;
  std::vector<std::function<void(bool)>> held_;
  std::function<void(shard_id, size_t)> on_grant_;
  std::vector<std::thread> threads_;
  size_t largest_batch_ = 0;
  bool hold_ = false;
  bool healthy_ = true;
};

/// Waits until something becomes true that nobody announces.
template <class F>
bool soon(F there) {
  for (auto until = std::chrono::steady_clock::now() + 10s; std::chrono::steady_clock::now() < until;) {
    if (there()) return true;
    std::this_thread::sleep_for(1ms);
  }
  return there();
}

}  // namespace cartwheel::test
