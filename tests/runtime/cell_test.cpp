#include "runtime/cell.hpp"

#include "tests/runtime/caf_threads.hpp"

#include <caf/all.hpp>

#include <gtest/gtest.h>

#include <functional>
#include <future>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <vector>

namespace cartwheel {
namespace {

/// Adds one; answers with the sum.
struct add {
  uint32_t sender = 0;
  uint64_t sequence = 0;
};
/// Ends the cell from inside, as a cart ends itself.
struct end_yourself {};
/// Throws.
struct fail {};
/// Answered only when `add` comes next.
struct ask_later {};
/// Something to do on the host's thread.
using errand = std::shared_ptr<std::function<void(caf::event_based_actor&)>>;

}  // namespace
}  // namespace cartwheel

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(cartwheel::add)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(cartwheel::end_yourself)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(cartwheel::fail)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(cartwheel::ask_later)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(cartwheel::errand)

namespace cartwheel {
namespace {

// Longer than any test takes; what would hang shows as an error that names the line.
constexpr auto patience = std::chrono::seconds{60};

/// What a cell leaves behind for the test. Written on the host's thread, read once that is known to be over.
struct trace {
  std::vector<std::thread::id> threads;
  std::vector<std::vector<uint64_t>> sequences{std::vector<std::vector<uint64_t>>(8)};
  std::atomic<int> states_dropped{0};
  std::thread::id dropped_on;
};

class test_cell final : public lone_cell {
 public:
  test_cell(caf::actor_config& cfg, caf::strong_actor_ptr host, std::shared_ptr<trace> t)
      : lone_cell{cfg, std::move(host)}, state_{std::make_unique<std::string>(200, 's')}, trace_{std::move(t)} {}

  void count_in_place() { ++sum_; }
  uint64_t sum() const { return sum_; }

 protected:
  void on_message(caf::mailbox_element& what, caf::execution_unit* context) override {
    auto self = std::this_thread::get_id();
    if (trace_->threads.empty() || trace_->threads.back() != self) trace_->threads.push_back(self);
    auto& content = what.content();
    if (content.match_elements<add>()) {
      auto& m = content.get_as<add>(0);
      trace_->sequences[m.sender].push_back(m.sequence);
      ++sum_;
      respond(what, caf::make_message(sum_), context);
      if (asker_) {
        asker_->get()->enqueue(caf::make_mailbox_element(nullptr, asked_.response_id(), {}, sum_), context);
        asker_ = nullptr;
      }
    } else if (content.match_elements<ask_later>()) {
      asker_ = what.sender;
      asked_ = what.mid;
    } else if (content.match_elements<end_yourself>()) {
      end(caf::make_error(caf::exit_reason::user_shutdown), context);
    } else if (content.match_elements<fail>()) {
      throw std::runtime_error{"a cell's handler failed"};
    }
  }

  void on_end() override {
    EXPECT_NE(state_, nullptr);
    state_.reset();
    trace_->dropped_on = std::this_thread::get_id();
    ++trace_->states_dropped;
  }

 private:
  std::unique_ptr<std::string> state_;
  std::shared_ptr<trace> trace_;
  uint64_t sum_ = 0;
  caf::strong_actor_ptr asker_;
  caf::message_id asked_;
};

/// A shard without its work. A class, since CAF's factory for functions binds a null reference (UBSan).
class test_host final : public caf::event_based_actor {
 public:
  explicit test_host(caf::actor_config& cfg) : caf::event_based_actor{cfg} {}
  caf::behavior make_behavior() override {
    return {
      [this](const parcel_ptr& p) {
        try {
          p->receiver().receive(*p->what, context());
        } catch (const std::runtime_error&) {  // as a shard does: the cell goes on
        }
      },
      [this](const errand& e) { (*e)(*this); },
    };
  }
};

/// Any other actor.
class stock_actor final : public caf::event_based_actor {
 public:
  explicit stock_actor(caf::actor_config& cfg) : caf::event_based_actor{cfg} {}
  caf::behavior make_behavior() override {
    return {[](uint64_t n) { return n; }};
  }
};

class cells : public testing::Test {
 protected:
  cells() {
    host = system.spawn<test_host, caf::detached>();
    self->monitor(host);
    run([this](caf::event_based_actor&) { host_thread = std::this_thread::get_id(); });
  }

  void TearDown() override { stop_host(); }

  /// Runs `f` on the host's thread and returns when it is done.
  void run(std::function<void(caf::event_based_actor&)> f) {
    std::promise<void> done;
    send_errand([&](caf::event_based_actor& a) {
      f(a);
      done.set_value();
    });
    done.get_future().wait();
  }
  void send_errand(std::function<void(caf::event_based_actor&)> f) {
    caf::anon_send(host, std::make_shared<std::function<void(caf::event_based_actor&)>>(std::move(f)));
  }

