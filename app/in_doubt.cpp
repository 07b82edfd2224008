#include "app/commands.hpp"
#include "app/config/load.hpp"
#include "app/server_query.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <iostream>

namespace cartwheel {
namespace {

using json = nlohmann::ordered_json;

std::string table_of(const json& doubts) {
  if (doubts.empty()) return "nothing is in doubt\n";
  auto row = [](std::string_view state, std::string_view since, std::string_view cycle, std::string_view step,
                std::string_view what, std::string_view id) {
    return fmt::format("{:<8}  {:<24}  {:>5}  {:>4}  {}  {}\n", state, since, cycle, step, what, id);
  };
  std::string out = row("state", "since", "cycle", "step", "shop/cart", "message id");
  for (const auto& d : doubts)
    out += row(d["state"].get<std::string>(), d["since"].get<std::string>(), d["cycle"].dump(), d["step"].dump(),
               d["shop"].get<std::string>() + '/' + d["cart_id"].get<std::string>(),
               d["message_id"].is_null() ? "-" : d["message_id"].get<std::string>());
  return out;
}

json command_of(const in_doubt_options& o) {
  if (o.all) return {{"all", true}};
  json command{{"shop", o.shop}, {"cart_id", o.cart_id}};
  if (o.cycle) command["cycle"] = *o.cycle;
  if (o.step) command["step"] = *o.step;
  return command;
}

}  // namespace

int in_doubt(const in_doubt_options& options) {
  auto config = load_or_complain(options.config, options.sets, std::cerr);
  if (!config) return 1;
  if (options.action == in_doubt_action::list) {
    auto found = ask_server_for(config->http, "GET", "/v1/in-doubt?limit=10000");
    std::cout << (options.json ? found : table_of(json::parse(found)["in_doubt"])) << std::flush;
    return std::cout ? 0 : 1;
  }
  const bool release = options.action == in_doubt_action::release;
  auto done = ask_server_for(config->http, "POST", release ? "/v1/in-doubt/release" : "/v1/in-doubt/drop",
                             command_of(options).dump());
  std::cout << (options.json ? done
                             : fmt::format("{}: {}\n", release ? "released" : "dropped",
                                           json::parse(done)["count"].get<uint64_t>()))
            << std::flush;
  return std::cout ? 0 : 1;
}

}  // namespace cartwheel
