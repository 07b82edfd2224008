// `cartwheel load` with a mix of events of one's own: what comes in for half an hour, or only additions. Events of the kinds
// that are not named are not sent.
//
// usage: steady_load --to HOST:PORT --mix add_to_cart=0.7,... [--events N] [--carts N] [--rate R] [--connections N] [--opened] [--brief]
// Prints what `cartwheel load` prints. The first visit to each cart adds to it, if anything is added at all; with --opened an
// earlier run has done that. With --brief additions say no more than they must.
#include "app/config/endpoint.hpp"
#include "app/load/load_result.hpp"
#include "app/load/load_sender.hpp"
#include "runtime/base/clock.hpp"

#include <CLI/CLI.hpp>
#include <boost/asio/io_context.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace cartwheel {
namespace {

struct options {
  std::string to;
  std::vector<std::string> mix;
  uint64_t events = 1'000'000, carts = 100'000;
  double rate = 0;
  uint32_t connections = 4, chunk_events = 500, window = 16;
  bool opened = false, brief = false;
};

/// Errors: std::invalid_argument naming the part that is no NAME=SHARE, or the sum that is not 1.
load_mix mix_of(const std::vector<std::string>& parts) {
  load_mix m{0, 0, 0, 0, 0, 0, 0};
  const std::map<std::string, double*> names{
    {"add_to_cart", &m.add_to_cart},
    {"view_item", &m.view_item},
    {"begin_checkout", &m.begin_checkout},
    {"identify", &m.identify},
    {"purchase", &m.purchase},
    {"consent", &m.consent},
    {"remove_from_cart", &m.remove_from_cart},
  };
  double sum = 0;
  for (const auto& part : parts) {
    const auto sign = part.find('=');
    const auto named = names.find(part.substr(0, sign));
    char* end = nullptr;
    const double share = sign == std::string::npos ? -1 : std::strtod(part.c_str() + sign + 1, &end);
    if (named == names.end() || !(share >= 0 && share <= 1) || end == nullptr || *end != '\0')
      throw std::invalid_argument(fmt::format("--mix: {} is no EVENT=SHARE", part));
    sum += * named->second = share;
  }
  if (std::abs(sum - 1) > 1e-6) throw std::invalid_argument(fmt::format("--mix: the shares make {}, not 1", sum));
  return m;
}

int run(const options& o) {
  const auto to = parse_host_port(o.to);
  if (!to) throw std::invalid_argument(fmt::format("--to: {} is no HOST:PORT", o.to));
  const auto mix = mix_of(o.mix);
  const auto connections = static_cast<uint32_t>(std::min<uint64_t>({o.connections, o.carts, o.events}));
  wall_clock clock;
  const auto number = static_cast<uint32_t>(unix_ms(clock.now()));  // a second run is not a redelivery
  boost::asio::io_context io{static_cast<int>(connections)};
  std::vector<std::unique_ptr<load_sender>> senders;
  for (uint32_t c = 0; c < connections; c++) {
    load_plan plan{.to = {.host = to->host, .port = to->port, .window = o.window},
                   .share = {1, o.carts, c, connections, number, mix, o.opened, o.brief},
                   .pace = {o.rate, c, connections, o.chunk_events},
                   .events = o.events / connections + (c < o.events % connections ? 1 : 0)};
    senders.push_back(std::make_unique<load_sender>(io, clock, std::move(plan), [] {}));
  }
  for (auto& s : senders) s->start();
  std::vector<std::jthread> running;
  for (size_t i = 0; i < std::clamp<size_t>(std::thread::hardware_concurrency(), 1, connections); i++)
    running.emplace_back([&] { io.run(); });
  running.clear();  // until nothing is left to do: all is acknowledged, or every connection has ended

  load_result all{.events = o.events, .rate = o.rate, .acks = {}, .errors = {}};
  auto first = std::chrono::steady_clock::time_point::max(), last = std::chrono::steady_clock::time_point{};
  for (const auto& s : senders) {
    const auto& t = s->totals();
    all.sent_events += t.sent_events;
    all.sent_bytes += t.sent_bytes;
    all.acked_events += t.acked_events;
    all.acks.merge(t.acks);
    if (t.sent_events > 0) first = std::min(first, t.first_sent);
    last = std::max(last, t.last_acked);
    if (!t.error.empty()) all.errors.push_back(t.error);
  }
  if (all.acked_events > 0) all.elapsed = last - first;
  fmt::print("{}", summary(all));
  for (const auto& e : all.errors) fmt::print(stderr, "steady_load: {}\n", e);
  return all.complete() && all.errors.empty() ? 0 : 1;
}

}  // namespace
}  // namespace cartwheel

int main(int argc, char** argv) {
  cartwheel::options o;
  CLI::App app{"Sends a mix of events over Forward at a steady rate"};
  app.add_option("--to", o.to)->required();
  app.add_option("--mix", o.mix)->required()->delimiter(',');
  app.add_option("--events", o.events)->check(CLI::PositiveNumber);
  app.add_option("--carts", o.carts)->check(CLI::PositiveNumber);
  app.add_option("--rate", o.rate)->check(CLI::NonNegativeNumber);
  app.add_option("--connections", o.connections)->check(CLI::Range(1u, 1000u));
  app.add_option("--chunk-events", o.chunk_events)->check(CLI::Range(1u, 32767u));
  app.add_option("--window", o.window)->check(CLI::Range(1u, 4096u));
  app.add_flag("--opened", o.opened);
  app.add_flag("--brief", o.brief);
  CLI11_PARSE(app, argc, argv);
  try {
    return cartwheel::run(o);
  } catch (const std::exception& failure) {
    fmt::print(stderr, "steady_load: {}\n", failure.what());
    return 2;
  }
}
