#include "actors/consent/known_address.hpp"
#include "actors/person/person.hpp"

namespace cartwheel {

namespace {

constexpr uint64_t has_consents = 1 << 0;
constexpr uint64_t has_orders = 1 << 1;
constexpr uint64_t has_grounds = 1 << 2;
constexpr uint64_t has_claims = 1 << 3;
constexpr uint64_t has_subjects = 1 << 4;
constexpr uint64_t has_event_ids = 1 << 5;

// Of a consent, beside its channel.
constexpr uint64_t granted = 1 << 0, withdrawn = 1 << 1, confirmed = 1 << 2;
constexpr unsigned channel_from = 3;
// Of a subject, beside its kind.
constexpr uint64_t has_id = 1 << 0, has_cart = 1 << 1;
constexpr unsigned kind_from = 2;

void pack(const consent_entry& c, packed_writer& to) {
  to.number(c.entity);
  to.number((c.granted == before_all ? 0 : granted) | (c.withdrawn == before_all ? 0 : withdrawn) |
            (c.confirmed == before_all ? 0 : confirmed) | static_cast<uint64_t>(c.channel) << channel_from);
  for (auto t : {c.granted, c.withdrawn, c.confirmed})
    if (t != before_all) to.time(t);
}

consent_entry unpack_consent(packed_reader& from) {
  consent_entry c;
  c.entity = static_cast<uint16_t>(from.number());
  const auto has = from.number();
  c.channel = from.one_of(has >> channel_from, channel::onsite);
  if ((has & granted) != 0) c.granted = from.time();
  if ((has & withdrawn) != 0) c.withdrawn = from.time();
  if ((has & confirmed) != 0) c.confirmed = from.time();
  return c;
}

void pack(const subject& s, packed_writer& to) {
  to.number((s.id.empty() ? 0 : has_id) | (s.cart == cart_ref{} ? 0 : has_cart) |
            static_cast<uint64_t>(s.kind) << kind_from);
  if (!s.id.empty()) to.text(s.id);
  if (!(s.cart == cart_ref{})) pack(s.cart, to);
}

void unpack(packed_reader& from, subject& into) {
  const auto has = from.number();
  into.kind = from.one_of(has >> kind_from, subject_kind::cart);
  into.id.clear();
  if ((has & has_id) != 0) from.text(into.id);
  into.cart = {};
  if ((has & has_cart) != 0) into.cart = unpack_cart(from);
}

}  // namespace

void pack(const known_address& a, packed_writer& to) {
  // A field that is added must be packed, too: with one more name or less this does not compile.
  const auto& [consents, grounds, orders, claims, subjects, event_ids] = a;
  to.number((consents.empty() ? 0 : has_consents) | (orders.size() == 0 ? 0 : has_orders) |
            (grounds.empty() ? 0 : has_grounds) | (claims.empty() ? 0 : has_claims) |
            (subjects.empty() ? 0 : has_subjects) | (event_ids.empty() ? 0 : has_event_ids));
  if (!consents.empty()) {
    to.number(consents.size());
    for (const auto& c : consents) pack(c, to);
  }
  if (orders.size() != 0) orders.pack(to);
  if (!grounds.empty()) grounds.pack(to, orders);
  if (!claims.empty()) {
    to.number(claims.size());
    for (const auto& c : claims) {
      to.time(c.tick);
      pack(c.cart, to);
      to.number(static_cast<uint64_t>(c.step) << 1 | (c.on_its_way ? 1 : 0));
    }
  }
  if (!subjects.empty()) {
    to.number(subjects.size());
    for (const auto& s : subjects) pack(s, to);
  }
  if (!event_ids.empty()) event_ids.pack(to);
}

void unpack(packed_reader& from, known_address& into) {
  auto& [consents, grounds, orders, claims, subjects, event_ids] = into;
  const auto has = from.number();
  consents.clear();
  if ((has & has_consents) != 0)
    for (auto n = from.number(); n > 0; --n) consents.push_back(unpack_consent(from));
  if ((has & has_orders) != 0)
    orders.unpack(from);
  else
    orders.clear();
  if ((has & has_grounds) != 0)
    grounds.unpack(from, orders);
  else
    grounds.clear();
  claims.clear();
  if ((has & has_claims) != 0)
    for (auto n = from.number(); n > 0; --n) {
      auto& c = claims.emplace_back();
      c.tick = from.time();
      c.cart = unpack_cart(from);
      const auto how = from.number();
      c.step = static_cast<uint8_t>(how >> 1);
      c.on_its_way = (how & 1) != 0;
    }
  size_t known = 0;
  if ((has & has_subjects) != 0)
    for (const auto n = from.number(); known < n; ++known) {
      if (known == subjects.size()) subjects.emplace_back();
      unpack(from, subjects[known]);  // one that was there keeps the room of its text
    }
  subjects.resize(known);
  if ((has & has_event_ids) != 0)
    event_ids.unpack(from);
  else
    event_ids.clear();
}

}  // namespace cartwheel
