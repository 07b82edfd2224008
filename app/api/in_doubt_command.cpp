#include "app/api/in_doubt_command.hpp"

#include "actors/gateway/gateway.hpp"
#include "actors/gateway/node_log.hpp"
#include "app/api/answers.hpp"
#include "app/api/event_media.hpp"
#include "app/serve/node.hpp"
#include "transport/http/answer.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <exception>

namespace cartwheel {

namespace {

using nlohmann::json;

doubts_meant refused(int status, std::string_view why) { return {{}, http::refuse(status, why)}; }

/// Whether the command says nothing of it, or the same.
bool fits(const json& command, const char* name, int64_t value) {
  auto i = command.find(name);
  return i == command.end() || *i == value;
}

bool is_whole_number(const json& command, const char* name) {
  auto i = command.find(name);
  return i == command.end() || i->is_number_integer();
}

doubts_meant all_held(const std::vector<doubt>& known) {
  doubts_meant out;
  for (const auto& d : known)
    if (d.reminder.how == settlement::held) out.reminders.push_back(d.reminder);
  return out;
}

}  // namespace

doubts_meant meant_by(std::string_view body, const std::vector<doubt>& known) {
  constexpr std::string_view wanted = "says neither \"all\": true nor \"shop\" and \"cart_id\"";
  auto command = json::parse(body, nullptr, false);
  if (command.is_discarded() || !command.is_object()) return refused(400, "the body is no JSON object");
  if (auto all = command.find("all"); all != command.end())
    return *all == true ? all_held(known) : refused(400, wanted);
  auto shop = command.find("shop"), cart_id = command.find("cart_id");
  if (shop == command.end() || cart_id == command.end() || !shop->is_string() || !cart_id->is_string())
    return refused(400, wanted);
  for (const char* name : {"cycle", "step", "decided_ms"})
    if (!is_whole_number(command, name)) return refused(400, fmt::format("{}: is no whole number", name));
  std::vector<const doubt*> found;
  for (const auto& d : known)
    if (*shop == d.reminder.shop && *cart_id == d.reminder.cart_id && fits(command, "cycle", d.reminder.cycle) &&
        fits(command, "step", d.reminder.step) && fits(command, "decided_ms", unix_ms(d.reminder.tick)))
      found.push_back(&d);
  if (found.empty()) return refused(404, "no such reminder is in doubt");
  auto held = std::ranges::count_if(found, [](const doubt* d) { return d->reminder.how == settlement::held; });
  if (held == 0) return refused(409, fmt::format("it is not held: its state is {}", state_of(*found.front())));
  if (held > 1)
    return refused(409, fmt::format("{} reminders are meant: say \"cycle\", \"step\" or \"decided_ms\", too", held));
  doubts_meant out;
  for (const auto* d : found)
    if (d->reminder.how == settlement::held) out.reminders.push_back(d->reminder);
  return out;
}

void command_about_doubts(node& server, const http::request& r, settlement how, http::responder answer) {
  if (media_type_of(r.header("content-type")) != "application/json")
    return answer(http::refuse(415, "Content-Type: is not application/json"));
  doubts_meant meant;
  try {
    meant = meant_by(r.body, server.log().doubts());
  } catch (const std::exception& e) {
    return answer(http::refuse(500, e.what()));
  }
  if (meant.refusal) return answer(*std::move(meant.refusal));
  auto n = meant.reminders.size();
  auto done = [answer, n](bool durable) {
    if (!durable) return answer(come_back("the log cannot be written; nothing has been done"));
    answer(http::json_answer(fmt::format("{{\"count\":{}}}\n", n)));
  };
  if (n == 0) return done(true);
  if (server.events().is_broken()) return done(false);
  for (auto& s : meant.reminders) s.how = how;
  server.events().command(std::move(meant.reminders), std::move(done));
}

}  // namespace cartwheel
