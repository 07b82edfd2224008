// Reports come from anybody: whatever they hold is read within bounds, and what proves nothing suppresses nobody.
#include "actors/content/bounce_report.hpp"

#include "actors/content/limits.hpp"
#include "actors/mailer/bounce_verdict.hpp"
#include "tests/fuzz/require.hpp"

using namespace cartwheel;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  // Keys that no seed's tokens were made with.
  static const bounce_tokens tokens{secret_key{0xf0}};
  static const token_box links{secret_key{0xf1}};
  static const node_hash_keys hashes{{1, 2}, {3, 4}, {5, 6}};
  const auto read = read_bounce_report({reinterpret_cast<const char*>(data), size});
  FUZZ_REQUIRE(read.report.has_value() == read.refusal.empty());
  if (!read.report) return 0;
  const auto& r = *read.report;
  FUZZ_REQUIRE(r.is_complaint() || !r.recipients.empty());
  FUZZ_REQUIRE(r.recipients.size() <= limits::bounce_recipients_max);
  FUZZ_REQUIRE(r.sent_to.size() <= limits::bounce_recipients_max);
  for (const auto& recipient : r.recipients) {
    FUZZ_REQUIRE(recipient.diagnostic.size() <= limits::bounce_text_bytes_max);
    FUZZ_REQUIRE(recipient.final_recipient.size() <= limits::bounce_text_bytes_max);
    FUZZ_REQUIRE(recipient.status.find_first_not_of("0123456789.") == std::string::npos);
  }
  auto verdict = judge(r, {tokens, links, hashes});
  FUZZ_REQUIRE(verdict.kind == bounce_kind::unproven && verdict.news.what == address_news::none);
  // The same with a proof: what it means is worked out, too.
  auto proven = r;
  const bounced_mail mail{{3, 4}, from_unix_ms(1'000)};
  proven.envelope_id = tokens.seal(mail);
  verdict = judge(proven, {tokens, links, hashes});
  FUZZ_REQUIRE(verdict.kind != bounce_kind::unproven && verdict.news.address == mail.address);
  FUZZ_REQUIRE((verdict.kind == bounce_kind::soft) == (verdict.news.what == address_news::none));
  return 0;
}
