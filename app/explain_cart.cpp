#include "actors/shard/beside_key.hpp"
#include "app/commands.hpp"
#include "app/config/load.hpp"
#include "app/server_query.hpp"
#include "transport/http/target.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <iostream>

namespace cartwheel {
namespace {

using json = nlohmann::ordered_json;

/// Decisions and milestones of one cart that are asked for: more than one has ever had.
constexpr int told_max = 1000;

/// Every rule that was asked, the one that decided marked.
std::string rules_in_words(const json& rules) {
  std::string out;
  for (const auto& r : rules) {
    out += fmt::format("    {} {}: {}\n", r["held"].get<bool>() ? '>' : '-', r["rule"].get<std::string>(),
                       r["input"].get<std::string>());
    if (r.contains("instead")) out += fmt::format("      instead: {}\n", r["instead"].get<std::string>());
  }
  return out;
}

std::string in_words(const std::string& what, const json& told) {
  auto out = fmt::format("{}/{}: {}\n", told["shop"].get<std::string>(), what, told["summary"].get<std::string>());
  if (told.contains("as_things_stand")) out += rules_in_words(told["as_things_stand"]["rules"]);
  for (const auto& c : told["story"]) {
    out += fmt::format("{}  {}\n", c["time"].get<std::string>(), c["words"].get<std::string>());
    if (!c.contains("decision")) continue;
    const auto& decision = told["decisions"][c["decision"].get<size_t>()];
    if (decision.contains("rules") && decision["rules"].is_array()) out += rules_in_words(decision["rules"]);
  }
  return out;
}

std::string key_asked(const explain_options& options) {
  if (options.sale) return sale_key(options.cart_id);
  if (options.trail_of == "customer") return trail_key(subject_kind::customer, options.cart_id);
  if (options.trail_of == "visitor") return trail_key(subject_kind::visitor, options.cart_id);
  return options.cart_id;
}

}  // namespace

int run_explain(const explain_options& options, std::ostream& out, std::ostream& complaints) {
  auto config = load_or_complain(options.config, options.sets, complaints);
  if (!config) return 1;
  auto target = fmt::format("/v1/carts/{}/{}?limit={}", http::percent_encode(options.shop),
                            http::percent_encode(key_asked(options)), told_max);
  if (!options.at.empty()) target += "&at=" + http::percent_encode(options.at);
  const auto answer = ask_server(config->http, "GET", target);
  if (answer.status != 200) {
    complaints << options.shop << '/' << options.cart_id << ": " << refusal_of(answer) << '\n';
    return 1;
  }
  auto told = json::parse(answer.body, nullptr, false);
  if (told.is_discarded()) {
    complaints << options.shop << '/' << options.cart_id << ": the server's answer is no JSON\n";
    return 1;
  }
  out << (options.json ? answer.body : in_words(options.cart_id, told)) << std::flush;
  return out ? 0 : 1;
}

int explain_cart(const explain_options& options) { return run_explain(options, std::cout, std::cerr); }

}  // namespace cartwheel
