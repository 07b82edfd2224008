// Random schedules: whatever the order of bytes, times, recalls, syncs and failures, every mail has one outcome, and it
// is true. A failing seed is printed; run it alone with --gtest_filter and CARTWHEEL_SEED.

#include "transport/smtp/client_session.hpp"

#include "tests/transport/smtp/scripted_server.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

namespace cartwheel::smtp {
namespace {

using namespace std::chrono_literals;
using test::lie;
using test::scripted_server;
using test::server_script;

/// One feed, one server after another: a connection that ends is replaced, and what was deferred is sent again.
class world {
 public:
  world(uint64_t seed, lie how, chunking_mode chunking) : random_{seed}, how_{how}, chunking_{chunking} {}

  void run(size_t mails) {
    for (size_t i = 0; i < mails; ++i) to_send_.push_back(make());
    for (int connections = 0; connections < 2000 && !to_send_.empty(); ++connections) one_connection();
    EXPECT_TRUE(to_send_.empty()) << "no progress";
  }

  std::map<mail_id, std::vector<outcome>> outcomes;
  std::map<mail_id, int> pulled;
  std::map<std::string, int> taken;  // by the server, by recipient
  std::map<mail_id, std::string> recipients;
  std::map<std::string, std::string> contents;
  std::set<mail_id> recalled_in_time;
  uint64_t lock_step_changes = 0;

 private:
  uint64_t roll(uint64_t sides) { return random_() % sides; }

  mail make() {
    const auto id = mail_id{++made_};
    static constexpr const char* faults[] = {"+rcpt=550",  "+rcpt=451",  "+data=554", "+dot=554",  "+dot=452",
                                             "+dot=drop",  "+dot=lose",  "+dot=421",  "+rcpt=421", "+rcpt=550+data=354",
                                             "+data=drop", "+early=552", "+dot=stall"};
    std::string recipient = "r" + std::to_string(made_);
    if (roll(4) == 0) recipient += faults[roll(std::size(faults))];
    recipient += "@y.example";
    std::string content = "Subject: x\r\n\r\n" + std::to_string(made_) + "\r\n";
    const auto lines = roll(12);
    for (size_t i = 0; i < lines; ++i) content += roll(3) == 0 ? ".\r\n" : "some text\r\n";
    std::string sender = roll(30) == 0   ? "s+mail=550@x.example"
                         : roll(40) == 0 ? "s+mail=451@x.example"
                                         : "s@x.example";
    recipients[id] = recipient;
    contents[recipient] = content;
    return {id, sender, recipient, false, std::make_shared<const std::string>(content)};
  }