  void stop_host() {
    if (!host) return;
    caf::anon_send_exit(host, caf::exit_reason::user_shutdown);
    EXPECT_EQ(await_down(host.address()), caf::exit_reason::user_shutdown);
    host = nullptr;
  }

  caf::actor make(std::shared_ptr<trace> t = std::make_shared<trace>()) {
    return caf::actor_cast<caf::actor>(
      make_cell<test_cell>(system, caf::actor_cast<caf::strong_actor_ptr>(host), std::move(t)));
  }

  /// The answer to a request, or nothing and `refused` set.
  template <class Message>
  std::optional<uint64_t> ask(caf::scoped_actor& from, const caf::actor& to, Message m) {
    std::optional<uint64_t> answer;
    refused = caf::none;
    from->request(to, patience, std::move(m))
      .receive([&](uint64_t n) { answer = n; }, [&](const caf::error& e) { refused = e; });
    return answer;
  }
  template <class Message>
  std::optional<uint64_t> ask(const caf::actor& to, Message m) {
    return ask(self, to, std::move(m));
  }

  /// Waits for the down message of one actor.
  caf::error await_down(caf::actor_addr of) {
    caf::error reason;
    bool heard = false;
    self->receive_while([&] { return !heard; })(
      [&](const caf::down_msg& d) {
        if (d.source != of) return;
        heard = true;
        reason = d.reason;
      },
      caf::after(patience) >>
        [&] {
          heard = true;
          ADD_FAILURE() << "no down message";
        });
    return reason;
  }

