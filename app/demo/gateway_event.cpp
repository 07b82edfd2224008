#include "app/demo/gateway_event.hpp"

#include <msgpack.hpp>

#include <iterator>

#include <fmt/format.h>

namespace cartwheel {
namespace {

std::string_view text(address_source s) {
  switch (s) {
    case address_source::sale: return "sale";
    case address_source::account: return "account";
    case address_source::checkout: return "checkout";
    case address_source::newsletter: return "newsletter";
    case address_source::unknown: break;
  }
  return {};
}

std::string_view text(payment_state p) {
  switch (p) {
    case payment_state::paid: return "paid";
    case payment_state::offline: return "offline";
    case payment_state::pending: return "pending";
    case payment_state::failed: return "failed";
  }
  return {};
}

std::string_view text(consent_status s) { return s == consent_status::granted ? "granted" : "withdrawn"; }

/// Names the event's fields in the order both carriers send them; `say(key, text)` is called for those that are sent.
template <class Say>
void each_text(const gateway_event& e, Say say) {
  say("event", to_string(e.kind));
  say("event_id", e.event_id);
  say("shop", e.shop);
  say("cart_id", e.cart_id);
  say("customer_id", e.customer_id);
  say("visitor_id", e.visitor_id);
  say("email", e.email);
  say("name", e.name);
  say("locale", e.locale);
  say("time_zone", e.time_zone);
  say("country", e.country);
  say("cart_url", e.cart_url);
  say("order_id", e.order_id);
  say("into", e.into);
  if (e.kind == event_kind::identify) say("address_source", text(e.source_of_address));
  if (e.kind == event_kind::purchase) say("payment", text(e.payment));
  if (e.kind == event_kind::consent) {
    say("channel", to_string(e.channel));
    say("status", text(e.status));
    say("source", e.source);
    say("wording", e.wording);
  }
  if (!e.items.empty()) say("currency", e.currency);
}

template <class Say>
void each_text(const gateway_item& i, Say say) {
  say("item_id", i.item_id);
  say("item_name", i.item_name);
  say("image_url", i.image_url);
  say("item_url", i.item_url);
  say("item_category", i.item_category);
}

/// What msgpack::packer writes to.
struct string_sink {
  std::string& out;
  void write(const char* bytes, size_t n) { out.append(bytes, n); }
};

class entry_writer {
 public:
  explicit entry_writer(std::string& out) : sink_{out}, pack_{sink_} {}

  void entry(const gateway_event& e) {
    pack_.pack_array(2);
    event_time(e.time);
    uint32_t fields = e.items.empty() ? 0 : 1;
    each_text(e, [&](std::string_view, std::string_view value) { fields += !value.empty(); });
    pack_.pack_map(fields);
    each_text(e, [&](std::string_view key, std::string_view value) { pair(key, value); });
    if (e.items.empty()) return;
    str("items");
    pack_.pack_array(static_cast<uint32_t>(e.items.size()));
    for (const auto& i : e.items) item(i);
  }

 private:
  void item(const gateway_item& i) {
    uint32_t fields = 1 + (i.price >= 0);
    each_text(i, [&](std::string_view, std::string_view value) { fields += !value.empty(); });
    pack_.pack_map(fields);
    each_text(i, [&](std::string_view key, std::string_view value) { pair(key, value); });
    if (i.price >= 0) {
      str("price");
      pack_.pack_double(static_cast<double>(i.price) / 100);  // the nearest double reads back as the decimal it was
    }
    str("quantity");
    pack_.pack_uint32(i.quantity);
  }

  void pair(std::string_view key, std::string_view value) {
    if (value.empty()) return;
    str(key);
    str(value);
  }

  void str(std::string_view s) {
    pack_.pack_str(static_cast<uint32_t>(s.size()));
    pack_.pack_str_body(s.data(), static_cast<uint32_t>(s.size()));
  }

  /// EventTime: ext type 0, seconds and nanoseconds in 32 bits each, big end first. Source: Forward protocol v1.
  void event_time(instant t) {
    auto seconds = static_cast<uint32_t>(unix_ms(t) / 1000);
    auto nanoseconds = static_cast<uint32_t>(unix_ms(t) % 1000) * 1'000'000;
    char body[8];
    for (int i = 0; i < 4; i++) {
      body[i] = static_cast<char>(seconds >> (24 - 8 * i));
      body[4 + i] = static_cast<char>(nanoseconds >> (24 - 8 * i));
    }
    pack_.pack_ext(8, 0);
    pack_.pack_ext_body(body, 8);
  }

  string_sink sink_;
  msgpack::packer<string_sink> pack_;
};

void append_quoted(std::string& out, std::string_view s) {
  out += '"';
  for (char c : s) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned>(c));
    } else {
      out += c;
    }
  }
  out += '"';
}

/// Writes `"key":"value"` with a comma before it where one is due; leaves out empty values.
auto pair_writer(std::string& out) {
  return [&out](std::string_view key, std::string_view value) {
    if (value.empty()) return;
    if (out.back() != '{') out += ',';
    append_quoted(out, key);
    out += ':';
    append_quoted(out, value);
  };
}

}  // namespace

void append_entry(std::string& entries, const gateway_event& e) { entry_writer{entries}.entry(e); }

void append_json_line(std::string& lines, const gateway_event& e) {
  lines += '{';
  each_text(e, pair_writer(lines));
  fmt::format_to(std::back_inserter(lines), ",\"time\":{}", unix_ms(e.time));
  if (!e.items.empty()) {
    lines += ",\"items\":[";
    for (const auto& i : e.items) {
      if (lines.back() == '}') lines += ',';
      lines += '{';
      each_text(i, pair_writer(lines));
      if (i.price >= 0) fmt::format_to(std::back_inserter(lines), ",\"price\":{}.{:02}", i.price / 100, i.price % 100);
      fmt::format_to(std::back_inserter(lines), ",\"quantity\":{}}}", i.quantity);
    }
    lines += ']';
  }
  lines += "}\n";
}

}  // namespace cartwheel