  void one_connection() {
    server_script script;
    script.lie = lock_step_ ? lie::none : how_;
    script.pipelining = !lock_step_ && roll(5) != 0;
    script.ehlo = roll(10) != 0;
    script.chunking = chunking_ != chunking_mode::off;
    scripted_server server{script};
    session_options options;
    options.content_piece_bytes = 1 + roll(60);
    options.chunking = in_chunks_ ? chunking_ : chunking_mode::off;
    options.window = 1 + roll(16);
    options.mails_max = static_cast<uint32_t>(1 + roll(40));
    client_session session{options, [&](mail_id id) { return may_send(id); }, now_};
    std::string to_server, to_client;
    std::vector<mail_id> not_durable;
    held_.clear();
    const uint64_t hazard = roll(3) == 0 ? 300 : 0;
    bool told = false;
    for (int step = 0; session.state() != session_state::closed; ++step) {
      ASSERT_LT(step, 200'000);
      to_client += server.take_output();
      switch (roll(9)) {
        case 0:
        case 1: {  // the client writes some
          const auto out = session.output();
          const auto all = std::string{out[0]}.append(out[1]);
          const auto bytes = roll(2) ? all.size() : std::min<size_t>(all.size(), roll(20));
          to_server += all.substr(0, bytes);
          if (bytes) session.written(bytes, now_);
          break;
        }
        case 2: {  // the server reads some
          const auto bytes = roll(2) ? to_server.size() : std::min<size_t>(to_server.size(), 1 + roll(20));
          server.receive(std::string_view{to_server}.substr(0, bytes));
          to_server.erase(0, bytes);
          break;
        }
        case 3:
        case 4: {  // the client reads some
          const auto bytes = roll(2) ? to_client.size() : std::min<size_t>(to_client.size(), 1 + roll(10));
          session.receive(to_client.substr(0, bytes), now_);
          to_client.erase(0, bytes);
          break;
        }
        case 5: {
          const auto room = session.room(now_);
          if (room == 0 || to_send_.empty()) break;
          const auto some = std::min<size_t>({room, to_send_.size(), 1 + roll(8)});
          for (size_t i = 0; i < some; ++i) {
            auto next = to_send_.back();
            to_send_.pop_back();
            ++pulled[next.id];
            held_[next.id] = next;
            not_durable.push_back(next.id);
            session.offer(next, now_);
          }
          break;
        }
        case 6:
          if (!not_durable.empty()) session.durable(std::exchange(not_durable, {}), now_);
          break;
        case 7:
          if (roll(30) == 0 && !held_.empty()) {
            auto victim = held_.begin();
            std::advance(victim, roll(held_.size()));
            const auto where = session.recall(victim->first, now_);
            if (where && *where != recall_point::too_late) recalled_in_time.insert(victim->first);
          }
          if (hazard && roll(hazard) == 0) session.lost("hazard", now_);
          break;
        case 8:
          // Time passes only when nothing else can happen: a late reply is not what is tested here.
          if (server.hung_up() && to_client.empty() && to_server.empty())
            session.lost("eof", now_);
          else if (server.hung_up() && to_client.empty() && roll(20) == 0)
            session.lost("reset", now_);
          else if (to_server.empty() && to_client.empty() && session.output()[0].empty() &&
                   session.output()[1].empty()) {
            if (to_send_.empty() && !told)
              session.stop(now_), told = true;
            else if (roll(50) == 0 && not_durable.empty()) {
              now_ += 1000s;
              session.expire(now_);
            }
          }
          break;
      }
      collect(session);
    }
    collect(session);
    EXPECT_TRUE(held_.empty()) << "a closed session kept a mail";
    // What is on its way arrives even though the client is gone.
    server.receive(to_server);
    for (const auto& m : server.taken()) {
      ++taken[m.recipient];
      EXPECT_EQ(m.content, contents[m.recipient]);
    }
    EXPECT_EQ(session.end().reason == end_reason::out_of_step && how_ == lie::none, false) << session.end().text;
    if (session.end().chunking && session.end().reason == end_reason::out_of_step) {
      ++lock_step_changes;
      in_chunks_ = false;
    } else if (session.end().pipelining &&
               (session.end().reason == end_reason::out_of_step || session.end().flight_cut)) {
      ++lock_step_changes;
      lock_step_ = how_ != lie::none;
    }
  }

  bool may_send(mail_id id) {
    if (roll(200) != 0) return true;
    recalled_in_time.insert(id);
    return false;
  }

  void collect(client_session& session) {
    std::vector<outcome> fresh;
    session.take_outcomes(fresh);
    for (auto& o : fresh) {
      const auto it = held_.find(o.id);
      ASSERT_NE(it, held_.end()) << "an outcome for a mail that is not held";
      // Again, until its recipient's script has had its say often enough.
      if (o.verdict == verdict::deferred && outcomes[o.id].size() < 6) to_send_.insert(to_send_.begin(), it->second);
      held_.erase(it);
      outcomes[o.id].push_back(o);
    }
  }

  std::mt19937_64 random_;
  lie how_;
  chunking_mode chunking_;
  bool lock_step_ = false;
  bool in_chunks_ = true;
  uint64_t made_ = 0;
  std::vector<mail> to_send_;
  std::map<mail_id, mail> held_;
  client_session::time_point now_{};
};

void check(uint64_t seed, lie how, chunking_mode chunking = chunking_mode::off) {
  SCOPED_TRACE("seed " + std::to_string(seed));
  world w{seed, how, chunking};
  w.run(60);
  for (const auto& [id, times] : w.pulled) EXPECT_EQ(w.outcomes[id].size(), static_cast<size_t>(times));
  for (const auto& [id, outcomes] : w.outcomes) {
    const auto& recipient = w.recipients[id];
    const auto copies = w.taken.contains(recipient) ? w.taken[recipient] : 0;
    const auto& last = outcomes.back();
    EXPECT_LE(copies, 1) << recipient << " was sent twice";
    // The one thing that must never be: the server has it and we say it has not.
    if (copies == 1) {
      EXPECT_TRUE(last.verdict == verdict::accepted || last.verdict == verdict::in_doubt)
        << recipient << ' ' << last.text;
    }
    // A server that answers out of order and is cut off after the first reply cannot be told from an honest one.
    if (last.verdict == verdict::accepted && how != lie::answers_dot_late) {
      EXPECT_EQ(copies, 1) << recipient;
    }
    if (last.verdict == verdict::in_doubt && how == lie::none) {
      EXPECT_FALSE(w.recalled_in_time.contains(id)) << recipient;
    }
    if (w.recalled_in_time.contains(id)) {
      EXPECT_EQ(last.verdict, verdict::recalled) << recipient;
      EXPECT_EQ(copies, 0) << recipient;
    }
    for (const auto& o : outcomes) {
      // A reply too many that is seen too late can give RCPT the refusal of MAIL.
      if (o.verdict != verdict::rejected || how == lie::adds_a_reply) continue;
      EXPECT_NE(recipient.find("=55"), std::string::npos) << recipient << ": " << o.text;
    }
  }
}

uint64_t first_seed() {
  const char* given = std::getenv("CARTWHEEL_SEED");
  return given ? std::strtoull(given, nullptr, 10) : 1;
}

TEST(session_random, honest_servers) {
  const auto from = first_seed();
  for (auto seed = from; seed < from + 300 && !::testing::Test::HasFailure(); ++seed) check(seed, lie::none);
}

TEST(session_random, honest_servers_that_take_chunks) {
  const auto from = first_seed();
  for (const auto chunking : {chunking_mode::single, chunking_mode::window})
    for (auto seed = from; seed < from + 300 && !::testing::Test::HasFailure(); ++seed)
      check(seed, lie::none, chunking);
}

TEST(session_random, servers_that_read_a_refused_chunk_as_commands) {
  const auto from = first_seed();
  for (const auto chunking : {chunking_mode::single, chunking_mode::window})
    for (auto seed = from; seed < from + 100 && !::testing::Test::HasFailure(); ++seed)
      check(seed, lie::reads_rejected_chunk, chunking);
}

TEST(session_random, lying_servers) {
  const auto from = first_seed();
  for (const auto how : {lie::swallows_behind_dot, lie::answers_dot_late, lie::refuses_groups, lie::adds_a_reply,
                         lie::shifts_data, lie::closes_on_groups})
    for (auto seed = from; seed < from + 40 && !::testing::Test::HasFailure(); ++seed) {
      SCOPED_TRACE("lie " + std::to_string(static_cast<int>(how)));
      check(seed, how);
    }
}

}  // namespace
}  // namespace cartwheel::smtp
