#pragma once

#include "transport/smtp/client_session.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace cartwheel::smtp::test {

using namespace std::chrono_literals;

inline constexpr const char* plain_content = "Subject: x\r\n\r\nhello\r\n";

/// A session on a virtual clock, spoken to by hand.
class dialogue {
 public:
  explicit dialogue(session_options options = {})
      : session{std::move(options), [this](mail_id id) { return gate(id); }, now} {}

  /// A mail with a durable intent.
  mail_id give(std::string recipient, std::string content = plain_content, std::string sender = "shop@x.example") {
    const auto id = give_not_durable(std::move(recipient), std::move(content), std::move(sender));
    session.durable({id}, now);
    return id;
  }

  mail_id give_not_durable(std::string recipient, std::string content = plain_content,
                           std::string sender = "shop@x.example") {
    const auto id = mail_id{++given};
    session.offer(
      {id, std::move(sender), std::move(recipient), false, std::make_shared<const std::string>(std::move(content))},
      now);
    return id;
  }

  /// The server says these lines, each without its line end.
  void says(std::string_view lines) {
    std::string bytes;
    while (!lines.empty()) {
      const auto end = std::min(lines.find('\n'), lines.size());
      bytes.append(lines.substr(0, end)).append("\r\n");
      lines.remove_prefix(std::min(end + 1, lines.size()));
    }
    session.receive(bytes, now);
  }

  /// Writes everything and returns it; lines are separated by '\n' so that a test can be read.
  std::string sent() {
    std::string all;
    for (auto piece = write_once(); !piece.empty(); piece = write_once()) all += piece;
    std::string lines;
    for (const char c : all)
      if (c != '\r') lines += c;
    return lines;
  }

  /// One write of at most `most` bytes, as they are.
  std::string write_once(size_t most = SIZE_MAX) {
    const auto out = session.output();
    auto bytes = std::string{out[0]}.append(out[1]);
    bytes.resize(std::min(bytes.size(), most));
    if (!bytes.empty()) session.written(bytes.size(), now);
    return bytes;
  }

  /// Brings it to where mails go, in mode A unless told otherwise.
  void greet(std::string_view ehlo = "250-sink\n250-PIPELINING\n250-8BITMIME\n250 ENHANCEDSTATUSCODES") {
    says("220 sink ESMTP");
    EXPECT_EQ(sent(), "EHLO localhost\n");
    says(ehlo);
  }
  void greet_lock_step() { greet("250-sink\n250 8BITMIME"); }

  void pass(std::chrono::milliseconds d) {
    now += d;
    session.expire(now);
  }

  /// What became of a mail; nothing yet when there is no outcome, a failure when there are two.
  std::optional<outcome> fate(mail_id id) {
    collect();
    const auto found = fates.find(id);
    return found == fates.end() ? std::nullopt : std::optional{found->second};
  }

  std::string verdict_of(mail_id id) {
    static constexpr const char* names[] = {"accepted", "rejected", "deferred", "in_doubt", "recalled"};
    const auto f = fate(id);
    return f ? names[static_cast<size_t>(f->verdict)] : "open";
  }

  end_reason ended() const { return session.end().reason; }
  bool closed() const { return session.state() == session_state::closed; }

  client_session::time_point now{};
  std::set<mail_id> barred;              // the gate says no to these
  std::function<void(mail_id)> at_gate;  // called when the gate is asked
  std::vector<mail_id> asked;            // at the gate, in order
  uint64_t given = 0;
  std::map<mail_id, outcome> fates;
  client_session session;

 private:
  bool gate(mail_id id) {
    asked.push_back(id);
    if (at_gate) at_gate(id);
    return !barred.contains(id);
  }

  void collect() {
    std::vector<outcome> fresh;
    session.take_outcomes(fresh);
    for (auto& o : fresh) EXPECT_TRUE(fates.emplace(o.id, o).second) << "two outcomes: " << o.text;
  }
};

inline std::string envelope(std::string_view recipient) {
  return "MAIL FROM:<shop@x.example>\nRCPT TO:<" + std::string{recipient} + ">\nDATA\n";
}

inline constexpr const char* plain_sent = "Subject: x\n\nhello\n.\n";

}  // namespace cartwheel::smtp::test
