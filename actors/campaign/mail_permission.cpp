#include "actors/campaign/mail_permission.hpp"

namespace cartwheel {
namespace {

/// One way to be permitted: whether something is there that it could rest on, and whether the law lets it count.
struct way {
  bool there = false;
  bool counts = false;
};

/// Without a moment nobody knows whether its time has run out: then it has.
bool young(const std::optional<milliseconds>& since, const std::optional<milliseconds>& age_max) {
  return !age_max || (since && *since <= *age_max);
}

way opt_in(const decision_facts& f) {
  return {f.consent == consent_status::granted, !f.confirmed_needed || f.opt_in_confirmed};
}
way sale(const decision_facts& f) {
  return {f.existing_customer, f.sale_allowed && young(f.since_sale, f.sale_age_max)};
}
way checkout(const decision_facts& f) {
  return {f.checkout_allowed && f.since_checkout,
          young(f.since_checkout, f.checkout_age_max) && (!f.refusal_needed || f.refusal_offered)};
}
way account(const decision_facts& f) {
  return {f.account_allowed && f.since_account, young(f.since_account, f.account_age_max)};
}
way unasked(const decision_facts& f) { return {f.unasked_allowed, true}; }

bool permits(const way& w) { return w.there && w.counts; }

}  // namespace

std::optional<reason> permission_basis(const decision_facts& f) {
  if (f.channel == channel::email && f.postal_needed && !f.postal_address) return std::nullopt;
  if (permits(opt_in(f))) return reason::opt_in;
  if (f.channel != channel::email) return std::nullopt;  // everywhere, and by the platforms' own rules
  if (permits(sale(f))) return reason::existing_customer;
  if (permits(checkout(f))) return reason::checkout_address;
  if (permits(account(f))) return reason::account_address;
  if (permits(unasked(f))) return reason::not_objected;
  return std::nullopt;
}

bool refused_by_country(const decision_facts& f) {
  if (permission_basis(f)) return false;
  if (opt_in(f).there) return true;
  return f.channel == channel::email && (sale(f).there || checkout(f).there || account(f).there || unasked(f).there);
}

void apply(const country_law& law, country_code country, decision_facts& f) {
  f.country = country;
  f.confirmed_needed = law.opt_in_confirmed;
  f.sale_allowed = law.sale.allowed;
  f.sale_age_max = law.sale.age_max;
  f.checkout_allowed = law.checkout.allowed;
  f.checkout_age_max = law.checkout.age_max;
  f.refusal_needed = law.checkout_refusal_offered;
  f.account_allowed = law.account.allowed;
  f.account_age_max = law.account.age_max;
  f.unasked_allowed = law.unasked.allowed;
  f.postal_needed = law.postal_address;
}

}  // namespace cartwheel
