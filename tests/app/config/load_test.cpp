#include "app/config/load.hpp"

#include "app/config/limits.hpp"
#include "tests/scratch_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

namespace cartwheel {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

std::vector<std::string> lines(const loaded_settings& loaded) {
  std::vector<std::string> all;
  for (const auto& p : loaded.problems) all.push_back(to_string(p));
  return all;
}

loaded_settings parse(std::string_view toml, const std::vector<std::string>& sets = {}) {
  return parse_settings(toml, "c.toml", sets);
}

settings accepted(std::string_view toml, const std::vector<std::string>& sets = {}) {
  auto loaded = parse(toml, sets);
  EXPECT_THAT(lines(loaded), IsEmpty()) << toml;
  return loaded.value.value_or(settings{});
}

std::vector<std::string> problems(std::string_view toml, const std::vector<std::string>& sets = {}) {
  auto loaded = parse(toml, sets);
  EXPECT_EQ(loaded.value.has_value(), loaded.problems.empty());
  return lines(loaded);
}

// The example of the design's section on interfaces: a configuration that says nothing but the defaults.
constexpr std::string_view design_example = R"(
[node]
data_dir = "cartwheel-data"
shards = 0                      # 0 = one per core
clock = "wall"                  # wall | event | x600 (a clock that runs 600 times as fast, for demos and tests)
watermark_lag = "2s"
watermark_silence = "60s"
start_hold = "5m"
memory = "75%"
keys = ""                       # file with the secrets of links, VERP and partitions; made in data_dir when empty
[forward]
listen = "127.0.0.1:24224"
[http]
listen = "127.0.0.1:8480"
[public]
listen = "127.0.0.1:8481"
url = "http://127.0.0.1:8481"
[journal]
sync = "always"                 # always | everysec | off
keep = "7d"
[outlet]
kind = "maildir"                # smtp | maildir
[smtp.relay.main]
address = "127.0.0.1:2525"
tls = "none"                    # implicit | starttls-required | none
connections = 4
in_doubt = "drop"               # drop | hold | resend
[shop.default]
name = "Example"
legal_entity = "example-bv"
country = "NL"
from = "Example <cart@example.com>"
base_url = "https://example.com"
[policy]
table = "strict"                # strict | by-country
[campaign.cart]
idle = "20m"
clock = "last_add"
cap = "24h"
steps = [
  { after = "0s",  channel = "email", template = "reminder-1", not_after = "24h" },
  { after = "7d",  channel = "email", template = "reminder-2", not_after = "3d" },
  { after = "14d", channel = "email", template = "reminder-3", not_after = "3d" },
]
)";

TEST(load, the_designs_example_says_the_defaults) { EXPECT_EQ(accepted(design_example), settings{}); }

TEST(load, no_file_and_an_empty_one_are_the_defaults) {
  EXPECT_EQ(load_settings("", {}).value, settings{});
  EXPECT_EQ(accepted(""), settings{});
  EXPECT_EQ(accepted("\xef\xbb\xbf# a mark of Windows\r\n[node]\r\n"), settings{});
}

TEST(load, three_mistakes_are_three_lines) {
  EXPECT_THAT(problems("[node]\n"
                       "shards = 300\n"
                       "\n"
                       "[forward]\n"
                       "listn = \"127.0.0.1:1\"\n"
                       "[http]\n"
                       "listen = 8480\n"),
              ElementsAre("c.toml:2: node.shards: 300 is out of range; must be an integer from 0 to 256",
                          "c.toml:5: forward.listn: unknown key; did you mean listen?",
                          AllOf(StartsWith("c.toml:7: http.listen: 8480 is an integer; must be ADDRESS:PORT"))));
}

TEST(load, mistakes_come_in_the_order_written_and_overrides_last) {
  EXPECT_THAT(
    problems("[policy]\ntable = 1\n[content]\nx = 1\n[node]\nshards = -1\n",
             {"journal.sync=never", "nonsense", "forward.insecure=maybe"}),
    ElementsAre(StartsWith("c.toml:2: policy.table: "), StartsWith("c.toml:4: content.x: "),
                StartsWith("c.toml:6: node.shards: "),
                "--set journal.sync=never: journal.sync: \"never\" is not allowed; must be \"always\" or "
                "\"everysec\" or \"off\"",
                "--set nonsense: must be key=value with a dotted key, like node.shards=2",
                "--set forward.insecure=maybe: forward.insecure: \"maybe\" is a text; must be true or false"));
}

