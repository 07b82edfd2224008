#pragma once

namespace cartwheel {

/// Gives back to the system what this thread has freed and the allocator kept: whole segments, and those of threads that
/// have ended. Nothing happens where another allocator is at work.
/// Cost: a look at each page of 64 KiB that this thread allocates from; so not while there is something to do.
/// Source: docs/decisions/0025-memory-goes-back-at-the-ebb.md.
void return_freed_memory();

/// While there is one, pages of mimalloc go back to the system as soon as all of them is free, whichever thread frees it;
/// else half a second later, and only when somebody allocates thereabouts then.
/// Cost: a call of the system for each such page, and a fault when it is wanted again: 3 to 7 % more CPU an event.
/// Runs on: any thread.
class prompt_return {
 public:
  prompt_return();
  ~prompt_return();
  prompt_return(const prompt_return&) = delete;
  prompt_return& operator=(const prompt_return&) = delete;
};

}  // namespace cartwheel
