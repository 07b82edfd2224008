// A mail server that goes wrong on demand, and a fast one when nothing is asked of it: docs/testing.md, "The fault sink".

#include "tests/support/fault_sink/listener.hpp"

#include <exception>
#include <cstdio>

int main(int argc, char** argv) {
  using namespace cartwheel::fault_sink;
  const auto o = read_command_line(argc, argv);
  try {
    return serve(o);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "fault_sink: %s\n", e.what());
    return 1;
  }
}