TEST(load, broken_toml_names_line_and_column) {
  EXPECT_THAT(problems("[node]\nshards = = 2\n"), ElementsAre(StartsWith("c.toml:2:10: no TOML: ")));
  EXPECT_THAT(problems("[node]\nshards = 1\nshards = 2\n"), ElementsAre(StartsWith("c.toml:3:")));
  EXPECT_THAT(problems("[node]\ndata_dir = \"\xff\"\n"), ElementsAre(StartsWith("c.toml:2:")));
  // Overrides are judged all the same, but no rule about keys nobody could read.
  EXPECT_THAT(problems("[", {"node.shards=x", "forward.listen=0.0.0.0:1"}),
              ElementsAre(StartsWith("c.toml:1:2: no TOML: "), StartsWith("--set node.shards=x: node.shards: ")));
}

TEST(load, an_unknown_name_is_answered_with_the_nearest_or_the_known_ones) {
  auto only = [](std::string_view toml) { return problems(toml).at(0); };
  EXPECT_EQ(only("[nodes]\nshards = 1"), "c.toml:1: nodes: unknown section; did you mean node?");
  EXPECT_EQ(only("[smtp.realy.main]\n"), "c.toml:1: smtp.realy: unknown section; did you mean relay?");
  EXPECT_EQ(only("[campaign.carts]\n"), "c.toml:1: campaign.carts: unknown section; did you mean cart?");
  EXPECT_EQ(only("[node]\nshrads = 1"), "c.toml:2: node.shrads: unknown key; did you mean shards?");
  EXPECT_EQ(only("shards = 1"), "c.toml:1: shards: unknown key; did you mean node.shards?");
  EXPECT_EQ(only("[http]\ncolour = 1"), "c.toml:2: http.colour: unknown key; known here: listen, token");
  EXPECT_THAT(only("[weather]"), StartsWith("c.toml:1: weather: unknown section; known here: node, forward, http, "));
  EXPECT_EQ(only("[http]\n\"a b\" = 1"), "c.toml:2: http.\"a b\": unknown key; known here: listen, token");
  EXPECT_THAT(only("[node.inner]\nx = 1"), StartsWith("c.toml:1: node.inner: unknown key; known here: data_dir"));
  EXPECT_EQ(problems("", {"node.shard=1"}).at(0), "--set node.shard=1: node.shard: unknown key; did you mean shards?");
}

TEST(load, what_must_be_a_section_says_so) {
  EXPECT_THAT(problems("node = 3\nsmtp = \"x\"\n[[public]]\n[shop]\ndefault = 1"),
              ElementsAre("c.toml:1: node: 3 is an integer; must be a section",
                          "c.toml:2: smtp: \"x\" is a text; must be a section",
                          "c.toml:3: public: [...] is a list; must be a section",
                          "c.toml:5: shop.default: 1 is an integer; must be a section"));
  EXPECT_THAT(problems("node = 3", {"node.shards=1"}), ElementsAre(StartsWith("c.toml:1: node: 3")));
  EXPECT_THAT(problems("", {"node=3"}), ElementsAre("--set node=3: node: \"3\" is a text; must be a section"));
}

TEST(load, overrides_go_over_the_file_and_the_last_one_wins) {
  auto s = accepted("[node]\nshards = 3\nmemory = \"10%\"\n", {"node.shards=4", "node.shards=5", "journal.sync=off",
                                                               "outlet.kind='maildir'", "forward.insecure=true"});
  EXPECT_EQ(s.node.shards, 5);
  EXPECT_EQ(s.node.memory, "10%");
  EXPECT_EQ(s.journal.sync, sync_mode::off);
  EXPECT_TRUE(s.forward.insecure);
  // A wrong value in the file that an override replaces is no mistake any more.
  EXPECT_EQ(accepted("[node]\nshards = 300\n", {"node.shards=4"}).node.shards, 4);
}

