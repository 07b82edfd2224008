#pragma once

#include "actors/consent/address_news.hpp"
#include "actors/content/bounce_report.hpp"
#include "actors/content/bounce_token.hpp"
#include "actors/content/token.hpp"
#include "actors/shard/router.hpp"
#include "transport/smtp/mail_feed.hpp"

#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace cartwheel {

/// What a relay's refusal for good says of the address: nothing, unless it is about that.
address_news news_of(smtp::subject about);

/// What came of a report: label `kind` of cartwheel_bounces_total.
enum class bounce_kind : uint8_t {
  hard_bounce,
  quota,
  complaint,
  soft,        // of a mail of ours, but it says nothing that would keep the next one from its owner
  unproven,    // nothing in it shows that it is about a mail of ours
  unreadable,  // no report at all
};
constexpr size_t bounce_kind_count = static_cast<size_t>(bounce_kind::unreadable) + 1;
constexpr std::string_view to_string(bounce_kind k) {
  constexpr std::array<std::string_view, bounce_kind_count> names{"hard_bounce", "quota",    "complaint",
                                                                  "soft",        "unproven", "unreadable"};
  return names[static_cast<size_t>(k)];
}

/// What a report means for an address. `news.what` is none where it means nothing.
struct bounce_verdict {
  bounce_kind kind = bounce_kind::unproven;
  news_of_address news;
  std::string why;        // in words
  std::string proven_by;  // "envelope sender", "envelope id", "link to unsubscribe"; empty when it is not
};

/// What shows that a report is about a mail of this node, and about which.
struct bounce_keys {
  const bounce_tokens& tokens;
  const token_box& links;
  const node_hash_keys& hashes;
};

/// Judges a report by what it can prove, never by what it says of itself: the address is the one sealed in the token of the
/// envelope sender, or else in that of the link to unsubscribe of the mail that came back. A Message-ID proves nothing
/// here (docs/decisions/0008).
/// Shape: status codes mean what they mean in a reply to RCPT (transport/smtp/reply_table); where the status is general
/// (5.0.0), the diagnostic's own. A complaint is one of type abuse, fraud, opt-out or opt-out-list.
/// Source: RFC 3463, RFC 3464 section 2.3, RFC 5965 section 3.5 and its registry of types.
bounce_verdict judge(const bounce_report& report, const bounce_keys& keys);

}  // namespace cartwheel
