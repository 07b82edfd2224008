#include "app/api/limits.hpp"
#include "app/commands.hpp"
#include "app/config/load.hpp"
#include "app/server_query.hpp"
#include "transport/http/target.hpp"

#include <nlohmann/json.hpp>

#include <iostream>
#include <string>
#include <vector>

namespace cartwheel {
namespace {

using json = nlohmann::ordered_json;

}  // namespace

int run_export(const export_options& options, std::ostream& out, std::ostream& complaints) {
  auto config = load_or_complain(options.config, options.sets, complaints);
  if (!config) return 1;
  // What is not said is tried: an id may be a customer's or a visitor's.
  std::vector<std::string> ways{options.by};
  if (options.by.empty()) {
    ways = {"customer", "visitor"};
    if (options.person.find('@') != options.person.npos) ways = {"email"};
  }
  server_answer answer;
  for (const auto& by : ways) {
    auto target = "/v1/persons/" + http::percent_encode(options.person) + "?by=" + by;
    if (!options.shop.empty()) target += "&shop=" + http::percent_encode(options.shop);
    answer = ask_server(config->http, "GET", target, "", "", limits::person_answer_max);
    if (answer.status != 404) break;
  }
  if (answer.status != 200) {
    complaints << options.person << ": " << refusal_of(answer) << '\n';
    return 1;
  }
  auto held = json::parse(answer.body, nullptr, false);
  if (held.is_discarded()) {
    complaints << options.person << ": the server's answer is no JSON\n";
    return 1;
  }
  out << held.dump(options.json ? -1 : 2) << std::endl;
  return out ? 0 : 1;
}

int export_person(const export_options& options) { return run_export(options, std::cout, std::cerr); }

}  // namespace cartwheel