TEST(load, overrides_write_texts_bare_and_everything_else_as_toml) {
  EXPECT_EQ(accepted("", {"shop.default.name=Bits & Bobs = \"more\""}).shops.fallback.name, "Bits & Bobs = \"more\"");
  EXPECT_EQ(accepted("", {"shop.default.name=\"a\\u00e9\""}).shops.fallback.name, "a\xc3\xa9");
  EXPECT_EQ(accepted("", {"node.keys="}).node.keys, "");
  EXPECT_THAT(accepted("", {"outlet.only_to=Me@Example.com"}).outlet.only_to, ElementsAre("me@example.com"));
  EXPECT_THAT(accepted("", {"outlet.only_to=['a@b.example', \"c@d.example\"]"}).outlet.only_to,
              ElementsAre("a@b.example", "c@d.example"));
  EXPECT_EQ(accepted("", {"shop.'a.b=c'.country=DE"}).shops.of("a.b=c").country, "DE");
  EXPECT_EQ(accepted("", {"campaign.cart.steps=[{after = '1s', template = 't'}]"}).campaign.steps.size(), 1U);
  for (auto set : {"", "=", "=x", "node.=x", "node shards=1", "node.shards=1\nnode.clock=wall", "a\n=1", "#=1"})
    EXPECT_FALSE(problems("", {set}).empty()) << set;
  EXPECT_THAT(problems("", {"shop.default.name=\xff"}), ElementsAre(HasSubstr("a text that is not UTF-8")));
}

TEST(load, a_shop_takes_what_it_leaves_out_from_the_default_one) {
  auto s = accepted(
    "[shop.nl]\nname = \"Winkel\"\n[shop.default]\ncountry = \"DE\"\nlegal_entity = \"x\"\n"
    "[shop.\"b.c\"]\nlocale = \"fr-BE\"\n",
    {"shop.default.base_url=https://x.example/shop/"});
  EXPECT_EQ(s.shops.fallback.country, "DE");
  EXPECT_EQ(s.shops.of("nl").name, "Winkel");
  EXPECT_EQ(s.shops.of("nl").country, "DE");
  EXPECT_EQ(s.shops.of("nl").legal_entity, "x");
  EXPECT_EQ(s.shops.of("nl").base_url, "https://x.example/shop");
  EXPECT_EQ(s.shops.of("b.c").locale, "fr-BE");
  EXPECT_EQ(s.shops.of("b.c").name, "Example");
  EXPECT_EQ(s.shops.of("unheard of"), s.shops.fallback);
  EXPECT_THAT(problems("[shop.\"\"]\n[shop." + std::string(65, 'a') + "]\n"),
              ElementsAre(HasSubstr("1 to 64 bytes"), HasSubstr("1 to 64 bytes")));
}

TEST(load, mailing_needs_a_relay_that_somebody_named) {
  EXPECT_THAT(problems("[outlet]\nkind = \"smtp\"\n"),
              ElementsAre("c.toml:2: outlet.kind: \"smtp\" needs a relay and none is named; must come with "
                          "[smtp.relay.main] and its address"));
  auto s = accepted("[outlet]\nkind = \"smtp\"\n[smtp.relay.local]\naddress = \"relay.example.com:25\"\n");
  ASSERT_EQ(s.relays.size(), 1U);
  EXPECT_EQ(s.relays.at("local").address, "relay.example.com:25");
  EXPECT_EQ(s.relays.at("local").connections, 4);
  // Without a file there is the default one.
  EXPECT_EQ(parse_settings(std::nullopt, "", {"outlet.kind=smtp"}).value.value().relays.size(), 1U);
  EXPECT_EQ(accepted("[smtp.relay.a]\n[smtp.relay.b]\npriority = 2\n").relays.at("b").priority, 2);
  std::string nine;
  for (char c = 'a'; c <= 'i'; ++c) nine += std::string{"[smtp.relay."} + c + "]\n";
  EXPECT_THAT(problems(nine), ElementsAre(HasSubstr("smtp.relay: 9 relays are named; must be 8 at most")));
  EXPECT_THAT(problems("[smtp.relay.Main]\n"), ElementsAre(HasSubstr("a relay's name must be")));
}

