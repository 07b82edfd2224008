// The part of mail_queue that has mails signed before they are ready (mail_queue.hpp, docs/decisions/0009).

#include "actors/mailer/mail_queue.hpp"

#include <utility>

namespace cartwheel {

using smtp::mail_id;

std::vector<mail_to_sign> mail_queue::take_to_sign(size_t most) {
  take_up_due();
  std::vector<mail_to_sign> out;
  while (out.size() < most) {
    auto next = unsigned_.next([](const std::string&) { return true; });
    if (!next) break;
    auto id = *next;
    auto& h = held_.at(id);
    take_off_lists(id, h);
    if (expire(id, h)) continue;
    if (!h.date) h.date = now_for(h);
    if (!with_coupon(id, h)) continue;
    auto built = renderer_.render(h.reminder, *h.date, h.coupon ? &*h.coupon : nullptr);
    if (!built.mail) {
      refuse(id, h, built.refusal);
      continue;
    }
    h.is_being_signed = true;
    ++being_signed_;
    out.push_back({mail_id{id}, std::move(*built.mail), renderer_.domain_of(h.reminder).value_or(""), *h.date});
  }
  return out;
}

void mail_queue::signed_as(signed_mail m) {
  auto i = held_.find(static_cast<uint64_t>(m.id));
  if (i == held_.end()) return;  // recalled meanwhile
  auto& h = i->second;
  take_off_lists(i->first, h);
  if (!m.failure.empty()) return refuse(i->first, h, m.failure);
  h.signed_mail = std::move(m.mail);
  make_ready(i->first, h);
}

/// Bytes that are fixed have theirs.
bool mail_queue::wants_signature(const held& h) const {
  if (!options_.dkim || h.signed_mail || !h.reminder.mail.empty()) return false;
  auto domain = renderer_.domain_of(h.reminder);
  return domain && options_.dkim->signs(*domain);
}

}  // namespace cartwheel
