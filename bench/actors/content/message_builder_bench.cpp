#include "actors/content/message_builder.hpp"
#include "actors/content/message_id.hpp"
#include "actors/content/quoted_printable.hpp"
#include "actors/content/token.hpp"
#include "tests/actors/content/sample_reminder.hpp"

#include <benchmark/benchmark.h>

namespace cartwheel {
namespace {

/// Rendering and MIME of one mail. Target: 25 us (DESIGN.md section 6).
void build_mail(benchmark::State& state) {
  message_builder builder{template_set::built_in().set};
  auto r = sample_reminder();
  while (r.lines.size() < static_cast<size_t>(state.range(0))) r.lines.push_back(r.lines[r.lines.size() % 2]);
  shop_settings shop;
  size_t bytes = 0;
  for (auto _ : state) {
    auto b = builder.build(r, shop);
    bytes = b.mail->bytes.size();
    benchmark::DoNotOptimize(b);
  }
  state.SetItemsProcessed(state.iterations());
  state.counters["mail_bytes"] = static_cast<double>(bytes);  // the check value
}
BENCHMARK(build_mail)->Arg(2)->Arg(8)->Arg(200)->Unit(benchmark::kMicrosecond);

void encode_quoted_printable(benchmark::State& state) {
  auto mail = message_builder{template_set::built_in().set}.build(sample_reminder(), {}).mail->bytes;
  std::string out;
  for (auto _ : state) {
    out.clear();
    append_quoted_printable(out, mail);
    benchmark::DoNotOptimize(out);
  }
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(mail.size()));
}
BENCHMARK(encode_quoted_printable);

/// What a mail needs besides: its link and its Message-ID.
void seal_token(benchmark::State& state) {
  token_box box{secret_key{1}};
  token_payload payload{token_purpose::unsubscribe, "default", "anna.devries@example.org", "email"};
  for (auto _ : state) benchmark::DoNotOptimize(box.seal(payload));
}
BENCHMARK(seal_token)->Unit(benchmark::kMicrosecond);

void make_id(benchmark::State& state) {
  secret_key key{1};
  reminder_identity identity{"default", "c-1", from_unix_ms(1'700'000'000'000), 0, 1};
  for (auto _ : state) benchmark::DoNotOptimize(make_message_id(key, identity, "example.com"));
}
BENCHMARK(make_id)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace cartwheel
