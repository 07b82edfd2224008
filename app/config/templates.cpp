#include "app/config/templates.hpp"

#include <fmt/format.h>

namespace cartwheel {

loaded_templates load_templates(const settings& all) {
  auto loaded = all.content.templates.empty() ? template_set::built_in() : template_set::load(all.content.templates);
  if (!loaded.set) return loaded;
  const auto& steps = all.campaign.steps;
  for (size_t i = 0; i < steps.size(); ++i) {
    auto complain = [&](const std::string& shop, const shop_settings& s) {
      if (loaded.set->find(steps[i].template_name, s.locale, s.locale) != nullptr) return;
      loaded.errors.push_back(
        fmt::format("campaign.cart.steps[{}].template: \"{}\" is not there in the language of shop.{} (\"{}\") or in "
                    "English; must be "
                    "one of {}",
                    i, steps[i].template_name, shop, s.locale, fmt::join(loaded.set->names(), ", ")));
    };
    complain("default", all.shops.fallback);
    for (const auto& [name, shop] : all.shops.shops)
      if (shop.locale != all.shops.fallback.locale) complain(name, shop);
  }
  if (!loaded.errors.empty()) loaded.set.reset();
  return loaded;
}

}  // namespace cartwheel
