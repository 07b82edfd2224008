#include "app/config/section.hpp"

#include "actors/event/address.hpp"
#include "actors/event/limits.hpp"
#include "actors/event/mailbox.hpp"
#include "app/config/campaign_keys.hpp"
#include "app/config/coupon_keys.hpp"
#include "app/config/endpoint.hpp"
#include "app/config/formats.hpp"
#include "app/config/limits.hpp"
#include "app/config/policy_keys.hpp"
#include "runtime/base/limits.hpp"

#include <charconv>
#include <memory>

namespace cartwheel::config {
namespace {

constexpr milliseconds day = 24h;

/// A path of the file system, as far as a text can be judged.
shape<std::string> file_path(size_t bytes_min) { return text(bytes_min, limits::config_text_bytes_max); }

shape<endpoint_settings> listen() {
  std::string allowed =
    "ADDRESS:PORT, like \"127.0.0.1:8480\", \"[::1]:8480\" or \"localhost:8480\"; port 0: any free one";
  return {kind::text, allowed,
          [=](const value& v, const std::string& key) -> reading<endpoint_settings> {
            if (auto e = parse_listen(v.text())) return {e, {}};
            return {{}, {refused(v, key, "is no address to listen on", allowed)}};
          },
          [](const endpoint_settings& e) { return quoted(to_string(e)); }};
}

struct pace {
  clock_kind kind;
  double factor;
};

shape<pace> clock() {
  std::string allowed = "\"wall\", \"event\", or a speed like \"x600\"";
  return {kind::text, allowed,
          [=](const value& v, const std::string& key) -> reading<pace> {
            const auto& t = v.text();
            if (t == "wall") return {pace{clock_kind::wall, 1}, {}};
            if (t == "event") return {pace{clock_kind::event, 1}, {}};
            double factor = 0;
            const auto* end = t.data() + t.size();
            if (t.starts_with('x')) {
              auto r = std::from_chars(t.data() + 1, end, factor, std::chars_format::fixed);
              if (r.ec == std::errc{} && r.ptr == end && factor > 0 && factor <= limits::clock_factor_max)
                return {pace{clock_kind::scaled, factor}, {}};
            }
            return {{}, {refused(v, key, "is no clock", allowed)}};
          },
          [](const pace& p) {
            if (p.kind == clock_kind::scaled) return quoted(fmt::format("x{}", p.factor));
            return quoted(p.kind == clock_kind::wall ? "wall" : "event");
          }};
}

keys<node_settings> node_keys() {
  using part = node_settings;
  return {
    field("data_dir", &part::data_dir, file_path(1), "Folder of everything the node keeps; made when it is not there."),
    field("shards", &part::shards, integer<uint16_t>(0, limits::shards_max),
          "Threads that own carts; `0`: one per core, and a replay chooses by its events. The decisions do not depend "
          "on it."),
    field<part, pace>(
      "clock",
      [](part& p, const pace& c) {
        p.clock = c.kind;
        p.clock_factor = c.factor;
      },
      [](const part& p) {
        return pace{p.clock, p.clock_factor};
      },
      clock(),
      "What time it is: the machine's clock, the events' own times, or a clock that runs so many times as fast "
      "(demos, "
      "tests)."),
    field("watermark_lag", &part::watermark_lag, duration(0s, 1h),
          "A step is decided when the shop's newest event is this much later than its due time: news comes first."),
    field("watermark_silence", &part::watermark_silence, duration(0s, day),
          "A shop that sent nothing for this long counts as caught up."),
    field("start_hold", &part::start_hold, duration(0s, day),
          "After a start on a folder with state nothing is decided until every shop was heard again, or this is over."),
    field("park_after", &part::park_after, duration(1s, day),
          "A cart without an event for this long (twice that at most) whose next step is as far away waits in the "
          "store."),
    field("memory", &part::memory, memory(),
          "What the process may use: a share of the machine's memory, or an amount."),
    field("keys", &part::keys, file_path(0),
          "File with the secrets of links, bounces and partitions; empty: `keys` in `data_dir`, made at the first "
          "start."),
  };
}

keys<forward_settings> forward_keys() {
  using part = forward_settings;
  return {
    field("listen", &part::listen, listen(), "Where Fluent Forward is received."),
    field("insecure", &part::insecure, boolean(), "Listen beyond loopback without a shared key."),
    field("shared_key", &part::shared_key, secret(), "What a sender must know; empty: nothing is asked."),
    field("tag", &part::tag, tag_pattern(),
          "Which tags carry events; entries with other tags are acknowledged and counted, not applied."),
  };
}

keys<http_settings> http_keys() {
  using part = http_settings;
  return {
    field("listen", &part::listen, listen(),
          "Where the internal interface listens: events, metrics, health, operators' page."),
    field("token", &part::token, secret(), "Bearer token; needed beyond loopback (not for `/healthz` and `/readyz`)."),
  };
}

keys<public_settings> public_keys() {
  using part = public_settings;
  return {
    field("listen", &part::listen, listen(), "Where the links in mails arrive: unsubscribe, restore, preferences."),
    field("url", &part::url, web_url(limits::public_url_bytes_max),
          "How the world reaches it; links in mails begin with it."),
    field(
      "restore_links", &part::restore_links, duration(0s, std::chrono::days{366}),
      "A reminder's button leads here, and on to the cart, for so long after it was decided: a click is noted, and a "
      "cart that was ordered meanwhile says so. `0s`: it leads straight to the cart's own address."),
  };
}

keys<journal_settings> journal_keys() {
  using part = journal_settings;
  return {
    field(
      "sync", &part::sync,
      one_of<sync_mode>({{"always", sync_mode::always}, {"everysec", sync_mode::everysec}, {"off", sync_mode::off}}),
      "When an event is acknowledged: once it is on disk, when that is at most a second away, or at once. Sends, their "
      "outcomes and withdrawals are on disk before anything follows from them in each of these."),
    field("keep", &part::keep, duration(0s, std::chrono::days{3650}),
          "How long the journal is kept for back-tests behind what recovery needs."),
    field("snapshot_every", &part::snapshot_every, duration(1s, 24h),
          "How often a snapshot is taken: a start reads the log from the last one on."),
    field("erase_after", &part::erase_after, duration(0s, 48h),
          "So long an `erase` waits for others before they are taken out of the kept journal together, which reads all "
          "of it."),
    field("history", &part::history, duration(1h, std::chrono::days{3650}),
          "How long decisions, dead letters and what was in doubt are kept to be asked for."),
    field(
      "evidence", &part::evidence, duration(24h, std::chrono::days{36500}),
      "How long the evidence of a consent is kept behind its last use: since it came in, or since the last reminder to "
      "its address. Five years are what Germany's law against unfair competition (UWG, section 7a) asks for."),
  };
}

keys<outlet_settings> outlet_keys() {
  using part = outlet_settings;
  return {
    field("kind", &part::kind, one_of<outlet_kind>({{"maildir", outlet_kind::maildir}, {"smtp", outlet_kind::smtp}}),
          "Where reminders go: files to look at, or the relay of `[smtp.relay.NAME]`."),
    field("maildir", &part::maildir, file_path(0), "Folder of the Maildir; empty: `maildir` in `data_dir`."),
    field("only_to", &part::only_to, texts(address(), limits::only_to_max),
          "A trial: when not empty, nobody else gets a mail."),
  };
}

keys<relay_settings> relay_keys() {
  using part = relay_settings;
  return {
    field("address", &part::address, host_port(), "Where the relay listens."),
    field(
      "tls", &part::tls,
      one_of<tls_mode>({{"none", tls_mode::none},
                        {"implicit", tls_mode::implicit},
                        {"starttls-required", tls_mode::starttls_required}}),
      "How the connection is protected: not at all; by TLS from its first byte (port 465); by STARTTLS, without which "
      "nothing is sent (port 587 or 25). The relay's certificate must be for the host in `address`."),
    field("connections", &part::connections, integer<uint16_t>(1, limits::relay_connections_max),
          "Connections open at once, at most."),
    field(
      "in_doubt", &part::in_doubt,
      one_of<in_doubt_policy>(
        {{"drop", in_doubt_policy::drop}, {"hold", in_doubt_policy::hold}, {"resend", in_doubt_policy::resend}}),
      "What becomes of a mail that may or may not have been accepted when its connection broke, or the process ended: "
      "never sent again; kept until `cartwheel in-doubt` releases or drops it; sent again, byte for byte the same."),
    field("pipelining", &part::pipelining, boolean(), "Use SMTP PIPELINING where the relay offers it."),
    field(
      "chunking", &part::chunking,
      one_of<smtp::chunking_mode>({{"off", smtp::chunking_mode::off},
                                   {"single", smtp::chunking_mode::single},
                                   {"window", smtp::chunking_mode::window}}),
      "Send content by BDAT where the relay offers CHUNKING: a mail at a time, or `window` of them before its first "
      "reply. For relays known to do it right: proxies have announced it and lost mail."),
    field("window", &part::window, integer<uint16_t>(1, smtp::limits::mails_ahead_max),
          "Mails under way at once on a connection with `chunking = \"window\"`."),
    field("priority", &part::priority, integer<uint16_t>(1, limits::relay_order_max),
          "With several relays: `1` comes first; later ones stand in while none before them works."),
    field("weight", &part::weight, integer<uint16_t>(1, limits::relay_order_max),
          "With several relays of one priority: the share of this one."),
    field("rate", &part::rate, rate(),
          "How fast mails go to it at most, over all connections. A relay that says it is too fast (454) is followed "
          "down by itself."),
    field(
      "ca_file", &part::ca_file, file_path(0),
      "PEM file with the authorities that may vouch for the relay, or with its own certificate; empty: the system's."),
    field("helo", &part::helo, helo_name(),
          "What this node calls itself in EHLO; empty: this machine's full name, or its address when it has none."),
    field("user", &part::user, text(0, limits::relay_user_bytes_max),
          "Who logs in (AUTH); empty: nobody does. Comes with a password or a token."),
    field(
      "auth", &part::auth,
      one_of<auth_choice>({{"auto", auth_choice::automatic},
                           {"plain", auth_choice::plain},
                           {"login", auth_choice::login},
                           {"scram-sha-256", auth_choice::scram_sha_256},
                           {"xoauth2", auth_choice::xoauth2}}),
      "How: the strongest that the relay offers (SCRAM-SHA-256, XOAUTH2 with a token, PLAIN, LOGIN), or this one. All "
      "but SCRAM are used inside TLS or to a loopback address only."),
    field("password_file", &part::password_file, file_path(0),
          "File with the password; a newline at its end does not count. Read at each login."),
    field("password_env", &part::password_env, environment_name(), "Or the environment variable that holds it."),
    field("token_file", &part::token_file, file_path(0),
          "File with an OAuth 2 access token, which somebody else keeps fresh. Read at each login."),
    field("token_env", &part::token_env, environment_name(), "Or the environment variable that holds it."),
  };
}

keys<rate_settings> rate_keys() {
  using part = rate_settings;
  return {
    field("shop", &part::shop, rate(), "How fast mails of one shop leave at most."),
    field(
      "host", &part::host, rate(),
      "How fast mails leave at most to one mail host: Gmail, Microsoft, Yahoo, Apple and GMX with all their domains, "
      "else one domain."),
  };
}

keys<content_settings> content_keys() {
  using part = content_settings;
  return {
    field("templates", &part::templates, file_path(0),
          "Folder of the mails' templates; empty: those that come with the program."),
  };
}

keys<shop_settings> shop_keys() {
  using part = shop_settings;
  return {
    field("name", &part::name, text(1, 128), "The shop's name as shoppers know it."),
    field("legal_entity", &part::legal_entity, text(1, 128),
          "Who sells. Consent and customer relations belong to it; shops may share one."),
    field("country", &part::country, country(),
          "Where it is; its law holds for shoppers whose own country is not known (`policy.table = \"by-country\"`)."),
    field("from", &part::from, mailbox(), "Sender of the reminders."),
    field("reply_to", &part::reply_to, mailbox(true), "Where replies go; empty: to `from`."),
    field(
      "bounce_address", &part::bounce_address, bounce_address(),
      "Where mails that cannot be delivered come back to: the envelope sender, with a token behind a plus "
      "(`bounce+TOKEN@...`). Hand what arrives there to `POST /v1/bounces`. Empty: the address of `from`, without a "
      "token."),
    field("base_url", &part::base_url, web_url(limits::url_bytes_max),
          "The shop's front page; a reminder's link when no cart's own is known."),
    field(
      "restore_url", &part::restore_url, restore_url(),
      "Where a shopper finds a cart again of which no `cart_url` came: `{cart_id}` stands for the cart. It must open a "
      "cart and nothing else: who follows the link is not known to be its owner. Empty: `base_url`."),
    field("postal_address", &part::postal_address, text(0, limits::config_text_bytes_max),
          "Shown below every reminder where given; some countries ask for it."),
    field("service_phone", &part::service_phone, text(0, limits::service_text_bytes_max),
          "Telephone number of the customer service, as shoppers should read it. This and the next three make the "
          "service section of mails."),
    field("service_email", &part::service_email, mail_address(), "Address of the customer service."),
    field("service_url", &part::service_url, page_url(),
          "The shop's page with help: delivery, payment, sizes, returns."),
    field("service_hours", &part::service_hours, text(0, limits::service_text_bytes_max),
          "When the service can be reached: \"Mon-Fri 9-17\"."),
    field("reviews_text", &part::reviews_text, text(0, limits::service_text_bytes_max),
          "What customers say of the shop, as it is to be shown: \"4.7 out of 5 from 2,310 reviews\". It must be true: "
          "nothing is shown that does not stand here."),
    field("reviews_url", &part::reviews_url, page_url(), "Where that can be read up."),
    field("hidden_items", &part::hidden_items, texts(text(1, limits::id_bytes_max), limits::hidden_items_max),
          "Ids of items that are no products, like delivery costs and fees: mails do not show them, and their total is "
          "without them. One that ends in `*` names all ids that begin so."),
    field("locale", &part::locale, locale(), "Language of a shopper whose own is not known."),
    field("time_zone", &part::time_zone, time_zone(),
          "Time zone of a shopper whose own is not known; asked where a campaign has `quiet_hours` or `peak_hours`."),
    field("reminders", &part::reminders, boolean(),
          "Whether shoppers of this shop are reminded at all (`campaign_off`). Its carts are watched in any case."),
    field(
      "refusal_offered", &part::refusal_offered, boolean(),
      "Its checkout lets shoppers refuse reminders right where they type their address. Where negotiations for a sale "
      "permit a reminder (the United Kingdom), they do so only with this."),
  };
}

keys<dkim_settings> dkim_keys() {
  using part = dkim_settings;
  return {
    required(field("selector", &part::selector, dns_name(false),
                   "Name of the RSA key: receivers look for it at `SELECTOR._domainkey.DOMAIN`.")),
    required(field("key_file", &part::key_file, file_path(1), "The RSA key, private, in PEM, of 2048 bits or more.")),
    field("ed25519_selector", &part::ed25519_selector, dns_name(true),
          "Name of an Ed25519 key, for a second signature (RFC 8463); empty: none. Many receivers pass it over."),
    field("ed25519_key_file", &part::ed25519_key_file, file_path(0), "The Ed25519 key, private, in PEM."),
  };
}

using accept_name = std::function<std::optional<std::string>(const std::string&)>;

/// Ties the keys of a part to its section. `at` finds the part, or makes one where nothing is kept; `refuse` says what is wrong with the section's name.
template <class At, class Part>
section tie(path pattern, At at, keys<Part> known, std::string meaning, accept_name refuse = nullptr) {
  auto names = std::make_shared<const keys<Part>>(std::move(known));
  section s{std::move(pattern), std::move(meaning), nullptr, nullptr, true};
  s.read = [=](settings& all, const std::string& name, const value& v, const std::string& full_name) {
    std::vector<problem> problems;
    if (refuse)
      if (auto wrong = refuse(name)) problems.push_back({v.where, full_name, *wrong});
    auto&& part = at(all, name);
    auto found = read_keys(part, v, full_name, *names);
    problems.insert(problems.end(), found.begin(), found.end());
    return problems;
  };
  s.pages = [=](const settings& all, const std::string& name) {
    auto copy = all;
    auto&& part = at(copy, name);
    return pages<Part>(part, *names);
  };
  return s;
}

template <class Part>
section tie(path pattern, Part settings::*at, keys<Part> known, std::string meaning) {
  return tie(
    std::move(pattern), [at](settings& all, const std::string&) -> Part& { return all.*at; }, std::move(known),
    std::move(meaning));
}

section deciding(section s) {
  s.decides = true;
  return s;
}

section only_where_named(section s) {
  s.in_defaults = false;
  return s;
}

std::optional<std::string> refuse_relay_name(const std::string& name) {
  auto good = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_'; };
  if (!name.empty() && name.size() <= limits::relay_name_bytes_max && std::all_of(name.begin(), name.end(), good))
    return std::nullopt;
  return fmt::format("a relay's name must be 1 to {} of a-z, 0-9, '-' and '_': it labels metrics",
                     limits::relay_name_bytes_max);
}

std::optional<std::string> refuse_domain_name(const std::string& name) {
  if (auto ascii = domain_to_ascii(name); ascii && *ascii == name && !is_address_literal(name)) return std::nullopt;
  return "a sending domain must be written in small letters, as in the DNS (in quotes): [dkim.\"example.com\"]";
}

std::optional<std::string> refuse_shop_name(const std::string& name) {
  if (!name.empty() && name.size() <= limits::shop_bytes_max) return std::nullopt;
  return fmt::format("a shop's name must be 1 to {} bytes: it is the `shop` of its events", limits::shop_bytes_max);
}

/// A shop's entry begins as [shop.default], which is read before the others.
shop_settings& shop_at(settings& all, const std::string& name) {
  if (name == "default") return all.shops.fallback;
  return all.shops.shops.try_emplace(name, all.shops.fallback).first->second;
}

std::vector<section> make_sections() {
  return {
    tie({"node"}, &settings::node, node_keys(), "The process."),
    tie({"forward"}, &settings::forward, forward_keys(),
        "Events by Fluent Forward. Beyond loopback it wants `shared_key`, or `insecure = true`."),
    tie({"http"}, &settings::http, http_keys(), "The internal HTTP interface. Beyond loopback it wants `token`."),
    tie({"public"}, &settings::public_site, public_keys(), "The public HTTP interface."),
    tie({"journal"}, &settings::journal, journal_keys(), "The log that everything is rebuilt from."),
    tie({"outlet"}, &settings::outlet, outlet_keys(), "Where reminders leave."),
    tie(
      {"smtp", "relay", "*"},
      [](settings& all, const std::string& name) -> relay_settings& { return all.relays[name]; }, relay_keys(),
      "A relay, by a name of your choice; it labels metrics. With `outlet.kind = \"smtp\"` a file names at least one, "
      "at "
      "most 8. A mail whose content was offered to one relay is not offered to another.",
      refuse_relay_name),
    tie({"smtp", "rates"}, &settings::rates, rate_keys(), "How fast reminders leave, whatever the relays would take."),
    tie({"content"}, &settings::content, content_keys(), "How mails are written."),
    only_where_named(tie(
      {"dkim", "*"}, [](settings& all, const std::string& name) -> dkim_settings& { return all.dkim[name]; },
      dkim_keys(),
      "Signs mails whose `from` is at this domain or below it (DKIM). `cartwheel check` reads the keys and prints the "
      "DNS "
      "records that must be published first. Without such a section mails leave unsigned, for a relay that signs.",
      refuse_domain_name)),
    deciding(tie(
      {"shop", "*"}, shop_at, shop_keys(),
      "A shop, by the name its events carry (in quotes when it holds a dot: `[shop.\"example.nl\"]`). `[shop.default]` "
      "holds for every shop without an entry, and for every key that an entry leaves out.",
      refuse_shop_name)),
    deciding(tie({"policy"}, &settings::policy, policy_keys(), "Who may be reminded, whatever the campaign.")),
    deciding(tie({"campaign", "cart"}, &settings::campaign, campaign_keys(),
                 "The reminders of abandoned carts. Its cap, its pause, its hours and what it says of stock hold for "
                 "all campaigns.")),
    deciding(tie(
      {"campaign", "checkout"},
      [](settings& all, const std::string&) -> series_settings& { return all.campaign.checkout; }, checkout_keys(),
      "The reminders of abandoned checkouts: enabled, a cart that has reached the checkout since its last addition "
      "follows this series instead of the cart's.")),
    deciding(tie(
      {"campaign", "unpaid"}, [](settings& all, const std::string&) -> series_settings& { return all.campaign.unpaid; },
      unpaid_keys(),
      "The reminders of orders that wait for their payment (`purchase` with `payment = \"pending\"`), until "
      "`order_paid`, `order_cancelled` or another purchase of the cart.")),
    deciding(tie(
      {"campaign", "after_purchase"},
      [](settings& all, const std::string&) -> series_settings& { return all.campaign.after_purchase; },
      after_purchase_keys(),
      "Mails after an order was paid (`purchase` with `payment = \"paid\"`, or `order_paid`), until `refund` or "
      "`order_cancelled`. What the keys say of a cart holds for what was bought; its value is that of the event that "
      "paid. Neither another order nor `policy.cooldown_after_purchase` nor stock is looked at.")),
    deciding(tie(
      {"campaign", "browse"}, [](settings& all, const std::string&) -> browse_settings& { return all.campaign.browse; },
      browse_keys(),
      "Mails to shoppers who looked around and left, without a cart. Who they are is told by the `customer_id` of "
      "`view_item` and `add_to_cart`, else by the `visitor_id`.")),
    deciding(tie(
      {"campaign", "stock"}, [](settings& all, const std::string&) -> series_settings& { return all.campaign.stock; },
      stock_keys(),
      "The mail about a product that was sold out and is there again (`item_changed` with `stock`), to carts that hold "
      "it: once between two additions, behind the first reminder. It has one step.")),
    deciding(tie(
      {"campaign", "price"}, [](settings& all, const std::string&) -> price_settings& { return all.campaign.price; },
      price_keys(),
      "The mail about a product that has become cheaper (`item_changed` with `price`), likewise; of the two a cart "
      "gets one.")),
    only_where_named(deciding(tie(
      {"coupon", "*"}, [](settings& all, const std::string& name) -> coupon_terms& { return all.coupons[name]; },
      coupon_keys(),
      "A pool of coupon codes, by a name of your choice, which labels metrics: the incentive of the steps that name it "
      "(`coupon`). No other mail says anything of a discount. See [operations](operations.md).",
      refuse_pool_name))),
  };
}

}  // namespace

const std::vector<section>& sections() {
  static const std::vector<section> all = make_sections();
  return all;
}

std::vector<key_page> step_pages() { return pages(campaign_step{}, step_keys()); }

path example_of(const section& s) {
  auto p = s.pattern;
  if (p.back() != "*") return p;
  const auto& kind = p.front();
  p.back() = kind == "shop" ? "default" : kind == "dkim" ? "example.com" : kind == "coupon" ? "spring" : "main";
  return p;
}

}  // namespace cartwheel::config
