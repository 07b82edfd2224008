#pragma once

#include <caf/actor_system_config.hpp>
#include <caf/thread_hook.hpp>

#if defined(__SANITIZE_THREAD__)
extern "C" {
void AnnotateIgnoreReadsBegin(const char* file, int line);
void AnnotateIgnoreReadsEnd(const char* file, int line);
void AnnotateIgnoreWritesBegin(const char* file, int line);
void AnnotateIgnoreWritesEnd(const char* file, int line);
}
#endif

namespace cartwheel {

/// Debian's CAF is built without ThreadSanitizer, which therefore does not see the atomics by which a mailbox hands a
/// message from one thread to another, and would call every message a race (tens of thousands of reports, too many even
/// to suppress). So memory accesses of CAF's own threads do not count; those of the tests' threads do. What cells do
/// across threads is checked in cell_threads_test.cpp, with a mailbox the sanitizer can see into.
class unseen_by_tsan final : public caf::thread_hook {
 public:
  void init(caf::actor_system&) override {}
#if defined(__SANITIZE_THREAD__)
  void thread_started() override {
    AnnotateIgnoreReadsBegin(__FILE__, __LINE__);
    AnnotateIgnoreWritesBegin(__FILE__, __LINE__);
  }
  void thread_terminates() override {
    AnnotateIgnoreWritesEnd(__FILE__, __LINE__);
    AnnotateIgnoreReadsEnd(__FILE__, __LINE__);
  }
#else
  void thread_started() override {}
  void thread_terminates() override {}
#endif
};

/// What a test gives its actor_system.
class test_system_config : public caf::actor_system_config {
 public:
  test_system_config() { add_thread_hook<unseen_by_tsan>(); }
};

}  // namespace cartwheel
