// What comes behind DATA and BDAT, up to its end.

#include "tests/support/fault_sink/session.hpp"

#include <utility>

namespace cartwheel::fault_sink {

namespace {

constexpr size_t partial_line_max = 64 * 1024;

}  // namespace

/// Whatever is scripted for the time between 354 and the final dot happens when the first octets are there.
void session::content_began() {
  const auto t = twisted(where::content);
  if (t.code == 0 && t.answers() && t.wait == 0 && !t.stop) return;
  stop_reading_ = t.stop;
  if (t.code == 0 && t.answers() && !t.stop) {
    pause_ = std::chrono::milliseconds{t.wait};
    return;
  }
  const auto text = "<" + mail_.recipients + "> scripted, before the end";
  record("content", false, t, t.code ? reply_text(t.code, t.enhanced, text) : "", false);
  mail_ = {};
  if (t.code != 0 || !t.answers()) answer(t, 554, "", text);
  // What comes then belongs to a mail that was answered, up to its dot, or is not read at all.
  if (state_ == state::content && t.answers() && !t.stop && t.code != 421)
    answered_ = true;
  else if (pause_.count() != 0)
    deaf_later_ = true;
  else
    state_ = state::deaf;
}

bool session::take_content() {
  if (pending().empty()) return false;
  if (content_bytes_ == 0) {
    content_bytes_ = 1;  // so that it is asked once
    content_began();
    if (state_ != state::content || pause_.count() != 0 || end_ != ending::none) return true;
  }
  const bool keep = house_.log.keeps_content();
  const auto input = pending();
  size_t run = 0, at = 0;  // [run, at) is content not yet kept
  const auto flush = [&](size_t to) {
    const auto piece = input.substr(run, to - run);
    check_.feed(piece);
    if (keep) content_.append(piece);
    content_bytes_ += piece.size();
    run = to;
  };
  while (at < input.size()) {
    const auto newline = input.find('\n', at);
    if (newline == std::string_view::npos && (line_begins_ ? input.size() - at < partial_line_max : false)) break;
    if (line_begins_ && input[at] == '.') {
      flush(at);
      if (input.compare(at, 3, ".\r\n") == 0) {
        begin_ += at + 3;
        state_ = state::command;
        on_content_end();
        return true;
      }
      if (input.compare(at, 2, "..") != 0) violation("a line that begins with one dot");
      run = at + 1;
    }
    line_begins_ = newline != std::string_view::npos;
    at = line_begins_ ? newline + 1 : input.size();
  }
  flush(at);
  begin_ += at;
  return false;
}

bool session::take_chunk() {
  const auto input = pending();
  const auto piece = input.substr(0, chunk_left_);
  if (chunk_left_ != 0 && piece.empty()) return false;
  if (!chunk_refused_) {
    if (content_bytes_ == 0 && !piece.empty()) {
      content_bytes_ = 1;
      content_began();
      if (state_ != state::chunk || pause_.count() != 0 || end_ != ending::none) return true;
    }
    check_.feed(piece);
    if (house_.log.keeps_content()) content_.append(piece);
    content_bytes_ += piece.size();
  }
  begin_ += piece.size();
  chunk_left_ -= piece.size();
  if (chunk_left_ != 0) return false;
  state_ = state::command;
  if (chunk_refused_) {
    // RFC 3030 section 2: swallowed, and answered then.
    failed_bdat_ = failed_bdat_ || mail_.open;
    answer(twist{}, mail_.open ? 554 : 503, "5.5.1", mail_.open ? "No valid recipients" : "MAIL first");
    return true;
  }
  if (const auto t = twisted(where::bdat); t.code != 0 || !t.answers()) {
    const auto text = "<" + mail_.recipients + "> scripted";
    record("bdat", false, t, t.code ? reply_text(t.code, t.enhanced, text) : "", false);
    failed_bdat_ = true;
    answer(t, 554, "", text);
    return true;
  }
  if (last_chunk_)
    on_content_end();
  else
    answer(twist{}, 250, "2.0.0", "Octets taken");
  return true;
}

void session::check_content() {
  if (check_.bare_line_ends != 0) violation(std::to_string(check_.bare_line_ends) + " bare CR or LF in content");
  if (check_.long_lines != 0) violation(std::to_string(check_.long_lines) + " lines of more than 998 octets");
  if (check_.eight_bit && !mail_.eight_bit) violation("8-bit content without BODY=8BITMIME");
  if (content_bytes_ <= 1)
    violation("an empty mail");
  else if (!check_.ended())
    violation("content that does not end in CRLF");
}

void session::on_content_end() {
  if (std::exchange(answered_, false)) return forget_transaction();
  if (lone_dot_due_) {
    lone_dot_due_ = false;
    if (content_bytes_ > 1) violation("content for nobody");
    forget_transaction();
    return answer(twist{}, 554, "5.5.1", "No valid recipients");
  }
  check_content();
  auto t = twisted(where::dot);
  const bool kept = t.keep.value_or(t.code < 300);
  ++mails_;
  auto text = t.code >= 300 ? "<" + mail_.recipients + "> scripted"
                            : "Ok: " + std::to_string(house_.log.count.kept + 1) + " for <" + mail_.recipients + ">";
  const auto code = t.code != 0 ? t.code : 250;
  record("dot", kept, t, t.answers() ? reply_text(code, t.code != 0 ? t.enhanced : "2.0.0", text) : "", true);
  const bool swallow = house_.how.swallow_behind_dot;
  if (!(pipelining_ && esmtp_) && !pending().empty() && !mail_.bdat)
    violation("input behind the final dot, without PIPELINING");
  if (mail_.bdat && t.code >= 300) failed_bdat_ = true;
  forget_transaction();
  if (swallow) begin_ = end_of_input_;
  answer(t, 250, "2.0.0", text);
}

void session::forget_transaction() {
  mail_.open = mail_.bdat = false;
  mail_.sender.clear();
  mail_.recipients.clear();
  mail_.recipient_count = 0;
  mail_.attempt = 0;
  mail_.script.clear();
  content_bytes_ = 0;
}

}  // namespace cartwheel::fault_sink
