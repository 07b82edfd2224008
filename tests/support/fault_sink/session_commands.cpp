// The commands of a session.

#include "tests/support/fault_sink/session.hpp"

#include <algorithm>
#include <charconv>

namespace cartwheel::fault_sink {

namespace {

constexpr size_t command_octets_max = 1024;  // RFC 5321 section 4.5.3.1.4 says 512, extensions add to it
constexpr size_t recipients_max = 100;

std::string upper(std::string_view text) {
  std::string s{text};
  std::transform(s.begin(), s.end(), s.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  return s;
}

bool ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

/// `FROM:<path> PARAMETERS`: the path without its brackets, and the parameters.
struct path {
  bool good = false;
  std::string_view address, parameters;
};

path path_in(std::string_view rest, std::string_view keyword) {
  if (upper(rest.substr(0, keyword.size())) != keyword) return {};
  rest.remove_prefix(keyword.size());
  if (!rest.starts_with('<')) return {};
  bool quoted = false;
  for (size_t i = 1; i < rest.size(); ++i) {
    if (rest[i] == '\\' && quoted) {
      ++i;
    } else if (rest[i] == '"') {
      quoted = !quoted;
    } else if (rest[i] == '>' && !quoted) {
      auto parameters = rest.substr(i + 1);
      if (!parameters.empty() && !parameters.starts_with(' ')) return {};
      return {true, rest.substr(1, i - 1), parameters};
    }
  }
  return {};
}

std::string_view next_word(std::string_view& text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  const auto end = std::min(text.find(' '), text.size());
  const auto word = text.substr(0, end);
  text.remove_prefix(end);
  return word;
}

bool read_number(std::string_view text, size_t& to) {
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), to);
  return failed == std::errc{} && end == text.data() + text.size();
}

}  // namespace

bool session::hidden(std::string_view keyword) const {
  const auto& list = house_.how.hidden;
  return std::any_of(list.begin(), list.end(), [&](auto& k) { return upper(k) == keyword; });
}

bool session::take_command() {
  const auto input = pending();
  const auto newline = input.find('\n');
  if (newline == std::string_view::npos) {
    if (input.size() > command_octets_max) {
      violation("a command without an end");
      answer(twist{}, 421, "4.4.2", "Line too long");
    }
    return false;
  }
  auto line = input.substr(0, newline);
  begin_ += newline + 1;
  if (line.ends_with('\r'))
    line.remove_suffix(1);
  else
    violation("a command that ends in a bare LF");
  if (line.find('\r') != std::string_view::npos) violation("a bare CR in a command");
  if (line.size() > command_octets_max) violation("a command of " + std::to_string(line.size()) + " octets");
  ++house_.log.count.commands;
  on_command(line);
  return true;
}

void session::on_command(std::string_view line) {
  auto rest = line;
  const auto verb = upper(next_word(rest));
  if (rest.starts_with(' ')) rest.remove_prefix(1);
  const bool behind = !pending().empty();
  const bool last_only =
    verb == "EHLO" || verb == "HELO" || verb == "DATA" || verb == "QUIT" || verb == "NOOP" || verb == "VRFY";
  if (behind && last_only) violation("input behind " + verb);
  if (behind && !last_only && !(pipelining_ && esmtp_) && verb != "BDAT")
    violation("a pipeline, which was not announced");
  if (failed_bdat_ && verb != "RSET" && verb != "QUIT" && verb != "BDAT")
    violation(verb + " behind a failed BDAT, without RSET");

  if (verb == "EHLO" || verb == "HELO") return on_greeting(verb, rest);
  if (verb == "MAIL") {
    if (behind && house_.how.swallow_mail) return;
    return on_mail(rest);
  }
  if (verb == "RCPT") return on_rcpt(rest);
  if (verb == "DATA") return on_data();
  if (verb == "BDAT" && chunking_) return on_bdat(rest);
  if (verb == "RSET") {
    forget_transaction();
    failed_bdat_ = false;
    return answer(where::rset, 250, "2.0.0", "Forgotten");
  }
  if (verb == "NOOP") return answer(twist{}, 250, "2.0.0", "Nothing done");
  if (verb == "QUIT") return answer(where::quit, 221, "2.0.0", "Bye");
  violation("an unknown command: " + verb.substr(0, 20));
  answer(twist{}, 500, "5.5.2", "Unknown command");
}

