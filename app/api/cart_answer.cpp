#include "app/api/cart_answer.hpp"

#include "actors/shard/beside_key.hpp"
#include "app/api/wording.hpp"
#include "app/decision_json.hpp"
#include "transport/http/answer.hpp"

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
  out["time_zone"] = or_null(cart.time_zone);
  out["cart_url"] = or_null(cart.cart_url);
  out["currency"] = or_null(cart.currency.text());
  out["value"] = amount(cart.value, cart.currency);
  set_moment(out, "last_add", cart.last_add);
  out["stage"] = to_string(cart.stage);
  out["paused"] = cart.paused;
  if (cart.paused) set_moment(out, "pause_until", cart.pause_until);
  if (cart.deferred_until != before_all) set_moment(out, "deferred_until", cart.deferred_until);
  out["cycle"] = cart.cycle;
  out["reminders_sent"] = cart.reminders_sent;
  out["campaign"] = to_string(cart.clocks().follows(campaign));
  out["step"] = cart.next_step;
  if (cart.clicked_at != before_all) {
    json click;
    set_moment(click, "time", cart.clicked_at);
    click["cycle"] = cart.clicked_cycle;
    click["step"] = cart.clicked_step;
    out["last_click"] = std::move(click);
  }
  const auto clocks = cart.clocks();
  if (const auto due = clocks.due(campaign, cart.next_step); due && !clocks.rests(campaign))
    set_moment(out, "due", *due);
  out["lines"] = lines_of(cart);
}

json rules(const std::optional<std::string>& facts) {
  const auto checks = rules_of(facts);
  if (!checks) return nullptr;
  json all = json::array();
  for (const auto& c : *checks) {
    json check;
    check["rule"] = c.rule;
    check["input"] = c.input;
    check["held"] = c.held;
    if (!c.instead.empty()) check["instead"] = c.instead;
    all.push_back(std::move(check));
  }
  return all;
}

json outlook(const cart_knowledge::outlook& next) {
  json out;
  set_moment(out, "due", next.due);
  if (next.decided.outcome == decision_outcome::deferred) set_moment(out, "again", next.again);
  out["step"] = next.step;
  out["outcome"] = to_string(next.decided.outcome);
  out["reason"] = to_string(next.decided.reason);
  out["words"] = words_of(next.decided, next.facts);
  out["rules"] = rules(next.facts);
  return out;
}

json decisions(const cart_knowledge& known) {
  json all = json::array();
  for (const auto& line : known.decisions) {
    auto j = json::parse(to_json(line));
    const bool taken_back = line.origin == decision_origin::settlement;
    j["cycle"] = line.cycle;
    if (!taken_back) set_moment(j, "due", line.due);
    j["taken_back"] = taken_back;
    if (!taken_back) {
      j["words"] = words_of({line.outcome, line.reason}, line.facts);
      j["rules"] = rules(line.facts);
    }
    all.push_back(std::move(j));
  }
  return all;
}

json story(const cart_knowledge& known) {
  json all = json::array();
  for (const auto& c : story_of(known)) {
    json j;
    set_moment(j, "time", c.time);
    j["what"] = c.what;
    j["words"] = c.words;
    if (c.decision != nullptr) j["decision"] = c.decision - known.decisions.data();
    all.push_back(std::move(j));
  }
  return all;
}

/// Its key, and in words what a key stands for that is no cart's.
void set_name(json& out, std::string_view shop, std::string_view cart_id) {
  out["shop"] = shop;
  out["cart_id"] = cart_id;
  switch (subject_of_key(cart_id)) {
    case cart_subject::sale: out["sale_of"] = {{"order_id", order_of_key(cart_id)}}; break;
    case cart_subject::trail:
      out["trail_of"] = {
        {who_of_key(cart_id) == subject_kind::customer ? "customer_id" : "visitor_id", id_of_key(cart_id)}};
      break;
    case cart_subject::cart: break;
  }
}

}  // namespace

std::string cart_object(std::string_view shop, const cart_view& open, const campaign_settings& campaign) {
  json out;
  out["open"] = true;
  set_name(out, shop, open.cart_id);
  describe(out, open, campaign);
  return text_of(out);
}

http::response cart_answer(const cart_knowledge& all, const campaign_settings& campaign, std::optional<instant> at) {
  if (all.open == nullptr && all.decisions.empty() && all.milestones.empty())
    return http::refuse(404, "no such cart is open, and nothing is recorded about one");
  const auto known = at ? as_of(all, *at) : all;
  json out;
  // Of the past the cart itself is not kept, but for what its decisions and milestones say.
  out["open"] = at ? json(nullptr) : json(known.open != nullptr);
  set_name(out, known.shop, known.cart_id);
  if (at) set_moment(out, "at", *at);
  out["summary"] = summary_of(known);
  if (!at && known.open != nullptr) describe(out, *known.open, campaign);
  if (known.next) out["as_things_stand"] = outlook(*known.next);
  out["decisions"] = decisions(known);
  out["story"] = story(known);
  return http::json_answer(text_of(out));
}

}  // namespace cartwheel
