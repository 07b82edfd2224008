#include "app/config/load.hpp"
#include "app/config/section.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace cartwheel {
namespace {

/// Values of one key, as TOML: some it takes and some it refuses. Every key of the table stands here (a test checks).
struct sample {
  std::string key;
  std::vector<std::string> good;
  std::vector<std::string> bad;
};

const std::vector<std::string> paths_bad = {"1", "\"a\\nb\"", "[\"a\"]"};
const std::vector<std::string> durations_bad = {"1",       "1.5",     "\"\"",        "\"5\"",
                                                "\"-5s\"", "\"5 s\"", "\"forever\"", "\"99999d\""};
const std::vector<std::string> listen_good = {"\"127.0.0.1:7\"", "\"[::1]:7\"", "\"localhost:7\"", "\"127.0.0.1:0\""};
const std::vector<std::string> listen_bad = {"8480",
                                             "\"8480\"",
                                             "\":8480\"",
                                             "\"example.com:1\"",
                                             "\"1.2.3.4\"",
                                             "\"::1:8480\"",
                                             "\"127.0.0.1:x\"",
                                             "\"127.0.0.1:65536\"",
                                             "\"127.0.0.300:1\"",
                                             "\"[::g]:1\"",
                                             "\"127.0.0.1:-1\"",
                                             "\"[127.0.0.1]:1\""};
const std::vector<std::string> mailbox_bad = {"1",
                                              "\"\\u0000\"",
                                              "\"Example\"",
                                              "\"Example <cart>\"",
                                              "\"Example <cart@example.com\"",
                                              "\"<a@b.example> <c@d.example>\"",
                                              "\"a@b.example, c@d.example\"",
                                              "\"Example\\r\\nBcc: x@y.example <cart@example.com>\""};
const std::vector<std::string> url_bad = {"1",
                                          "\"example.com\"",
                                          "\"ftp://example.com\"",
                                          "\"https://\"",
                                          "\"https:///x\"",
                                          "\"https://u@example.com\"",
                                          "\"https://example.com/?q\"",
                                          "\"https://example.com/#f\"",
                                          "\"https://example.com/a b\"",
                                          "\"https://example.com/%2\"",
                                          "\"https://example.com:0\"",
                                          "\"https://ex\\\"ample.com\"",
                                          "\"javascript:alert(1)\""};

const std::vector<sample>& samples() {
  static const std::vector<sample> all = {
    {"node.data_dir", {"\"/var/lib/cartwheel\"", "\"d\\u00e4ta\""}, {"\"\"", "1", "\"a\\nb\""}},
    {"node.shards", {"0", "1", "256"}, {"-1", "257", "\"2\"", "1.0", "true", "9223372036854775807"}},
    {"node.clock",
     {"\"wall\"", "\"event\"", "\"x600\"", "\"x0.5\"", "\"x1000000\""},
     {"\"\"", "\"x\"", "\"x0\"", "\"x-1\"", "\"600\"", "\"x1000001\"", "\"xinf\"", "\"xnan\"", "\"x1e3\"", "\"x6 \"",
      "600"}},
    {"node.watermark_lag", {"\"0s\"", "\"500ms\"", "\"1h\""}, durations_bad},
    {"node.watermark_silence", {"\"0s\"", "\"24h\""}, durations_bad},
    {"node.start_hold", {"\"0s\"", "\"10m\""}, durations_bad},
    {"node.park_after", {"\"1s\"", "\"2h\""}, durations_bad},
    {"node.memory",
     {"\"1%\"", "\"100%\"", "\"8GiB\"", "\"64MiB\"", "\"1TiB\""},
     {"\"0%\"", "\"101%\"", "\"8GB\"", "\"63MiB\"", "\"8\"", "\"GiB\"", "\"-1%\"", "\"99999999999TiB\"", "75"}},
    {"node.keys", {"\"\"", "\"/etc/cartwheel/keys\""}, paths_bad},
    {"forward.listen", listen_good, listen_bad},
    {"forward.insecure", {"true", "false"}, {"\"true\"", "1", "\"yes\""}},
    {"forward.shared_key", {"\"\"", "\"s3cret!\""}, {"\"with blank\"", "\"\\u00e9\"", "1"}},
    {"forward.tag", {"\"cartwheel.**\"", "\"**\"", "\"shop.{a,b}.*\""}, {"\"\"", "\"a b\"", "1"}},
    {"http.listen", listen_good, listen_bad},
    {"http.token", {"\"\"", "\"abc\""}, {"\"a b\"", "\"a\\tb\"", "1"}},
    {"public.listen", listen_good, listen_bad},
    {"public.url",
     {"\"https://mail.example.com\"", "\"http://[::1]:8481/shop/\"", "\"https://example.com/a%20b\""},
     url_bad},
    {"journal.sync", {"\"always\"", "\"everysec\"", "\"off\""}, {"\"never\"", "\"Always\"", "\"\"", "false"}},
    {"journal.keep", {"\"0s\"", "\"30d\""}, durations_bad},
    {"journal.snapshot_every", {"\"1s\"", "\"24h\""}, durations_bad},
    {"journal.erase_after", {"\"0s\"", "\"48h\""}, {"\"49h\"", "\"-1s\"", "1"}},
    {"journal.history", {"\"1h\"", "\"90d\""}, {"\"59m\"", "\"3651d\"", "90"}},
    {"journal.evidence", {"\"1d\"", "\"1826d\""}, {"\"23h\"", "\"36501d\"", "5"}},
    {"outlet.kind", {"\"maildir\"", "\"smtp\""}, {"\"stdout\"", "\"\"", "1"}},
    {"outlet.maildir", {"\"\"", "\"/tmp/mails\""}, paths_bad},
    {"outlet.only_to", {"[]", "[\"me@example.com\", \"you@example.com\"]"}, {"\"me@example.com\"", "[\"me\"]", "[1]"}},
    {"smtp.relay.main.address",
     {"\"127.0.0.1:2525\"", "\"[::1]:25\"", "\"relay.example.com:25\"", "\"relay:25\""},
     {"\"relay\"", "\"relay:0\"", "\"re lay:25\"", "\"-a:25\"", "\"1.2.3.400:25\"", "25"}},
    {"smtp.relay.main.tls",
     {"\"none\"", "\"implicit\"", "\"starttls-required\""},
     {"\"maybe\"", "\"starttls\"", "false"}},
    {"smtp.relay.main.connections", {"1", "64"}, {"0", "65", "\"4\""}},
    {"smtp.relay.main.in_doubt", {"\"drop\"", "\"hold\"", "\"resend\""}, {"\"keep\"", "\"\"", "0"}},
    {"smtp.relay.main.pipelining", {"true", "false"}, {"\"on\"", "1"}},
    {"smtp.relay.main.chunking", {"\"off\"", "\"single\"", "\"window\""}, {"\"on\"", "true"}},
    {"smtp.relay.main.window", {"1", "16"}, {"0", "17"}},
    {"smtp.relay.main.priority", {"1", "100"}, {"0", "101"}},
    {"smtp.relay.main.weight", {"1", "100"}, {"0", "101"}},
    {"smtp.relay.main.rate",
     {"\"\"", "\"14/s\"", "\"0.5/s\"", "\"500/m\"", "\"50000/h\""},
     {"\"0/s\"", "\"14\"", "\"14/d\"", "\"-1/s\"", "\"1e9/s\"", "\"14 /s\"", "\"nan/s\"", "\"inf/s\"", "14"}},
    {"smtp.rates.shop", {"\"\"", "\"14/s\""}, {"\"x\"", "1"}},
    {"smtp.rates.host", {"\"\"", "\"100/s\""}, {"\"x\"", "1"}},
    {"smtp.relay.main.ca_file", {"\"\"", "\"/etc/ssl/relay.pem\""}, paths_bad},
    {"smtp.relay.main.helo",
     {"\"\"", "\"node1.example.com\"", "\"node1\"", "\"localhost\"", "\"[192.0.2.1]\"", "\"[IPv6:2001:db8::1]\""},
     {"\"no de\"", "\"192.0.2.1\"", "\"[192.0.2.300]\"", "\"[2001:db8::1]\"", "\"2001:db8::1\"", "\"[IPv6:::g]\"",
      "\"[]\"", "\"a:25\"", "\"a\\r\\nRSET\"", "\"[localhost]\"", "\"n\u00f6de.example\"", "1"}},
    {"smtp.relay.main.user", {"\"shop@example.com\"", "\"M\u00fcller & S\u00f6hne\""}, {"\"a\\u0000b\"", "1"}},
    {"smtp.relay.main.auth",
     {"\"auto\"", "\"plain\"", "\"login\"", "\"scram-sha-256\"", "\"xoauth2\""},
     {"\"\"", "\"cram-md5\"", "\"PLAIN\"", "true"}},
    {"smtp.relay.main.password_file", {"\"\"", "\"/run/credentials/relay\""}, paths_bad},
    {"smtp.relay.main.password_env",
     {"\"\"", "\"RELAY_PASSWORD\"", "\"_p2\""},
     {"\"2p\"", "\"A B\"", "\"A=B\"", "\"\u00c4\"", "1"}},
    {"smtp.relay.main.token_file", {"\"\"", "\"/run/token\""}, paths_bad},
    {"smtp.relay.main.token_env", {"\"\"", "\"RELAY_TOKEN\""}, {"\"$TOKEN\"", "1"}},
    {"content.templates", {"\"\"", "\"templates\""}, paths_bad},
    {"dkim.\"example.com\".selector", {"\"news\"", "\"key1.mail\""}, {"\"\"", "1", "\"a b\"", "\"a;b=\"", "\".\""}},
    {"dkim.\"example.com\".key_file", {"\"/etc/key.pem\""}, {"\"\"", "1", "\"a\\nb\""}},
    {"dkim.\"example.com\".ed25519_selector", {"\"news-ed\""}, {"1", "\"a b\""}},
    {"dkim.\"example.com\".ed25519_key_file", {"\"/etc/key.pem\""}, paths_bad},
    {"shop.default.name", {"\"Bits \\u0026 Bobs\""}, {"\"\"", "1", "\"a\\nb\"", "\"" + std::string(129, 'a') + "\""}},
    {"shop.default.legal_entity", {"\"bits-bv\""}, {"\"\"", "1"}},
    {"shop.default.time_zone",
     {"\"Europe/Amsterdam\"", "\"UTC\"", "\"Asia/Kathmandu\""},
     {"\"\"", "\"CET+1\"", "\"Amsterdam\"", "\"PST\"", "1"}},
    {"shop.default.country", {"\"NL\"", "\"DE\""}, {"\"nl\"", "\"NLD\"", "\"XX\"", "\"\"", "31"}},
    {"shop.default.from", {"\"cart@example.com\"", "\"\\\"Bits, Bobs\\\" <cart@example.com>\""}, mailbox_bad},
    {"shop.default.reply_to", {"\"\"", "\"help@example.com\""}, mailbox_bad},
    {"shop.default.bounce_address",
     {"\"\"", "\"bounce@example.com\"", "\"fifteen-letters@B\\u00fccher.example\""},
     {"1", "\"bounce\"", "\"Bounce <bounce@example.com>\"", "\"sixteen-letters-@example.com\"",
      "\"bounce+x@example.com\"", "\"\\u00e9@example.com\"", "\"a@b@example.com\"", "\"b@example.com\\r\\n\""}},
    {"shop.default.base_url", {"\"https://example.com/nl/\"", "\"http://shop.example\""}, url_bad},
    {"shop.default.postal_address", {"\"\"", "\"Damrak 1, Amsterdam\""}, {"1", "\"a\\nb\""}},
    {"shop.default.locale", {"\"en\"", "\"nl-NL\"", "\"zh-Hant-TW\""}, {"\"\"", "\"nl_NL\"", "\"e\"", "1"}},
    {"shop.default.reminders", {"true", "false"}, {"\"on\"", "1"}},
    {"shop.default.refusal_offered", {"true", "false"}, {"\"yes\"", "1"}},
    {"policy.table", {"\"strict\"", "\"by-country\""}, {"\"lax\"", "1"}},
    {"policy.countries", {"\"\"", "\"/etc/cartwheel/countries\""}, paths_bad},
    {"policy.unverified", {"\"allow\"", "\"refuse\""}, {"\"\"", "true"}},
    {"policy.role_addresses", {"\"allow\"", "\"refuse\""}, {"\"none\"", "false"}},
    {"policy.bots", {"\"allow\"", "\"refuse\""}, {"\"block\"", "1"}},
    {"policy.additions_per_minute_max", {"0", "60", "1000000"}, {"-1", "1000001", "\"60\""}},
    {"policy.cap_count", {"0", "3", "100"}, {"-1", "101", "\"3\""}},
    {"policy.cap_window", {"\"1h\"", "\"14d\""}, {"\"0s\"", "\"366d\"", "14"}},
    {"policy.cooldown_after_purchase", {"\"0s\"", "\"24h\""}, durations_bad},
    {"coupon.spring.kind", {"\"percent\"", "\"amount\"", "\"free-shipping\""}, {"\"gift\"", "1"}},
    {"coupon.spring.percent", {"1", "100"}, {"0", "101", "-1", "\"10\""}},
    {"coupon.spring.amount", {"[]", "[\"5.00 EUR\", \"4.50 GBP\"]"}, {"\"5 EURO\"", "[\"5\"]", "[5]"}},
    {"coupon.spring.code", {"\"\"", "\"WELCOME-10\""}, {"\"A B\"", "\"\u00e4\"", "10"}},
    {"coupon.spring.valid", {"\"0s\"", "\"24h\"", "\"366d\""}, {"\"1h\"", "\"367d\"", "7"}},
    {"coupon.spring.at_least", {"\"24h\"", "\"7d\""}, {"\"23h\"", "\"0s\"", "1"}},
    {"coupon.spring.cooldown", {"\"0s\"", "\"90d\"", "\"3660d\""}, {"\"3661d\"", "\"never\"", "0"}},
    {"coupon.spring.min_value", {"[]", "[\"50.00 EUR\"]"}, {"\"50\"", "[50]"}},
    {"coupon.spring.when_empty", {"\"without\"", "\"refuse\""}, {"\"\"", "true"}},
    {"campaign.cart.enabled", {"true", "false"}, {"\"on\"", "1"}},
    {"campaign.cart.enabled_at",
     {"\"\"", "\"2026-02-01T12:00:00Z\"", "\"2026-02-01T12:00:00.250+01:00\""},
     {"\"yesterday\"", "\"2026-02-01\"", "2026-02-01T12:00:00Z", "1"}},
    {"campaign.cart.min_value",
     {"[]", "[\"10 EUR\"]", "[\"10.00 EUR\", \"12.5 USD\", \"1200 JPY\"]"},
     {"\"10 EUR\"", "[10]", "[\"10\"]", "[\"EUR 10\"]", "[\"-1 EUR\"]", "[\"10 EUX\"]", "[\"10  EUR\"]",
      "[\"1 EUR\", \"2 EUR\"]"}},
    {"campaign.cart.zero_value", {"\"allow\"", "\"refuse\""}, {"0", "\"\""}},
    {"campaign.cart.quiet_hours",
     {"\"\"", "\"21:00-08:00\"", "\"Mon-Fri 21:00-08:00, Sat-Sun 21:00-10:00\"", "\"Sun\""},
     {"\"21-8\"", "\"21:00\"", "\"08:00-08:00\"", "\"25:00-08:00\"", "\"sun\"", "\"21:00-08:00,\"", "\"00:00-24:00\"",
      "21", "[\"21:00-08:00\"]"}},
    {"campaign.cart.peak_hours",
     {"\"\"", "\"18:00-22:00\"", "\"Fri 18:00-02:00\""},
     {"\"evening\"", "\"18:00 - 22:00\"", "true"}},
    {"campaign.cart.spread", {"\"0s\"", "\"30m\"", "\"1d\""}, durations_bad},
    {"campaign.cart.holdout_percent", {"0", "10", "100"}, {"-1", "101", "\"10%\""}},
    {"public.restore_links", {"\"0s\"", "\"30d\""}, durations_bad},
    {"shop.default.restore_url",
     {"\"\"", "\"https://example.com/cart/{cart_id}\"", "\"http://shop.example/?c={cart_id}&from=mail\""},
     {"1", "\"https://example.com/cart\"", "\"https://{cart_id}.example.com/\"", "\"https://example.com{cart_id}\"",
      "\"{cart_id}\"", "\"https://example.com/{cart_id}/{cart_id}\"", "\"https://example.com/{cart}\"",
      "\"javascript:{cart_id}\""}},
    {"shop.default.service_phone", {"\"\"", "\"+31 20 123 45 67\""}, {"1", "\"a\\nb\""}},
    {"shop.default.service_email", {"\"\"", "\"help@example.com\""}, {"1", "\"help\"", "\"Help <help@example.com>\""}},
    {"shop.default.service_url",
     {"\"\"", "\"https://example.com/help?x=1\""},
     {"1", "\"example.com\"", "\"mailto:a@b.example\""}},
    {"shop.default.service_hours", {"\"\"", "\"Mon-Fri 9-17\""}, {"1", "\"a\\nb\""}},
    {"shop.default.reviews_text", {"\"\"", "\"4.7 out of 5\""}, {"1", "\"" + std::string(257, 'a') + "\""}},
    {"shop.default.hidden_items", {"[]", "[\"delivery\", \"fee-*\"]"}, {"\"delivery\"", "[\"\"]", "[1]"}},
    {"shop.default.reviews_url", {"\"\"", "\"https://reviews.example/s\""}, {"1", "\"reviews\""}},
    {"campaign.cart.stock_fresh", {"\"0s\"", "\"24h\""}, durations_bad},
    {"campaign.cart.low_stock", {"0", "100"}, {"-1", "101", "\"5\""}},
    {"campaign.cart.sold_out", {"\"leave-out\"", "\"refuse\"", "\"show\""}, {"\"\"", "true"}},
    {"campaign.cart.idle", {"\"1s\"", "\"20m\"", "\"30d\""}, {"\"0s\"", "\"31d\"", "20"}},
    {"campaign.cart.clock",
     {"\"last_add\"", "\"last_cart_change\"", "\"last_seen\""},
     {"\"last_event\"", "\"checkout_started\"", "1"}},
    {"campaign.cart.priority", {"1", "100"}, {"0", "101", "\"1\""}},
    {"campaign.checkout.enabled", {"true", "false"}, {"\"on\"", "1"}},
    {"campaign.checkout.enabled_at", {"\"\"", "\"2026-02-01T12:00:00Z\""}, {"\"yesterday\"", "1"}},
    {"campaign.checkout.idle", {"\"1s\"", "\"30d\""}, {"\"0s\"", "\"31d\"", "20"}},
    {"campaign.checkout.clock",
     {"\"last_add\"", "\"last_cart_change\"", "\"last_seen\"", "\"checkout_started\""},
     {"\"last_event\"", "1"}},
    {"campaign.checkout.priority", {"1", "100"}, {"0", "101", "\"1\""}},
    {"campaign.checkout.reminders_per_cart", {"1", "16"}, {"0", "17", "\"3\""}},
    {"campaign.checkout.min_value", {"[]", "[\"10 EUR\"]"}, {"\"10 EUR\"", "[10]", "[\"10 EUX\"]"}},
    {"campaign.checkout.zero_value", {"\"allow\"", "\"refuse\""}, {"0", "\"\""}},
    {"campaign.checkout.holdout_percent", {"0", "100"}, {"-1", "101", "\"10%\""}},
    {"campaign.checkout.steps", {"[{ after = \"1h\", template = \"a\" }]"}, {"[]", "[{ after = \"1h\" }]", "\"1h\""}},
    {"campaign.unpaid.enabled", {"true", "false"}, {"\"on\"", "1"}},
    {"campaign.unpaid.enabled_at", {"\"\"", "\"2026-02-01T12:00:00Z\""}, {"\"yesterday\"", "1"}},
    {"campaign.unpaid.idle", {"\"1s\"", "\"23h\""}, {"\"0s\"", "\"31d\"", "20"}},
    {"campaign.unpaid.priority", {"1", "100"}, {"0", "101", "\"1\""}},
    {"campaign.unpaid.reminders_per_cart", {"1", "16"}, {"0", "17", "\"3\""}},
    {"campaign.unpaid.min_value", {"[]", "[\"10 EUR\"]"}, {"\"10 EUR\"", "[10]", "[\"10 EUX\"]"}},
    {"campaign.unpaid.zero_value", {"\"allow\"", "\"refuse\""}, {"0", "\"\""}},
    {"campaign.unpaid.holdout_percent", {"0", "100"}, {"-1", "101", "\"10%\""}},
    {"campaign.unpaid.steps", {"[{ after = \"1h\", template = \"a\" }]"}, {"[]", "[{ after = \"1h\" }]", "\"1h\""}},
    {"campaign.after_purchase.enabled", {"true", "false"}, {"\"on\"", "1"}},
    {"campaign.after_purchase.enabled_at", {"\"\"", "\"2026-02-01T12:00:00Z\""}, {"\"yesterday\"", "1"}},
    {"campaign.after_purchase.idle", {"\"1s\"", "\"30d\""}, {"\"0s\"", "\"31d\"", "20"}},
    {"campaign.after_purchase.priority", {"1", "100"}, {"0", "101", "\"1\""}},
    {"campaign.after_purchase.reminders_per_cart", {"1", "16"}, {"0", "17", "\"3\""}},
    {"campaign.after_purchase.min_value", {"[]", "[\"10 EUR\"]"}, {"\"10 EUR\"", "[10]", "[\"10 EUX\"]"}},
    {"campaign.after_purchase.zero_value", {"\"allow\"", "\"refuse\""}, {"0", "\"\""}},
    {"campaign.after_purchase.holdout_percent", {"0", "100"}, {"-1", "101", "\"10%\""}},
    {"campaign.after_purchase.steps",
     {"[{ after = \"1h\", template = \"a\" }]"},
     {"[]", "[{ after = \"1h\" }]", "\"1h\""}},
    {"campaign.browse.enabled", {"true", "false"}, {"\"on\"", "1"}},
    {"campaign.browse.enabled_at", {"\"\"", "\"2026-02-01T12:00:00Z\""}, {"\"yesterday\"", "1"}},
    {"campaign.browse.idle", {"\"1s\"", "\"30d\""}, {"\"0s\"", "\"31d\"", "20"}},
    {"campaign.browse.priority", {"1", "100"}, {"0", "101", "\"1\""}},
    {"campaign.browse.reminders_per_cart", {"1", "16"}, {"0", "17", "\"3\""}},
    {"campaign.browse.min_value", {"[]", "[\"10 EUR\"]"}, {"\"10 EUR\"", "[10]", "[\"10 EUX\"]"}},
    {"campaign.browse.zero_value", {"\"allow\"", "\"refuse\""}, {"0", "\"\""}},
    {"campaign.browse.holdout_percent", {"0", "100"}, {"-1", "101", "\"10%\""}},
    {"campaign.browse.steps", {"[{ after = \"1h\", template = \"a\" }]"}, {"[]", "[{ after = \"1h\" }]", "\"1h\""}},
    {"campaign.browse.views", {"1", "20"}, {"0", "21", "\"3\""}},
    {"campaign.browse.additions", {"0", "20"}, {"-1", "21", "\"3\""}},
    {"campaign.browse.window", {"\"1s\"", "\"365d\""}, {"\"0s\"", "\"366d\"", "7"}},
    {"campaign.stock.enabled", {"true", "false"}, {"\"on\"", "1"}},
    {"campaign.stock.enabled_at", {"\"\"", "\"2026-02-01T12:00:00Z\""}, {"\"yesterday\"", "1"}},
    {"campaign.stock.idle", {"\"1s\"", "\"30d\""}, {"\"0s\"", "\"31d\"", "20"}},
    {"campaign.stock.priority", {"1", "100"}, {"0", "101", "\"1\""}},
    {"campaign.stock.reminders_per_cart", {"1", "16"}, {"0", "17", "\"3\""}},
    {"campaign.stock.min_value", {"[]", "[\"10 EUR\"]"}, {"\"10 EUR\"", "[10]", "[\"10 EUX\"]"}},
    {"campaign.stock.zero_value", {"\"allow\"", "\"refuse\""}, {"0", "\"\""}},
    {"campaign.stock.holdout_percent", {"0", "100"}, {"-1", "101", "\"10%\""}},
    {"campaign.stock.steps", {"[{ after = \"1h\", template = \"a\" }]"}, {"[]", "[{ after = \"1h\" }]", "\"1h\""}},
    {"campaign.price.enabled", {"true", "false"}, {"\"on\"", "1"}},
    {"campaign.price.enabled_at", {"\"\"", "\"2026-02-01T12:00:00Z\""}, {"\"yesterday\"", "1"}},
    {"campaign.price.idle", {"\"1s\"", "\"30d\""}, {"\"0s\"", "\"31d\"", "20"}},
    {"campaign.price.priority", {"1", "100"}, {"0", "101", "\"1\""}},
    {"campaign.price.reminders_per_cart", {"1", "16"}, {"0", "17", "\"3\""}},
    {"campaign.price.min_value", {"[]", "[\"10 EUR\"]"}, {"\"10 EUR\"", "[10]", "[\"10 EUX\"]"}},
    {"campaign.price.zero_value", {"\"allow\"", "\"refuse\""}, {"0", "\"\""}},
    {"campaign.price.holdout_percent", {"0", "100"}, {"-1", "101", "\"10%\""}},
    {"campaign.price.steps", {"[{ after = \"1h\", template = \"a\" }]"}, {"[]", "[{ after = \"1h\" }]", "\"1h\""}},
    {"campaign.price.drop_percent", {"1", "100"}, {"0", "101", "\"10%\""}},
    {"campaign.cart.cap", {"\"0s\"", "\"24h\""}, durations_bad},
    {"campaign.cart.reminders_per_cart", {"1", "16"}, {"0", "17", "\"3\""}},
    {"campaign.cart.pause_max", {"\"24h\""}, {"\"0s\"", "24"}},
    {"campaign.cart.steps",
     {"[{ after = \"0s\", template = \"a\" }]",
      "[{ after = \"0s\", template = \"a\", templates = [{ template = \"b\", locale = \"nl\", shop = \"s\", returning "
      "= true, "
      "min_value = \"49.95\" }, { template = \"c\" }] }]"},
     {"[]", "[1]", "\"\"", "[{}]", "[{ after = \"0s\", template = \"a\", templates = [{}] }]",
      "[{ after = \"0s\", template = \"a\", templates = [1] }]",
      "[{ after = \"0s\", template = \"a\", templates = [{ template = \"b\", min_value = \"1,5\" }] }]",
      "[{ after = \"0s\", template = \"a\", templates = [{ template = \"b\", returning = \"yes\" }] }]"}},
  };
  return all;
}

/// What a key of a relay cannot go without (app/config/relay_rules.hpp), itself left out.
std::string beside(const std::string& key) {
  if (key == "smtp.relay.main.ca_file") return "\ntls = \"implicit\"";
  std::string rest;
  if (key != "smtp.relay.main.user") rest += "\nuser = \"u\"";
  if (key == "smtp.relay.main.user" || key == "smtp.relay.main.auth")
    rest += "\npassword_env = \"P\"\ntoken_env = \"T\"";
  if (key.find("password") != std::string::npos) rest += "\ntoken_env = \"T\"";
  if (key.find("token") != std::string::npos) rest += "\npassword_env = \"P\"";
  return rest;
}

std::string file_with(const std::string& key, const std::string& value) {
  auto dot = key.rfind('.');
  // A relay, so that a kind of "smtp" has one; not twice for the relay's own keys.
  std::string relay = key.starts_with("smtp.") ? "" : "\n[smtp.relay.main]\n";
  static const std::set<std::string> of_a_login = {"ca_file",      "user",       "auth",     "password_file",
                                                   "password_env", "token_file", "token_env"};
  const auto name = key.substr(dot + 1);
  const auto companions = key.starts_with("smtp.") && of_a_login.contains(name) ? beside(key) : "";
  auto file = "[" + key.substr(0, dot) + "]\n" + name + " = " + value + companions;
  if (key.starts_with("coupon.")) {  // what its kinds want
    if (name != "percent") file += "\npercent = 10";
    if (name != "amount") file += "\namount = [\"5.00 EUR\"]";
  }
  if (key.starts_with("dkim."))  // none of its keys stands alone
    for (std::string other : {"selector", "key_file", "ed25519_selector", "ed25519_key_file"})
      if (other != name) file += "\n" + other + " = \"x\"";
  return file + relay;
}

TEST(keys, take_good_values) {
  for (const auto& s : samples())
    for (const auto& value : s.good) {
      auto loaded = parse_settings(file_with(s.key, value), "c.toml", {});
      for (const auto& p : loaded.problems) ADD_FAILURE() << value << ": " << to_string(p);
    }
}

TEST(keys, refuse_bad_values_with_line_key_and_what_is_allowed) {
  for (const auto& s : samples())
    for (const auto& value : s.bad) {
      auto loaded = parse_settings(file_with(s.key, value), "c.toml", {});
      ASSERT_FALSE(loaded.problems.empty()) << s.key << " takes " << value;
      for (const auto& p : loaded.problems) {
        EXPECT_EQ(p.where.text, "c.toml:2");
        EXPECT_THAT(p.key, testing::StartsWith(s.key)) << value;
        EXPECT_THAT(p.text, testing::HasSubstr("must be ")) << value;
        EXPECT_THAT(to_string(p), testing::Not(testing::HasSubstr("\n")));
      }
    }
}

TEST(keys, every_key_of_the_table_is_sampled_here) {
  std::set<std::string> sampled;
  for (const auto& s : samples()) sampled.insert(s.key);
  std::set<std::string> known;
  const settings defaults;
  for (const auto& section : config::sections())
    for (const auto& page : section.pages(defaults, example_of(section).back())) {
      auto key = config::to_string(example_of(section)) + '.' + page.name;
      EXPECT_TRUE(known.insert(key).second) << key << " stands twice";
      EXPECT_FALSE(page.meaning.empty()) << key;
    }
  EXPECT_EQ(sampled, known);
}

TEST(keys, land_where_they_belong) {
  auto loaded = parse_settings(R"(
[node]
data_dir = "d"
shards = 2
clock = "x2.5"
watermark_lag = "3s"
watermark_silence = "4s"
start_hold = "5s"
park_after = "6s"
memory = "1GiB"
keys = "k"
[forward]
listen = "[::1]:1"
insecure = true
shared_key = "s"
tag = "t"
[http]
listen = "localhost:2"
token = "tok"
[public]
listen = "127.0.0.9:3"
url = "https://u.example"
[journal]
sync = "everysec"
keep = "8d"
[outlet]
kind = "smtp"
maildir = "m"
only_to = ["Anna@B\u00fccher.example"]
[smtp.relay.r]
address = "h:5"
tls = "starttls-required"
connections = 6
in_doubt = "hold"
pipelining = false
chunking = "window"
window = 3
priority = 2
weight = 5
rate = "14/s"
ca_file = "ca"
helo = "node.example"
user = "u"
auth = "login"
password_file = "pf"
token_env = "TE"
[smtp.rates]
shop = "7/s"
host = "8/m"
[content]
templates = "t"
[dkim."x.example"]
selector = "s"
key_file = "k.pem"
ed25519_selector = "e"
ed25519_key_file = "e.pem"
[shop.default]
name = "n"
legal_entity = "l"
country = "BE"
from = "f@x.example"
reply_to = "r@x.example"
bounce_address = "b@B\u00fccher.example"
base_url = "https://b.example"
postal_address = "p"
locale = "nl-BE"
time_zone = "Asia/Kathmandu"
refusal_offered = true
[policy]
table = "by-country"
countries = "cs"
unverified = "refuse"
role_addresses = "refuse"
bots = "refuse"
additions_per_minute_max = 6
cap_count = 7
cap_window = "8d"
cooldown_after_purchase = "9h"
[campaign.cart]
enabled = false
enabled_at = "1970-01-01T00:00:10Z"
min_value = ["1.5 EUR", "2 JPY"]
zero_value = "refuse"
holdout_percent = 11
quiet_hours = "21:00-08:00"
peak_hours = "Fri"
spread = "12m"
idle = "1m"
cap = "2m"
reminders_per_cart = 4
pause_max = "3m"
clock = "last_seen"
priority = 8
steps = [{ after = "4m", channel = "email", template = "t1", not_after = "5m" }]
[campaign.checkout]
enabled = true
enabled_at = "1970-01-01T00:00:20Z"
idle = "6m"
clock = "last_cart_change"
priority = 7
reminders_per_cart = 5
min_value = ["2.5 EUR"]
zero_value = "refuse"
holdout_percent = 12
steps = [{ after = "8m", channel = "email", template = "t2", not_after = "9m" }]
[campaign.unpaid]
enabled = true
enabled_at = "1970-01-01T00:00:30Z"
idle = "10s"
priority = 9
reminders_per_cart = 6
min_value = ["3.5 EUR"]
zero_value = "refuse"
holdout_percent = 13
steps = [{ after = "11s", channel = "email", template = "t3", not_after = "12s" }]
[campaign.after_purchase]
enabled = true
enabled_at = "1970-01-01T00:00:40Z"
idle = "13s"
priority = 10
reminders_per_cart = 7
min_value = ["4.5 EUR"]
zero_value = "refuse"
holdout_percent = 14
steps = [{ after = "14s", channel = "email", template = "t4", not_after = "15s" }]
[campaign.browse]
enabled = true
enabled_at = "1970-01-01T00:00:50Z"
idle = "16s"
views = 4
additions = 5
window = "6s"
priority = 11
reminders_per_cart = 8
min_value = ["5.5 EUR"]
zero_value = "refuse"
holdout_percent = 15
steps = [{ after = "17s", channel = "email", template = "t5", not_after = "18s" }]
[campaign.stock]
enabled = true
priority = 12
[campaign.price]
enabled = true
drop_percent = 19
)",
                               "c.toml", {});
  for (const auto& p : loaded.problems) ADD_FAILURE() << to_string(p);
  settings want;
  want.node = {"d", 2, clock_kind::scaled, 2.5, 3s, 4s, 5s, 6s, "1GiB", "k"};
  want.forward = {{"::1", 1}, true, "s", "t"};
  want.http = {{"127.0.0.1", 2}, "tok"};
  want.public_site = {{"127.0.0.9", 3}, "https://u.example"};
  want.journal = {sync_mode::everysec, std::chrono::days{8}};
  want.outlet = {outlet_kind::smtp, "m", {"anna@xn--bcher-kva.example"}};
  want.relays = {{"r",
                  {"h:5", tls_mode::starttls_required, 6, in_doubt_policy::hold, false, smtp::chunking_mode::window, 3,
                   2, 5, "14/s", "ca", "node.example", "u", auth_choice::login, "pf", "", "", "TE"}}};
  want.rates = {"7/s", "8/m"};
  want.content = {"t"};
  want.dkim = {{"x.example", {"s", "k.pem", "e", "e.pem"}}};
  want.shops.fallback = {"n",
                         "l",
                         "BE",
                         "f@x.example",
                         "r@x.example",
                         "b@xn--bcher-kva.example",
                         "https://b.example",
                         "p",
                         "nl-BE",
                         "Asia/Kathmandu",
                         true};
  auto& c = want.campaign;
  static_cast<series_settings&>(c) = {1min,
                                      campaign_clock::last_seen,
                                      8,
                                      4,
                                      {{4min, channel::email, "t1", 5min}},
                                      false,
                                      from_unix_ms(10'000),
                                      {{{{'E', 'U', 'R'}}, 150}, {{{'J', 'P', 'Y'}}, 2}},
                                      true,
                                      11};
  c.cap = 2min;
  c.pause_max = 3min;
  c.hours = {"21:00-08:00", "Fri", 12min};
  c.checkout = {6min,
                campaign_clock::last_cart_change,
                7,
                5,
                {{8min, channel::email, "t2", 9min}},
                true,
                from_unix_ms(20'000),
                {{{{'E', 'U', 'R'}}, 250}},
                true,
                12};
  c.unpaid = {10s,
              campaign_clock::last_add,
              9,
              6,
              {{11s, channel::email, "t3", 12s}},
              true,
              from_unix_ms(30'000),
              {{{{'E', 'U', 'R'}}, 350}},
              true,
              13};
  c.after_purchase = {13s,
                      campaign_clock::last_add,
                      10,
                      7,
                      {{14s, channel::email, "t4", 15s}},
                      true,
                      from_unix_ms(40'000),
                      {{{{'E', 'U', 'R'}}, 450}},
                      true,
                      14};
  static_cast<series_settings&>(c.browse) = {16s,
                                             campaign_clock::last_add,
                                             11,
                                             8,
                                             {{17s, channel::email, "t5", 18s}},
                                             true,
                                             from_unix_ms(50'000),
                                             {{{{'E', 'U', 'R'}}, 550}},
                                             true,
                                             15};
  c.browse.views = 4;
  c.browse.additions = 5;
  c.browse.window = 6s;
  c.stock.enabled = c.price.enabled = true;
  c.stock.priority = 12;
  c.price.drop_percent = 19;
  want.policy = {true, "cs", true, true, true, 6, 7, std::chrono::days{8}, 9h};
  EXPECT_EQ(loaded.value, want);
}

}  // namespace
}  // namespace cartwheel
