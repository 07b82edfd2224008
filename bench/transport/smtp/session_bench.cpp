// What the protocol costs by itself: a session and a server that always says yes, in memory. A mail over a real socket
// costs its system calls on top (bench/load measures that).

#include "transport/smtp/client_session.hpp"
#include "transport/smtp/dot_stuff.hpp"
#include "transport/smtp/reply_parser.hpp"

#include <benchmark/benchmark.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace cartwheel::smtp {
namespace {

std::shared_ptr<const std::string> content_of(size_t bytes, bool dots) {
  std::string content = "From: a@example.com\r\nTo: b@example.net\r\nSubject: x\r\n\r\n";
  const std::string line = std::string(76, 'x') + "\r\n";
  while (content.size() < bytes) content += dots ? "." + line : line;
  return std::make_shared<const std::string>(std::move(content));
}

/// Answers what has been written, command by command as the client counts them.
class yes_server {
 public:
  explicit yes_server(bool pipelining)
      : greeting_{pipelining ? "250-sink\r\n250-PIPELINING\r\n250 ENHANCEDSTATUSCODES\r\n"
                             : "250-sink\r\n250 ENHANCEDSTATUSCODES\r\n"} {}

  std::string_view greeting() const { return greeting_; }

  /// The replies to a flight that was written as `content` and `commands`.
  std::string_view answer(std::string_view content, std::string_view commands) {
    if (!content.empty())
      return commands.size() > 3
               ? "250 2.0.0 Ok: queued as 4Xabcd1234\r\n250 2.1.0 Ok\r\n250 2.1.5 Ok\r\n354 End data\r\n"
               : "250 2.0.0 Ok: queued as 4Xabcd1234\r\n";
    if (commands.starts_with("DATA")) return "354 End data\r\n";
    if (commands.ends_with("DATA\r\n")) return "250 2.1.0 Ok\r\n250 2.1.5 Ok\r\n354 End data\r\n";
    return "250 2.1.0 Ok\r\n";
  }

 private:
  std::string greeting_;
};

/// Arguments: bytes of a mail, pipelining, dots.
void session_mail(benchmark::State& state) {
  const auto content = content_of(static_cast<size_t>(state.range(0)), state.range(2) != 0);
  const client_session::time_point now{};
  yes_server server{state.range(1) != 0};
  session_options options;
  options.mails_max = UINT32_MAX;
  client_session session{options, [](mail_id) { return true; }, now};
  const auto write = [&] {
    const auto out = session.output();
    const auto reply = server.answer(out[0], out[1]);
    session.written(out[0].size() + out[1].size(), now);
    return reply;
  };
  session.receive("220 sink\r\n", now);
  write();
  session.receive(server.greeting(), now);
  uint64_t next = 0;
  uint64_t accepted = 0;
  std::vector<outcome> outcomes;
  std::vector<mail_id> batch;
  for (auto _ : state) {
    // One mail's worth of work: top up as the pool does, then flights until one is accepted.
    if (session.room(now) >= limits::intents_batch_max) {
      batch.clear();
      for (size_t i = 0; i < limits::intents_batch_max; ++i) {
        batch.push_back(mail_id{++next});
        session.offer(
          {batch.back(), "bounce+0123456789abcdef@shop.example", "someone.else@customer.example", false, content}, now);
      }
      session.durable(batch, now);
    }
    outcomes.clear();
    while (outcomes.empty()) {
      session.receive(write(), now);
      session.take_outcomes(outcomes);
    }
    accepted += outcomes.size();
  }
  if (session.state() == session_state::closed || accepted != static_cast<uint64_t>(state.iterations()))
    state.SkipWithError("not every mail was accepted");
  state.counters["mails/s"] = benchmark::Counter(static_cast<double>(accepted), benchmark::Counter::kIsRate);
  state.counters["round_trips/mail"] = static_cast<double>(session.round_trips()) / static_cast<double>(accepted);
}
BENCHMARK(session_mail)
  ->ArgNames({"bytes", "pipelining", "dots"})
  ->Args({4096, 1, 0})
  ->Args({4096, 0, 0})
  ->Args({4096, 1, 1})
  ->Args({16384, 1, 0})
  ->Args({60000, 1, 0});

void look_at_content(benchmark::State& state) {
  const auto content = content_of(static_cast<size_t>(state.range(0)), false);
  size_t dots = 0;
  for (auto _ : state) dots += look_at(*content).leading_dots;
  benchmark::DoNotOptimize(dots);
  state.SetBytesProcessed(static_cast<int64_t>(content->size()) * state.iterations());
}
BENCHMARK(look_at_content)->Arg(4096)->Arg(65536);

void parse_flight_of_replies(benchmark::State& state) {
  const std::string bytes = "250 2.0.0 Ok: queued as 4Xabcd1234\r\n250 2.1.0 Ok\r\n250 2.1.5 Ok\r\n354 End data\r\n";
  reply_parser parser;
  uint64_t codes = 0;
  for (auto _ : state) {
    std::string_view rest = bytes;
    while (parser.parse(rest) == reply_parser::result::complete) codes += static_cast<uint64_t>(parser.current().code);
  }
  if (codes != 1104U * static_cast<uint64_t>(state.iterations())) state.SkipWithError("replies were misread");
  state.SetItemsProcessed(4 * state.iterations());
}
BENCHMARK(parse_flight_of_replies);

}  // namespace
}  // namespace cartwheel::smtp
