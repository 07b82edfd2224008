#include "actors/mailer/maildir_outlet.hpp"

#include "actors/mailer/limits.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace cartwheel {

struct maildir_outlet::timer {
  boost::asio::steady_timer at;
};

maildir_outlet::maildir_outlet(boost::asio::io_context& io, maildir box, mail_queue& queue, mailer_metrics& metrics,
                               const clock_source& clock, callbacks calls)
    : box_{std::move(box)},
      queue_{queue},
      metrics_{metrics},
      clock_{clock},
      calls_{std::move(calls)},
      pause_{std::make_unique<timer>(timer{boost::asio::steady_timer{io}})},
      next_pause_{limits::maildir_pause_first} {}

maildir_outlet::~maildir_outlet() = default;

void maildir_outlet::wake() {
  if (!pausing_) pull();
}

void maildir_outlet::pull() {
  if (!batch_.empty() || broken_ || drained_) return;
  std::vector<smtp::mail_id> ids;
  while (batch_.size() < limits::maildir_batch_max) {
    auto next = queue_.pull();
    if (!next) break;
    ids.push_back(next->id);
    batch_.push_back(std::move(*next));
  }
  calls_.changed();  // pulling settles what has expired
  if (batch_.empty()) return;
  calls_.write_intents(ids, [this](bool durable) {
    auto batch = std::exchange(batch_, {});
    if (!durable) {
      broken_ = true;
      for (const auto& m : batch) queue_.give_back(m.id);
    } else {
      if (!pausing_) pull();  // the log syncs the next batch while this one is delivered
      deliver(std::move(batch));
    }
    calls_.changed();
    tell_drained();
  });
}

void maildir_outlet::deliver(std::vector<mail_queue::pulled_mail> batch) {
  std::vector<smtp::mail_id> ids;
  std::vector<rendered_mail> mails;
  for (auto& m : batch) {
    if (!queue_.may_send(m.id)) {
      queue_.recalled(m.id, smtp::recall_point::queue);
      continue;
    }
    ids.push_back(m.id);
    mails.push_back(std::move(m.mail));
  }
  auto outcomes = box_.deliver(mails);
  const maildir_outcome* failure = nullptr;
  for (size_t i = 0; i < ids.size(); ++i) {
    if (outcomes[i].result == maildir_result::failed) {
      failure = &outcomes[i];
      metrics_.outlet_failures.add();
      queue_.give_back(ids[i]);
    } else {
      queue_.accepted(ids[i]);
    }
  }
  if (failure != nullptr)
    pause(*failure);
  else if (!ids.empty())
    next_pause_ = limits::maildir_pause_first;
}

void maildir_outlet::pause(const maildir_outcome& failure) {
  queue_.failures().say("the Maildir failed, mails wait", fmt::format("{}: {}", failure.path, failure.error.message()),
                        clock_.now());
  if (std::exchange(pausing_, true)) return;
  pause_->at.expires_after(std::exchange(next_pause_, std::min(2 * next_pause_, limits::maildir_pause_max)));
  pause_->at.async_wait([this](boost::system::error_code stopped) {
    if (stopped) return;
    pausing_ = false;
    pull();
  });
}

void maildir_outlet::drain(std::function<void()> done) {
  drained_ = std::move(done);
  tell_drained();
}

void maildir_outlet::tell_drained() {
  if (!drained_ || !batch_.empty()) return;
  // What an empty function says: nothing is pulled any more.
  std::exchange(drained_, [] {})();
}

}  // namespace cartwheel
