#pragma once

#include "transport/smtp/relay_pool.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace cartwheel::smtp::test {

using namespace std::chrono_literals;

/// A feed out of a list; what is deferred goes back to its end, if wanted.
class pool_feed final : public mail_feed {
 public:
  explicit pool_feed(boost::asio::io_context& io) : io_{io} {}

  mail_id add(std::string recipient, std::string content = "Subject: x\r\n\r\nhello\r\n",
              std::string sender = "s@x.example") {
    const auto id = mail_id{++made_};
    to_send.push_back(
      {id, std::move(sender), std::move(recipient), false, std::make_shared<const std::string>(std::move(content))});
    return id;
  }

  std::optional<mail> pull() override {
    if (to_send.empty()) return std::nullopt;
    auto next = std::move(to_send.front());
    to_send.pop_front();
    EXPECT_TRUE(held_.emplace(next.id, next).second);
    if (at_pull) at_pull(next.id);
    return next;
  }

  void write_intents(const std::vector<mail_id>& ids, std::function<void()> durable) override {
    EXPECT_FALSE(ids.empty());
    EXPECT_LE(ids.size(), limits::mails_ahead_max);
    ++syncs;
    for (const auto id : ids) EXPECT_TRUE(held_.contains(id) || outcomes.contains(id));
    auto done = [this, ids, durable = std::move(durable)] {
      durable_.insert(ids.begin(), ids.end());
      durable();
    };
    if (sync_time < 0ms) return done();
    auto timer = std::make_shared<boost::asio::steady_timer>(io_, sync_time);
    timer->async_wait([timer, done](auto) { done(); });
  }

  bool may_send_content(mail_id id) override {
    EXPECT_TRUE(durable_.contains(id)) << "content before its intent was durable";
    if (at_gate) at_gate(id);
    return !barred.contains(id);
  }

  void finished(const outcome& o) override {
    const auto it = held_.find(o.id);
    ASSERT_NE(it, held_.end()) << "an outcome for a mail that is not held: " << o.text;
    auto m = std::move(it->second);
    held_.erase(it);
    durable_.erase(o.id);
    outcomes[o.id].push_back(o);
    if (o.stage != stage::connect) ++tries_[o.id];  // what was never offered was not tried
    if (o.verdict == verdict::deferred && again && tries_[o.id] < tries_max)
      to_send.push_back(std::move(m));
    else
      ++settled;
    if (at_finished) at_finished(o);
  }

  verdict last(mail_id id) const { return outcomes.at(id).back().verdict; }
  size_t count(verdict v) const {
    size_t n = 0;
    for (const auto& [id, list] : outcomes) n += list.back().verdict == v;
    return n;
  }

  std::deque<mail> to_send;
  std::map<mail_id, std::vector<outcome>> outcomes;
  std::set<mail_id> barred;
  std::function<void(mail_id)> at_gate;
  std::function<void(mail_id)> at_pull;
  std::function<void(const outcome&)> at_finished;
  std::chrono::milliseconds sync_time{-1};  // of an intent's sync; negative: durable at once, within the call
  bool again = false;
  size_t tries_max = 50;
  size_t settled = 0;
  size_t syncs = 0;
  std::map<mail_id, mail> held_;

 private:
  boost::asio::io_context& io_;
  std::set<mail_id> durable_;
  std::map<mail_id, size_t> tries_;
  uint64_t made_ = 0;
};

/// Runs `io` until `done`, which is looked at after each handler; a failure after `most`.
inline void run_until(boost::asio::io_context& io, const std::function<bool()>& done,
                      std::chrono::milliseconds most = 20s) {
  const auto end = std::chrono::steady_clock::now() + most;
  while (!done()) {
    const auto now = std::chrono::steady_clock::now();
    if (now >= end) {
      ADD_FAILURE() << "not done in time";
      return;
    }
    if (io.stopped()) io.restart();
    io.run_one_for(std::min<std::chrono::steady_clock::duration>(end - now, 50ms));
  }
}

}  // namespace cartwheel::smtp::test
