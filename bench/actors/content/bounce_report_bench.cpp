#include "actors/content/bounce_report.hpp"
#include "actors/content/bounce_token.hpp"
#include "actors/content/limits.hpp"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <string>

namespace cartwheel {
namespace {

/// A delivery report of that many bytes: what a mail server sends, with the mail it returns.
std::string report_of(size_t bytes) {
  std::string text =
    "To: bounce@example.com\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\n"
    "Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example.net\r\n\r\n"
    "Final-Recipient: rfc822; anna@example.org\r\nAction: failed\r\nStatus: 5.1.1\r\n"
    "Diagnostic-Code: smtp; 550 5.1.1 no such user\r\n\r\n--b\r\nContent-Type: message/rfc822\r\n\r\n"
    "From: cart@example.com\r\nMessage-ID: <m@example.com>\r\n\r\n";
  while (text.size() + 10 < bytes) text += std::string(std::min<size_t>(70, bytes - text.size() - 10), 'x') + "\r\n";
  return text + "--b--\r\n";
}

void read_report_of(benchmark::State& state) {
  const auto text = report_of(static_cast<size_t>(state.range(0)));
  size_t recipients = 0;
  for (auto _ : state) recipients = read_bounce_report(text).report->recipients.size();
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(text.size()));
  state.counters["recipients"] = static_cast<double>(recipients);  // the check value
}
BENCHMARK(read_report_of)->Arg(3'000)->Arg(limits::bounce_bytes_max)->Unit(benchmark::kMicrosecond);

void seal_bounce_token(benchmark::State& state) {
  const bounce_tokens tokens{secret_key{1}};
  const bounced_mail mail{{1, 2}, from_unix_ms(1'769'943'600'000)};
  for (auto _ : state) benchmark::DoNotOptimize(tokens.seal(mail));
}
BENCHMARK(seal_bounce_token)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace cartwheel
