#include "actors/mailer/mail_queue.hpp"
#include "tests/actors/mailer/mailer_fixture.hpp"

#include <benchmark/benchmark.h>

namespace cartwheel {
namespace {

/// All the mailer's thread does for one mail beside the connection: taken in, rendered with link and Message-ID, settled.
void a_reminder_through_the_queue(benchmark::State& state) {
  auto options = test::options_for_tests();
  manual_clock clock{test::test_start};
  mailer_metrics metrics;
  mail_queue queue{options, clock, metrics};
  uint32_t n = 0;
  size_t bytes = 0;
  for (auto _ : state) {
    queue.offer(test::due_number(++n));
    auto m = queue.pull();
    bytes = m->mail.bytes.size();
    queue.accepted(m->id);
    benchmark::DoNotOptimize(queue.take_settled());
  }
  state.SetItemsProcessed(state.iterations());
  state.counters["mail_bytes"] = static_cast<double>(bytes);
  state.counters["accepted"] = static_cast<double>(metrics.of(reminder_outcome::accepted));  // the check value
}
BENCHMARK(a_reminder_through_the_queue)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace cartwheel
