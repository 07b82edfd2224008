#include "transport/smtp/reply_table.hpp"

#include <algorithm>
#include <string_view>

namespace cartwheel::smtp {

namespace {

struct row {
  stage at;
  int from, to;               // basic code
  std::string_view enhanced;  // "5.1.1": exactly; empty: whatever
  std::string_view words;     // in the text, in lower case; empty: whatever
  judgement means;
};

constexpr judgement accepted{verdict::accepted, subject::message};
constexpr judgement later(subject s) { return {verdict::deferred, s}; }
constexpr judgement never(subject s) { return {verdict::rejected, s}; }

// The first row that fits decides. Sources: RFC 5321 section 4.2 (basic codes), RFC 3463 and 5248 (enhanced codes). Only
// 5.1.x and 5.2.1 speak about the address; 5.7.x is about us, and a misconfigured relay says it to everybody.
// clang-format off
constexpr row table[] = {
  // stage          reply       enhanced   words                verdict and whom it is about
  {stage::connect,  400, 599,   "",        "",                  later(subject::relay)},

  {stage::mail,     400, 499,   "",        "",                  later(subject::relay)},      // 450, 451, 452 4.3.1
  {stage::mail,     552, 552,   "",        "",                  never(subject::message)},    // SIZE
  {stage::mail,     500, 599,   "5.3.4",   "",                  never(subject::message)},    // SIZE
  {stage::mail,     500, 599,   "5.2.3",   "",                  never(subject::message)},    // SIZE
  {stage::mail,     501, 501,   "",        "",                  later(subject::parameter)},
  {stage::mail,     504, 504,   "",        "",                  later(subject::parameter)},
  {stage::mail,     555, 555,   "",        "",                  later(subject::parameter)},
  {stage::mail,     500, 599,   "",        "",                  later(subject::sender)},     // 5.1.7, 5.1.8, 5.7.x, 530

  {stage::rcpt,     400, 499,   "",        "",                  later(subject::message)},    // greylisting, 4.7.x
  {stage::rcpt,     500, 599,   "5.1.1",   "",                  never(subject::recipient)},
  {stage::rcpt,     500, 599,   "5.1.2",   "",                  never(subject::recipient)},
  {stage::rcpt,     500, 599,   "5.1.3",   "",                  never(subject::recipient)},
  {stage::rcpt,     500, 599,   "5.1.6",   "",                  never(subject::recipient)},
  {stage::rcpt,     500, 599,   "5.1.10",  "",                  never(subject::recipient)},
  {stage::rcpt,     500, 599,   "5.2.1",   "",                  never(subject::recipient)},
  {stage::rcpt,     500, 599,   "5.2.2",   "",                  never(subject::quota)},
  {stage::rcpt,     550, 553,   "",        "user unknown",      never(subject::recipient)},
  {stage::rcpt,     550, 553,   "",        "unknown user",      never(subject::recipient)},
  {stage::rcpt,     550, 553,   "",        "no such user",      never(subject::recipient)},
  {stage::rcpt,     500, 599,   "",        "",                  never(subject::policy)},     // 5.7.x, relay access denied

  {stage::data,     400, 499,   "",        "daily",             later(subject::day)},        // SES: 454 daily quota
  {stage::data,     454, 454,   "",        "",                  later(subject::rate)},       // SES: 454 throttling
  {stage::data,     450, 452,   "4.7.0",   "",                  later(subject::rate)},
  {stage::data,     400, 499,   "",        "",                  later(subject::relay)},
  {stage::data,     500, 599,   "",        "",                  never(subject::message)},

  {stage::content,  454, 454,   "",        "",                  later(subject::rate)},       // behind BDAT
  {stage::content,  400, 499,   "",        "",                  later(subject::message)},
  {stage::content,  500, 599,   "5.1.1",   "",                  never(subject::recipient)},  // late check, one recipient
  {stage::content,  500, 599,   "5.2.1",   "",                  never(subject::recipient)},
  {stage::content,  500, 599,   "",        "",                  never(subject::message)},
};
// clang-format on

bool contains_words(std::string_view text, std::string_view lower) {
  const auto same = [](char a, char b) { return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b; };
  return std::search(text.begin(), text.end(), lower.begin(), lower.end(), same) != text.end();
}

}  // namespace

judgement judge(stage at, const reply& r) {
  if (r.code < 300) return accepted;
  // 421: the relay closes the connection, whatever the command was. It says nothing about the mail.
  if (r.code == 421) return later(subject::relay);
  const auto enhanced = r.enhanced();
  for (const auto& line : table) {
    if (line.at != at || r.code < line.from || r.code > line.to) continue;
    if (!line.enhanced.empty() && line.enhanced != enhanced) continue;
    // Words decide only where the relay gave no enhanced code: "5.7.1 user unknown to our policy" is policy.
    if (!line.words.empty() && !(enhanced.empty() && contains_words(r.last_line(), line.words))) continue;
    return line.means;
  }
  return later(subject::relay);  // 3yz: has no meaning here
}

}  // namespace cartwheel::smtp
