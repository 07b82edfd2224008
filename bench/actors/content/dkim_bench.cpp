#include "actors/content/dkim.hpp"
#include "actors/content/message_builder.hpp"
#include "bench/runtime/scratch.hpp"
#include "tests/actors/content/dkim_keys.hpp"
#include "tests/actors/content/sample_reminder.hpp"

#include <benchmark/benchmark.h>

#include <cstddef>

namespace cartwheel {
namespace {

/// One mail signed: with RSA of 2048 bits alone, and with an Ed25519 signature besides.
void sign_with_dkim(benchmark::State& state) {
  const bench::scratch folder;
  dkim_settings s{"news", write_key(folder / "rsa", test::rsa_key()), "", ""};
  if (state.range(0) == 2) {
    s.ed25519_selector = "news-ed";
    s.ed25519_key_file = write_key(folder / "ed", test::ed25519_key());
  }
  const dkim_signer signer{{{"example.com", s}}};
  const auto reminder = sample_reminder();
  const auto mail = message_builder{template_set::built_in().set}.build(reminder, {}).mail->bytes;
  size_t bytes = 0;
  for (auto _ : state) bytes = signer.sign("example.com", mail, reminder.date).size();
  state.SetItemsProcessed(state.iterations());
  state.counters["header_bytes"] = static_cast<double>(bytes);  // the check value
}
BENCHMARK(sign_with_dkim)->ArgName("signatures")->Arg(1)->Arg(2)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace cartwheel
