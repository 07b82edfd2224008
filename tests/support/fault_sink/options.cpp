#include "tests/support/fault_sink/options.hpp"

#include <CLI/CLI.hpp>

#include <cstdlib>
#include <fstream>
#include <stdexcept>

namespace cartwheel::fault_sink {

options read_command_line(int argc, char** argv) {
  options o;
  int64_t cut_pause_us = 0, withhold_ms = 0, latency_ms = 0, read_pause_ms = 0;
  std::vector<std::string> faults;
  CLI::App app{
    "A mail server for tests: takes mails over SMTP, writes down what it took and what was not legal, and goes wrong "
    "where a "
    "recipient's address or --fault tells it to.\n\nWords: STAGE-CODE[-ENHANCED][-kept], STAGE-wait-MS, "
    "STAGE-text-BYTES, "
    "STAGE-drop[-lost], STAGE-rst[-lost], STAGE-silent[-lost], STAGE-stop, early-CODE, stop-reading, no-swallow; STAGE "
    "is "
    "banner, ehlo, mail, rcpt, data, content, bdat, dot, rset or quit. In an address they stand in the local part, "
    "joined by "
    "dots, also behind a plus: anna+rcpt-550-5.1.1@shopper.example"};
  app.add_option("--port", o.port, "port of 127.0.0.1; 0: a free one, told on stderr");
  app.add_option("--backlog", o.backlog, "of listen()");
  app.add_option("--receive-buffer", o.receive_buffer, "bytes of SO_RCVBUF");
  app.add_option("--log", o.log, "file for a JSON line a transaction");
  app.add_option("--dump", o.dump, "folder for the mails it keeps, one file each");
  app.add_option("--control", o.control, "file with one --fault a line, read at SIGHUP in place of those before");
  app.add_option("--hide", o.hidden, "keyword that EHLO does not announce (and that is not taken)");
  app.add_option("--size", o.size_max, "bytes a mail may have");
  app.add_option("--limits", o.limits, "parameters of LIMITS (RFC 9422)");
  app.add_flag("--helo-only", o.helo_only, "EHLO is not known");
  app.add_option("--fault", faults, "WORD[@every=N,nth=N,after=N,percent=P]");
  app.add_option("--first", o.first, "faults in addresses strike only the first N attempts at each recipient");
  app.add_option("--seed", o.seed, "of the dice");
  app.add_option("--rate", o.rate, "mails a second; above it DATA gets 454 4.7.0");
  app.add_option("--burst", o.burst, "mails that may come at once under --rate");
  app.add_option("--session-mails", o.session_mails, "mails a session; then MAIL gets 421");
  app.add_option("--connections", o.connections_max, "connections at once; more get 421");
  app.add_flag("--swallow-mail", o.swallow_mail, "loses a MAIL that has commands behind it");
  app.add_flag("--swallow-behind-dot", o.swallow_behind_dot,
               "loses what comes in one read with a final dot, behind it");
  app.add_option("--cut", o.cut, "bytes a segment of a reply");
  app.add_option("--cut-pause", cut_pause_us, "microseconds between segments");
  app.add_option("--withhold", withhold_ms, "replies leave when no input has come for so many ms");
  app.add_option("--latency", latency_ms, "ms on the way back");
  app.add_option("--read-bytes", o.read_bytes, "bytes read at once");
  app.add_option("--read-pause", read_pause_ms, "ms between reads");
  app.add_flag("--nagle", o.nagle, "writes each reply by itself and leaves Nagle's algorithm on");
  app.add_flag("--line-feed-only", o.line_feed_only, "replies end in LF");
  app.add_flag("--bare-codes", o.bare_codes, "replies without text");
  try {
    app.parse(argc, argv);
    o.cut_pause = std::chrono::microseconds{cut_pause_us};
    o.withhold = std::chrono::milliseconds{withhold_ms};
    o.latency = std::chrono::milliseconds{latency_ms};
    o.read_pause = std::chrono::milliseconds{read_pause_ms};
    if (o.read_bytes == 0) throw CLI::ValidationError{"--read-bytes", "must not be 0"};
    if (o.rate < 0 || (o.rate > 0 && o.burst < 1))
      throw CLI::ValidationError{"--rate", "rate above 0 and burst from 1 on"};
    for (const auto& text : faults) {
      const auto f = standing_fault_named(text);
      if (!f) throw CLI::ValidationError{"--fault", text + " is no fault"};
      o.faults.push_back(*f);
    }
  } catch (const CLI::ParseError& e) {
    std::exit(app.exit(e));
  }
  return o;
}

std::vector<standing_fault> read_control_file(const std::string& path) {
  std::ifstream in{path};
  if (!in) throw std::runtime_error{path + ": cannot be read"};
  std::vector<standing_fault> found;
  size_t number = 0;
  for (std::string line; std::getline(in, line);) {
    ++number;
    if (line.empty()) continue;
    const auto f = standing_fault_named(line);
    if (!f) throw std::runtime_error{path + ':' + std::to_string(number) + ": " + line + " is no fault"};
    found.push_back(*f);
  }
  return found;
}

}  // namespace cartwheel::fault_sink