TEST(load, reminders_of_a_payment_lie_within_the_pause) {
  const std::string unpaid = "[campaign.unpaid]\nenabled = true\nidle = \"23h\"\n";
  EXPECT_EQ(accepted(unpaid).campaign.unpaid.idle, 23h);
  EXPECT_THAT(problems(unpaid + "steps = [{ after = \"1h\", template = \"unpaid-1\" }]\n"),
              ElementsAre(HasSubstr("campaign.unpaid.steps: the last step is due 24h after the purchase; must be less "
                                    "than campaign.cart.pause_max (24h)")));
  EXPECT_THAT(problems(unpaid + "[campaign.cart]\npause_max = \"20h\"\n"), ElementsAre(HasSubstr("less than")));
  accepted("[campaign.unpaid]\nidle = \"25h\"\n");  // off: nobody minds
  for (const std::string news : {"stock", "price"})
    EXPECT_THAT(problems("[campaign." + news +
                         "]\nsteps = [{ after = \"0s\", template = \"stock-1\" }, { after = \"1s\", template = "
                         "\"stock-1\" }]\n"),
                ElementsAre(HasSubstr("campaign." + news + ".steps: has 2 steps; must be one")));
  const std::string sale = "[campaign.after_purchase]\nidle = \"30d\"\n";
  EXPECT_EQ(
    accepted(sale + "steps = [{ after = \"120d\", template = \"after-purchase-1\" }]\n").campaign.after_purchase.idle,
    std::chrono::days{30});
  EXPECT_THAT(
    problems(sale + "steps = [{ after = \"121d\", template = \"after-purchase-1\" }]\n"),
    ElementsAre(HasSubstr("campaign.after_purchase.steps: the last step is due 151d after the payment; must be "
                          "150d at most")));
}

TEST(load, beyond_loopback_wants_a_secret) {
  EXPECT_THAT(problems("[forward]\nlisten = \"0.0.0.0:24224\"\n[http]\nlisten = \"[::]:8480\"\n[public]\nlisten = "
                       "\"0.0.0.0:80\"\n"),
              ElementsAre("c.toml:2: forward.listen: \"0.0.0.0:24224\" is beyond loopback; must come with "
                          "forward.shared_key, or with forward.insecure = true",
                          "c.toml:4: http.listen: \"[::]:8480\" is beyond loopback; must come with http.token"));
  accepted(
    "[forward]\nlisten = \"0.0.0.0:24224\"\nshared_key = \"k\"\n[http]\nlisten = \"[::]:8480\"\ntoken = \"t\"\n");
  accepted("[forward]\nlisten = \"0.0.0.0:24224\"\ninsecure = true\n");
  accepted("[forward]\nlisten = \"127.0.0.2:24224\"\n[http]\nlisten = \"[::1]:8480\"\n");
  // One mistake, one line: the rule is not asked while its key is wrong.
  EXPECT_THAT(problems("[http]\nlisten = \"0.0.0.0:80\"\ntoken = 3\n"),
              ElementsAre(StartsWith("c.toml:3: http.token: ")));
}

TEST(load, two_listeners_cannot_share_a_place) {
  EXPECT_THAT(
    problems("[http]\nlisten = \"127.0.0.1:8481\"\n"),
    ElementsAre("c.toml:2: public.listen: \"127.0.0.1:8481\" is http.listen's as well; must be an address and "
                "port of its own"));
  EXPECT_EQ(problems("", {"http.listen=127.0.0.1:9", "forward.listen=localhost:9"}).size(), 1U);
  accepted("", {"http.listen=127.0.0.1:0", "forward.listen=127.0.0.1:0", "public.listen=127.0.0.1:0"});
}

TEST(load, secrets_are_not_repeated) {
  EXPECT_THAT(problems("[http]\ntoken = \"my secret\"\n"), ElementsAre(Not(HasSubstr("my secret"))));
}

