#include "actors/campaign/packed_facts.hpp"

#include "runtime/base/bytes.hpp"

#include <algorithm>
#include <limits>
#include <span>
#include <type_traits>
#include <vector>

namespace cartwheel {
namespace {

constexpr consent_status last_of(consent_status) { return consent_status::withdrawn; }
constexpr channel last_of(channel) { return channel::onsite; }
constexpr campaign_kind last_of(campaign_kind) { return last_campaign; }
constexpr reason last_of(reason) { return static_cast<reason>(reason_count - 1); }

void write(byte_writer& to, bool v) { to.flag(v); }
void write(byte_writer& to, uint32_t v) { to.number(v); }
void write(byte_writer& to, int64_t v) { to.signed_number(v); }
void write(byte_writer& to, const country_code& v) { to.text(v.text()); }
void write(byte_writer& to, const currency_code& v) { to.text(v.text()); }
void write(byte_writer& to, const time_zone_code& v) { to.text(v.name()); }
void write(byte_writer& to, milliseconds v) { to.signed_number(v.count()); }
template <class Enum>
requires std::is_enum_v<Enum>
void write(byte_writer& to, Enum v) { to.one_of(v); }
template <class T>
void write(byte_writer& to, const std::optional<T>& v) {
  to.flag(v.has_value());
  if (v) write(to, *v);
}

void read(byte_reader& from, bool& v) { v = from.flag(); }
void read(byte_reader& from, uint32_t& v) {
  const auto n = from.number();
  if (n > std::numeric_limits<uint32_t>::max()) throw broken_bytes{"a count is too great"};
  v = static_cast<uint32_t>(n);
}
void read(byte_reader& from, int64_t& v) { v = from.signed_number(); }
void read_letters(byte_reader& from, std::span<char> letters) {
  const auto text = from.text();
  if (text.size() != letters.size()) throw broken_bytes{"a code has another number of letters"};
  std::ranges::copy(text, letters.begin());
}
void read(byte_reader& from, country_code& v) { read_letters(from, v.letters); }
void read(byte_reader& from, currency_code& v) { read_letters(from, v.letters); }
void read(byte_reader& from, time_zone_code& v) { v = time_zone_code::of(from.text()); }
void read(byte_reader& from, milliseconds& v) { v = milliseconds{from.signed_number()}; }
template <class Enum>
requires std::is_enum_v<Enum>
void read(byte_reader& from, Enum& v) { v = from.one_of(last_of(v)); }
template <class T>
void read(byte_reader& from, std::optional<T>& v) {
  v.reset();
  if (from.flag()) read(from, v.emplace());
}

/// By their tags. A tag names one fact, so what is there has its type.
std::vector<const void*> where_usual_facts_are() {
  static const decision_facts begun;
  std::vector<const void*> at;
  each_fact(begun, [&](unsigned tag, const auto& usual) {
    if (at.size() <= tag) at.resize(tag + 1);
    at[tag] = &usual;
  });
  return at;
}

}  // namespace

std::string pack(const decision_facts& facts) {
  static const auto usual = where_usual_facts_are();
  std::string bytes;
  bytes.reserve(48);  // what most come to
  byte_writer to{bytes};
  std::string value;
  each_fact(facts, [&](unsigned tag, const auto& fact) {
    if (*static_cast<const std::remove_cvref_t<decltype(fact)>*>(usual.at(tag)) == fact) return;
    value.clear();
    byte_writer w{value};
    write(w, fact);
    to.number(tag);
    to.text(value);
  });
  return bytes;
}

std::optional<decision_facts> unpack_facts(std::string_view bytes) {
  decision_facts facts;
  try {
    byte_reader from{bytes};
    while (!from.done()) {
      const auto tag = from.number();
      byte_reader value{from.text()};
      each_fact(facts, [&](unsigned known, auto& fact) {
        if (tag == known) read(value, fact);
      });
    }
  } catch (const broken_bytes&) {
    return std::nullopt;
  }
  return facts;
}

}  // namespace cartwheel
