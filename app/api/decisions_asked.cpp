#include "app/api/decisions_asked.hpp"

#include "actors/event/moment.hpp"

#include <fmt/format.h>

#include <charconv>

namespace cartwheel {
namespace {

template <class Enum>
std::optional<Enum> named(std::string_view name, Enum last) {
  for (size_t i = 0; i <= static_cast<size_t>(last); ++i)
    if (to_string(static_cast<Enum>(i)) == name) return static_cast<Enum>(i);
  return std::nullopt;
}

std::optional<std::string> bytes_of(std::string_view digits) {
  std::string bytes;
  if (digits.size() % 2 != 0) return std::nullopt;
  for (; !digits.empty(); digits.remove_prefix(2)) {
    unsigned byte = 0;
    auto [end, error] = std::from_chars(digits.data(), digits.data() + 2, byte, 16);
    if (error != std::errc{} || end != digits.data() + 2) return std::nullopt;
    bytes.push_back(static_cast<char>(byte));
  }
  return bytes;
}

}  // namespace

std::optional<instant> moment_asked(std::string_view text) {
  int64_t ms = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), ms);
  // Up to the year 9999, as an event's own time.
  if (error == std::errc{} && end == text.data() + text.size() && ms >= 0 && ms < 253'402'300'800'000)
    return from_unix_ms(ms);
  return parse_rfc3339(text);
}

asked_decisions decisions_asked(std::span<const std::pair<std::string, std::string>> query) {
  asked_decisions asked;
  for (const auto& [name, value] : query) {
    if (name == "shop") asked.filter.shop = value;
    if (name == "reason" && !(asked.filter.reason = named(value, static_cast<reason>(reason_count - 1))))
      asked.error = fmt::format("reason: there is none named \"{}\"", value);
    if (name == "outcome" && !(asked.filter.outcome = named(value, decision_outcome::ended)))
      asked.error = "outcome: is none of sent, refused, ended";
    if (name == "since") {
      auto since = moment_asked(value);
      if (!since) asked.error = "since: is neither an RFC 3339 time nor Unix milliseconds";
      asked.filter.since = since.value_or(before_all);
    }
    if (name == "from") {
      auto from = bytes_of(value);
      if (!from) asked.error = "from: is no `next` of an earlier answer";
      asked.filter.from = from.value_or("");
    }
  }
  return asked;
}

std::string page_name(std::string_view next) {
  std::string digits;
  for (char c : next) digits += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return digits;
}

}  // namespace cartwheel
