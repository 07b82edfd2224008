#include "actors/mailer/bounce_verdict.hpp"

#include "actors/event/address.hpp"
#include "transport/smtp/reply_table.hpp"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

namespace cartwheel {

namespace {

struct proof {
  address_key address;
  instant mail = before_all;
  std::string_view by;
};

std::optional<proof> by_link(std::string_view list_unsubscribe, const bounce_keys& keys) {
  // "<https://shop.example/u/TOKEN>", and maybe others.
  for (size_t open = 0; (open = list_unsubscribe.find('<', open)) != list_unsubscribe.npos; ++open) {
    auto link = list_unsubscribe.substr(open + 1, list_unsubscribe.find('>', open) - open - 1);
    auto slash = link.rfind('/');
    auto opened =
      slash == link.npos ? std::nullopt : keys.links.open(link.substr(slash + 1), token_purpose::unsubscribe);
    auto address = opened ? normalise_email(opened->address) : std::nullopt;
    if (address) return proof{key_of_address(keys.hashes, *address), before_all, "link to unsubscribe"};
  }
  return std::nullopt;
}

std::optional<proof> proven(const bounce_report& report, const bounce_keys& keys) {
  for (const auto* addresses : {&report.sent_to, &report.mail_from})
    for (const auto& a : *addresses)
      if (auto mail = keys.tokens.open_address(a)) return proof{mail->address, mail->decided, "envelope sender"};
  if (auto mail = keys.tokens.open(report.envelope_id)) return proof{mail->address, mail->decided, "envelope id"};
  return by_link(report.list_unsubscribe, keys);
}

/// The reply that a recipient's part of a report stands for.
smtp::reply as_reply(const reported_recipient& r) {
  if (!r.status.empty() && !r.status.ends_with(".0")) return {550, r.status};
  int code = 0;
  const auto& d = r.diagnostic;
  auto [end, error] = std::from_chars(d.data(), d.data() + std::min<size_t>(d.size(), 3), code);
  const bool whole = error == std::errc{} && end == d.data() + 3 && code >= 200 && code < 600;
  return whole ? smtp::reply{code, d.substr(std::min<size_t>(4, d.size()))} : smtp::reply{550, r.status};
}

address_news news_of(const reported_recipient& r) {
  // A delayed mail may still arrive, and one that was given up for want of an answer says nothing of its address.
  if (r.action != "failed" || r.status.starts_with('4') || r.status.starts_with('2')) return address_news::none;
  const auto meant = smtp::judge(smtp::stage::rcpt, as_reply(r));
  return meant.verdict == smtp::verdict::rejected ? cartwheel::news_of(meant.about) : address_news::none;
}

std::pair<address_news, std::string> news_of(const bounce_report& report) {
  if (report.is_complaint()) {
    constexpr std::array<std::string_view, 4> complaints{"abuse", "fraud", "opt-out", "opt-out-list"};
    if (std::ranges::find(complaints, report.feedback_type) != complaints.end())
      return {address_news::complaint, fmt::format("a complaint of type {}", report.feedback_type)};
    return {address_news::none, fmt::format("feedback of type {}, which is no complaint", report.feedback_type)};
  }
  auto found = address_news::none;
  for (const auto& r : report.recipients) {
    if (r.action == "delivered" || r.action == "relayed" || r.action == "expanded")
      return {address_news::none, fmt::format("{}: {}", r.action, r.status)};
    const auto news = news_of(r);
    if (news == address_news::hard_bounce || found == address_news::none) found = news;
  }
  const auto& first = report.recipients.front();
  return {found, fmt::format("{} {}{}{}", first.action.empty() ? "no action" : first.action, first.status,
                             first.diagnostic.empty() ? "" : ": ", first.diagnostic)};
}

bounce_kind kind_of(address_news news) {
  switch (news) {
    case address_news::hard_bounce: return bounce_kind::hard_bounce;
    case address_news::quota: return bounce_kind::quota;
    case address_news::complaint: return bounce_kind::complaint;
    default: return bounce_kind::soft;
  }
}

}  // namespace

address_news news_of(smtp::subject about) {
  switch (about) {
    case smtp::subject::recipient: return address_news::hard_bounce;
    case smtp::subject::quota: return address_news::quota;
    default: return address_news::none;
  }
}

bounce_verdict judge(const bounce_report& report, const bounce_keys& keys) {
  auto about = proven(report, keys);
  if (!about) return {bounce_kind::unproven, {}, "nothing in it shows that it is about a mail of this server", {}};
  auto [news, why] = news_of(report);
  return {kind_of(news), {about->address, news, about->mail, false}, std::move(why), std::string{about->by}};
}

}  // namespace cartwheel
