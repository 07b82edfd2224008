#include "app/commands.hpp"
#include "app/load/load_run.hpp"
#include "app/progress_bar.hpp"

#include <cmath>
#include <cstdio>
#include <stdexcept>

#include <fmt/format.h>

namespace cartwheel {

int load(const load_options& options) {
  progress_bar bar{"load"};
  auto began = std::chrono::steady_clock::now();
  auto part = [&](uint64_t acked) { return static_cast<double>(acked) / static_cast<double>(options.events); };
  load_result result;
  try {
    result = run_load(options, [&](uint64_t acked, std::chrono::steady_clock::time_point now) {
      auto seconds = std::chrono::duration<double>(now - began).count();
      auto rate = static_cast<uint64_t>(std::llround(static_cast<double>(acked) / seconds));
      bar.show(part(acked), fmt::format("{} events/s", with_thousands(rate)), now);
    });
  } catch (const std::invalid_argument& wrong) {
    fmt::print(stderr, "cartwheel load: {}\n", wrong.what());
    return 2;
  }
  bar.finish(part(result.acked_events), result.complete() ? "done" : "broken off");
  for (const auto& error : result.errors) fmt::print(stderr, "cartwheel load: {}\n", error);
  fmt::print("{}", summary(result));
  return result.complete() ? 0 : 1;
}

}  // namespace cartwheel
