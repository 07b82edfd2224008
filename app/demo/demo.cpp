#include <utility>

#include "actors/gateway/gateway.hpp"
#include "actors/gateway/node_log.hpp"
#include "actors/mailer/mailer.hpp"
#include "actors/shard/engine.hpp"
#include "app/commands.hpp"
#include "app/config/load.hpp"
#include "app/demo/day_player.hpp"
#include "app/progress_bar.hpp"
#include "app/serve/node.hpp"
#include "app/serve/signals.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <map>
#include <thread>

namespace cartwheel {

namespace {

constexpr auto day_length = 24h;
/// Of the crowd: a demo is about carts, so more of its visitors fill one than a real shop's.
constexpr double demo_cart_share = 0.6;
/// And more come back within a day than the traces' one in forty within weeks, or nothing recovered would be seen.
constexpr double demo_return_share = 0.25;
/// News takes a few beats of the player to arrive; on a clock that runs fast that is minutes.
constexpr auto news_takes = 250ms;

const std::filesystem::path demo_dir = "cartwheel-demo";

/// The clock runs on after the last event until the shops count as silent and the last cart left behind has come up.
milliseconds evening_of(const settings& s) {
  return std::max<milliseconds>(s.campaign.idle, s.node.watermark_silence) + 5min;
}

/// What a shard or several counted, summed.
struct totals {
  uint64_t applied = 0, duplicate = 0, refused_events = 0, carts = 0, abandoned = 0, recovered = 0;
  std::map<std::string_view, uint64_t> refused;
  uint64_t sent = 0, ended = 0;
};

totals count(node& n) {
  totals t;
  for (size_t s = 0; s < n.shards().shards(); ++s) {
    const auto& m = n.shards().metrics(s);
    for (const auto& kind : m.events) {
      t.applied += kind[static_cast<size_t>(event_result::applied)].value();
      t.duplicate += kind[static_cast<size_t>(event_result::duplicate)].value();
    }
    t.carts += m.carts_opened.value();
    t.abandoned += m.carts_abandoned.value();
    t.recovered += m.recovered.value();
    for (size_t why = 0; why < reason_count; ++why) {
      auto of = [&](decision_outcome o) { return m.decisions[static_cast<size_t>(o)][why].value(); };
      t.sent += of(decision_outcome::sent);
      t.ended += of(decision_outcome::ended);
      if (uint64_t r = of(decision_outcome::refused)) t.refused[to_string(static_cast<reason>(why))] += r;
    }
  }
  for (size_t k = 0; k < event_kind_count; ++k)
    t.refused_events += n.events().count(static_cast<event_kind>(k), event_result::refused);
  return t;
}

void print_summary(node& n, const day_player& player) {
  auto t = count(n);
  const auto& mails = n.mails().metrics();
  uint64_t recalled = 0;
  for (const auto& at : mails.recalled) recalled += at.value();
  uint64_t not_sent = 0;
  for (const auto& [_, times] : t.refused) not_sent += times;
  std::cout << '\n'
            << fmt::format("events      {} ({} of recorded shoppers, {} of the crowd; {} sent twice, {} refused)\n",
                           player.sent(), player.day().recorded_given(), player.day().generated_given(), t.duplicate,
                           t.refused_events)
            << fmt::format("carts       {}\n", t.carts) << fmt::format("abandoned   {}\n", t.abandoned)
            << fmt::format("reminded    {}\n", mails.of(reminder_outcome::accepted))
            << fmt::format("refused     {}\n", not_sent);
  for (const auto& [why, times] : t.refused) std::cout << fmt::format("              {:<20} {}\n", why, times);
  std::cout << fmt::format("ordered     {} bought in another cart before their reminder\n", t.ended)
            << fmt::format("recalled    {}\n", recalled) << fmt::format("recovered   {}\n", t.recovered);
  for (const auto& [currency, value] : n.log().recovered_value())
    std::cout << fmt::format("              {} {:.2f}\n", currency, static_cast<double>(value) / 100);
}

/// The newest mail in the Maildir, if any.
std::filesystem::path a_mail(const std::filesystem::path& maildir) {
  std::filesystem::path newest;
  std::error_code error;
  for (const auto& file : std::filesystem::directory_iterator{maildir / "new", error})
    if (newest.empty() || file.path() > newest) newest = file.path();
  return newest;
}

settings demo_settings(settings s, double speed) {
  s.node.data_dir = demo_dir.string();
  s.node.clock = clock_kind::scaled;
  s.node.clock_factor = speed;
  auto takes = std::chrono::ceil<milliseconds>(std::chrono::duration<double, std::milli>(news_takes) * speed);
  s.node.watermark_lag = std::max<milliseconds>(s.node.watermark_lag, takes);
  s.node.watermark_silence = std::max<milliseconds>(s.node.watermark_silence, 4 * takes);
  s.forward.listen = {"127.0.0.1", 0};
  s.http.listen = {"127.0.0.1", 0};
  s.public_site.listen = {"127.0.0.1", 0};
  return s;
}

/// Removes what an earlier demo left, and nothing else: a folder that is not a demo's is refused.
void clear_demo_dir() {
  if (!std::filesystem::exists(demo_dir)) return;
  if (!std::filesystem::exists(demo_dir / "manifest.json") && !std::filesystem::is_empty(demo_dir))
    throw std::runtime_error{"./" + demo_dir.string() + " is there and holds something else; move it away first"};
  std::filesystem::remove_all(demo_dir);
}

/// Whether somebody is there to look around before the server ends.
bool somebody_is_there() { return ::isatty(STDIN_FILENO) == 1 && ::isatty(STDOUT_FILENO) == 1; }

void wait_for_enter(const stop_signals& signals, bool read_input) {
  for (;;) {
    if (signals.wait(200ms) != 0) return;
    pollfd in{STDIN_FILENO, POLLIN, 0};
    if (read_input && ::poll(&in, 1, 0) > 0) return;
  }
}

}  // namespace

int demo(const demo_options& options) {
  auto config = load_or_complain(options.config, options.sets, std::cerr);
  if (!config) return 1;
  stop_signals signals;
  clear_demo_dir();
  auto start = std::chrono::floor<milliseconds>(std::chrono::system_clock::now());
  auto clock = std::make_shared<scaled_clock>(start, options.speed);
  node n{demo_settings(*config, options.speed), clock};
  crowd_options people;
  people.seed = options.seed;
  people.start = start;
  people.length = day_length;
  people.shoppers = options.shoppers;
  people.cart_share = demo_cart_share;
  people.return_share = demo_return_share;
  day_player player{demo_day{crowd{people}, read_recorded(recorded_file(), start, day_length)}, *clock,
                    n.forward_port()};
  std::cerr << fmt::format(
    "A day at {:.0f} times its speed: {} generated shoppers and OTTO's recorded ones.\n"
    "Meanwhile: http://127.0.0.1:{}/metrics\n",
    options.speed, options.shoppers, n.http_port());
  const milliseconds evening = evening_of(n.config());
  progress_bar bar{"demo"};
  bool stopped = false;
  auto show = [&] {
    double part =
      std::chrono::duration<double>(clock->now() - start) / std::chrono::duration<double>(day_length + evening);
    auto t = count(n);
    bar.show(std::min(part, 1.0),
             fmt::format("{} events, {} carts, {} abandoned, {} reminded", t.applied, t.carts, t.abandoned,
                         n.mails().metrics().of(reminder_outcome::accepted)),
             std::chrono::steady_clock::now());
  };
  auto trouble = player.play(show, [&] { return stopped = stopped || signals.wait(0ms) != 0; });
  while (!stopped && trouble.empty() && clock->now() < start + day_length + evening) {
    show();
    stopped = signals.wait(20ms) != 0;
  }
  // The last mails are on their way: each claim ends in one outcome.
  auto settled = [&] {
    uint64_t outcomes = 0;
    for (const auto& o : n.mails().metrics().reminders) outcomes += o.value();
    return outcomes >= count(n).sent;
  };
  for (int i = 0; i < 500 && !settled(); ++i) std::this_thread::sleep_for(20ms);
  bar.finish(stopped ? 0.0 : 1.0, stopped ? "stopped" : "the day is over");
  print_summary(n, player);
  auto mail = a_mail(n.maildir());
  std::cout << fmt::format("\nThe mails lie in {}/new", n.maildir());
  if (!mail.empty()) std::cout << fmt::format("; look at one:\n  less {}\n", mail.string());
  std::cout << std::endl;
  if (!trouble.empty()) {
    std::cerr << "cartwheel demo: a connection broke: " << trouble << '\n';
    return 1;
  }
  if (!stopped && (options.stay || somebody_is_there())) {
    std::cout << fmt::format("The server goes on at http://127.0.0.1:{}/metrics; {} ends it.", n.http_port(),
                             somebody_is_there() ? "Enter" : "SIGTERM")
              << std::endl;
    wait_for_enter(signals, somebody_is_there());
  }
  n.drain(10s);
  return 0;
}

}  // namespace cartwheel
