#include "app/config/templates.hpp"

#include <fmt/format.h>

namespace cartwheel {

loaded_templates load_templates(const settings& all) {
  auto loaded = all.content.templates.empty() ? template_set::built_in() : template_set::load(all.content.templates);
  if (!loaded.set) return loaded;
  auto look_for = [&](const std::string& key, const std::string& name, std::string_view only_shop) {
    auto complain = [&](const std::string& shop, const shop_settings& s) {
      if (!only_shop.empty() && only_shop != shop) return;
      if (loaded.set->find(name, s.locale, s.locale) != nullptr) return;
      loaded.errors.push_back(
        fmt::format("{}: \"{}\" is not there in the language of shop.{} (\"{}\") or in English; must be one of {}", key,
                    name, shop, s.locale, fmt::join(loaded.set->names(), ", ")));
    };
    complain("default", all.shops.fallback);
    for (const auto& [shop_name, shop] : all.shops.shops)
      if (!only_shop.empty() || shop.locale != all.shops.fallback.locale) complain(shop_name, shop);
    // A shop that has no section takes [shop.default].
    if (!only_shop.empty() && only_shop != "default" && !all.shops.shops.contains(only_shop))
      complain(std::string{only_shop}, all.shops.fallback);
  };
  for (auto kind : all_campaigns) {
    const auto& series = all.campaign.of(kind);
    if (kind != campaign_kind::cart && !series.enabled) continue;
    const auto& steps = series.steps;
    for (size_t i = 0; i < steps.size(); ++i) {
      const auto step = fmt::format("campaign.{}.steps[{}]", to_string(kind), i);
      look_for(step + ".template", steps[i].template_name, {});
      for (size_t k = 0; k < steps[i].templates.size(); ++k) {
        const auto& group = steps[i].templates[k];
        look_for(fmt::format("{}.templates[{}].template", step, k), group.template_name, group.shop);
      }
    }
  }
  if (!loaded.errors.empty()) loaded.set.reset();
  return loaded;
}

}  // namespace cartwheel
