#include "actors/content/language.hpp"
#include "actors/content/message_builder.hpp"
#include "actors/content/token.hpp"
#include "actors/event/wellformed.hpp"
#include "app/commands.hpp"
#include "app/config/load.hpp"
#include "app/config/templates.hpp"
#include "runtime/base/clock.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <iostream>
#include <system_error>

namespace cartwheel {
namespace {

/// Gmail cuts off what is longer, and with it the link to unsubscribe. Source: Gmail's help, "Message clipped".
constexpr size_t gmail_clips_at = 102 * 1024;

/// A cart as it usually is: prices, one product without a picture, an account with points.
void fill(reminder& r, const shop_settings& shop) {
  r.shopper_name = "Anna de Vries";
  r.currency = {{'E', 'U', 'R'}};
  r.value = 15'485;
  r.lines = {
    {"sku-1", "Espresso cups, set of 4", shop.base_url + "/images/sku-1.jpg", shop.base_url + "/p/sku-1", 2'495, 1},
    {"sku-2", "Coffee beans \"Kaffa\" 1 kg", "", shop.base_url + "/p/sku-2", 6'495, 2}};
  r.loyalty_points = 1'250;
  r.account_discount = "5%";
}

struct use_of_template {
  campaign_kind campaign{};
  const campaign_step* step = nullptr;
};

/// The steps that are written with a template.
std::vector<use_of_template> uses_of(std::string_view name, const settings& all) {
  std::vector<use_of_template> uses;
  for (auto campaign : all_campaigns)
    for (const auto& step : all.campaign.of(campaign).steps)
      if (step.template_name == name ||
          std::ranges::any_of(step.templates, [&](const auto& t) { return t.template_name == name; }))
        uses.push_back({campaign, &step});
  return uses;
}

/// A code where one of the steps has a pool, as long as its mails say it holds.
void add_coupon(reminder& r, const std::vector<use_of_template>& uses, const settings& all) {
  for (const auto& [campaign, step] : uses) {
    auto pool = all.coupons.find(step->coupon);
    if (pool == all.coupons.end()) continue;
    const auto& terms = pool->second;
    const auto holds = terms.valid > 0ms ? terms.valid : milliseconds{std::chrono::days{30}};
    const given_coupon sample{pool->first, terms.code.empty() ? "SAMPLE-CODE" : terms.code, r.date, r.date + holds};
    r.coupon = shown_coupon{terms, sample, r.currency};
    return;
  }
}

/// As the mailer does where there is no cart: no link back to one, and of a look around no products.
void take_cart_away(reminder& r, campaign_kind campaign, bool bare, const shop_settings& shop) {
  r.about_lines = false;
  r.cart_url = shop.base_url;
  if (!bare && campaign != campaign_kind::browse) return;
  r.lines.clear();
  r.value = -1;
}

/// The least a cart has: an id of a product. What a template needs beyond that shows here.
void fill_bare(reminder& r) { r.lines = {{"sku-1", "", "", "", -1, 1}}; }

/// Links as long as real ones, sealed with a key that no server has: they lead nowhere.
void add_links(reminder& r, const std::string& public_url, const std::string& language) {
  const token_box sample{secret_key{}};
  auto link = [&](std::string_view page, const token_payload& p) {
    return fmt::format("{}/{}/{}", public_url, page, sample.seal(p));
  };
  r.cart_url = link("r", {token_purpose::restore, r.shop, {}, r.cart_id, language, 1, 0, r.date});
  r.unsubscribe_url = link("u", {token_purpose::unsubscribe, r.shop, r.address, "email", language});
  r.preferences_url = link("p", {token_purpose::preferences, r.shop, r.address, "email", language});
}

int complain(std::string_view what) {
  std::cerr << "preview: " << what << '\n';
  return 1;
}

std::string size_of(size_t bytes) {
  return fmt::format("{} bytes ({:.1f} KB)", bytes, static_cast<double>(bytes) / 1024);
}

}  // namespace

int preview(const preview_options& options) {
  auto all = load_or_complain(options.config, options.sets, std::cerr);
  if (!all) return 1;
  auto templates = load_templates(*all);
  for (const auto& error : templates.errors) std::cerr << error << '\n';
  if (!templates.set) return 1;
  if (!options.locale.empty() && !wellformed::locale(options.locale))
    return complain(fmt::format("--locale {}: is no BCP 47 tag, like en or nl-NL", options.locale));
  const auto& shop = all->shops.of(options.shop);
  if (options.shop != "default" && !all->shops.shops.contains(options.shop))
    std::cerr << fmt::format("note: shop {} has no section of its own; shown as [shop.default]\n", options.shop);

  reminder r;
  r.shop = options.shop;
  r.cart_id = "sample-cart";
  r.template_name = options.template_name;
  r.address = "anna.devries@example.org";
  r.locale = options.locale;
  r.message_id = "preview@example.com";
  r.date = wall_clock{}.now();
  if (options.bare)
    fill_bare(r);
  else
    fill(r, shop);
  const auto uses = uses_of(r.template_name, *all);
  if (!options.bare) add_coupon(r, uses, *all);
  const auto* t = templates.set->find(r.template_name, r.locale, shop.locale);
  if (t == nullptr)
    return complain(fmt::format("no template {} in {}, {} or English; there are {}", r.template_name,
                                r.locale.empty() ? "-" : r.locale, shop.locale,
                                fmt::join(templates.set->names(), ", ")));
  if (!r.locale.empty() && !same_language_tag(primary_language(t->language), primary_language(r.locale)))
    std::cerr << fmt::format("note: {} is not there in {}; shown in {}\n", r.template_name, r.locale, t->language);
  add_links(r, all->public_site.url, t->language);
  if (!uses.empty() && std::ranges::none_of(uses, has_a_cart, &use_of_template::campaign))
    take_cart_away(r, uses.front().campaign, options.bare, shop);

  message_builder builder{templates.set};
  const auto built = builder.build(r, shop);
  if (!built.mail) return complain(built.refusal);
  const auto& bytes = built.mail->bytes;
  std::cout << "Subject: " << builder.subject() << "\n\n--- text ---\n"
            << builder.text() << "\n--- html ---\n"
            << builder.html() << "\n--- sizes ---\n"
            << "text   " << size_of(builder.text().size()) << "\nhtml   " << size_of(builder.html().size())
            << "\nmail   " << size_of(bytes.size()) << '\n';
  if (builder.html().size() > gmail_clips_at)
    std::cerr << fmt::format(
      "warning: Gmail cuts off a mail behind {} KB of HTML, and with it the link to unsubscribe\n",
      gmail_clips_at / 1024);
  if (!options.out.empty()) {
    errno = 0;
    std::ofstream file{options.out, std::ios::binary};
    file << bytes << std::flush;
    if (!file)
      return complain(fmt::format("{}: cannot be written: {}", options.out, std::generic_category().message(errno)));
    std::cout << "written to " << options.out << '\n';
  }
  std::cout << std::flush;
  return std::cout ? 0 : 1;
}

}  // namespace cartwheel
