#include "app/api/suppression_command.hpp"

#include "actors/event/address.hpp"
#include "actors/gateway/gateway.hpp"
#include "actors/shard/engine.hpp"
#include "app/api/answers.hpp"
#include "app/api/event_media.hpp"
#include "app/api/wording.hpp"
#include "app/serve/node.hpp"
#include "transport/http/answer.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <charconv>

namespace cartwheel {

namespace {

using json = nlohmann::ordered_json;

suppression_meant refused(std::string_view why) { return {{}, http::refuse(400, why)}; }

void write_down(node& server, const news_of_address& news, http::responder answer) {
  auto done = [answer = std::move(answer), hex = to_hex(news.address)](bool durable) {
    if (!durable) return answer(come_back("the log cannot be written; nothing has been done"));
    answer(http::json_answer(json{{"address", hex}}.dump() + '\n'));
  };
  if (server.events().is_broken()) return done(false);
  server.events().hear({news}, std::move(done));
}

/// One command a line; each is taken or refused by itself.
void suppress_all(node& server, std::string_view body, http::responder answer) {
  std::vector<news_of_address> news;
  json refused = json::array();
  for (size_t line = 1; !body.empty(); ++line) {
    const auto end = body.find('\n');
    const auto command = body.substr(0, end);
    body.remove_prefix(end == body.npos ? body.size() : end + 1);
    if (command.find_first_not_of(" \t\r") == command.npos) continue;
    auto meant = suppression_meant_by(command, false, server.shards().setup().keys);
    if (meant.refusal)
      refused.push_back({{"line", line}, {"reason", json::parse(meant.refusal->body).value("error", "")}});
    else
      news.push_back(meant.news);
  }
  json out;
  out["accepted"] = news.size();
  out["refused"] = std::move(refused);
  const int status = out["refused"].empty() ? 200 : 207;
  auto done = [answer = std::move(answer), text = out.dump() + '\n', status](bool durable) {
    if (!durable) return answer(come_back("the log cannot be written; nothing has been done"));
    answer(http::json_answer(text, status));
  };
  if (news.empty()) return done(true);
  if (server.events().is_broken()) return done(false);
  server.events().hear(std::move(news), std::move(done));
}

}  // namespace

std::string to_hex(const address_key& key) { return fmt::format("{:016x}{:016x}", key.high, key.low); }

std::optional<address_key> address_key_of(std::string_view hex) {
  address_key key;
  if (hex.size() != 32) return std::nullopt;
  for (auto [part, to] : {std::pair{hex.substr(0, 16), &key.high}, {hex.substr(16), &key.low}}) {
    auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), *to, 16);
    if (error != std::errc{} || end != part.data() + part.size()) return std::nullopt;
  }
  return key.given() ? std::optional{key} : std::nullopt;
}

suppression_meant suppression_meant_by(std::string_view body, bool lift, const node_hash_keys& keys) {
  auto command = json::parse(body, nullptr, false);
  if (command.is_discarded() || !command.is_object()) return refused("the body is no JSON object");
  auto email = command.find("email"), address = command.find("address"), reason = command.find("reason");
  if ((email == command.end()) == (address == command.end())) return refused("wants one of \"email\" and \"address\"");
  suppression_meant meant;
  meant.news.by_operator = true;
  if (email != command.end()) {
    auto normalised = email->is_string() ? normalise_email(email->get_ref<const std::string&>()) : std::nullopt;
    if (!normalised) return refused("email: is no mailbox (RFC 5321)");
    meant.news.address = key_of_address(keys, *normalised);
  } else {
    auto key = address->is_string() ? address_key_of(address->get_ref<const std::string&>()) : std::nullopt;
    if (!key) return refused("address: is not 32 hexadecimal digits, as the list shows them");
    meant.news.address = *key;
  }
  meant.news.what = lift ? address_news::lifted : address_news::complaint;
  if (lift || reason == command.end()) return meant;
  if (*reason == to_string(address_news::hard_bounce))
    meant.news.what = address_news::hard_bounce;
  else if (*reason != to_string(address_news::complaint))
    return refused("reason: is none of complaint, hard_bounce");
  return meant;
}

void command_about_suppression(node& server, const suppression_query& known, const http::request& r, bool lift,
                               http::responder answer) {
  const auto type = media_type_of(r.header("content-type"));
  if (type == "application/x-ndjson" && !lift) {
    if (server.events().busy()) return answer(come_back("the shards are behind; nothing of this was taken"));
    return suppress_all(server, r.body, std::move(answer));
  }
  if (type != "application/json") return answer(http::refuse(415, "Content-Type: is not application/json"));
  auto meant = suppression_meant_by(r.body, lift, server.shards().setup().keys);
  if (meant.refusal) return answer(*std::move(meant.refusal));
  if (!lift) return write_down(server, meant.news, std::move(answer));
  known.ask_about(meant.news.address, [&server, news = meant.news, answer = std::move(answer)](
                                        suppression_query::result found, const suppression_query::found& held) {
    switch (found) {
      case suppression_query::result::too_many: return answer(come_back("too many addresses are being asked for"));
      case suppression_query::result::gone: return answer(come_back("the server is ending"));
      case suppression_query::result::told: break;
    }
    if (held.empty()) return answer(http::refuse(404, "nothing is held against this address"));
    write_down(server, news, answer);
  });
}

std::string suppressions_document(const suppression_query::found& all, size_t most) {
  json out{{"count", all.size()}, {"suppressions", json::array()}};
  for (const auto& [key, s] : all) {
    if (out["suppressions"].size() == most) break;
    out["suppressions"].push_back({{"address", to_hex(key)},
                                   {"reason", to_string(s.reason)},
                                   {"first", rfc3339(s.first)},
                                   {"last", rfc3339(s.last)},
                                   {"count", s.count},
                                   {"until", s.until == never ? std::string{"lifted"} : rfc3339(s.until)}});
  }
  return out.dump() + '\n';
}

}  // namespace cartwheel
