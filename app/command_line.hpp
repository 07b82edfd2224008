#pragma once

#include "app/commands.hpp"

#include <string>
#include <variant>

namespace cartwheel {

/// What the command line asks for.
struct command_line {
  std::string log_level;
  std::variant<serve_options, demo_options, replay_options, load_options, in_doubt_options, dead_letters_options,
               explain_options, import_options, suppression_options, export_options, journal_options,
               relay_probe_options, preview_options, check_options>
    command;
};

/// A command line that asks for no command: help, the version, or what is wrong with it.
struct farewell {
  int exit_code = 0;
  std::string output;      // for stdout
  std::string complaints;  // for stderr
};

/// Reads the arguments of main(); CARTWHEEL_LOG in the environment stands for --log-level.
/// Errors: a farewell with exit code 2.
std::variant<command_line, farewell> read_command_line(int argc, const char* const* argv);

}  // namespace cartwheel
