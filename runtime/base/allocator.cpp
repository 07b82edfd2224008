#include "runtime/base/allocator.hpp"

#include <mimalloc.h>

// Programs that are not linked with mimalloc, as those with a sanitizer, have no such function.
#pragma weak mi_collect

namespace cartwheel {

void return_freed_memory() {
  if (&mi_collect != nullptr) mi_collect(true);
}

}  // namespace cartwheel
