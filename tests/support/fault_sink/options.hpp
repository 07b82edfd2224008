#pragma once

#include "tests/support/fault_sink/fault.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace cartwheel::fault_sink {

/// What the sink's command line says (fault_sink --help).
struct options {
  uint16_t port = 0;  // 0: a free one, told on stderr
  int backlog = 128;
  size_t receive_buffer = 0;  // bytes of SO_RCVBUF, 0: the kernel's
  std::string log;            // JSONL, a line a transaction; empty: none
  std::string dump;           // folder for the mails; empty: none
  std::string control;        // file with a --fault a line, read at SIGHUP in place of those before
  std::string name = "sink.example";

  // What it announces.
  std::vector<std::string> hidden;  // keywords of EHLO
  uint64_t size_max = 50 << 20;
  std::string limits;  // "MAILMAX=100 RCPTMAX=1"; empty: LIMITS is not announced
  bool helo_only = false;

  // What goes wrong.
  std::vector<standing_fault> faults;
  uint32_t first = 0;  // faults written in recipients strike only the first so many attempts at each; 0: all
  uint64_t seed = 1;
  double rate = 0;  // mails a second that DATA is opened for; 0: any
  double burst = 1;
  uint64_t session_mails = 0;  // MAIL gets 421 after so many mails in a session; 0: never
  size_t connections_max = 0;  // more are greeted with 421; 0: any
  bool swallow_mail = false;   // announces PIPELINING, and loses a MAIL with something behind it (VPOP3)
  bool swallow_behind_dot = false;

  // How replies travel.
  size_t cut = 0;                           // bytes a segment; 0: whole flights
  std::chrono::microseconds cut_pause{0};   // between segments
  std::chrono::milliseconds withhold{0};    // replies leave when no input has come for so long
  std::chrono::milliseconds latency{0};     // of the way back; does not hold up what comes in
  std::chrono::milliseconds read_pause{0};  // between reads
  size_t read_bytes = 256 * 1024;
  bool nagle = false;  // each reply in a write of its own, without TCP_NODELAY
  bool line_feed_only = false;
  bool bare_codes = false;  // "250", without text
};

/// Ends the process with a word on stderr when the words cannot be read, or were --help.
options read_command_line(int argc, char** argv);

/// The faults of a control file. Errors: std::runtime_error with file and line.
std::vector<standing_fault> read_control_file(const std::string& path);

}  // namespace cartwheel::fault_sink
