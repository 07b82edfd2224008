#pragma once

#include "app/commands.hpp"

#include <iosfwd>

namespace cartwheel {

/// `cartwheel journal`: results go to `out`, complaints to `complaints`. Returns the process's exit code.
/// Errors: exceptions naming the directory or the file.
int run_journal_tool(const journal_options& options, std::ostream& out, std::ostream& complaints);

}  // namespace cartwheel
