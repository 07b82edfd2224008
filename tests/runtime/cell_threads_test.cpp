// The same crossing of threads as in cell_test.cpp, without CAF's mailboxes: host and askers have a mailbox of a mutex and
// a deque, which ThreadSanitizer sees into (caf_threads.hpp says why CAF's are closed to it).
#include "runtime/cell.hpp"

#include "tests/runtime/caf_threads.hpp"

#include <caf/error.hpp>
#include <caf/make_message.hpp>
#include <caf/sec.hpp>
#include <caf/system_messages.hpp>

#include <gtest/gtest.h>

#include <condition_variable>
#include <deque>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

namespace cartwheel {
namespace {

class plain_mailbox final : public caf::monitorable_actor {
 public:
  explicit plain_mailbox(caf::actor_config& cfg) : caf::monitorable_actor{cfg} {}

  void enqueue(caf::mailbox_element_ptr what, caf::execution_unit*) override {
    std::lock_guard lock{mutex_};
    if (closed_) return;  // dropped unseen, as CAF drops what comes to a closed mailbox
    queue_.push_back(std::move(what));
    changed_.notify_one();
  }

  /// The next message; nullptr when the mailbox is closed.
  caf::mailbox_element_ptr take() {
    std::unique_lock lock{mutex_};
    changed_.wait(lock, [this] { return closed_ || !queue_.empty(); });
    if (closed_) return nullptr;
    auto first = std::move(queue_.front());
    queue_.pop_front();
    return first;
  }

  void close() {
    std::deque<caf::mailbox_element_ptr> dropped;
    {
      std::lock_guard lock{mutex_};
      closed_ = true;
      dropped.swap(queue_);
      changed_.notify_all();
    }
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<caf::mailbox_element_ptr> queue_;
  bool closed_ = false;
};

/// Adds what it is sent and answers with the sum. Plain fields: the sanitizer would see a second thread at them.
class sum_cell final : public lone_cell {
 public:
  sum_cell(caf::actor_config& cfg, caf::strong_actor_ptr host, int& ends)
      : lone_cell{cfg, std::move(host)}, ends_{ends} {}

 protected:
  void on_message(caf::mailbox_element& what, caf::execution_unit* context) override {
    ++*messages_;
    if (what.content().match_elements<uint64_t>()) respond(what, caf::make_message(*messages_), context);
  }
  void on_end() override {
    messages_.reset();
    ++ends_;
  }

 private:
  std::unique_ptr<uint64_t> messages_ = std::make_unique<uint64_t>(0);
  int& ends_;  // the host's thread only
};

class cell_threads : public testing::Test {
 protected:
  caf::strong_actor_ptr make_mailbox() {
    caf::actor_config cfg;
    return caf::make_actor<plain_mailbox, caf::strong_actor_ptr>(system.next_actor_id(), system.node(), &system, cfg);
  }
  static plain_mailbox& mailbox(const caf::strong_actor_ptr& p) { return *static_cast<plain_mailbox*>(p->get()); }

  void run_host() {
    while (auto e = mailbox(host).take()) {
      ASSERT_TRUE(e->content().match_elements<parcel_ptr>());
      auto& p = *e->content().get_as<parcel_ptr>(0);
      p.receiver().receive(*p.what, nullptr);
    }
  }

  /// Sends `requests` of them, alternating between the cells, and takes one answer for each: (sums, errors).
  std::pair<int, int> ask(const std::vector<caf::strong_actor_ptr>& cells, uint64_t requests) {
    auto asker = make_mailbox();
    std::set<uint64_t> open;
    int sums = 0, errors = 0;
    auto take_one = [&] {
      auto e = mailbox(asker).take();
      EXPECT_TRUE(e->mid.is_response());
      EXPECT_EQ(open.erase(e->mid.request_id().integer_value()), 1u);
      if (e->content().match_elements<uint64_t>())
        ++sums;
      else if (e->content().match_elements<caf::error>() &&
               e->content().get_as<caf::error>(0) == caf::sec::request_receiver_down)
        ++errors;
    };
    for (uint64_t i = 1; i <= requests; ++i) {
      open.insert(i);
      auto& to = cells[i % cells.size()];
      to->get()->enqueue(caf::make_mailbox_element(asker, caf::make_message_id(i), {}, i), nullptr);
      if (open.size() > 100) take_one();
    }
    while (!open.empty()) take_one();
    return {sums, errors};
  }