  test_system_config config;
  caf::actor_system system{config};
  caf::scoped_actor self{system};
  caf::actor host;
  std::thread::id host_thread;
  caf::error refused;
};

TEST_F(cells, answers_a_request_to_its_handle) {
  auto c = make();
  EXPECT_EQ(ask(c, add{}), 1u);
  EXPECT_EQ(ask(c, add{}), 2u);
  EXPECT_FALSE(refused);
  EXPECT_STREQ(cell_cast<test_cell>(caf::actor_cast<caf::strong_actor_ptr>(c))->name(), "cell");
}

TEST_F(cells, is_a_real_actor_with_an_address_of_its_own) {
  auto a = make(), b = make();
  EXPECT_NE(a.address(), b.address());
  EXPECT_NE(a.id(), b.id());
  EXPECT_NE(a.address(), host.address());
  EXPECT_EQ(&a.home_system(), &system);
}

TEST_F(cells, in_place_delivery_and_messages_meet_on_the_hosts_thread) {
  auto c = make();
  auto* in_place = cell_cast<test_cell>(caf::actor_cast<caf::strong_actor_ptr>(c));
  run([&](caf::event_based_actor&) {
    for (int i = 0; i < 10; ++i) in_place->count_in_place();
  });
  EXPECT_EQ(ask(c, add{}), 11u);
}

TEST_F(cells, messages_from_many_threads_arrive_on_the_hosts_thread_in_each_senders_order) {
  constexpr uint32_t senders = 6;
  constexpr uint64_t each = 3000;
  auto t = std::make_shared<trace>(), other = std::make_shared<trace>();
  auto c = make(t), neighbour = make(other);
  {
    std::vector<std::jthread> threads;
    for (uint32_t s = 0; s < senders; ++s)
      threads.emplace_back([&, s] {
        caf::scoped_actor sender{system};
        for (uint64_t i = 0; i < each; ++i) {
          sender->send(c, add{s, i});
          if (i % 2 == 0) caf::anon_send(neighbour, add{s, i});
        }
      });
  }
  EXPECT_EQ(ask(c, add{7, 0}), senders * each + 1);
  EXPECT_EQ(ask(neighbour, add{7, 0}), senders * each / 2 + 1);
  run([&](caf::event_based_actor&) {
    EXPECT_EQ(t->threads, std::vector{host_thread});
    EXPECT_EQ(other->threads, std::vector{host_thread});
    for (uint32_t s = 0; s < senders; ++s) {
      ASSERT_EQ(t->sequences[s].size(), each);
      for (uint64_t i = 0; i < each; ++i) ASSERT_EQ(t->sequences[s][i], i);
    }
  });
}

TEST_F(cells, requests_from_many_threads_each_get_their_answer) {
  auto c = make();
  std::atomic<uint64_t> answers{0}, sum{0};
  {
    std::vector<std::jthread> threads;
    for (int s = 0; s < 4; ++s)
      threads.emplace_back([&] {
        caf::scoped_actor sender{system};
        for (int i = 0; i < 200; ++i)
          sender->request(c, patience, add{})
            .receive(
              [&](uint64_t n) {
                ++answers;
                sum += n;
              },
              [](const caf::error&) { ADD_FAILURE(); });
      });
  }
  EXPECT_EQ(answers, 800u);
  EXPECT_EQ(sum, 800u * 801 / 2);
}

TEST_F(cells, may_answer_later) {
  auto c = make();
  uint64_t answer = 0;
  auto later = self->request(c, patience, ask_later{});
  EXPECT_EQ(ask(c, add{}), 1u);
  std::move(later).receive([&](uint64_t n) { answer = n; }, [](const caf::error&) { ADD_FAILURE(); });
  EXPECT_EQ(answer, 1u);
}

TEST_F(cells, a_monitor_hears_why_it_ended) {
  auto t = std::make_shared<trace>();
  auto c = make(t), neighbour = make();
  self->monitor(c);
  self->send(c, end_yourself{});
  EXPECT_EQ(await_down(c.address()), caf::exit_reason::user_shutdown);
  EXPECT_EQ(ask(neighbour, add{}), 1u);
  EXPECT_EQ(t->states_dropped, 1);
}

TEST_F(cells, killed_alone_its_neighbours_go_on) {
  auto t = std::make_shared<trace>(), other = std::make_shared<trace>();
  auto c = make(t), neighbour = make(other);
  self->monitor(c);
  self->monitor(neighbour);
  EXPECT_EQ(ask(c, add{}), 1u);
  caf::anon_send_exit(c, caf::exit_reason::kill);
  EXPECT_EQ(await_down(c.address()), caf::exit_reason::kill);
  EXPECT_EQ(ask(neighbour, add{}), 1u);
  run([&](caf::event_based_actor&) {
    EXPECT_EQ(t->states_dropped, 1);
    EXPECT_EQ(t->dropped_on, host_thread);
    EXPECT_EQ(other->states_dropped, 0);
  });
}

TEST_F(cells, ended_in_place_by_its_host) {
  auto t = std::make_shared<trace>();
  auto c = make(t);
  self->monitor(c);
  auto handle = caf::actor_cast<caf::strong_actor_ptr>(c);
  run([&](caf::event_based_actor& a) {
    auto* in_place = cell_cast<test_cell>(handle);
    EXPECT_FALSE(in_place->ended());
    in_place->end(caf::make_error(caf::exit_reason::user_shutdown), a.context());
    EXPECT_TRUE(in_place->ended());
    EXPECT_EQ(t->states_dropped, 1);
    in_place->end(caf::make_error(caf::exit_reason::kill), a.context());  // once is enough
    EXPECT_EQ(t->states_dropped, 1);
  });
  EXPECT_EQ(await_down(c.address()), caf::exit_reason::user_shutdown);
}

TEST_F(cells, a_monitor_that_comes_too_late_hears_at_once) {
  auto c = make();
  caf::anon_send_exit(c, caf::exit_reason::kill);
  ask(c, add{});
  self->monitor(c);
  EXPECT_EQ(await_down(c.address()), caf::exit_reason::kill);
}

TEST_F(cells, nobody_can_reach_it_any_more) {
  auto c = make();
  auto address = c.address();
  self->monitor(c);
  c = nullptr;
  EXPECT_EQ(await_down(address), caf::exit_reason::unreachable);
}

TEST_F(cells, a_links_end_is_felt_on_both_sides) {
  {
    auto c = make();
    auto p = system.spawn<stock_actor>();
    self->monitor(p);
    caf::actor_cast<caf::strong_actor_ptr>(c)->get()->add_link(caf::actor_cast<caf::strong_actor_ptr>(p)->get());
    caf::anon_send_exit(c, caf::exit_reason::kill);
    EXPECT_EQ(await_down(p.address()), caf::exit_reason::kill);
  }
  {
    auto t = std::make_shared<trace>();
    auto c = make(t);
    auto p = system.spawn<stock_actor>();
    self->monitor(c);
    cell_cast<test_cell>(caf::actor_cast<caf::strong_actor_ptr>(c))->link_to(p);
    caf::anon_send_exit(p, caf::exit_reason::user_shutdown);
    EXPECT_EQ(await_down(c.address()), caf::exit_reason::user_shutdown);
    run([&](caf::event_based_actor&) { EXPECT_EQ(t->dropped_on, host_thread); });
  }
  {
    auto a = make(), b = make(), neighbour = make();
    self->monitor(b);
    cell_cast<test_cell>(caf::actor_cast<caf::strong_actor_ptr>(a))->link_to(b);
    caf::anon_send_exit(a, caf::exit_reason::kill);
    EXPECT_EQ(await_down(b.address()), caf::exit_reason::kill);
    EXPECT_EQ(ask(neighbour, add{}), 1u);
  }
}

TEST_F(cells, an_unlinked_partner_goes_alone) {
  auto a = make(), b = make();
  auto* in_place = cell_cast<test_cell>(caf::actor_cast<caf::strong_actor_ptr>(a));
  in_place->link_to(b);
  in_place->unlink_from(b);
  caf::anon_send_exit(a, caf::exit_reason::kill);
  EXPECT_EQ(ask(a, add{}), std::nullopt);
  EXPECT_EQ(ask(b, add{}), 1u);
}

TEST_F(cells, after_its_end_messages_bounce) {
  auto c = make();
  self->monitor(c);
  caf::anon_send_exit(c, caf::exit_reason::kill);
  await_down(c.address());
  EXPECT_EQ(ask(c, add{}), std::nullopt);
  EXPECT_EQ(refused, caf::sec::request_receiver_down);
  caf::anon_send(c, add{});  // nobody waits for an answer: dropped
  caf::anon_send_exit(c, caf::exit_reason::kill);
}

TEST_F(cells, what_was_on_its_way_when_it_ended_bounces) {
  auto t = std::make_shared<trace>();
  auto c = make(t);
  std::promise<void> may_go_on;
  send_errand([&](caf::event_based_actor&) { may_go_on.get_future().wait(); });
  self->send(c, end_yourself{});
  auto request = self->request(c, patience, add{});
  may_go_on.set_value();
  caf::error why;
  std::move(request).receive([](uint64_t) { ADD_FAILURE(); }, [&](const caf::error& e) { why = e; });
  EXPECT_EQ(why, caf::sec::request_receiver_down);
  EXPECT_EQ(t->states_dropped, 1);
}

TEST_F(cells, a_handler_that_throws_leaves_the_cell_alive_and_the_asker_with_an_error) {
  auto c = make();
  EXPECT_EQ(ask(c, add{}), 1u);
  EXPECT_EQ(ask(c, fail{}), std::nullopt);
  EXPECT_EQ(refused, caf::sec::request_receiver_down);
  EXPECT_EQ(ask(c, add{}), 2u);
}

TEST_F(cells, a_handle_that_outlives_the_host_bounces) {
  auto c = make();
  EXPECT_EQ(ask(c, add{}), 1u);
  stop_host();
  EXPECT_EQ(ask(c, add{}), std::nullopt);
  EXPECT_EQ(refused, caf::sec::request_receiver_down);
  caf::anon_send(c, add{});
  self->send(c, end_yourself{});
}

TEST_F(cells, requests_waiting_in_the_mailbox_of_a_host_that_dies_bounce) {
  auto c = make();
  std::promise<void> may_go_on;
  send_errand([&](caf::event_based_actor& a) {
    may_go_on.get_future().wait();
    a.quit(caf::exit_reason::user_shutdown);
  });
  int bounced = 0;
  caf::scoped_actor asker{system};
  auto one = asker->request(c, patience, add{});
  auto two = asker->request(c, patience, add{});
  asker->send(c, add{});
  may_go_on.set_value();
  auto on_error = [&](const caf::error& e) { bounced += e == caf::sec::request_receiver_down; };
  std::move(one).receive([](uint64_t) { ADD_FAILURE(); }, on_error);
  std::move(two).receive([](uint64_t) { ADD_FAILURE(); }, on_error);
  EXPECT_EQ(bounced, 2);
  EXPECT_EQ(await_down(host.address()), caf::exit_reason::user_shutdown);
  host = nullptr;
}

TEST_F(cells, ten_thousand_ended_while_others_send_to_them) {
  constexpr size_t count = 10'000;
  auto t = std::make_shared<trace>();
  std::vector<caf::actor> all;
  for (size_t i = 0; i < count; ++i) all.push_back(make(t));
  {
    std::jthread killer{[&] {
      for (auto& c : all) caf::anon_send_exit(c, caf::exit_reason::kill);
    }};
    std::jthread sender{[&] {
      for (auto& c : all) caf::anon_send(c, add{});
    }};
  }
  run([](caf::event_based_actor&) {});
  EXPECT_EQ(t->states_dropped, static_cast<int>(count));
  for (size_t i = 0; i < count; i += 1000) EXPECT_EQ(ask(all[i], add{}), std::nullopt);
}

}  // namespace
}  // namespace cartwheel
