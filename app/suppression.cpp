#include "app/commands.hpp"
#include "app/config/load.hpp"
#include "app/server_query.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <iostream>

namespace cartwheel {
namespace {

using json = nlohmann::ordered_json;

std::string table_of(const json& found) {
  const auto& rows = found["suppressions"];
  if (rows.empty()) return "no address is suppressed\n";
  auto row = [](std::string_view reason, std::string_view count, std::string_view first, std::string_view last,
                std::string_view until, std::string_view address) {
    return fmt::format("{:<11}  {:>5}  {:<24}  {:<24}  {:<24}  {}\n", reason, count, first, last, until, address);
  };
  std::string out = row("reason", "count", "first", "last", "until", "address (keyed hash)");
  for (const auto& s : rows)
    out += row(s["reason"].get<std::string>(), s["count"].dump(), s["first"].get<std::string>(),
               s["last"].get<std::string>(), s["until"].get<std::string>(), s["address"].get<std::string>());
  if (auto all = found["count"].get<uint64_t>(); all > rows.size())
    out += fmt::format("and {} more\n", all - rows.size());
  return out;
}

}  // namespace

int suppression_tool(const suppression_options& options) {
  auto config = load_or_complain(options.config, options.sets, std::cerr);
  if (!config) return 1;
  if (options.action == suppression_action::list) {
    auto found = ask_server_for(config->http, "GET", fmt::format("/v1/suppressions?limit={}", options.limit));
    std::cout << (options.json ? found : table_of(json::parse(found))) << std::flush;
    return std::cout ? 0 : 1;
  }
  const bool lift = options.action == suppression_action::lift;
  json command{{options.address.find('@') == std::string::npos ? "address" : "email", options.address}};
  if (!lift) command["reason"] = options.reason;
  auto done = ask_server_for(config->http, "POST", lift ? "/v1/suppressions/lift" : "/v1/suppressions/add",
                             command.dump(-1, ' ', false, json::error_handler_t::replace));
  std::cout << (options.json ? done : lift ? "lifted\n" : "suppressed\n") << std::flush;
  return std::cout ? 0 : 1;
}

}  // namespace cartwheel
