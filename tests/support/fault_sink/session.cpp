// What happens to a session, and how it answers. Its commands are in session_commands.cpp, what comes behind DATA and BDAT in
// session_content.cpp.

#include "tests/support/fault_sink/session.hpp"

#include <cstring>

namespace cartwheel::fault_sink {

session::session(house& h, uint64_t number)
    : house_{h},
      number_{number},
      pipelining_{!hidden("PIPELINING")},
      chunking_{!hidden("CHUNKING")},
      enhanced_{!hidden("ENHANCEDSTATUSCODES")} {}

// --- What happens to it.

void session::connected() {
  const auto& most = house_.how.connections_max;
  if (most != 0 && house_.open > most) {
    answer(twist{}, 421, "4.7.0", "Too many connections");
    return;
  }
  answer(where::banner, 220, "", house_.how.name + " ESMTP for tests");
}

std::span<char> session::space(size_t room) {
  if (begin_ == end_of_input_) begin_ = end_of_input_ = 0;
  if (buffer_.size() - end_of_input_ < room && begin_ != 0) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_of_input_ - begin_);
    end_of_input_ -= begin_;
    begin_ = 0;
  }
  if (buffer_.size() - end_of_input_ < room) buffer_.resize(end_of_input_ + room);
  return {buffer_.data() + end_of_input_, buffer_.size() - end_of_input_};
}

void session::received(size_t bytes) {
  end_of_input_ += bytes;
  house_.log.count.bytes += bytes;
  if (state_ == state::deaf || end_ != ending::none) {
    begin_ = end_of_input_;
    return;
  }
  if (!greeted_ && pause_.count() != 0) violation("input before the greeting");
  if (pause_.count() == 0) work();
}

void session::resumed() {
  pause_ = std::chrono::milliseconds{0};
  output_ += later_;
  later_.clear();
  end_ = end_later_;
  if (state_ == state::content && content_bytes_ == 0 && !pending().empty()) violation("content before 354");
  if (deaf_later_) state_ = state::deaf;
  if (end_ == ending::none && state_ != state::deaf) work();
}

void session::lost() {
  if ((state_ == state::content && !answered_) || (state_ == state::chunk && mail_.open) ||
      (mail_.bdat && content_bytes_ != 0))
    record("content", false, {}, "", false);
  house_.log.flush();
}

void session::work() {
  while (pause_.count() == 0 && end_ == ending::none) {
    bool more = false;
    switch (state_) {
      case state::command: more = take_command(); break;
      case state::content: more = take_content(); break;
      case state::chunk: more = take_chunk(); break;
      case state::deaf: begin_ = end_of_input_; break;
    }
    if (!more) break;
  }
  if (!output_.empty()) ++house_.log.count.flights;
}

// --- Answers.

session::twist session::twisted(where at) {
  twist t;
  std::vector<fault> found;
  for (const auto& f : mail_.script)
    if (f.at == at) found.push_back(f);
  house_.strike(at, found);
  for (const auto& f : found) {
    if (f.keep) t.keep = f.keep;
    switch (f.does) {
      case action::answer:
        t.code = f.code;
        t.enhanced = f.enhanced;
        break;
      case action::wait: t.wait = f.amount; break;
      case action::text: t.text = f.amount; break;
      case action::drop: t.end = ending::fin; break;
      case action::rst: t.end = ending::rst; break;
      case action::silent: t.silent = true; break;
      case action::stop_reading: t.stop = true; break;
      case action::no_swallow: t.no_swallow = true; break;
    }
  }
  return t;
}

void session::answer(const twist& t, int code, std::string_view enhanced, std::string_view text) {
  auto end = t.end;
  std::string reply;
  bool deaf = t.silent || t.stop;
  if (t.answers()) {
    if (t.code != 0) {
      code = t.code;
      enhanced = t.enhanced;
    }
    if (t.text != 0) {
      // Lines of 64 octets, the one that counts last.
      std::string filler;
      const auto line = std::to_string(code) + "-" + std::string(58, 'x') + "\r\n";
      while (filler.size() + line.size() <= t.text) filler += line;
      reply = filler;
    }
    reply += reply_text(code, enhanced, text);
    ++house_.log.count.replies;
    if (code == 421 || code == 221) end = ending::fin;
  }
  if (t.stop) stop_reading_ = true;
  if (t.wait != 0) {
    pause_ = std::chrono::milliseconds{t.wait};
    later_ = std::move(reply);
    end_later_ = end;
    deaf_later_ = deaf;
    return;
  }
  output_ += reply;
  end_ = end;
  if (deaf) state_ = state::deaf;
}

std::string session::reply_text(int code, std::string_view enhanced, std::string_view text) const {
  const std::string_view line_end = house_.how.line_feed_only ? "\n" : "\r\n";
  const auto number = std::to_string(code);
  std::string reply;
  while (true) {
    const auto newline = text.find('\n');
    reply += number;
    if (newline != std::string_view::npos) {
      reply.append("-").append(text.substr(0, newline)).append(line_end);
      text.remove_prefix(newline + 1);
      continue;
    }
    if (!house_.how.bare_codes) {
      reply += ' ';
      if (enhanced_ && !enhanced.empty()) reply.append(enhanced).append(" ");
      reply += text;
    }
    return reply.append(line_end);
  }
}

void session::record(std::string_view stage, bool kept, const twist& t, std::string_view reply, bool whole) {
  if (!t.answers()) reply = {};
  if (const auto end = reply.find_first_of("\r\n"); end != std::string_view::npos) reply = reply.substr(0, end);
  house_.log.write({number_, mail_.sender, mail_.recipients, mail_.attempt, stage, mail_.bdat ? "bdat" : "data", kept,
                    reply, content_, whole});
}

void session::violation(std::string_view what) { house_.log.violation(number_, what); }

}  // namespace cartwheel::fault_sink
