#include "app/commands.hpp"
#include "app/config/load.hpp"
#include "app/decision_json.hpp"
#include "app/replay/replay_run.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <cerrno>
#include <fstream>
#include <iostream>
#include <system_error>

namespace cartwheel {

namespace {

std::string utc(instant t) {
  return fmt::format("{:%Y-%m-%d %H:%M:%S}Z", fmt::gmtime(std::chrono::system_clock::to_time_t(t)));
}

void print_text(const replay_summary& s, std::ostream& out) {
  uint64_t events = 0;
  for (auto result : {event_result::applied, event_result::duplicate, event_result::ignored, event_result::refused})
    events += s.total(result);
  out << fmt::format("events      {} ({} applied, {} duplicate, {} ignored, {} refused, {} late)\n", events,
                     s.total(event_result::applied), s.total(event_result::duplicate), s.total(event_result::ignored),
                     s.total(event_result::refused), s.late);
  if (s.end != before_all) out << fmt::format("time        {} .. {}\n", utc(s.begin), utc(s.end));
  out << fmt::format("carts       {} opened, {} abandoned, {} recovered, {} open at the end\n", s.carts, s.abandoned,
                     s.recovered, s.open);
  for (const auto& [what, n] : s.decisions)
    out << fmt::format("{:<11} {} {}\n", to_string(what.first), n, to_string(what.second));
  out << fmt::format("took        {:.3f} s, {:.0f} events/s\n", s.seconds, static_cast<double>(events) / s.seconds);
}

void print_json(const replay_summary& s, std::ostream& out) {
  nlohmann::ordered_json j;
  for (auto result : {event_result::applied, event_result::duplicate, event_result::ignored, event_result::refused})
    j["events"][std::string{to_string(result)}] = s.total(result);
  j["late"] = s.late;
  j["carts"] = s.carts;
  j["abandoned"] = s.abandoned;
  j["recovered"] = s.recovered;
  j["open"] = s.open;
  j["cart_failures"] = s.cart_failures;
  j["decisions"] = nlohmann::ordered_json::object();
  for (const auto& [what, n] : s.decisions)
    j["decisions"][std::string{to_string(what.first)}][std::string{to_string(what.second)}] = n;
  if (s.end != before_all) {
    j["begin"] = unix_ms(s.begin);
    j["end"] = unix_ms(s.end);
  }
  j["seconds"] = s.seconds;
  out << j.dump(2) << '\n';
}

void write_decisions(const std::string& path, const std::vector<decision_line>& lines) {
  std::ofstream out{path, std::ios::binary};
  if (!out) throw std::system_error{errno, std::generic_category(), path};
  for (const auto& line : lines) out << to_json(line) << '\n';
  out.flush();
  if (!out) throw std::system_error{errno, std::generic_category(), path};
}

}  // namespace

int replay(const replay_options& options) {
  auto config = load_or_complain(options.config, options.sets, std::cerr);
  if (!config) return 1;
  auto summary = run_replay(options.files, *config, options.drain, [&](const std::vector<decision_line>& lines) {
    if (!options.decisions_path.empty()) write_decisions(options.decisions_path, lines);
  });
  for (const auto& r : summary.refusals) std::cerr << "refused: " << r << '\n';
  if (summary.refusals_not_shown > 0) std::cerr << fmt::format("refused: {} more\n", summary.refusals_not_shown);
  if (options.json)
    print_json(summary, std::cout);
  else
    print_text(summary, std::cout);
  return 0;
}

}  // namespace cartwheel
