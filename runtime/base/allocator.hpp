#pragma once

namespace cartwheel {

/// Gives back to the system what this thread has freed and the allocator kept: as it comes, mimalloc does so only when
/// somebody allocates thereabouts later. Nothing happens where another allocator is at work.
/// Cost: a look at each page of 64 KiB that this thread allocates from; so not while there is something to do.
/// Source: docs/decisions/0024-carts-in-an-arena.md.
void return_freed_memory();

}  // namespace cartwheel
