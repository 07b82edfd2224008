#pragma once

#include "actors/campaign/campaign.hpp"
#include "actors/campaign/policy_settings.hpp"
#include "actors/content/dkim.hpp"
#include "actors/coupon/coupon_terms.hpp"
#include "actors/mailer/in_doubt_policy.hpp"
#include "runtime/base/time.hpp"
#include "runtime/journal/sync_mode.hpp"
#include "transport/smtp/chunking_mode.hpp"
#include "transport/smtp/limits.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace cartwheel {

/// Where to listen. Shape: an IP address (v4 or v6) and a port, "127.0.0.1:8480" or "[::1]:8480"; port 0 lets the system
/// choose.
struct endpoint_settings {
  std::string host = "127.0.0.1";
  uint16_t port = 0;
  friend bool operator==(const endpoint_settings&, const endpoint_settings&) = default;
};

enum class clock_kind : uint8_t { wall, event, scaled };

struct node_settings {
  std::string data_dir = "cartwheel-data";
  uint16_t shards = 0;  // 0: one per core
  clock_kind clock = clock_kind::wall;
  double clock_factor = 1;  // of a scaled clock: "x600" -> 600
  milliseconds watermark_lag = 2s;
  milliseconds watermark_silence = 60s;
  milliseconds start_hold = 5min;
  milliseconds park_after = 1h;
  std::string memory = "75%";
  std::string keys;  // file with the node's secrets; empty: keys in data_dir, made at the first start
  friend bool operator==(const node_settings&, const node_settings&) = default;
};

struct forward_settings {
  endpoint_settings listen{"127.0.0.1", 24224};
  bool insecure = false;
  std::string shared_key;
  std::string tag = "cartwheel.**";  // fluentd's match pattern; other tags are acknowledged and counted, not applied
  friend bool operator==(const forward_settings&, const forward_settings&) = default;
};

struct http_settings {
  endpoint_settings listen{"127.0.0.1", 8480};
  std::string token;  // bearer token, wanted beyond loopback
  friend bool operator==(const http_settings&, const http_settings&) = default;
};

struct public_settings {
  endpoint_settings listen{"127.0.0.1", 8481};
  std::string url = "http://127.0.0.1:8481";
  milliseconds restore_links = std::chrono::days{30};  // 0: mails link to the cart itself
  friend bool operator==(const public_settings&, const public_settings&) = default;
};

struct journal_settings {
  sync_mode sync = sync_mode::always;
  milliseconds keep = std::chrono::days{7};
  milliseconds snapshot_every = 5min;
  milliseconds erase_after = 24h;
  milliseconds history = std::chrono::days{90};
  milliseconds evidence = std::chrono::days{1826};
  friend bool operator==(const journal_settings&, const journal_settings&) = default;
};

enum class outlet_kind : uint8_t { smtp, maildir };
enum class tls_mode : uint8_t { none, implicit, starttls_required };
enum class auth_choice : uint8_t { automatic, plain, login, scram_sha_256, xoauth2 };

struct outlet_settings {
  outlet_kind kind = outlet_kind::maildir;
  std::string maildir;               // empty: maildir in data_dir
  std::vector<std::string> only_to;  // when not empty, nobody else gets a mail
  friend bool operator==(const outlet_settings&, const outlet_settings&) = default;
};

struct relay_settings {
  std::string address = "127.0.0.1:2525";
  tls_mode tls = tls_mode::none;
  uint16_t connections = 4;
  in_doubt_policy in_doubt = in_doubt_policy::drop;
  bool pipelining = true;
  smtp::chunking_mode chunking = smtp::chunking_mode::off;
  uint16_t window = smtp::limits::window_mails;
  uint16_t priority = 1;
  uint16_t weight = 1;
  std::string rate{};     // "14/s"; empty: no limit
  std::string ca_file{};  // PEM; empty: the system's authorities
  std::string helo{};     // empty: this machine's name or address
  std::string user{};     // empty: no login
  auth_choice auth = auth_choice::automatic;
  std::string password_file{};  // at most one of these two
  std::string password_env{};
  std::string token_file{};  // likewise
  std::string token_env{};
  friend bool operator==(const relay_settings&, const relay_settings&) = default;
};

struct rate_settings {
  std::string shop;  // "14/s"; empty: no limit
  std::string host;
  friend bool operator==(const rate_settings&, const rate_settings&) = default;
};

struct content_settings {
  std::string templates;  // folder; empty: the ones that come with the program
  friend bool operator==(const content_settings&, const content_settings&) = default;
};

/// The whole configuration, validated. The defaults are what `cartwheel serve` runs on without a file.
struct settings {
  node_settings node;
  forward_settings forward;
  http_settings http;
  public_settings public_site;  // [public]
  journal_settings journal;
  outlet_settings outlet;
  std::map<std::string, relay_settings> relays{{"main", {}}};  // [smtp.relay.NAME]
  rate_settings rates;                                         // [smtp.rates]
  content_settings content;
  std::map<std::string, dkim_settings> dkim;  // [dkim."DOMAIN"], in A-labels
  shop_directory shops;                       // [shop.NAME]
  policy_settings policy;                     // [policy]
  campaign_settings campaign;                 // [campaign.cart]
  coupon_pools coupons{};                     // [coupon.NAME]
  friend bool operator==(const settings&, const settings&) = default;
};

}  // namespace cartwheel
