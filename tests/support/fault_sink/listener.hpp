#pragma once

#include "tests/support/fault_sink/options.hpp"

namespace cartwheel::fault_sink {

/// Listens on 127.0.0.1 and serves until SIGTERM or SIGINT; then prints the counters as one JSON line on stdout. SIGHUP
/// reads the control file again.  Runs on: the calling thread, alone.
/// Errors: boost::system::system_error when it cannot listen, std::system_error when its files cannot be written.
int serve(const options& o);

}  // namespace cartwheel::fault_sink
