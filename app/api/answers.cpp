#include "app/api/answers.hpp"

#include "app/api/limits.hpp"
#include "app/api/readable_event.hpp"
#include "app/api/wording.hpp"
#include "app/decision_json.hpp"
#include "transport/http/answer.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace cartwheel {

namespace {

using json = nlohmann::ordered_json;

std::string text_of(const json& document) {
  // Texts come from peers: what is no UTF-8 in them must not make the answer fail.
  return document.dump(-1, ' ', false, json::error_handler_t::replace) + '\n';
}

// Parentheses: braces would make an array of one.
json or_null(std::string_view text) { return text.empty() ? json(nullptr) : json(text); }

json amount(int64_t minor, const currency_code& currency) {
  return or_null(decimal_amount(minor, currency).value_or(""));
}

void set_moment(json& out, const std::string& name, instant t) {
  out[name] = rfc3339(t);
  out[name + "_ms"] = unix_ms(t);
}

json lines_of(const cart_view& cart) {
  json lines = json::array();
  for (const auto& l : cart.lines) {
    json line;
    line["item_id"] = l.item_id;
    line["item_name"] = or_null(l.item_name);
    line["quantity"] = l.quantity;
    line["price"] = amount(l.price, cart.currency);
    line["item_url"] = or_null(l.item_url);
    line["image_url"] = or_null(l.image_url);
    lines.push_back(std::move(line));
  }
  return lines;
}

void describe(json& out, const cart_view& cart, const campaign_settings& campaign) {
  out["customer_id"] = or_null(cart.customer_id);
  out["visitor_id"] = or_null(cart.visitor_id);
  out["shopper_name"] = or_null(cart.shopper_name);
  out["locale"] = or_null(cart.locale);
  out["cart_url"] = or_null(cart.cart_url);
  out["currency"] = or_null(cart.currency.text());
  out["value"] = amount(cart.value, cart.currency);
  set_moment(out, "last_add", cart.last_add);
  out["paused"] = cart.paused;
  if (cart.paused) set_moment(out, "pause_until", cart.pause_until);
  out["cycle"] = cart.cycle;
  out["reminders_sent"] = cart.reminders_sent;
  out["step"] = cart.next_step;
  if (cart.clicked_at != before_all) {
    json click;
    set_moment(click, "time", cart.clicked_at);
    click["cycle"] = cart.clicked_cycle;
    click["step"] = cart.clicked_step;
    out["last_click"] = std::move(click);
  }
  if (!cart.paused && cart.next_step < campaign.steps.size())
    set_moment(out, "due", cart.last_add + campaign.idle + campaign.steps[cart.next_step].after);
  out["lines"] = lines_of(cart);
}

void set_event(json& out, std::string_view received) {
  if (auto text = readable_event(received)) {
    out["event"] = *std::move(text);
    return;
  }
  std::string digits;
  digits.reserve(2 * received.size());
  for (char c : received) digits += fmt::format("{:02x}", static_cast<unsigned char>(c));
  out["event_hex"] = std::move(digits);
}

}  // namespace

http::response come_back(std::string_view why) {
  auto answer = http::refuse(503, why);
  answer.headers.emplace_back("Retry-After", limits::retry_after);
  return answer;
}

http::response posted_answer(const posted_events& posted, payload_format format) {
  if (!posted.error.empty()) return http::refuse(400, posted.error);
  if (!posted.durable) return come_back("the log cannot be written; nothing of this was taken");
  json out;
  out["accepted"] = posted.accepted;
  out["refused"] = json::array();
  for (const auto& r : posted.refused) {
    json refusal;
    if (format == payload_format::json_lines)
      refusal["line"] = r.index + 1;
    else
      refusal["index"] = r.index;
    refusal["reason"] = r.reason;
    out["refused"].push_back(std::move(refusal));
  }
  return http::json_answer(text_of(out), posted.refused.empty() ? 200 : 207);
}

http::response cart_answer(std::string_view shop, std::string_view cart_id, const cart_view* open,
                           const std::vector<decision_line>& decisions, const campaign_settings& campaign) {
  if (open == nullptr && decisions.empty())
    return http::refuse(404, "no such cart is open, and nothing was decided about one");
  json out;
  out["open"] = open != nullptr;
  out["shop"] = shop;
  out["cart_id"] = cart_id;
  if (open != nullptr) describe(out, *open, campaign);
  out["decisions"] = json::array();
  for (const auto& line : decisions) out["decisions"].push_back(json::parse(to_json(line)));
  return http::json_answer(text_of(out));
}

std::string decisions_document(const std::vector<decision_line>& decisions) {
  // Ten thousand lines are joined as they are, not parsed and written again.
  std::string out = "{\"decisions\":[";
  for (const auto& line : decisions) {
    if (out.back() == '}') out += ',';
    out += "\n" + to_json(line);
  }
  return out += "]}\n";
}

std::string_view state_of(const doubt& d) {
  switch (d.reminder.how) {
    case settlement::held: return "held";
    case settlement::resent:
    case settlement::let_go: return "resent";
    case settlement::accepted: return "accepted";
    case settlement::released: return "released";
    default: return "dropped";
  }
}

std::string in_doubt_document(const std::vector<doubt>& doubts) {
  json out;
  out["in_doubt"] = json::array();
  for (const auto& d : doubts) {
    json entry;
    entry["shop"] = d.reminder.shop;
    entry["cart_id"] = d.reminder.cart_id;
    entry["cycle"] = d.reminder.cycle;
    entry["step"] = d.reminder.step;
    set_moment(entry, "decided", d.reminder.tick);
    set_moment(entry, "since", d.since);
    entry["state"] = state_of(d);
    entry["message_id"] = or_null(d.message_id);
    out["in_doubt"].push_back(std::move(entry));
  }
  return text_of(out);
}

std::string dead_letters_document(const std::vector<dead_letter>& letters) {
  json out;
  out["dead_letters"] = json::array();
  for (const auto& l : letters) {
    json letter;
    letter["time"] = unix_ms(l.time);
    letter["reason"] = l.reason;
    set_event(letter, l.event);
    out["dead_letters"].push_back(std::move(letter));
  }
  return text_of(out);
}

}  // namespace cartwheel
