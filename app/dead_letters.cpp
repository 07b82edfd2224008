#include "app/api/wording.hpp"
#include "app/commands.hpp"
#include "app/config/load.hpp"
#include "app/server_query.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <iostream>

namespace cartwheel {

int dead_letters(const dead_letters_options& options) {
  auto config = load_or_complain(options.config, options.sets, std::cerr);
  if (!config) return 1;
  auto found = ask_server_for(config->http, "GET", fmt::format("/v1/dead-letters?limit={}", options.limit));
  if (options.json) {
    std::cout << found;
  } else {
    const auto letters = nlohmann::json::parse(found);
    for (const auto& l : letters["dead_letters"])
      std::cout << rfc3339(from_unix_ms(l["time"].get<int64_t>())) << "  " << l["reason"].get<std::string>() << "\n    "
                << l.value("event", l.value("event_hex", "")) << '\n';
  }
  std::cout << std::flush;
  return std::cout ? 0 : 1;
}

}  // namespace cartwheel