  test_system_config config;
  caf::actor_system system{config};
  caf::strong_actor_ptr host = make_mailbox();
  int ends = 0;
};

constexpr int askers = 4;
constexpr uint64_t requests = 2000;

TEST_F(cell_threads, every_request_of_many_threads_is_answered_once) {
  std::vector<caf::strong_actor_ptr> cells;
  for (int i = 0; i < 3; ++i) cells.push_back(make_cell<sum_cell>(system, host, ends));
  std::jthread hosting{[this] { run_host(); }};
  std::vector<std::jthread> threads;
  for (int i = 0; i < askers; ++i)
    threads.emplace_back([&] { EXPECT_EQ(ask(cells, requests), (std::pair{static_cast<int>(requests), 0})); });
  threads.clear();
  mailbox(host).close();
}

TEST_F(cell_threads, a_cell_killed_meanwhile_bounces_and_its_neighbour_answers) {
  std::vector<caf::strong_actor_ptr> cells{make_cell<sum_cell>(system, host, ends),
                                           make_cell<sum_cell>(system, host, ends)};
  std::atomic<int> sums{0}, errors{0};
  {
    std::jthread hosting{[this] { run_host(); }};
    std::vector<std::jthread> threads;
    for (int i = 0; i < askers; ++i)
      threads.emplace_back([&, i] {
        auto [s, e] = ask(cells, requests / 2);
        if (i == 0)
          cells[0]->get()->enqueue(
            caf::make_mailbox_element(nullptr, caf::make_message_id(), {},
                                      caf::exit_msg{cells[0]->address(), caf::make_error(caf::exit_reason::kill)}),
            nullptr);
        auto [more_s, more_e] = ask(cells, requests / 2);
        sums += s + more_s;
        errors += e + more_e;
      });
    threads.clear();
    EXPECT_EQ(ask(cells, 10), (std::pair{5, 5}));
    mailbox(host).close();
  }
  EXPECT_EQ(sums + errors, askers * static_cast<int>(requests));
  EXPECT_GE(errors, static_cast<int>(requests) / 4);
  EXPECT_GE(sums, askers * static_cast<int>(requests) / 2);
  EXPECT_EQ(ends, 1);
}

TEST_F(cell_threads, a_host_that_goes_meanwhile_leaves_no_request_unanswered) {
  std::vector<caf::strong_actor_ptr> cells{make_cell<sum_cell>(system, host, ends)};
  std::atomic<int> sums{0}, errors{0};
  std::jthread hosting{[this] { run_host(); }};
  std::vector<std::jthread> threads;
  for (int i = 0; i < askers; ++i)
    threads.emplace_back([&, i] {
      auto [s, e] = ask(cells, requests / 2);
      if (i == 0) mailbox(host).close();
      auto [more_s, more_e] = ask(cells, requests / 2);
      sums += s + more_s;
      errors += e + more_e;
    });
  threads.clear();
  EXPECT_EQ(sums + errors, askers * static_cast<int>(requests));
  EXPECT_GE(errors, static_cast<int>(requests) / 2);
}

TEST_F(cell_threads, handles_are_dropped_on_any_thread) {
  std::jthread hosting{[this] { run_host(); }};
  for (int round = 0; round < 200; ++round) {
    auto c = make_cell<sum_cell>(system, host, ends);
    std::vector<std::jthread> threads;
    for (int i = 0; i < 3; ++i)
      threads.emplace_back([c] {
        c->get()->enqueue(caf::make_mailbox_element(nullptr, caf::make_message_id(), {}, uint64_t{1}), nullptr);
      });
    c = nullptr;
  }
  mailbox(host).close();
}

}  // namespace
}  // namespace cartwheel
