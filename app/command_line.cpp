#include "app/command_line.hpp"

#include "actors/event/address.hpp"
#include "app/api/decisions_asked.hpp"
#include "app/api/limits.hpp"
#include "app/config/endpoint.hpp"
#include "app/load/limits.hpp"
#include "app/logging.hpp"
#include "app/version.hpp"

#include <CLI/CLI.hpp>

#include <sstream>

namespace cartwheel {
namespace {

// What an option may say; beyond it a keyboard slipped.
constexpr double demo_speed_max = 1e6;
constexpr uint32_t shoppers_max = 10'000'000;
constexpr uint64_t load_events_max = 1'000'000'000'000;
constexpr double load_rate_max = 1e9;
constexpr uint32_t load_connections_max = 1000;
constexpr uint32_t load_window_max = 4096;

void add_sets(CLI::App* command, config_source& to) {
  // One value each: CLI11 would otherwise take the files that follow for further values.
  command->add_option("--set", to.sets, "Sets one key over the file, like node.shards=2; repeatable, the last one wins")
    ->type_name("KEY=VALUE")
    ->allow_extra_args(false)
    ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

void add_config(CLI::App* command, config_source& to) {
  command->add_option("--config", to.config, "Configuration file (TOML); without one, the defaults")->type_name("FILE");
  add_sets(command, to);
}

void add_serve(CLI::App& app, serve_options& o) {
  auto* c = app.add_subcommand("serve", "Runs the server until SIGTERM or Ctrl-C");
  c->footer(
    "Without a configuration it listens on loopback only and writes mails to ./cartwheel-data/maildir.\n"
    "`cartwheel check --print-defaults` shows what it runs on.");
  add_config(c, o);
}

/// A count with its bounds in the help.
template <class Integer>
void add_count(CLI::App* command, const std::string& name, Integer& to, Integer max, const std::string& meaning) {
  command->add_option(name, to, meaning)->type_name("N")->check(CLI::Range(Integer{1}, max))->capture_default_str();
}

void add_seed(CLI::App* command, uint64_t& to, const std::string& meaning) {
  command->add_option("--seed", to, meaning)
    ->type_name("N")
    // CLI11 would read "-1" as the greatest seed.
    ->check([](const std::string& t) { return t.starts_with('-') ? t + ": must not be negative" : std::string{}; })
    ->capture_default_str();
}

void add_demo(CLI::App& app, demo_options& o) {
  auto* c = app.add_subcommand("demo", "Shows a recorded day and a generated crowd, sped up, through the real server");
  c->add_option("--speed", o.speed, "How many times as fast as real time")
    ->type_name("X")
    ->check(CLI::Range(1.0, demo_speed_max))
    ->capture_default_str();
  add_seed(c, o.seed, "Seed of the generated crowd: the same seed shows the same day");
  add_count(c, "--shoppers", o.shoppers, shoppers_max, "Shoppers in the generated crowd");
  c->add_flag("--stay", o.stay, "Keep serving when the day is over, until Ctrl-C");
  add_config(c, o);
}

void add_replay(CLI::App& app, replay_options& o) {
  auto* c = app.add_subcommand("replay", "Decides over recorded events on the virtual clock; sends nothing");
  c->add_option("FILE", o.files, "Events, one JSON object a line, by time; plain, .gz or .zst")
    ->required()
    ->type_name("")
    ->check(CLI::ExistingFile);
  c->add_option("--decisions", o.decisions_path, "Write every decision to this file, one JSON object a line")
    ->type_name("OUT.ndjson");
  c->add_flag("--drain", o.drain, "After the last event run the clock on until no step is due");
  c->add_flag("--json", o.json, "Print the summary as one JSON object");
  c->footer("Shards: --set node.shards=N. The decisions are the same for any number.");
  add_config(c, o);
}

std::string check_to(const std::string& text) {
  return parse_host_port(text) ? "" : text + ": must be HOST:PORT, like 127.0.0.1:24224";
}

void add_load(CLI::App& app, load_options& o) {
  auto* c = app.add_subcommand("load", "Sends generated events over Fluent Forward and measures the acknowledgements");
  c->add_option("--to", o.to, "Where the server receives Forward")->required()->type_name("HOST:PORT")->check(check_to);
  add_count(c, "--events", o.events, load_events_max, "Events to send in all");
  add_count(c, "--carts", o.carts, limits::load_carts_max, "Distinct carts");
  c->add_option("--rate", o.rate, "Events per second in all; 0: as fast as they are acknowledged")
    ->type_name("R")
    ->check(CLI::Range(0.0, load_rate_max))
    ->capture_default_str();
  add_count(c, "--connections", o.connections, load_connections_max, "Connections");
  add_seed(c, o.seed, "Seed of the events");
  add_count(c, "--chunk-events", o.chunk_events, static_cast<uint32_t>(limits::load_chunk_events_max),
            "Events per acknowledged chunk");
  add_count(c, "--window", o.window, load_window_max, "Chunks in flight per connection");
}

void add_in_doubt(CLI::App& app, in_doubt_options& o) {
  auto* c = app.add_subcommand("in-doubt", "Reminders that were offered and of which no answer came");
  c->require_subcommand(1);
  auto add = [&](in_doubt_action action, const std::string& name, const std::string& meaning) {
    auto* sub = c->add_subcommand(name, meaning);
    sub->add_flag("--json", o.json, "Print the server's answer as it is");
    sub->callback([&o, action] {
      o.action = action;
      if (action != in_doubt_action::list && !o.all && o.cart_id.empty())
        throw CLI::RequiredError("SHOP and CART, or --all");
    });
    add_config(sub, o);
    return sub;
  };
  auto add_which = [&](CLI::App* sub) {
    auto* all = sub->add_flag("--all", o.all, "Every one that is held");
    auto* shop = sub->add_option("SHOP", o.shop, "Its cart's shop")->type_name("");
    auto* cart = sub->add_option("CART", o.cart_id, "The cart")->type_name("")->needs(shop);
    sub->add_option("--cycle", o.cycle, "Which, where several of the cart are held")->type_name("N")->needs(cart);
    sub->add_option("--step", o.step, "Likewise")->type_name("N")->needs(cart);
    shop->excludes(all)->needs(cart);
  };
  add(in_doubt_action::list, "list", "Lists them, the newest first");
  add_which(add(in_doubt_action::release, "release",
                "Lets one that is held go out again, byte for byte, unless an order or a withdrawal has come since"));
  add_which(add(in_doubt_action::drop, "drop", "Ends one that is held; it is never sent again"));
  c->footer("They are the running server's: it is asked at http.listen of its configuration, with http.token.");
}

void add_dead_letters(CLI::App& app, dead_letters_options& o) {
  auto* c = app.add_subcommand("dead-letters", "Events that could not be applied, the newest first, and why");
  add_count(c, "--limit", o.limit, static_cast<uint32_t>(limits::dead_letters_listed_max), "How many at most");
  c->add_flag("--json", o.json, "Print the server's answer as it is");
  add_config(c, o);
  c->footer("They are the running server's: it is asked at http.listen of its configuration, with http.token.");
}

std::string check_moment(const std::string& text) {
  return moment_asked(text) ? "" : text + ": must be an RFC 3339 time, like 2026-02-01T11:00:00Z, or Unix milliseconds";
}

void add_explain(CLI::App& app, explain_options& o) {
  auto* c =
    app.add_subcommand("explain", "Tells why a cart was or was not reminded: every rule, its inputs, the outcome");
  c->add_option("SHOP", o.shop, "Its shop")->required()->type_name("");
  c->add_option("CART", o.cart_id, "The cart")->required()->type_name("");
  auto* sale = c->add_flag("--sale", o.sale, "CART is an order that was paid: tell of the mails behind it");
  c->add_option("--trail-of", o.trail_of, "CART is a customer or visitor: tell of the mails about what they looked at")
    ->type_name("customer|visitor")
    ->check(CLI::IsMember({"customer", "visitor"}))
    ->excludes(sale);
  c->add_option("--at", o.at, "Only what was known and decided by then")->type_name("TIME")->check(check_moment);
  c->add_flag("--json", o.json, "Print the server's answer as it is");
  add_config(c, o);
  c->footer(
    "The server is the one of the configuration: http.listen, with http.token. Exit code 1: no such cart is known.");
}

std::string check_server_url(const std::string& text) {
  constexpr std::string_view scheme = "http://";
  const auto where =
    text.starts_with(scheme) ? parse_listen(std::string_view{text}.substr(scheme.size())) : std::nullopt;
  return where && where->port != 0 ? "" : text + ": must be http://ADDRESS:PORT, like http://127.0.0.1:8480";
}

void add_import(CLI::App& app, import_options& o) {
  auto* c = app.add_subcommand(
    "import", "Brings existing consents, suppressions, customers and coupon codes into a running server");
  c->add_option("FILE", o.files, "CSV with a header line, or NDJSON; plain, .gz or .zst")
    ->required()
    ->type_name("")
    ->check(CLI::ExistingFile);
  c->add_option("--kind", o.kind, "What the files hold; without it, as their columns say")
    ->type_name("KIND")
    ->check(CLI::IsMember({"consents", "suppressions", "customers", "coupons"}));
  auto* to = c->add_option("--to", o.to, "The server; without it, http.listen of the configuration")
               ->type_name("URL")
               ->check(check_server_url);
  auto* out = c->add_option("--out", o.out, "Write the events to this file, instead")->type_name("EVENTS.ndjson");
  auto* dry = c->add_flag("--dry-run", o.dry_run, "Judge every row, and do nothing");
  out->excludes(to)->excludes(dry);
  c->footer(
    "Columns: docs/import.md. Each bad row is named by file, line and column, the good ones are taken; exit code 1 "
    "when\n"
    "there were bad ones. What was imported once is not changed by importing it again.");
  add_config(c, o);
}

void add_suppression(CLI::App& app, suppression_options& o) {
  auto* c = app.add_subcommand("suppression", "Addresses that get no mail: they bounced, or their owners complained");
  c->require_subcommand(1);
  auto add = [&](suppression_action action, const std::string& name, const std::string& meaning) {
    auto* sub = c->add_subcommand(name, meaning);
    sub->add_flag("--json", o.json, "Print the server's answer as it is");
    sub->callback([&o, action] { o.action = action; });
    add_config(sub, o);
    return sub;
  };
  auto add_address = [&](CLI::App* sub) {
    sub->add_option("ADDRESS", o.address, "E-mail address, or the keyed hash that `list` shows")
      ->required()
      ->type_name("");
  };
  add_count(add(suppression_action::list, "list", "Lists them, the newest first"), "--limit", o.limit,
            static_cast<uint32_t>(limits::suppressions_listed_max), "How many at most");
  auto* one = add(suppression_action::add, "add", "Sends no mail to an address any more");
  add_address(one);
  one->add_option("--reason", o.reason, "Why: it says which reason decisions about it name")
    ->check(CLI::IsMember({"complaint", "hard_bounce"}))
    ->capture_default_str();
  add_address(add(suppression_action::lift, "lift", "Forgets what is held against an address; consent still decides"));
  c->footer("They are the running server's: it is asked at http.listen of its configuration, with http.token.");
}

void add_journal(CLI::App& app, journal_options& o, bool& yes) {
  auto* c = app.add_subcommand("journal", "Looks into the log of a data directory");
  c->require_subcommand(1);
  auto add = [&](journal_action action, const std::string& name, const std::string& meaning) {
    auto* sub = c->add_subcommand(name, meaning);
    sub->add_option("DIR", o.dir, "Data directory of a node (node.data_dir)")
      ->required()
      ->type_name("")
      ->check(CLI::ExistingDirectory);
    sub->callback([&o, action] { o.action = action; });
    return sub;
  };
  add(journal_action::verify, "verify", "Reads all of it and says what is wrong and where; changes nothing");
  add(journal_action::stat, "stat", "Counts what it holds; changes nothing")
    ->add_flag("--json", o.json, "Print it as one JSON object");
  auto* dump = add(journal_action::dump, "dump", "Prints its events, one JSON object a line, as `replay` takes them");
  dump->add_flag("--all", o.all, "Everything else that stands in it, too: lines with position and kind");
  auto* repair = add(journal_action::repair, "repair", "Makes a damaged log usable again, up to the damage");
  repair->add_flag("--yes", yes, "Move what stands from the damage on to files *.damaged")->required();
}

void add_export(CLI::App& app, export_options& o) {
  auto* c = app.add_subcommand("export", "Prints everything that a running server holds on somebody");
  c->add_option("PERSON", o.person, "Customer id, visitor id or e-mail address")->required()->type_name("");
  c->add_option("--by", o.by, "What PERSON is; without it: an address if it holds an @, else a customer or a visitor")
    ->type_name("WHAT")
    ->check(CLI::IsMember({"customer", "visitor", "email"}));
  c->add_option("--shop", o.shop, "Carts, orders and decisions of this shop only");
  c->add_flag("--json", o.json, "Print it on one line");
  c->footer("The server is the one of the configuration: http.listen, with http.token.");
  add_config(c, o);
}

void add_preview(CLI::App& app, preview_options& o) {
  auto* c = app.add_subcommand("preview", "Shows a reminder's mail, made of sample data: text, HTML and sizes");
  c->add_option("TEMPLATE", o.template_name, "Which template, like reminder-1")->required()->type_name("");
  c->add_option("--locale", o.locale, "The shopper's language, like nl-NL; without it, the shop's")->type_name("L");
  c->add_option("--shop", o.shop, "Whose mail: a [shop.NAME] of the configuration")
    ->type_name("NAME")
    ->capture_default_str();
  c->add_option("--out", o.out, "Write the mail to this file, as it would leave (.eml)")->type_name("FILE");
  c->add_flag("--bare", o.bare, "Of a cart of which nothing is known but a product's id");
  c->footer("Its links lead nowhere. Nothing is sent, and no server is asked.");
  add_config(c, o);
}

std::string check_mailbox(const std::string& text) {
  return normalise_email(text) ? "" : text + ": must be an e-mail address";
}

void add_relay(CLI::App& app, relay_probe_options& o) {
  auto* c = app.add_subcommand("relay", "Looks at a relay of the configuration");
  c->require_subcommand(1);
  auto* probe = c->add_subcommand("probe", "Asks it what it can do, as the server would meet it; sends no mail");
  probe->add_option("NAME", o.name, "Which, as in [smtp.relay.NAME]; may be left out when there is one")->type_name("");
  probe->add_option("--to", o.to, "A recipient of your own, for two envelopes that are taken back before any content")
    ->type_name("ADDRESS")
    ->check(check_mailbox);
  probe->add_flag("--json", o.json, "Print what was found as one JSON object");
  probe->footer("Exit code 0: mails could be sent. It logs in once where the relay's section says so.");
  add_config(probe, o);
}

void add_check(CLI::App& app, check_options& o) {
  auto* c = app.add_subcommand("check", "Judges a configuration and its templates; reports every mistake at once");
  c->add_option("CONFIG,--config", o.config, "Configuration file (TOML)")->type_name("FILE");
  add_sets(c, o);
  auto* defaults = c->add_flag("--print-defaults", o.print_defaults, "Print the defaults as a file to start from");
  c->add_flag("--print-reference", o.print_reference, "Print the reference of all keys (docs/configuration.md)")
    ->excludes(defaults);
  c->callback([&o] {
    if (o.config.empty() && !o.print_defaults && !o.print_reference) throw CLI::RequiredError("CONFIG");
  });
}

}  // namespace

std::variant<command_line, farewell> read_command_line(int argc, const char* const* argv) {
  CLI::App app{
    "Cartwheel notices shopping carts left behind, asks whether their owners may be reminded, and reminds them."};
  app.name("cartwheel");
  app.set_version_flag("--version", "cartwheel " + std::string{version});
  app.require_subcommand(1);
  app.fallthrough();  // --log-level may follow the command
  command_line line{"info", {}};
  app.add_option("--log-level", line.log_level, "What to log to stderr")
    ->envname("CARTWHEEL_LOG")
    ->check(CLI::IsMember(log_levels()))
    ->capture_default_str();

  serve_options serve;
  demo_options demo;
  replay_options replay;
  load_options load;
  in_doubt_options in_doubt;
  dead_letters_options dead_letters;
  explain_options explain;
  import_options import;
  suppression_options suppression;
  journal_options journal;
  bool yes = false;
  export_options export_one;
  relay_probe_options probe;
  preview_options show;
  check_options check;
  add_serve(app, serve);
  add_demo(app, demo);
  add_replay(app, replay);
  add_load(app, load);
  add_in_doubt(app, in_doubt);
  add_dead_letters(app, dead_letters);
  add_explain(app, explain);
  add_import(app, import);
  add_suppression(app, suppression);
  add_journal(app, journal, yes);
  add_export(app, export_one);
  add_relay(app, probe);
  add_preview(app, show);
  add_check(app, check);
  // After the commands, which would inherit it.
  app.footer("cartwheel COMMAND --help says more. Exit codes: 0 ok, 1 failed, 2 wrong usage.");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    std::ostringstream output;
    std::ostringstream complaints;
    // CLI11 has a code of its own for every mistake; ours is one.
    const bool wrong = app.exit(error, output, complaints) != 0;
    return farewell{wrong ? 2 : 0, output.str(), complaints.str()};
  }
  if (app.got_subcommand("serve"))
    line.command = std::move(serve);
  else if (app.got_subcommand("demo"))
    line.command = std::move(demo);
  else if (app.got_subcommand("replay"))
    line.command = std::move(replay);
  else if (app.got_subcommand("load"))
    line.command = std::move(load);
  else if (app.got_subcommand("in-doubt"))
    line.command = std::move(in_doubt);
  else if (app.got_subcommand("dead-letters"))
    line.command = std::move(dead_letters);
  else if (app.got_subcommand("explain"))
    line.command = std::move(explain);
  else if (app.got_subcommand("import"))
    line.command = std::move(import);
  else if (app.got_subcommand("suppression"))
    line.command = std::move(suppression);
  else if (app.got_subcommand("journal"))
    line.command = std::move(journal);
  else if (app.got_subcommand("export"))
    line.command = std::move(export_one);
  else if (app.got_subcommand("relay"))
    line.command = std::move(probe);
  else if (app.got_subcommand("preview"))
    line.command = std::move(show);
  else
    line.command = std::move(check);
  return line;
}

}  // namespace cartwheel
