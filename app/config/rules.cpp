#include "app/config/rules.hpp"

#include "app/config/coupon_rules.hpp"
#include "app/config/endpoint.hpp"
#include "app/config/limits.hpp"
#include "app/config/relay_rules.hpp"
#include "app/config/shape.hpp"
#include "runtime/base/duration.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace cartwheel::config {
namespace {

size_t relays_written(const table& written) {
  auto relays = find(written, {"smtp", "relay"});
  return relays != nullptr && relays->type() == kind::table ? relays->entries().size() : 0;
}

std::optional<std::string> same_place(const endpoint_settings& a, const endpoint_settings& b, std::string_view other) {
  if (a.port == 0 || a != b) return std::nullopt;
  return fmt::format("{} is {}'s as well; must be an address and port of its own", quoted(to_string(a)), other);
}

/// News of a product are one mail: behind it the cart's own series goes on.
std::optional<std::string> more_than_one_step(const series_settings& news) {
  if (news.steps.size() == 1) return std::nullopt;
  return fmt::format("has {} steps; must be one", news.steps.size());
}

std::vector<rule> make_rules() {
  return {
    {{{"forward", "listen"}, {"forward", "shared_key"}, {"forward", "insecure"}},
     [](const settings& s, const table&) -> std::optional<std::string> {
       if (is_loopback(s.forward.listen) || !s.forward.shared_key.empty() || s.forward.insecure) return std::nullopt;
       return fmt::format(
         "\"{}\" is beyond loopback; must come with forward.shared_key, or with forward.insecure = true",
         to_string(s.forward.listen));
     }},
    {{{"http", "listen"}, {"http", "token"}},
     [](const settings& s, const table&) -> std::optional<std::string> {
       if (is_loopback(s.http.listen) || !s.http.token.empty()) return std::nullopt;
       return fmt::format("\"{}\" is beyond loopback; must come with http.token", to_string(s.http.listen));
     }},
    {{{"http", "listen"}, {"forward", "listen"}},
     [](const settings& s, const table&) { return same_place(s.http.listen, s.forward.listen, "forward.listen"); }},
    {{{"public", "listen"}, {"forward", "listen"}},
     [](const settings& s, const table&) {
       return same_place(s.public_site.listen, s.forward.listen, "forward.listen");
     }},
    {{{"public", "listen"}, {"http", "listen"}},
     [](const settings& s, const table&) { return same_place(s.public_site.listen, s.http.listen, "http.listen"); }},
    {{{"campaign", "cart", "quiet_hours"}, {"campaign", "cart", "peak_hours"}},
     [](const settings& s, const table&) -> std::optional<std::string> {
       if (s.campaign.hours.ever()) return std::nullopt;
       return "must be hours that leave a minute of the week in which a reminder may be sent";
     }},
    {{{"dkim"}},
     [](const settings& s, const table&) -> std::optional<std::string> {
       for (const auto& [domain, d] : s.dkim)
         if (d.ed25519_selector.empty() != d.ed25519_key_file.empty())
           return fmt::format("\"{}\": ed25519_selector and ed25519_key_file must come together", domain);
       return std::nullopt;
     }},
    {{{"campaign", "unpaid", "steps"},
      {"campaign", "unpaid", "enabled"},
      {"campaign", "unpaid", "idle"},
      {"campaign", "cart", "pause_max"}},
     [](const settings& s, const table&) -> std::optional<std::string> {
       const auto& unpaid = s.campaign.unpaid;
       const auto last = unpaid.idle + unpaid.steps.back().after;
       if (!unpaid.enabled || last < s.campaign.pause_max) return std::nullopt;
       return fmt::format("the last step is due {} after the purchase; must be less than campaign.cart.pause_max ({})",
                          print_duration(last), print_duration(s.campaign.pause_max));
     }},
    {{{"campaign", "after_purchase", "steps"}, {"campaign", "after_purchase", "idle"}},
     [](const settings& s, const table&) -> std::optional<std::string> {
       const auto& sale = s.campaign.after_purchase;
       const auto last = sale.idle + sale.steps.back().after;
       if (last <= limits::sale_open_max) return std::nullopt;
       return fmt::format("the last step is due {} after the payment; must be {} at most", print_duration(last),
                          print_duration(limits::sale_open_max));
     }},
    {{{"campaign", "stock", "steps"}},
     [](const settings& s, const table&) { return more_than_one_step(s.campaign.stock); }},
    {{{"campaign", "price", "steps"}},
     [](const settings& s, const table&) { return more_than_one_step(s.campaign.price); }},
    {{{"smtp", "relay"}},
     [](const settings&, const table& written) -> std::optional<std::string> {
       auto count = relays_written(written);
       if (count <= limits::relays_max) return std::nullopt;
       return fmt::format("{} relays are named; must be {} at most", count, limits::relays_max);
     }},
  };
}

/// Does a problem's key lie at or below this path?
bool concerns(const problem& p, const path& key) {
  auto name = to_string(key);
  return p.key == name || p.key.starts_with(name + '.') || p.key.starts_with(name + '[');
}

}  // namespace

std::vector<problem> broken_rules(const settings& all, const document& written, const std::vector<problem>& known) {
  auto rules = make_rules();
  for (const auto& [name, relay] : all.relays) {
    auto of_relay = relay_rules(name);
    rules.insert(rules.end(), of_relay.begin(), of_relay.end());
  }
  std::vector<problem> problems;
  for (const auto& r : rules) {
    const bool doubtful = std::any_of(r.keys.begin(), r.keys.end(), [&](const path& key) {
      return std::any_of(known.begin(), known.end(), [&](const problem& p) { return concerns(p, key); });
    });
    if (doubtful) continue;
    auto wrong = r.broken(all, written.root);
    if (!wrong) continue;
    place where;
    for (const auto& key : r.keys)
      if (auto v = find(written.root, key); v != nullptr && v->where.order >= where.order) where = v->where;
    problems.push_back({where, to_string(r.keys.front()), *wrong});
  }
  auto of_coupons = broken_coupon_rules(all, written, known);
  problems.insert(problems.end(), of_coupons.begin(), of_coupons.end());
  return problems;
}

}  // namespace cartwheel::config