TEST(load, steps_are_judged_one_by_one) {
  auto steps = [](std::string_view list) {
    return problems("[campaign.cart]\nsteps = [\n" + std::string{list} + "\n]\n");
  };
  EXPECT_THAT(
    steps("{ after = \"0s\", template = \"a\", not_after = \"0s\" },\n"
          "{ after = \"1d\", tmplate = \"b\" },\n"
          "{ after = \"2d\", template = \"../b\", channel = \"whatsapp\" },\n"
          "\"later\""),
    ElementsAre(StartsWith("c.toml:3: campaign.cart.steps[0].not_after: \"0s\" is out of range; must be"),
                StartsWith("c.toml:4: campaign.cart.steps[1].template: is missing; must be"),
                "c.toml:4: campaign.cart.steps[1].tmplate: unknown key; did you mean template?",
                StartsWith("c.toml:5: campaign.cart.steps[2].template: \"../b\" is not allowed"),
                "c.toml:5: campaign.cart.steps[2].channel: \"whatsapp\" is not in this version; must be \"email\"",
                StartsWith("c.toml:6: campaign.cart.steps[3]: \"later\" is a text; must be a table")));
  EXPECT_THAT(
    steps("{ after = \"1d\", template = \"a\" }, { after = \"24h\", template = \"b\" }"),
    ElementsAre("c.toml:3: campaign.cart.steps[1].after: \"24h\" is not after the step before it (\"24h\"); steps "
                "must come in ascending order"));
  EXPECT_THAT(steps(""), ElementsAre("c.toml:2: campaign.cart.steps: is empty; must be a list of 1 to 16 steps"));
  std::string many;
  for (int i = 0; i < 17; ++i) many += "{ after = \"" + std::to_string(i) + "s\", template = \"a\" },";
  EXPECT_THAT(steps(many), ElementsAre("c.toml:2: campaign.cart.steps: has 17 steps; must be a list of 1 to 16 steps"));
  // The other way TOML writes a list of tables.
  auto s = accepted(
    "[[campaign.cart.steps]]\nafter = \"0s\"\ntemplate = \"a\"\n[[campaign.cart.steps]]\nafter = \"1s\"\n"
    "template = \"b\"\nnot_after = \"1ms\"\n");
  ASSERT_EQ(s.campaign.steps.size(), 2U);
  EXPECT_EQ(s.campaign.steps[0].not_after, 24h);
  EXPECT_EQ(s.campaign.steps[1], (campaign_step{1s, channel::email, "b", 1ms}));
}

TEST(load, a_file_is_read_from_its_path) {
  test::scratch_folder scratch;
  const auto& dir = scratch.path();
  auto file = (dir / "c.toml").string();
  std::ofstream{file} << "[node]\nshards = 7\n";
  EXPECT_EQ(load_settings(file, {}).value.value().node.shards, 7);
  std::ofstream{file} << "";
  EXPECT_EQ(load_settings(file, {}).value, settings{});
  std::ofstream{file} << "[node]\nshards = 700\n";
  EXPECT_THAT(lines(load_settings(file, {})), ElementsAre(StartsWith(file + ":2: node.shards: ")));
  std::ofstream{file} << std::string(limits::config_bytes_max + 1, '\n');
  EXPECT_THAT(lines(load_settings(file, {})),
              ElementsAre(file + ": is longer than 1048576 bytes; no configuration is"));
  EXPECT_THAT(
    lines(load_settings((dir / "none").string(), {"node.shards=x"})),
    ElementsAre((dir / "none").string() + ": cannot be read: No such file or directory", HasSubstr("node.shards")));
  EXPECT_THAT(lines(load_settings(dir.string(), {})), ElementsAre(dir.string() + ": cannot be read: Is a directory"));

  std::ostringstream complaints;
  EXPECT_FALSE(load_or_complain("", {"node.shards=x", "a.b=c"}, complaints));
  EXPECT_THAT(complaints.str(), StartsWith("--set node.shards=x: node.shards: \"x\" is a text; must be an integer"));
  EXPECT_TRUE(load_or_complain("", {}, complaints));
}

TEST(load, wants_dkim_keys_of_domains_as_the_dns_has_them) {
  EXPECT_THAT(problems("[dkim.\"Example.com\"]\nselector = \"s\"\nkey_file = \"k\"\n"),
              ElementsAre(HasSubstr("a sending domain must be written in small letters")));
  EXPECT_THAT(problems("[dkim.\"no domain\"]\nselector = \"s\"\nkey_file = \"k\"\n"),
              ElementsAre(HasSubstr("a sending domain must be written in small letters")));
  EXPECT_THAT(problems("[dkim.\"example.com\"]\n"),
              ElementsAre(HasSubstr("dkim.\"example.com\".selector: is missing"), HasSubstr("key_file: is missing")));
  EXPECT_THAT(problems("[dkim.\"example.com\"]\nselector = \"s\"\nkey_file = \"k\"\ned25519_selector = \"e\"\n"),
              ElementsAre(HasSubstr("ed25519_selector and ed25519_key_file must come together")));
  EXPECT_EQ(
    accepted("[dkim.\"a.example\"]\nselector = \"s\"\nkey_file = \"k\"\n[dkim.\"b.example\"]\nselector = \"t\"\n"
             "key_file = \"l\"\n")
      .dkim.size(),
    2u);
}

}  // namespace
}  // namespace cartwheel
