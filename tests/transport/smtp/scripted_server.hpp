#pragma once

#include <algorithm>
#include <charconv>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cartwheel::smtp::test {

/// How a server misunderstands the standard.
enum class lie {
  none,
  swallows_behind_dot,   // announces PIPELINING, throws away what came with the final dot (VPOP3)
  answers_dot_late,      // answers the commands behind the final dot before it (smtp-sink -W)
  refuses_groups,        // 502 to a MAIL that others follow
  adds_a_reply,          // says 250 twice to the final dot
  shifts_data,           // says 250 to DATA
  closes_on_groups,      // hangs up after the first command of a group
  reads_rejected_chunk,  // announces CHUNKING, takes the octets of a BDAT it refuses for commands
};

struct server_script {
  bool ehlo = true;
  bool pipelining = true;
  bool chunking = false;
  bool size_refused = false;  // announces SIZE, answers 555 to it
  std::string extensions = "8BITMIME\nENHANCEDSTATUSCODES\nSIZE 10240000\nSMTPUTF8";  // one a line
  std::string greeting = "220 sink ESMTP\r\n";
  test::lie lie = test::lie::none;
  int hang_up_after_mails = -1;
  std::function<std::string()> at_data{};  // a reply that refuses DATA; empty text: none
  std::string starttls{};                  // the reply to STARTTLS; empty: it is not known
  std::string auth{};                      // likewise to AUTH, whatever comes with it
};

struct taken_mail {
  std::string sender;
  std::string recipient;
  std::string content;
};

/// An SMTP server without a socket. The local part of an address scripts what happens to it, tokens after '+':
///   mail=CODE (in the sender's) rcpt=CODE data=CODE dot=CODE   that reply
///   rcpt=550/5.1.1 (and so on)                                 that reply, with this enhanced code
///   rcpt=drop data=drop                                        hangs up instead of a reply
///   dot=drop    takes the mail, hangs up without a reply       dot=lose  hangs up and does not take it
///   dot=stall   takes the mail and never replies               data=stall never replies to DATA
///   early=CODE  that reply at the first byte of content
class scripted_server {
 public:
  explicit scripted_server(server_script script = {}) : script_{std::move(script)} { out_ = script_.greeting; }

  void receive(std::string_view bytes) {
    if (hung_up_) return;
    in_.append(bytes);
    size_t at = 0;
    while (!hung_up_ && !stalled_) {
      if (chunk_left_) {
        const auto some = std::min(*chunk_left_, in_.size() - at);
        content_.append(in_, at, some);
        at += some;
        if (some != *chunk_left_) {
          *chunk_left_ -= some;
          break;
        }
        chunk_left_.reset();
        last_octet_in();
        continue;
      }
      if (in_data_ && !early_said_ && at < in_.size()) {
        early_said_ = true;
        if (const auto code = token(recipient_, "early"); !code.empty()) say(code + " 5.6.0 early");
      }
      const auto end = in_.find("\r\n", at);
      if (end == std::string::npos) break;
      const std::string_view line{in_.data() + at, end - at};
      const bool more = end + 2 < in_.size();
      const bool was_data = in_data_;
      line_in(line, more);
      at = end + 2;
      if (was_data && !in_data_ && script_.lie == lie::swallows_behind_dot) at = in_.size();
    }
    in_.erase(0, at);
  }

  std::string take_output() { return std::exchange(out_, {}); }
  bool hung_up() const { return hung_up_; }
  /// 220 was said to STARTTLS: what the output so far is followed by is a handshake.
  bool take_tls_wish() { return std::exchange(tls_wished_, false); }
  const std::vector<taken_mail>& taken() const { return taken_; }
  const std::vector<std::string>& commands() const { return commands_; }
  int resets() const { return resets_; }
  int empty_mails() const { return empty_mails_; }

 private:
  static std::string token(std::string_view address, std::string_view name) {
    auto local = address.substr(0, address.find('@'));
    for (auto plus = local.find('+'); plus != std::string_view::npos; plus = local.find('+')) {
      local.remove_prefix(plus + 1);
      const auto word = local.substr(0, local.find('+'));
      if (word.size() > name.size() && word.starts_with(name) && word[name.size()] == '=')
        return std::string{word.substr(name.size() + 1)};
    }
    return {};
  }

  static std::string path_of(std::string_view line) {
    const auto from = line.find('<');
    const auto to = line.rfind('>');
    if (from == std::string_view::npos || to == std::string_view::npos) return {};
    return std::string{line.substr(from + 1, to - from - 1)};
  }

  void say(std::string_view line) {
    out_.append(line).append("\r\n");
    if (line.starts_with("421")) hung_up_ = true;
  }

  void answer(const std::string& fault, std::string_view good) {
    if (fault.empty()) return say(good);
    if (fault == "drop") {
      hung_up_ = true;
      return;
    }
    if (fault == "stall") {
      stalled_ = true;
      return;
    }
    if (const auto slash = fault.find('/'); slash != fault.npos)
      return say(fault.substr(0, slash) + ' ' + fault.substr(slash + 1) + " scripted");
    say(fault + ' ' + fault[0] + ".9.9 scripted");
  }

  static bool good(const std::string& fault) { return fault.empty() || fault[0] == '2' || fault[0] == '3'; }

