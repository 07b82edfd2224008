#pragma once

#include "transport/smtp/relay_pool.hpp"

#include <chrono>
#include <cstdint>
#include <string>

namespace cartwheel::smtp_drive {

/// What the command line says (smtp_drive --help).
struct options {
  smtp::relay_options relay;
  std::string mails;  // JSONL: {"recipient": ..., "sender": ..., "content": ...}, the last two optional
  std::string domain = "sink.example";
  size_t count = 0;       // without a file: so many, to rN@domain
  size_t size = 2000;     // bytes of a mail without content of its own, at least
  std::string run = "1";  // part of each Message-ID
  uint32_t tries = 1;     // offers to the relay; what is deferred goes back until then
  std::chrono::milliseconds sync{0};
  bool forget = false;  // keep nothing of a mail that was accepted, and report only the others
  double rate = 0;      // mails a second, 0: as fast as they go
  double cancel_percent = 0;
  std::chrono::microseconds cancel_window{2000};
  uint64_t seed = 1;
  std::chrono::milliseconds drain_after{0};  // 0: when every mail has its end
  std::chrono::seconds at_most{120};
};

/// Ends the process with a word on stderr when the words cannot be read, or were --help.
options read_command_line(int argc, char** argv);

}  // namespace cartwheel::smtp_drive
