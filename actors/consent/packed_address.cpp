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

// A list that is there has no length: in a number of each element a bit says whether a further one follows.
constexpr uint64_t further = 1 << 0;
// Of a consent, beside its channel and legal entity.
constexpr uint64_t granted = 1 << 1, withdrawn = 1 << 2, confirmed = 1 << 3;
constexpr unsigned channel_from = 4, channel_bits = 2, entity_from = channel_from + channel_bits;
static_assert(static_cast<unsigned>(channel::onsite) < 1u << channel_bits);
// Of a subject, beside its kind.
constexpr uint64_t has_id = 1 << 1, has_cart = 1 << 2;
constexpr unsigned kind_from = 3;
// Of a claim, beside its step.
constexpr uint64_t on_its_way = 1 << 1;
constexpr unsigned step_from = 2;

void pack(const consent_entry& c, uint64_t follows, packed_writer& to) {
  to.number(follows | (c.granted == before_all ? 0 : granted) | (c.withdrawn == before_all ? 0 : withdrawn) |
            (c.confirmed == before_all ? 0 : confirmed) | static_cast<uint64_t>(c.channel) << channel_from |
            static_cast<uint64_t>(c.entity) << entity_from);
  for (auto t : {c.granted, c.withdrawn, c.confirmed})
    if (t != before_all) to.time(t);
}

bool unpack(packed_reader& from, consent_entry& into) {
  const auto has = from.number();
  into.entity = static_cast<uint16_t>(has >> entity_from);
  into.channel = from.one_of(has >> channel_from & ((1u << channel_bits) - 1), channel::onsite);
  if ((has & granted) != 0) into.granted = from.time();
  if ((has & withdrawn) != 0) into.withdrawn = from.time();
  if ((has & confirmed) != 0) into.confirmed = from.time();
  return (has & further) != 0;
}

void pack(const address_claim& c, uint64_t follows, packed_writer& to) {
  to.time(c.tick);
  pack(c.cart, to);
  to.number(follows | (c.on_its_way ? on_its_way : 0) | static_cast<uint64_t>(c.step) << step_from);
}

bool unpack(packed_reader& from, address_claim& into) {
  into.tick = from.time();
  into.cart = unpack_cart(from);
  const auto how = from.number();
  into.step = static_cast<uint8_t>(how >> step_from);
  into.on_its_way = (how & on_its_way) != 0;
  return (how & further) != 0;
}

void pack(const subject& s, uint64_t follows, packed_writer& to) {
  to.number(follows | (s.id.empty() ? 0 : has_id) | (s.cart == cart_ref{} ? 0 : has_cart) |
            static_cast<uint64_t>(s.kind) << kind_from);
  if (!s.id.empty()) to.text(s.id);
  if (!(s.cart == cart_ref{})) pack(s.cart, to);
}

bool unpack(packed_reader& from, subject& into) {
  const auto has = from.number();
  into.kind = from.one_of(has >> kind_from, subject_kind::cart);
  into.id.clear();
  if ((has & has_id) != 0) from.text(into.id);
  into.cart = {};
  if ((has & has_cart) != 0) into.cart = unpack_cart(from);
  return (has & further) != 0;
}

template <class T>
void pack(const std::vector<T>& all, packed_writer& to) {
  for (size_t i = 0; i < all.size(); ++i) pack(all[i], i + 1 < all.size() ? further : 0, to);
}

template <class T>
void unpack(packed_reader& from, std::vector<T>& into) {
  while (unpack(from, into.emplace_back())) {}
}

}  // namespace

void pack(const known_address& a, packed_writer& to) {
  // A field that is added must be packed, too: with one more name or less this does not compile.
  const auto& [consents, grounds, orders, claims, subjects, event_ids] = a;
  to.number((consents.empty() ? 0 : has_consents) | (orders.size() == 0 ? 0 : has_orders) |
            (grounds.empty() ? 0 : has_grounds) | (claims.empty() ? 0 : has_claims) |
            (subjects.empty() ? 0 : has_subjects) | (event_ids.empty() ? 0 : has_event_ids));
  pack(consents, to);
  if (orders.size() != 0) orders.pack(to);
  if (!grounds.empty()) grounds.pack(to, orders);
  pack(claims, to);
  pack(subjects, to);
  if (!event_ids.empty()) event_ids.pack(to);
}

void unpack(packed_reader& from, known_address& into) {
  auto& [consents, grounds, orders, claims, subjects, event_ids] = into;
  const auto has = from.number();
  consents.clear();
  if ((has & has_consents) != 0) unpack(from, consents);
  if ((has & has_orders) != 0)
    orders.unpack(from);
  else
    orders.clear();
  if ((has & has_grounds) != 0)
    grounds.unpack(from, orders);
  else
    grounds.clear();
  claims.clear();
  if ((has & has_claims) != 0) unpack(from, claims);
  size_t known = 0;
  for (bool more = (has & has_subjects) != 0; more; ++known) {
    if (known == subjects.size()) subjects.emplace_back();
    more = unpack(from, subjects[known]);  // one that was there keeps the room of its text
  }
  subjects.resize(known);
  if ((has & has_event_ids) != 0)
    event_ids.unpack(from);
  else
    event_ids.clear();
}

}  // namespace cartwheel
