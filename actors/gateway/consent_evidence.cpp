#include "actors/gateway/consent_evidence.hpp"

#include "actors/gateway/limits.hpp"
#include "runtime/base/bytes.hpp"
#include "runtime/store/store.hpp"
#include "runtime/store/store_key.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <stdexcept>
#include <utility>

namespace cartwheel {

namespace {

constexpr uint8_t version = 1;
constexpr auto table = store_table::evidence;

/// What a key of the table is of; all begin with it.
enum class about : uint32_t {
  proof,  // subject, time, place of the event -> what it said
  age,    // a time, the key of a proof -> nothing: when it is to be looked at, less what is kept
  use,    // subject -> the tick in which the last reminder to it was decided; there while a grant is
};

store_key key_of(about what) {
  store_key key;
  key.index(static_cast<uint32_t>(what));
  return key;
}

store_key key_of(about what, const address_key& subject) {
  auto key = key_of(what);
  return key.at(position{subject.high}).at(position{subject.low});
}

std::string key_of(const consent_proof& p) {
  auto key = key_of(about::proof, p.subject);
  return std::move(key.time(p.time).at(p.place.record).index(static_cast<uint32_t>(p.place.index))).bytes();
}

std::string age_key(instant from, std::string_view row) {
  return std::move(key_of(about::age).time(from).text(row)).bytes();
}

std::string value_of(const consent_proof& p) {
  std::string value;
  byte_writer w{value};
  w.byte(version);
  w.time(p.received);
  w.one_of(p.channel);
  w.one_of(p.status);
  for (const auto* t : {&p.shop, &p.legal_entity, &p.source, &p.wording, &p.proof_url}) w.text(*t);
  return value;
}

byte_reader opened(std::string_view value) {
  byte_reader r{value};
  if (auto v = r.byte(); v != version)
    throw std::runtime_error{fmt::format("evidence of consent: version {} is not known here", v)};
  return r;
}

consent_proof proof_in(std::string_view key, std::string_view value) {
  consent_proof p;
  store_key_reader k{key};
  k.index();
  p.subject.high = count(k.at());
  p.subject.low = count(k.at());
  p.time = k.time();
  p.place.record = k.at();
  p.place.index = k.index();
  auto r = opened(value);
  p.received = r.time();
  p.channel = r.one_of(channel::onsite);
  p.status = r.one_of(consent_status::withdrawn);
  for (auto* t : {&p.shop, &p.legal_entity, &p.source, &p.wording, &p.proof_url}) *t = r.text();
  return p;
}

std::string use_value(instant at) {
  std::string value;
  byte_writer w{value};
  w.byte(version);
  w.time(at);
  return value;
}

bool about_the_same(const consent_proof& a, const consent_proof& b) {
  return a.shop == b.shop && a.legal_entity == b.legal_entity && a.channel == b.channel;
}

/// A withdrawal without its texts is what an erasure leaves. One that comes behind it says nothing new: told again out of
/// the log, when it repeated the other before the erasure, it would stay else.
bool says_nothing_new(const consent_proof& p, const consent_proof& before) {
  if (p.status != before.status) return false;
  const bool bare = before.source.empty() && before.wording.empty() && before.proof_url.empty();
  return (bare && p.status == consent_status::withdrawn) ||
         (p.source == before.source && p.wording == before.wording && p.proof_url == before.proof_url);
}

/// The last reminder to it; before_all: none that is known; nothing: there is no grant either.
std::optional<instant> last_use(const store& in, const address_key& subject) {
  auto value = in.get(table, key_of(about::use, subject));
  if (!value) return std::nullopt;
  return opened(*value).time();
}

}  // namespace

std::vector<consent_proof> consent_evidence::of(const address_key& subject) const {
  std::vector<consent_proof> all;
  store_.visit_prefix(table, key_of(about::proof, subject), [&](std::string_view key, std::string_view value) {
    all.push_back(proof_in(key, value));
    return true;
  });
  return all;
}

void consent_evidence::put(const consent_proof& proof) {
  const auto key = key_of(proof);
  const auto there = of(proof.subject);
  const consent_proof* before = nullptr;
  for (const auto& p : there) {
    if (key_of(p) >= key) break;
    if (about_the_same(p, proof)) before = &p;
  }
  if (before != nullptr && says_nothing_new(proof, *before)) return;
  store_batch batch;
  batch.put(table, key, value_of(proof));
  batch.put(table, age_key(proof.received, key), {});
  if (proof.status == consent_status::granted && !last_use(store_, proof.subject))
    batch.put(table, key_of(about::use, proof.subject), use_value(before_all));
  const bool fresh = std::ranges::none_of(there, [&](const consent_proof& p) { return key_of(p) == key; });
  for (size_t i = 0; fresh && i + limits::evidence_of_one_max <= there.size(); ++i)
    batch.erase(table, key_of(there[i]));
  store_.write(batch);
}

void consent_evidence::used(const address_key& subject, instant at) {
  if (!subject.given()) return;
  const auto last = last_use(store_, subject);
  if (!last || *last >= at) return;
  store_batch batch;
  batch.put(table, key_of(about::use, subject), use_value(at));
  store_.write(batch);
}

void consent_evidence::forget(const address_key& subject) {
  store_batch batch;
  batch.erase(table, key_of(about::use, subject));
  for (auto& p : of(subject)) {
    if (p.status == consent_status::granted) {
      batch.erase(table, key_of(p));  // its age goes when its turn comes
      continue;
    }
    for (auto* t : {&p.source, &p.wording, &p.proof_url}) t->clear();
    batch.put(table, key_of(p), value_of(p));
  }
  store_.write(batch);
}

void consent_evidence::forget_old(instant newest, const std::function<void()>& breathe) {
  size_t looked_at = 0;
  const auto first = key_of(about::age);
  auto end = key_of(about::age);
  end.time(newest - keep_);
  store_.visit(table, first, end, [&](std::string_view age, std::string_view) {
    store_key_reader parts{age};
    parts.index();
    parts.time();
    const auto row = parts.text();
    store_batch batch;
    batch.erase(table, age);
    if (auto value = store_.get(table, row)) {
      const auto p = proof_in(row, *value);
      const auto use = last_use(store_, p.subject);
      if (p.status == consent_status::granted && use && *use >= newest - keep_) {
        batch.put(table, age_key(*use, row), {});
      } else {
        batch.erase(table, row);
        const auto granted = std::ranges::count(of(p.subject), consent_status::granted, &consent_proof::status);
        if (granted == 1 && p.status == consent_status::granted) batch.erase(table, key_of(about::use, p.subject));
      }
    }
    store_.write(batch);
    if (++looked_at % limits::history_forgotten_at_once == 0 && breathe) breathe();
    return true;
  });
}

}  // namespace cartwheel
