#include "app/command_line.hpp"

#include "app/version.hpp"
#include "tests/scratch_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

namespace cartwheel {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::variant<command_line, farewell> read(std::vector<const char*> arguments) {
  arguments.insert(arguments.begin(), "cartwheel");
  return read_command_line(static_cast<int>(arguments.size()), arguments.data());
}

template <class Options>
Options options(const std::vector<const char*>& arguments) {
  auto asked = read(arguments);
  if (auto* bye = std::get_if<farewell>(&asked)) {
    ADD_FAILURE() << bye->complaints;
    return {};
  }
  return std::get<Options>(std::get<command_line>(asked).command);
}

farewell bye(const std::vector<const char*>& arguments) {
  auto asked = read(arguments);
  auto* b = std::get_if<farewell>(&asked);
  EXPECT_NE(b, nullptr);
  return b == nullptr ? farewell{} : *b;
}

TEST(command_line, serve_takes_a_file_and_overrides) {
  auto o = options<serve_options>({"serve", "--config", "c.toml", "--set", "node.shards=2", "--set=a.b=[1, 2]"});
  EXPECT_EQ(o.config, "c.toml");
  EXPECT_THAT(o.sets, ElementsAre("node.shards=2", "a.b=[1, 2]"));
  EXPECT_TRUE(options<serve_options>({"serve"}).config.empty());
}

TEST(command_line, replay_takes_files_before_and_after_options) {
  test::scratch_folder folder;
  const std::string a = (folder / "a.ndjson").string();
  const std::string b = (folder / "b.ndjson").string();
  std::ofstream{a} << "";
  std::ofstream{b} << "";
  auto o = options<replay_options>(
    {"replay", "--set", "node.shards=2", a.c_str(), "--decisions", "out", "--drain", "--json", b.c_str()});
  EXPECT_THAT(o.files, ElementsAre(a, b));
  EXPECT_THAT(o.sets, ElementsAre("node.shards=2"));
  EXPECT_EQ(o.decisions_path, "out");
  EXPECT_TRUE(o.drain);
  EXPECT_TRUE(o.json);
  EXPECT_EQ(bye({"replay", "/no/such/file"}).exit_code, 2);
  EXPECT_EQ(bye({"replay"}).exit_code, 2);
}

TEST(command_line, load_takes_what_the_harness_needs) {
  auto o = options<load_options>({"load", "--to", "127.0.0.1:24224", "--events", "10", "--carts", "5", "--rate", "2.5",
                                  "--connections", "3", "--seed", "18446744073709551615", "--chunk-events", "7",
                                  "--window", "9"});
  EXPECT_EQ(o.to, "127.0.0.1:24224");
  EXPECT_EQ(o.events, 10U);
  EXPECT_EQ(o.carts, 5U);
  EXPECT_EQ(o.rate, 2.5);
  EXPECT_EQ(o.connections, 3U);
  EXPECT_EQ(o.seed, UINT64_MAX);
  EXPECT_EQ(o.chunk_events, 7U);
  EXPECT_EQ(o.window, 9U);
  for (auto wrong :
       {"--events=0", "--events=-1", "--carts=x", "--connections=0", "--seed=-1", "--window=99999", "--rate=-1"})
    EXPECT_EQ(bye({"load", "--to", "127.0.0.1:1", wrong}).exit_code, 2) << wrong;
  EXPECT_THAT(bye({"load", "--to", "here"}).complaints, HasSubstr("here: must be HOST:PORT"));
}

TEST(command_line, demo_takes_speed_and_crowd) {
  auto o =
    options<demo_options>({"demo", "--speed", "3600", "--seed", "7", "--shoppers", "10", "--stay", "--set", "a.b=c"});
  EXPECT_EQ(o.speed, 3600);
  EXPECT_EQ(o.seed, 7U);
  EXPECT_EQ(o.shoppers, 10U);
  EXPECT_TRUE(o.stay);
  EXPECT_EQ(bye({"demo", "--speed", "0"}).exit_code, 2);
}

TEST(command_line, journal_takes_a_directory_and_repairs_only_when_told_twice) {
  test::scratch_folder folder;
  const std::string dir = folder.path().string();
  EXPECT_EQ(options<journal_options>({"journal", "verify", dir.c_str()}).action, journal_action::verify);
  EXPECT_EQ(options<journal_options>({"journal", "verify", dir.c_str()}).dir, dir);
  auto stat = options<journal_options>({"journal", "stat", "--json", dir.c_str()});
  EXPECT_EQ(stat.action, journal_action::stat);
  EXPECT_TRUE(stat.json);
  auto dump = options<journal_options>({"journal", "dump", dir.c_str(), "--all"});
  EXPECT_EQ(dump.action, journal_action::dump);
  EXPECT_TRUE(dump.all);
  EXPECT_FALSE(options<journal_options>({"journal", "dump", dir.c_str()}).all);
  EXPECT_EQ(options<journal_options>({"journal", "repair", dir.c_str(), "--yes"}).action, journal_action::repair);
  EXPECT_THAT(bye({"journal", "repair", dir.c_str()}).complaints, HasSubstr("--yes"));
  EXPECT_EQ(bye({"journal", "repair", dir.c_str()}).exit_code, 2);
  EXPECT_EQ(bye({"journal"}).exit_code, 2);
  EXPECT_EQ(bye({"journal", "verify"}).exit_code, 2);
  EXPECT_EQ(bye({"journal", "verify", "/no/such/folder"}).exit_code, 2);
  EXPECT_EQ(bye({"journal", "verify", dir.c_str(), "--json"}).exit_code, 2);
}

TEST(command_line, export_wants_somebody) {
  auto plain = options<export_options>({"export", "jane@x.nl"});
  EXPECT_EQ(plain.person, "jane@x.nl");
  EXPECT_EQ(plain.by, "");
  EXPECT_FALSE(plain.json);
  auto all = options<export_options>(
    {"export", "--by", "visitor", "v-1", "--shop", "nl", "--json", "--config", "c.toml", "--set", "a.b=c"});
  EXPECT_EQ(all.person, "v-1");
  EXPECT_EQ(all.by, "visitor");
  EXPECT_EQ(all.shop, "nl");
  EXPECT_TRUE(all.json);
  EXPECT_EQ(all.config, "c.toml");
  EXPECT_EQ(all.sets, (std::vector<std::string>{"a.b=c"}));
  EXPECT_EQ(bye({"export"}).exit_code, 2);
  EXPECT_EQ(bye({"export", "jane", "--by", "name"}).exit_code, 2);
}

TEST(command_line, in_doubt_names_one_or_all) {
  EXPECT_EQ(options<in_doubt_options>({"in-doubt", "list"}).action, in_doubt_action::list);
  auto list = options<in_doubt_options>({"in-doubt", "list", "--json", "--config", "c.toml", "--set", "a.b=c"});
  EXPECT_TRUE(list.json);
  EXPECT_EQ(list.config, "c.toml");
  EXPECT_THAT(list.sets, ElementsAre("a.b=c"));
  auto one = options<in_doubt_options>({"in-doubt", "release", "shop-nl", "c-1", "--step", "2", "--cycle", "0"});
  EXPECT_EQ(one.action, in_doubt_action::release);
  EXPECT_EQ(one.shop, "shop-nl");
  EXPECT_EQ(one.cart_id, "c-1");
  EXPECT_EQ(one.step, 2U);
  EXPECT_EQ(one.cycle, 0U);
  EXPECT_FALSE(options<in_doubt_options>({"in-doubt", "drop", "shop-nl", "c-1"}).step);
  auto all = options<in_doubt_options>({"in-doubt", "drop", "--all"});
  EXPECT_EQ(all.action, in_doubt_action::drop);
  EXPECT_TRUE(all.all);
  for (const auto& wrong : std::vector<std::vector<const char*>>{{"in-doubt"},
                                                                 {"in-doubt", "release"},
                                                                 {"in-doubt", "release", "shop-nl"},
                                                                 {"in-doubt", "release", "shop-nl", "c-1", "--all"},
                                                                 {"in-doubt", "drop", "--all", "--step", "1"},
                                                                 {"in-doubt", "list", "--all"}})
    EXPECT_EQ(bye(wrong).exit_code, 2) << wrong.back();
}

TEST(command_line, relay_probe_takes_a_name_and_an_address) {
  auto o = options<relay_probe_options>({"relay", "probe"});
  EXPECT_EQ(o.name + o.to, "");
  EXPECT_FALSE(o.json);
  o = options<relay_probe_options>({"relay", "probe", "eu", "--to", "me@x.example", "--json", "--set", "a.b=c"});
  EXPECT_EQ(o.name, "eu");
  EXPECT_EQ(o.to, "me@x.example");
  EXPECT_TRUE(o.json);
  EXPECT_EQ(o.sets, std::vector<std::string>{"a.b=c"});
  EXPECT_EQ(bye({"relay"}).exit_code, 2);
  EXPECT_EQ(bye({"relay", "probe", "--to", "nobody"}).exit_code, 2);
  EXPECT_EQ(bye({"relay", "probe", "--to", "a@b.example> NOTIFY=NEVER"}).exit_code, 2);
}

TEST(command_line, suppression_names_an_address_but_to_list_them) {
  EXPECT_EQ(options<suppression_options>({"suppression", "list"}).limit, 100U);
  auto list = options<suppression_options>({"suppression", "list", "--limit", "7", "--json", "--set", "a.b=c"});
  EXPECT_EQ(list.action, suppression_action::list);
  EXPECT_EQ(list.limit, 7U);
  EXPECT_TRUE(list.json);
  EXPECT_THAT(list.sets, ElementsAre("a.b=c"));
  auto add = options<suppression_options>({"suppression", "add", "anna@example.org"});
  EXPECT_EQ(add.action, suppression_action::add);
  EXPECT_EQ(add.address, "anna@example.org");
  EXPECT_EQ(add.reason, "complaint");
  EXPECT_EQ(options<suppression_options>({"suppression", "add", "a@b.example", "--reason", "hard_bounce"}).reason,
            "hard_bounce");
  EXPECT_EQ(options<suppression_options>({"suppression", "lift", "00ff"}).action, suppression_action::lift);
  for (const auto& wrong :
       std::vector<std::vector<const char*>>{{"suppression"},
                                             {"suppression", "add"},
                                             {"suppression", "lift"},
                                             {"suppression", "list", "--limit", "0"},
                                             {"suppression", "add", "a@b.example", "--reason", "quota"}})
    EXPECT_EQ(bye(wrong).exit_code, 2) << wrong.back();
}

TEST(command_line, dead_letters_takes_a_limit) {
  EXPECT_EQ(options<dead_letters_options>({"dead-letters"}).limit, 100U);
  auto o = options<dead_letters_options>({"dead-letters", "--limit", "5", "--json", "--set", "a.b=c"});
  EXPECT_EQ(o.limit, 5U);
  EXPECT_TRUE(o.json);
  EXPECT_THAT(o.sets, ElementsAre("a.b=c"));
  EXPECT_EQ(bye({"dead-letters", "--limit", "0"}).exit_code, 2);
}

TEST(command_line, explain_wants_a_cart_and_perhaps_a_time) {
  auto o = options<explain_options>({"explain", "shoes", "c 1", "--at", "2026-02-01T11:00:00+01:00", "--json"});
  EXPECT_EQ(o.shop, "shoes");
  EXPECT_EQ(o.cart_id, "c 1");
  EXPECT_EQ(o.at, "2026-02-01T11:00:00+01:00");
  EXPECT_TRUE(o.json);
  EXPECT_FALSE(o.sale);
  EXPECT_TRUE(options<explain_options>({"explain", "shoes", "o 1", "--sale"}).sale);
  EXPECT_EQ(options<explain_options>({"explain", "s", "c", "--at", "1769943600000"}).at, "1769943600000");
  EXPECT_EQ(bye({"explain", "shoes"}).exit_code, 2);
  auto wrong = bye({"explain", "shoes", "c1", "--at", "noon"});
  EXPECT_EQ(wrong.exit_code, 2);
  EXPECT_THAT(wrong.complaints, HasSubstr("noon: must be an RFC 3339 time"));
}

TEST(command_line, import_takes_files_and_one_place_to_bring_them) {
  test::scratch_folder folder;
  const std::string a = (folder / "a.csv").string();
  std::ofstream{a} << "";
  auto o = options<import_options>({"import", a.c_str(), "--kind", "consents", "--to", "http://[::1]:8480"});
  EXPECT_THAT(o.files, ElementsAre(a));
  EXPECT_EQ(o.kind, "consents");
  EXPECT_EQ(o.to, "http://[::1]:8480");
  EXPECT_FALSE(o.dry_run);
  EXPECT_EQ(options<import_options>({"import", a.c_str(), "--out", "e.ndjson"}).out, "e.ndjson");
  EXPECT_TRUE(options<import_options>({"import", a.c_str(), "--dry-run"}).dry_run);
  EXPECT_EQ(bye({"import"}).exit_code, 2);
  EXPECT_EQ(bye({"import", "/no/such/file"}).exit_code, 2);
  EXPECT_EQ(bye({"import", a.c_str(), "--kind", "orders"}).exit_code, 2);
  EXPECT_EQ(bye({"import", a.c_str(), "--to", "http://127.0.0.1:1", "--out", "e.ndjson"}).exit_code, 2);
  for (const auto* url : {"https://127.0.0.1:8480", "127.0.0.1:8480", "http://127.0.0.1:0", "http://127.0.0.1:1/x"})
    EXPECT_EQ(bye({"import", a.c_str(), "--to", url}).exit_code, 2) << url;
}

TEST(command_line, check_wants_a_file_or_something_to_print) {
  EXPECT_EQ(options<check_options>({"check", "c.toml", "--set", "a.b=c"}).config, "c.toml");
  EXPECT_EQ(options<check_options>({"check", "--set", "a.b=c", "c.toml"}).config, "c.toml");
  EXPECT_EQ(options<check_options>({"check", "--config", "c.toml"}).config, "c.toml");
  EXPECT_TRUE(options<check_options>({"check", "--print-defaults"}).print_defaults);
  EXPECT_TRUE(options<check_options>({"check", "--print-reference"}).print_reference);
  EXPECT_EQ(bye({"check"}).exit_code, 2);
  EXPECT_EQ(bye({"check", "--print-defaults", "--print-reference"}).exit_code, 2);
}

TEST(command_line, wrong_usage_is_2_and_speaks_on_stderr) {
  for (const auto& wrong : std::vector<std::vector<const char*>>{{},
                                                                 {"sell"},
                                                                 {"serve", "--colour"},
                                                                 {"serve", "extra"},
                                                                 {"serve", "--config"},
                                                                 {"--log-level", "loud", "serve"},
                                                                 {"serve", "demo"}}) {
    auto b = bye(wrong);
    EXPECT_EQ(b.exit_code, 2);
    EXPECT_FALSE(b.complaints.empty());
    EXPECT_EQ(b.output, "");
  }
}

TEST(command_line, preview_wants_a_template) {
  auto o =
    options<preview_options>({"preview", "reminder-1", "--locale", "nl", "--shop", "s", "--out", "x.eml", "--bare"});
  EXPECT_EQ(o.template_name, "reminder-1");
  EXPECT_EQ(o.locale, "nl");
  EXPECT_EQ(o.shop, "s");
  EXPECT_EQ(o.out, "x.eml");
  EXPECT_TRUE(o.bare);
  EXPECT_EQ(options<preview_options>({"preview", "reminder-1"}).shop, "default");
  EXPECT_EQ(bye({"preview"}).exit_code, 2);
  EXPECT_EQ(bye({"preview", "a", "b"}).exit_code, 2);
}

TEST(command_line, help_is_everywhere_and_no_failure) {
  for (const auto& arguments : std::vector<std::vector<const char*>>{{"--help"},
                                                                     {"-h"},
                                                                     {"serve", "--help"},
                                                                     {"demo", "--help"},
                                                                     {"replay", "--help"},
                                                                     {"load", "--help"},
                                                                     {"journal", "--help"},
                                                                     {"journal", "repair", "--help"},
                                                                     {"export", "--help"},
                                                                     {"dead-letters", "--help"},
                                                                     {"explain", "--help"},
                                                                     {"import", "--help"},
                                                                     {"in-doubt", "--help"},
                                                                     {"relay", "probe", "--help"},
                                                                     {"in-doubt", "release", "--help"},
                                                                     {"preview", "--help"},
                                                                     {"check", "--help"}}) {
    auto b = bye(arguments);
    EXPECT_EQ(b.exit_code, 0);
    EXPECT_EQ(b.complaints, "");
    EXPECT_THAT(b.output, HasSubstr("--help"));
  }
  EXPECT_THAT(bye({"--help"}).output, HasSubstr("CARTWHEEL_LOG"));
}

TEST(command_line, the_version_is_cmakes) {
  EXPECT_EQ(bye({"--version"}).output, "cartwheel " + std::string{version} + "\n");
  EXPECT_EQ(bye({"--version"}).exit_code, 0);
  std::ifstream in{CARTWHEEL_SOURCE_DIR "/CMakeLists.txt"};
  std::string text{std::istreambuf_iterator<char>{in}, {}};
  EXPECT_THAT(text, HasSubstr("project(cartwheel VERSION " + std::string{version} + " "));
}

TEST(command_line, the_log_level_stands_before_or_after_the_command_or_in_the_environment) {
  auto level = [](const std::vector<const char*>& arguments) {
    auto asked = read(arguments);
    return std::holds_alternative<command_line>(asked) ? std::get<command_line>(asked).log_level : "refused";
  };
  EXPECT_EQ(level({"serve"}), "info");
  EXPECT_EQ(level({"--log-level", "debug", "serve"}), "debug");
  EXPECT_EQ(level({"serve", "--log-level", "warn"}), "warn");
  setenv("CARTWHEEL_LOG", "error", 1);
  EXPECT_EQ(level({"serve"}), "error");
  EXPECT_EQ(level({"serve", "--log-level", "warn"}), "warn");
  setenv("CARTWHEEL_LOG", "loud", 1);
  EXPECT_EQ(level({"serve"}), "refused");
  unsetenv("CARTWHEEL_LOG");
}

}  // namespace
}  // namespace cartwheel
