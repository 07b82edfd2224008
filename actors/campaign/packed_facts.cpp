#include "actors/campaign/packed_facts.hpp"

#include "runtime/base/bytes.hpp"

#include <algorithm>
#include <limits>
#include <span>

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

}  // namespace

std::string pack(const decision_facts& facts) {
  std::string bytes;
  byte_writer to{bytes};
  const decision_facts begun;
  std::string value;
  each_fact(facts, [&](unsigned tag, const auto& fact) {
    bool changed = false;
    each_fact(begun, [&](unsigned other, const auto& usual) {
      if constexpr (std::is_same_v<decltype(usual), decltype(fact)>) changed |= tag == other && !(usual == fact);
    });
    if (!changed) return;
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