void session::on_greeting(std::string_view verb, std::string_view rest) {
  if (rest.empty()) return answer(twist{}, 501, "5.5.4", "Who is it?");
  if (verb == "EHLO" && house_.how.helo_only) return answer(twist{}, 502, "5.5.1", "Unknown command");
  greeted_ = true;
  esmtp_ = verb == "EHLO";
  forget_transaction();
  const auto t = twisted(where::ehlo);
  if (!esmtp_ || t.code != 0 || !t.answers()) return answer(t, 250, "", house_.how.name);
  std::vector<std::string> lines{house_.how.name};
  for (const auto* keyword : {"PIPELINING", "SIZE", "8BITMIME", "SMTPUTF8", "ENHANCEDSTATUSCODES", "CHUNKING", "DSN"}) {
    if (hidden(keyword)) continue;
    lines.emplace_back(keyword);
    if (lines.back() == "SIZE") lines.back() += ' ' + std::to_string(house_.how.size_max);
  }
  if (!house_.how.limits.empty()) lines.push_back("LIMITS " + house_.how.limits);
  std::string text;
  for (size_t i = 0; i < lines.size(); ++i) text += (i == 0 ? "" : "\n") + lines[i];
  answer(t, 250, "", text);
}

void session::on_mail(std::string_view rest) {
  const auto p = path_in(rest, "FROM:");
  if (!greeted_) return answer(twist{}, 503, "5.5.1", "EHLO first");
  if (mail_.open) {
    violation("MAIL inside a transaction");
    return answer(twist{}, 503, "5.5.1", "Another transaction is open");
  }
  if (!p.good) {
    violation("MAIL that cannot be read");
    return answer(twist{}, 501, "5.5.4", "MAIL FROM:<address>");
  }
  if (house_.how.session_mails != 0 && mails_ >= house_.how.session_mails)
    return answer(twist{}, 421, "4.7.0", "Enough mails for one session");
  bool eight_bit = false, utf8 = false;
  auto parameters = p.parameters;
  for (auto word = next_word(parameters); !word.empty(); word = next_word(parameters)) {
    const auto parameter = upper(word);
    size_t size = 0;
    if (parameter.starts_with("SIZE=") && !hidden("SIZE") && read_number(word.substr(5), size)) {
      if (size > house_.how.size_max) {
        const twist none;
        const auto reply = reply_text(552, "5.3.4", "Too large");
        mail_.sender = p.address;
        record("mail", false, none, reply, false);
        mail_.sender.clear();
        return answer(none, 552, "5.3.4", "Too large");
      }
    } else if (parameter == "BODY=8BITMIME" && !hidden("8BITMIME")) {
      eight_bit = true;
    } else if (parameter == "SMTPUTF8" && !hidden("SMTPUTF8")) {
      utf8 = true;
    } else if (!(parameter == "BODY=7BIT" && !hidden("8BITMIME")) &&
               !((parameter.starts_with("RET=") || parameter.starts_with("ENVID=")) && !hidden("DSN"))) {
      violation("a parameter that was not announced: " + parameter.substr(0, 40));
      return answer(twist{}, 555, "5.5.4", "Unknown parameter");
    }
  }
  if (!utf8 && !ascii(p.address)) violation("an address in UTF-8 without SMTPUTF8");
  const auto t = twisted(where::mail);
  mail_.sender = p.address;
  mail_.open = t.code < 300;
  mail_.eight_bit = eight_bit;
  mail_.utf8 = utf8;
  if (!mail_.open || !t.answers())
    record("mail", false, t, t.code ? reply_text(t.code, t.enhanced, "scripted") : "", false);
  if (!mail_.open) mail_.sender.clear();
  answer(t, 250, "2.1.0", mail_.open ? "<" + mail_.sender + "> Ok" : "<" + std::string{p.address} + "> scripted");
}

