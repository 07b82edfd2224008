#include "app/load/load_result.hpp"

#include <cmath>

#include <fmt/format.h>

namespace cartwheel {
namespace {

double in_ms(latency_histogram::duration d) { return std::chrono::duration<double, std::milli>(d).count(); }

}  // namespace

double load_result::events_per_second() const {
  double seconds = std::chrono::duration<double>(elapsed).count();
  return seconds > 0 ? static_cast<double>(acked_events) / seconds : 0;
}

std::string with_thousands(uint64_t n) {
  std::string digits = std::to_string(n);
  for (size_t i = digits.size(); i > 3; i -= 3) digits.insert(i - 3, 1, ',');
  return digits;
}

std::string summary(const load_result& r) {
  double seconds = std::chrono::duration<double>(r.elapsed).count();
  double bytes = static_cast<double>(r.sent_bytes);
  std::string out = fmt::format("acknowledged  {} of {} events in {:.3f} s\n", with_thousands(r.acked_events),
                                with_thousands(r.events), seconds);
  out += fmt::format("rate          {} events/s{}\n",
                     with_thousands(static_cast<uint64_t>(std::llround(r.events_per_second()))),
                     r.rate > 0 ? fmt::format(" (asked for {:.0f})", r.rate) : "");
  out += fmt::format("size          {:.0f} bytes/event, {:.1f} MB/s\n",
                     r.sent_events > 0 ? bytes / static_cast<double>(r.sent_events) : 0,
                     seconds > 0 ? bytes / seconds / 1e6 : 0);
  out += fmt::format("ack           p50 {:.2f} ms  p99 {:.2f} ms  p99.9 {:.2f} ms  max {:.2f} ms{}\n",
                     in_ms(r.acks.quantile(0.5)), in_ms(r.acks.quantile(0.99)), in_ms(r.acks.quantile(0.999)),
                     in_ms(r.acks.max()), r.rate > 0 ? "  (from when it was due)" : "");
  return out;
}

}  // namespace cartwheel
