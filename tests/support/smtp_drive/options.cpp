#include "tests/support/smtp_drive/options.hpp"

#include <CLI/CLI.hpp>

#include <cstdlib>
#include <map>

namespace cartwheel::smtp_drive {

namespace {

/// An option in whole units of a duration.
template <class Duration>
void add_time(CLI::App& app, const std::string& name, Duration& to, const std::string& meaning) {
  app
    .add_option_function<int64_t>(
      name, [&to](const int64_t& n) { to = Duration{n}; }, meaning)
    ->check(CLI::NonNegativeNumber);
}

}  // namespace

options read_command_line(int argc, char** argv) {
  options o;
  bool lock_step = false;
  CLI::App app{
    "Sends mails through a relay pool, as the server does, and prints what became of each as a JSON line; the last "
    "line holds the pool's counters. SIGTERM ends it as it ends a server."};
  auto& session = o.relay.session;
  app.add_option("--to", o.relay.port, "port of 127.0.0.1")->required();
  app.add_option("--mails", o.mails, "file with a JSON object a mail: recipient, sender, content");
  app.add_option("--domain", o.domain, "of the recipients without a file");
  app.add_option("--count", o.count, "mails without a file");
  app.add_option("--size", o.size, "bytes a mail, at least");
  app.add_option("--run", o.run, "part of each Message-ID");
  app.add_option("--tries", o.tries, "offers of a mail until deferred is the end of it")->check(CLI::PositiveNumber);
  app.add_flag("--forget", o.forget,
               "reports only mails that were not accepted, and needs no memory for those that were");
  app.add_option("--rate", o.rate, "mails a second")->check(CLI::NonNegativeNumber);
  app.add_option("--cancel", o.cancel_percent, "percent of the mails that are taken back at some moment");
  app.add_option("--seed", o.seed, "of the dice");
  app.add_option("--connections", o.relay.connections, "connections");
  app.add_option("--session-mails", session.mails_max, "mails a connection");
  app.add_option("--piece", session.content_piece_bytes, "bytes of content a write");
  app.add_flag("--lock-step", lock_step, "no pipelining");
  const std::map<std::string, smtp::chunking_mode> modes{{"off", smtp::chunking_mode::off},
                                                         {"single", smtp::chunking_mode::single},
                                                         {"window", smtp::chunking_mode::window}};
  app
    .add_option("--chunking", session.chunking,
                "off, single or window: content by BDAT, of one mail or of several at once")
    ->transform(CLI::Transformer(modes))
    ->option_text("MODE");
  app.add_option("--window", session.window, "mails in the window")
    ->check(CLI::Range(size_t{1}, smtp::limits::mails_ahead_max));
  add_time(app, "--cancel-window", o.cancel_window, "microseconds after a pull within which it is taken back");
  add_time(app, "--sync", o.sync, "ms an intent takes to become durable");
  add_time(app, "--drain-after", o.drain_after, "ms until it is told to end");
  add_time(app, "--at-most", o.at_most, "seconds; then it ends with 4");
  add_time(app, "--backoff-first", o.relay.backoff_first, "ms");
  add_time(app, "--backoff-max", o.relay.backoff_max, "ms");
  add_time(app, "--lock-step-time", o.relay.lock_step_time, "ms");
  add_time(app, "--connect-timeout", o.relay.connect_timeout, "ms");
  add_time(app, "--banner-timeout", session.timeouts.banner, "ms");
  add_time(app, "--command-timeout", session.timeouts.command, "ms");
  add_time(app, "--data-timeout", session.timeouts.data_block, "ms");
  add_time(app, "--dot-timeout", session.timeouts.final_dot, "ms");
  add_time(app, "--quit-timeout", session.timeouts.quit, "ms");
  add_time(app, "--idle", session.timeouts.idle, "ms");
  add_time(app, "--age", session.age_max, "ms");
  o.relay.backoff_first = std::chrono::milliseconds{10};
  o.relay.backoff_max = std::chrono::milliseconds{50};
  try {
    app.parse(argc, argv);
    if (o.mails.empty() == (o.count == 0)) throw CLI::ValidationError{"--mails, --count", "one of them"};
  } catch (const CLI::ParseError& e) {
    std::exit(app.exit(e));
  }
  session.pipelining = !lock_step;
  o.relay.seed = o.seed;
  return o;
}

}  // namespace cartwheel::smtp_drive
