#pragma once

#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

/// The subcommands of the one binary (app/command_line.hpp reads their options). Each returns the process's exit code:
/// 0 ok, 1 failed; a wrong option ends as 2 before a command runs. Results go to stdout, complaints to stderr.
namespace cartwheel {

/// Where a command's configuration comes from; app/config/load.hpp reads it.
struct config_source {
  std::string config;             // a file; empty: the defaults
  std::vector<std::string> sets;  // key=value, over the file
};

struct serve_options : config_source {};

/// The server, until SIGTERM or SIGINT.
int serve(const serve_options& options);

struct demo_options : config_source {
  double speed = 1440;        // times as fast as the day it shows
  uint64_t seed = 1;          // of the generated crowd
  uint32_t shoppers = 5'000;  // of the generated crowd
  bool stay = false;          // keep serving when the day is over, until Ctrl-C
};

/// A recorded day and a generated crowd through the real server.
int demo(const demo_options& options);

struct replay_options : config_source {
  std::vector<std::string> files;  // NDJSON, plain, gzip or zstd; in this order
  std::string decisions_path;      // empty: no decisions are written
  bool drain = false;              // run the clock on until no step is due
  bool json = false;               // the summary as one JSON object
};

/// Recorded events on the virtual clock, without sending anything.
int replay(const replay_options& options);

struct load_options {
  std::string to;               // HOST:PORT of a Forward listener, checked
  uint64_t events = 1'000'000;  // in all
  uint64_t carts = 100'000;     // distinct ones
  double rate = 0;              // events per second over all connections; 0: as fast as they are acknowledged
  uint32_t connections = 1;
  uint64_t seed = 1;
  uint32_t chunk_events = 500;  // per acknowledged chunk
  uint32_t window = 16;         // chunks sent and not yet acknowledged, per connection
};

/// The load-testing harness.
int load(const load_options& options);

enum class in_doubt_action : uint8_t { list, release, drop };

struct in_doubt_options : config_source {
  in_doubt_action action = in_doubt_action::list;
  std::string shop;
  std::string cart_id;
  std::optional<uint32_t> cycle;  // where a cart has several
  std::optional<uint32_t> step;   // likewise
  bool all = false;               // instead of one: everything that is held
  bool json = false;              // the server's answer as it is
};

/// Asks the running server for the reminders in doubt, or tells it what becomes of those that are held.
int in_doubt(const in_doubt_options& options);

enum class suppression_action : uint8_t { list, add, lift };

struct suppression_options : config_source {
  suppression_action action = suppression_action::list;
  std::string address;               // an e-mail address, or its keyed hash as `list` shows it
  std::string reason = "complaint";  // add: or hard_bounce
  uint32_t limit = 100;              // list
  bool json = false;                 // the server's answer as it is
};

/// Asks the running server which addresses get no mail, or tells it that one shall not, or may again.
int suppression_tool(const suppression_options& options);

struct dead_letters_options : config_source {
  uint32_t limit = 100;
  bool json = false;  // the server's answer as it is
};

/// Asks the running server for the events it could not apply, the newest first.
int dead_letters(const dead_letters_options& options);

struct import_options : config_source {
  std::vector<std::string> files;  // CSV or NDJSON, plain, gzip or zstd
  std::string kind;                // consents, suppressions or customers; empty: as the columns say
  std::string to;                  // http://ADDRESS:PORT, checked; empty: http.listen of the configuration
  std::string out;                 // events into this file instead; empty: to the server
  bool dry_run = false;            // judge, and do nothing
};

/// Brings existing consents, suppressions and customers into a running server.
int import_files(const import_options& options);

struct explain_options : config_source {
  std::string shop;
  std::string cart_id;
  std::string at;        // RFC 3339 or Unix ms; empty: now
  bool sale = false;     // cart_id is an order that was paid: why it was or was not followed by a mail
  std::string trail_of;  // "customer", "visitor": cart_id is theirs, who looked around without a cart; empty: neither
  bool json = false;     // the server's answer as it is
};

/// Asks the running server why a cart was or was not reminded.
int explain_cart(const explain_options& options);
/// The same to other streams.
int run_explain(const explain_options& options, std::ostream& out, std::ostream& complaints);

enum class journal_action : uint8_t { verify, stat, dump, repair };

struct journal_options {
  journal_action action = journal_action::verify;
  std::string dir;    // a node's data directory
  bool json = false;  // stat: as one JSON object
  bool all = false;   // dump: what is no event, too
};

/// Looks into the log of a data directory, or makes a damaged one usable again.
int journal_tool(const journal_options& options);

struct export_options : config_source {
  std::string person;  // a customer id, a visitor id or an e-mail address
  std::string by;      // customer, visitor or email; empty: as it looks
  std::string shop;    // carts, orders and decisions of this one only; empty: of all
  bool json = false;   // on one line
};

/// Asks a running server for everything that it holds on somebody.
int export_person(const export_options& options);
/// The same to other streams.
int run_export(const export_options& options, std::ostream& out, std::ostream& complaints);

struct relay_probe_options : config_source {
  std::string name;   // in [smtp.relay.NAME]; empty: the only one
  std::string to;     // a recipient for two envelopes that are taken back; empty: none are tried
  bool json = false;  // what was found as one JSON object
};

/// Asks a relay what it can do, as a server would meet it, without sending mail.
int relay_probe(const relay_probe_options& options);

struct preview_options : config_source {
  std::string template_name;
  std::string locale;  // empty: the shop's
  std::string shop = "default";
  std::string out;    // file the mail is written to; empty: none
  bool bare = false;  // of a cart of which nothing is known but a product's id
};

/// Shows a mail of made-up data: text, HTML, sizes.
int preview(const preview_options& options);

struct check_options : config_source {
  bool print_defaults = false;   // the defaults as a file, instead of checking one
  bool print_reference = false;  // docs/configuration.md, likewise
};

/// Judges a configuration and its templates.
int check(const check_options& options);

}  // namespace cartwheel