void session::on_rcpt(std::string_view rest) {
  const auto p = path_in(rest, "TO:");
  if (!mail_.open) return answer(twist{}, 503, "5.5.1", "MAIL first");
  if (!p.good || p.address.empty()) {
    violation("RCPT that cannot be read");
    return answer(twist{}, 501, "5.5.4", "RCPT TO:<address>");
  }
  if (!mail_.utf8 && !ascii(p.address)) violation("an address in UTF-8 without SMTPUTF8");
  if (!p.parameters.empty() && hidden("DSN")) violation("parameters of RCPT that were not announced");
  if (mail_.recipient_count >= recipients_max) return answer(twist{}, 452, "4.5.3", "Too many recipients");
  mail_.attempt = house_.attempt_at(p.address);
  // Faults in earlier recipients of the same mail stay: one mail has one end.
  const auto before = mail_.script.size();
  if (house_.how.first == 0 || mail_.attempt <= house_.how.first)
    for (auto& f : faults_in(p.address)) mail_.script.push_back(std::move(f));
  const auto t = twisted(where::rcpt);
  const auto text = "<" + std::string{p.address} + (t.code >= 300 ? "> scripted" : "> Ok");
  if (t.code >= 300 || !t.answers()) {
    const auto others = mail_.recipients;
    mail_.recipients = p.address;
    record("rcpt", false, t, t.code ? reply_text(t.code, t.enhanced, text) : "", false);
    mail_.recipients = others;
    // A refused recipient takes its script along, but for DATA: there the client must cope with whatever comes.
    const auto from = mail_.script.begin() + static_cast<std::ptrdiff_t>(before);
    mail_.script.erase(std::remove_if(from, mail_.script.end(), [](auto& f) { return f.at != where::data; }),
                       mail_.script.end());
    return answer(t, 250, "2.1.5", text);
  }
  if (mail_.recipient_count++ != 0) mail_.recipients += ", ";
  mail_.recipients += p.address;
  answer(t, 250, "2.1.5", text);
}

void session::on_data() {
  if (mail_.bdat) {
    violation("DATA behind BDAT");
    return answer(twist{}, 503, "5.5.1", "BDAT was begun");
  }
  const auto t = twisted(where::data);
  const bool forced = t.code == 354;
  if (mail_.recipient_count == 0 && !forced)
    return answer(t, mail_.open ? 554 : 503, "5.5.1", mail_.open ? "No valid recipients" : "MAIL first");
  if (t.code == 0 && !house_.under_rate()) {
    const std::string_view text = "Throttling failure: Maximum sending rate exceeded.";
    record("data", false, t, reply_text(454, "4.7.0", text), false);
    return answer(t, 454, "4.7.0", text);
  }
  if ((t.code != 0 && !forced) || !t.answers()) {
    const auto text = "<" + mail_.recipients + "> scripted";
    record("data", false, t, t.code ? reply_text(t.code, t.enhanced, text) : "", false);
    return answer(t, 354, "", text);
  }
  lone_dot_due_ = mail_.recipient_count == 0;
  answered_ = false;
  state_ = state::content;
  line_begins_ = true;
  content_.clear();
  content_bytes_ = 0;
  check_ = {};
  auto plain = t;
  plain.code = 0;
  answer(plain, 354, "", "End data with <CR><LF>.<CR><LF>");
}

void session::on_bdat(std::string_view rest) {
  const auto number = next_word(rest);
  const auto last = upper(next_word(rest));
  size_t bytes = 0;
  if (!read_number(number, bytes) || !(last.empty() || last == "LAST") || !rest.empty()) {
    violation("BDAT that cannot be read");
    return answer(twist{}, 421, "4.5.4", "BDAT bytes [LAST]");  // where its octets end nobody knows
  }
  const auto t = twisted(where::bdat);
  if (t.no_swallow) {
    const auto text = "<" + mail_.recipients + "> scripted, not swallowed";
    record("bdat", false, t, reply_text(554, "5.6.1", text), false);
    forget_transaction();
    return answer(t, 554, "5.6.1", text);
  }
  if (!mail_.bdat) {
    content_.clear();
    content_bytes_ = 0;
    check_ = {};
  }
  state_ = state::chunk;
  chunk_left_ = bytes;
  last_chunk_ = last == "LAST";
  chunk_refused_ = failed_bdat_ || mail_.recipient_count == 0;
  mail_.bdat = mail_.open;
}

}  // namespace cartwheel::fault_sink
