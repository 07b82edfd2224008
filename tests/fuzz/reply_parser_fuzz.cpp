// A relay's bytes: how the network cuts them must not change what they say.
#include "transport/smtp/reply_parser.hpp"

#include "tests/fuzz/require.hpp"
#include "transport/smtp/limits.hpp"
#include "transport/smtp/reply_table.hpp"

#include <algorithm>
#include <string_view>
#include <vector>

using namespace cartwheel::smtp;

namespace {

struct seen {
  reply_parser::result result{};
  int code = 0;
  std::string text;
  friend bool operator==(const seen&, const seen&) = default;
};

/// All replies, up to what is none, with at most `step` bytes at a time.
std::vector<seen> replies_in(std::string_view all, size_t step) {
  std::vector<seen> found;
  reply_parser parser;
  while (!all.empty()) {
    auto some = all.substr(0, step);
    all.remove_prefix(some.size());
    while (!some.empty()) {
      const auto before = some.size();
      const auto result = parser.parse(some);
      if (result == reply_parser::result::more) {
        FUZZ_REQUIRE(some.empty());
        break;
      }
      FUZZ_REQUIRE(some.size() < before);
      if (result != reply_parser::result::complete) {
        found.push_back({result, 0, {}});
        return found;
      }
      const auto& r = parser.current();
      FUZZ_REQUIRE(r.code >= 200 && r.code < 600);
      FUZZ_REQUIRE(r.text.size() <= limits::reply_bytes_max);
      FUZZ_REQUIRE(r.text.find(r.last_line()) != std::string::npos);
      for (auto at : {stage::connect, stage::mail, stage::rcpt, stage::data, stage::content})
        FUZZ_REQUIRE((judge(at, r).verdict == verdict::accepted) == (r.code < 300));
      found.push_back({result, r.code, r.text});
    }
  }
  return found;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view all{reinterpret_cast<const char*>(data), size};
  const auto whole = replies_in(all, std::max<size_t>(1, size));
  FUZZ_REQUIRE(replies_in(all, 1) == whole);
  FUZZ_REQUIRE(replies_in(all, 7) == whole);
  return 0;
}
