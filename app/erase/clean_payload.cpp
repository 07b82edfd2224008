#include "app/erase/clean_payload.hpp"

#include "actors/event/limits.hpp"
#include "actors/gateway/log_records.hpp"
#include "app/journal/carrier.hpp"
#include "app/journal/entry_json.hpp"

#include <nlohmann/json.hpp>

#include <map>
#include <vector>

namespace cartwheel {
namespace {

using nlohmann::json;

/// Hands on every text and number of a JSON value, however deeply it is nested, until one is what is looked for.
class value_search : public nlohmann::json_sax<json> {
 public:
  value_search(const erased_people& people, event_place at) : people_{people}, at_{at} {}
  bool found() const { return found_; }

  bool string(string_t& text) override { return look_at(text); }
  bool key(string_t& text) override { return look_at(text); }
  bool number_integer(number_integer_t n) override { return look_at(std::to_string(n)); }
  bool number_unsigned(number_unsigned_t n) override { return look_at(std::to_string(n)); }
  bool number_float(number_float_t, const string_t& text) override { return look_at(text); }
  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool binary(binary_t&) override { return true; }
  bool start_object(size_t) override { return true; }
  bool end_object() override { return true; }
  bool start_array(size_t) override { return true; }
  bool end_array() override { return true; }
  bool parse_error(size_t, const std::string&, const nlohmann::detail::exception&) override { return false; }

 private:
  bool look_at(std::string_view value) {
    found_ = people_.named_in(at_, value);
    return !found_;
  }

  const erased_people& people_;
  event_place at_;
  bool found_ = false;
};

/// An event that was ignored or refused: whatever it holds was never understood.
bool names_them(const erased_people& people, event_place at, payload_format format, std::string_view part) {
  std::optional<std::string> text{part};
  if (format == payload_format::forward_entries) text = entry_json(part, {});
  if (text) {
    value_search search{people, at};
    if (json::sax_parse(*text, &search) || search.found()) return search.found();
  }
  return people.named_somewhere_in(at, part);
}

std::string as_entry(const json& record) {
  auto bytes = json::to_msgpack(json::array({0, record}));
  return {bytes.begin(), bytes.end()};
}

std::string instead_of(const event& e, payload_format format) {
  json left{{"event", "erased"}, {"time", unix_ms(e.time)}, {"shop", e.shop}};
  if (format == payload_format::forward_entries) return as_entry(left);
  if (format == payload_format::cloudevents) left = {{"specversion", "1.0"}, {"data", std::move(left)}};
  return left.dump();
}

std::string instead_of_refused(payload_format format) {
  return format == payload_format::forward_entries ? as_entry(json::object()) : "{}";
}

/// Decides about each event of a record, by its place among the accepted ones or, refused, by what was received.
template <class Accepted, class Refused>
std::optional<std::string> replaced(const record& r, Accepted&& goes, Refused&& refused_goes) {
  event_batch batch{r.payload};
  decode_parts(r, batch);
  const auto parts = parts_of(r);
  std::map<size_t, std::string> instead;  // by part
  for (size_t i = 0; i < batch.events.size(); ++i) {
    auto part = batch.indexes[i];
    if (goes(i, batch.events[i], parts.at(part))) instead[part] = instead_of(batch.events[i], r.format);
  }
  for (const auto& refused : batch.refused)
    if (refused_goes(parts.at(refused.index))) instead[refused.index] = instead_of_refused(r.format);
  if (instead.empty()) return std::nullopt;
  const auto bytes = r.payload.bytes;
  std::string payload;
  size_t done = 0;
  for (const auto& [part, text] : instead) {
    auto begin = static_cast<size_t>(parts[part].data() - bytes.data());
    payload += bytes.substr(done, begin - done);
    payload += text;
    done = begin + parts[part].size();
  }
  payload += bytes.substr(done);
  return payload;
}

template <class Line>
std::optional<std::vector<Line>> others_in(std::vector<Line> lines, const erased_people& people) {
  auto gone = std::erase_if(
    lines, [&](const Line& l) { return people.named_in(l.tick, l.shop, l.cart_id, l.customer_id, l.address); });
  if (gone == 0) return std::nullopt;
  return lines;
}

}  // namespace

bool holds_events(const record& r) { return r.kind == record_kind::events || r.kind == record_kind::own_events; }

bool may_hold_erasure(const record& r) {
  if (!holds_events(r)) return false;
  auto bytes = r.payload.bytes;
  bool escapes = r.format != payload_format::forward_entries && bytes.find("\\u") != bytes.npos;
  return escapes || bytes.find("erase") != bytes.npos;
}

bool is_erasure(const record& r, const event& e) {
  return e.kind == event_kind::erase && e.time <= r.received + limits::time_ahead_max;
}

std::optional<std::string> payload_without(const erased_people& people, const logged_record& r) {
  switch (r.what.kind) {
    case record_kind::events:
    case record_kind::own_events:
      return replaced(
        r.what,
        [&](size_t i, const event& e, std::string_view part) {
          const event_place at{r.at, i};
          if (e.kind == event_kind::other) return names_them(people, at, r.what.format, part);
          return !is_erasure(r.what, e) && people.named_in(at, e);
        },
        // Where it stands among the others of its record does not matter: it did nothing.
        [&](std::string_view part) {
          return names_them(people, {r.at, 0}, r.what.format, part);
        });
    case record_kind::decisions:
      if (auto rest = others_in(read_decisions(r.what.payload.bytes), people)) return written_decisions(*rest);
      return std::nullopt;
    case record_kind::intents:
    case record_kind::outcomes:
    case record_kind::commands:
      if (auto rest = others_in(read_settled(r.what.payload.bytes), people)) return written_settled(*rest);
      return std::nullopt;
    case record_kind::addresses: {
      auto news = read_news(r.what.payload.bytes);
      auto gone = std::erase_if(
        news, [&](const news_of_address& n) { return people.named_in(r.what.received, "", "", "", n.address); });
      if (gone == 0) return std::nullopt;
      return written_news(news);
    }
    default: return std::nullopt;
  }
}

std::optional<std::string> payload_without(const std::set<event_place>& erasures, const logged_record& r) {
  auto first = erasures.lower_bound({r.at, 0});
  if (first == erasures.end() || first->record != r.at) return std::nullopt;
  return replaced(
    r.what,
    [&](size_t i, const event&, std::string_view) {
      return erasures.contains({r.at, i});
    },
    [](std::string_view) { return false; });
}

}  // namespace cartwheel
