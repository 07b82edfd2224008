#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include <stdexcept>
#include <type_traits>

namespace cartwheel::bench {

/// Runs `measure` in a child process and gives back its figures: nothing that an earlier measurement left in the
/// allocator is counted for this one, and nothing of this one stays.
/// Errors: std::runtime_error when the child ends without an answer.
template <class Measure>
auto in_own_process(Measure measure) {
  using figures = std::invoke_result_t<Measure>;
  static_assert(std::is_trivially_copyable_v<figures>);
  int ends[2];
  if (::pipe(ends) != 0) throw std::runtime_error{"no pipe"};
  pid_t child = ::fork();
  if (child < 0) throw std::runtime_error{"no process"};
  if (child == 0) {
    figures found = measure();
    bool told = ::write(ends[1], &found, sizeof found) == sizeof found;
    ::_exit(told ? 0 : 1);
  }
  ::close(ends[1]);
  figures found{};
  bool heard = ::read(ends[0], &found, sizeof found) == sizeof found;
  ::close(ends[0]);
  ::waitpid(child, nullptr, 0);
  if (!heard) throw std::runtime_error{"a measurement ended without its figures"};
  return found;
}

}  // namespace cartwheel::bench