  void line_in(std::string_view line, bool more) {
    if (in_data_) return content_line(line);
    commands_.emplace_back(line);
    if (line.starts_with("EHLO")) {
      if (!script_.ehlo) return say("502 5.5.1 not here");
      std::vector<std::string> words;
      if (script_.pipelining) words.emplace_back("PIPELINING");
      if (script_.chunking) words.emplace_back("CHUNKING");
      std::string_view rest = script_.extensions;
      while (!rest.empty()) {
        const auto end = std::min(rest.find('\n'), rest.size());
        words.emplace_back(rest.substr(0, end));
        rest.remove_prefix(std::min(end + 1, rest.size()));
      }
      out_ += words.empty() ? "250 sink\r\n" : "250-sink\r\n";
      for (size_t i = 0; i < words.size(); ++i) out_ += (i + 1 < words.size() ? "250-" : "250 ") + words[i] + "\r\n";
      return;
    }
    if (line == "STARTTLS" && !script_.starttls.empty()) {
      tls_wished_ = script_.starttls.starts_with("220");
      return say(script_.starttls);
    }
    if (line.starts_with("AUTH ") && !script_.auth.empty()) return say(script_.auth);
    if (line.starts_with("HELO")) return say("250 sink");
    if (line.starts_with("QUIT")) {
      say("221 2.0.0 Bye");
      hung_up_ = true;
      return;
    }
    if (line.starts_with("RSET")) {
      ++resets_;
      mail_ok_ = rcpt_ok_ = false;
      return say("250 2.0.0 Ok");
    }
    if (line.starts_with("MAIL")) {
      if (script_.lie == lie::refuses_groups && more) return say("502 5.5.2 one at a time");
      if (mail_ok_) return say("503 5.5.1 nested MAIL");
      if (script_.size_refused && line.find(" SIZE=") != std::string_view::npos) return say("555 5.5.4 what SIZE");
      sender_ = path_of(line);
      const auto fault = token(sender_, "mail");
      mail_ok_ = good(fault);
      rcpt_ok_ = false;
      answer(fault, "250 2.1.0 Ok");
      if (script_.lie == lie::closes_on_groups && more) hung_up_ = true;
      return;
    }
    if (line.starts_with("RCPT")) {
      recipient_ = path_of(line);
      if (!mail_ok_) return say("503 5.5.1 need MAIL");
      const auto fault = token(recipient_, "rcpt");
      rcpt_ok_ = good(fault);
      return answer(fault, "250 2.1.5 Ok");
    }
    if (line.starts_with("DATA")) {
      const auto fault = token(recipient_, "data");
      if (rcpt_ok_ && script_.at_data) {
        if (const auto no = script_.at_data(); !no.empty()) return say(no);
      }
      if (fault == "354" || (rcpt_ok_ && fault.empty())) {
        if (script_.lie == lie::shifts_data) return say("250 2.0.0 Ok");
        in_data_ = true;
        early_said_ = false;
        content_.clear();
        say("354 go on");
        if (script_.lie == lie::answers_dot_late && late_dot_) {
          out_ += "250 2.0.0 Ok: late\r\n";
          late_dot_ = false;
        }
        return;
      }
      if (!rcpt_ok_) return say("503 5.5.1 need RCPT");
      return answer(fault, "554 5.0.0 no");
    }
    if (line.starts_with("BDAT ")) {
      size_t octets = 0;
      std::from_chars(line.data() + 5, line.data() + line.size(), octets);
      content_.clear();
      early_said_ = false;
      if (!rcpt_ok_ && script_.lie == lie::reads_rejected_chunk) return say("503 5.5.1 need RCPT");
      if (token(recipient_, "dot").starts_with('5') && script_.lie == lie::reads_rejected_chunk)
        return answer(token(recipient_, "dot"), "");
      chunk_left_ = octets;
      return;
    }
    say("500 5.5.2 unknown: " + std::string{line.substr(0, 40)});
  }

  void content_line(std::string_view line) {
    if (line != ".") {
      if (line.starts_with('.')) line.remove_prefix(1);
      content_.append(line).append("\r\n");
      return;
    }
    in_data_ = false;
    end_of_content();
  }

  /// RFC 3030: a chunk is taken in full before it is answered, also when it is refused.
  void last_octet_in() {
    if (!rcpt_ok_) {
      mail_ok_ = false;
      return say("503 5.5.1 need RCPT");
    }
    end_of_content();
  }

  void end_of_content() {
    const bool valid = rcpt_ok_;
    mail_ok_ = rcpt_ok_ = false;
    if (!valid) {
      ++empty_mails_;
      return say("554 5.5.1 no valid recipients");
    }
    if (const auto code = token(recipient_, "early"); !code.empty()) {
      if (!std::exchange(early_said_, false)) say(code + " 5.6.0 late");  // behind a chunk
      return;
    }
    const auto fault = token(recipient_, "dot");
    if (fault.empty() || fault == "drop" || fault == "stall" || fault[0] == '2')
      taken_.push_back({sender_, recipient_, content_});
    if (fault == "lose") {
      hung_up_ = true;
      return;
    }
    if (script_.lie == lie::answers_dot_late && !late_dot_) {
      late_dot_ = true;
      return;
    }
    answer(fault, "250 2.0.0 Ok: queued as " + std::to_string(taken_.size()));
    if (script_.lie == lie::adds_a_reply) say("250 2.0.0 Ok again");
    if (script_.hang_up_after_mails == static_cast<int>(taken_.size())) hung_up_ = true;
  }

  server_script script_;
  std::string in_;
  std::string out_;
  bool hung_up_ = false;
  bool stalled_ = false;
  bool tls_wished_ = false;
  bool in_data_ = false;
  std::optional<size_t> chunk_left_;  // octets
  bool early_said_ = false;
  bool mail_ok_ = false;
  bool rcpt_ok_ = false;
  bool late_dot_ = false;
  int resets_ = 0;
  int empty_mails_ = 0;
  std::string sender_;
  std::string recipient_;
  std::string content_;
  std::vector<taken_mail> taken_;
  std::vector<std::string> commands_;
};

}  // namespace cartwheel::smtp::test
