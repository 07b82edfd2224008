#include "app/config/policy_keys.hpp"

#include "app/config/limits.hpp"

namespace cartwheel::config {
namespace {

constexpr milliseconds year = std::chrono::days{365};

shape<bool> refuse_or_allow() { return one_of<bool>({{"allow", false}, {"refuse", true}}); }

}  // namespace

const keys<policy_settings>& policy_keys() {
  using part = policy_settings;
  static const keys<part> all = {
    field(
      "table", &part::by_country, one_of<bool>({{"strict", false}, {"by-country", true}}),
      "Which rules hold: an opt-in or a paid sale everywhere, or the law of the shopper's country (else the shop's) as "
      "`actors/campaign/countries` has it. No advice of a lawyer: have it checked."),
    field(
      "countries", &part::countries, text(0, limits::config_text_bytes_max),
      "Folder of laws of your own, `NL.toml` and so on, `strict.toml` for all other countries; each replaces the one "
      "that comes with the program. Empty: none. Read with `table = \"by-country\"`."),
    field(
      "unverified", &part::refuse_unverified, refuse_or_allow(),
      "Reminders to an address that belongs to an account, of a cart whose shopper was not logged in to it: anybody "
      "can type an address (`address_unverified`)."),
    field("role_addresses", &part::refuse_roles, refuse_or_allow(),
          "Reminders to `info@`, `sales@`, `postmaster@` and the like, which many people read (`role_address`)."),
    field("bots", &part::refuse_bots, refuse_or_allow(),
          "Reminders of carts whose events are marked `bot` or `internal`, or that are filled faster than "
          "`additions_per_minute_max`; refused, they are left out of the figures, too (`bot`, `internal`)."),
    field("additions_per_minute_max", &part::additions_per_minute_max, integer<uint32_t>(0, 1'000'000),
          "A cart with more additions in a minute is a bot's; `0`: nobody counts."),
    field(
      "cap_count", &part::window_count, integer<uint32_t>(0, limits::cap_count_max),
      "At most so many reminders to a person within `cap_window`, over all shops and campaigns (`cap_window`); `0`: "
      "any number."),
    field("cap_window", &part::window, duration(1h, year), "The time that `cap_count` looks back."),
    field("cooldown_after_purchase", &part::cooldown_after_purchase, duration(0s, year),
          "No reminder so soon after an order of the same person with the same legal entity; `0s`: none."),
  };
  return all;
}

}  // namespace cartwheel::config
