#include "runtime/base/allocator.hpp"

#include "runtime/base/warm_blocks.hpp"

#include <mimalloc.h>

#include <mutex>

// Programs that are not linked with mimalloc, as those with a sanitizer, have no such functions.
#pragma weak mi_collect
#pragma weak mi_option_get
#pragma weak mi_option_set

namespace cartwheel {

namespace {

std::mutex mutex;
int prompt = 0;  // how many want it
long usual = 0;  // milliseconds, as the environment or mimalloc has it

}  // namespace

void return_freed_memory() {
  warm_blocks::forget();
  if (&mi_collect != nullptr) mi_collect(true);
}

prompt_return::prompt_return() {
  std::lock_guard lock{mutex};
  if (++prompt > 1 || &mi_option_set == nullptr) return;
  usual = mi_option_get(mi_option_decommit_delay);
  mi_option_set(mi_option_decommit_delay, 0);
}

prompt_return::~prompt_return() {
  std::lock_guard lock{mutex};
  if (--prompt == 0 && &mi_option_set != nullptr) mi_option_set(mi_option_decommit_delay, usual);
}

}  // namespace cartwheel
