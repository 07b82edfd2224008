#include "app/api/coupon_command.hpp"

#include "actors/coupon/coupon_code.hpp"
#include "actors/event/moment.hpp"
#include "actors/gateway/gateway.hpp"
#include "app/api/answers.hpp"
#include "app/api/event_media.hpp"
#include "app/serve/node.hpp"
#include "transport/http/answer.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <vector>

namespace cartwheel {

namespace {

using json = nlohmann::ordered_json;

std::optional<instant> expiry_of(const json& value) {
  if (value.is_null()) return never;
  if (value.is_number_unsigned() && value.get<uint64_t>() < uint64_t{1} << 53)
    return from_unix_ms(value.get<int64_t>());
  return value.is_string() ? parse_rfc3339(value.get_ref<const std::string&>()) : std::nullopt;
}

}  // namespace

std::variant<imported_code, std::string> code_meant_by(std::string_view text, const coupon_desk& desk, instant now) {
  const auto told = json::parse(text, nullptr, false);
  if (!told.is_object()) return "is no JSON object";
  imported_code meant;
  for (auto [name, to] : {std::pair{"pool", &meant.pool}, {"code", &meant.code}}) {
    auto member = told.find(name);
    if (member == told.end()) return fmt::format("{}: is missing", name);
    if (!member->is_string()) return fmt::format("{}: is no text", name);
    *to = member->get<std::string>();
  }
  const auto* terms = desk.terms(meant.pool);
  if (terms == nullptr) return "pool: the configuration has no [coupon.NAME] of this name";
  if (!terms->code.empty()) return "pool: has one code for everybody ([coupon.NAME] code)";
  if (!is_coupon_code(meant.code))
    return fmt::format("code: must be 1 to {} visible ASCII characters without blanks", limits::coupon_code_bytes_max);
  if (auto expires = told.find("expires"); expires != told.end()) {
    auto moment = expiry_of(*expires);
    if (!moment) return "expires: is neither an RFC 3339 time nor Unix milliseconds";
    if (*moment <= now) return "expires: has passed";
    meant.expires = *moment;
  }
  for (const auto& [name, _] : told.items())
    if (name != "pool" && name != "code" && name != "expires")
      return "has a member that is none of pool, code, expires";
  return meant;
}

void take_coupons(node& server, const http::request& r, http::responder answer) {
  const auto type = media_type_of(r.header("content-type"));
  if (type != "application/x-ndjson" && type != "application/json")
    return answer(http::refuse(415, "Content-Type: is neither application/x-ndjson nor application/json"));
  std::vector<imported_code> codes;
  json refused = json::array();
  std::string_view body = r.body;
  for (size_t line = 1; !body.empty(); ++line) {
    const auto end = body.find('\n');
    const auto one = body.substr(0, end);
    body.remove_prefix(end == body.npos ? body.size() : end + 1);
    if (one.find_first_not_of(" \t\r") == one.npos) continue;
    auto meant = code_meant_by(one, server.coupons(), server.clock().now());
    if (auto* code = std::get_if<imported_code>(&meant))
      codes.push_back(std::move(*code));
    else
      refused.push_back({{"line", line}, {"reason", std::get<std::string>(meant)}});
  }
  if (codes.size() > server.coupons().room())
    return answer(http::refuse(
      507, fmt::format("there is room for {} more codes: {} at a time, over all pools, are not used up or expired",
                       server.coupons().room(), limits::coupon_codes_max)));
  json out;
  out["accepted"] = codes.size();
  out["refused"] = std::move(refused);
  const int status = out["refused"].empty() ? 200 : 207;
  auto done = [answer = std::move(answer), text = out.dump() + '\n', status](bool durable) {
    if (!durable) return answer(come_back("the log cannot be written; nothing has been done"));
    answer(http::json_answer(text, status));
  };
  if (codes.empty()) return done(true);
  if (server.events().is_broken()) return done(false);
  server.events().take_codes(std::move(codes), std::move(done));
}

std::string coupons_document(const coupon_desk& desk) {
  json out{{"pools", json::array()}};
  for (const auto& [name, _] : desk.pools()) {
    json one{{"pool", name}};
    const auto counts = desk.counts_of(name);
    for (size_t i = 0; i < coupon_state_count; ++i)
      one[std::string{to_string(static_cast<coupon_state>(i))}] = counts[i];
    out["pools"].push_back(std::move(one));
  }
  return out.dump() + '\n';
}

}  // namespace cartwheel
