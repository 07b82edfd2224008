#include "app/demo/catalogue.hpp"

#include <numeric>

#include <fmt/format.h>

namespace cartwheel {
namespace {

using names = std::array<std::string_view, 12>;

constexpr names first_nl{"Sanne", "Daan",  "Fleur", "Bram",  "Lotte", "Sem",
                         "Noor",  "Thijs", "Maud",  "Ruben", "Yara",  "Gijs"};
constexpr names last_nl{"de Vries", "Jansen",  "Bakker", "Visser", "Mulder",  "van Dijk",
                        "Smit",     "de Boer", "Dekker", "Vos",    "Kuipers", "van Leeuwen"};
constexpr names first_be{"Elke",  "Wout", "Hanne", "Jef",   "Lien",   "Pieter",
                         "Marie", "Tibo", "An",    "Stijn", "Jolien", "Seppe"};
constexpr names last_be{"Peeters", "Janssens", "Maes",    "Jacobs",  "Mertens", "Willems",
                        "Claes",   "Goossens", "Wouters", "De Smet", "Dubois",  "Vermeulen"};
constexpr names first_fr{"Camille", "Léo",  "Manon", "Hugo",  "Chloé", "Théo",
                         "Inès",    "Maël", "Zoé",   "Jules", "Anaïs", "Loïc"};
constexpr names last_fr{"Martin",  "Bernard", "Petit",    "Robert", "Moreau",  "Lefèvre",
                        "Garnier", "Roux",    "Fournier", "Girard", "Mercier", "Lemoine"};
constexpr names first_gb{"Olivia", "George", "Amelia", "Harry",  "Isla",  "Alfie",
                         "Poppy",  "Arthur", "Ruby",   "Callum", "Freya", "Rhys"};
constexpr names last_gb{"Smith",  "Jones", "Taylor",   "Evans", "Walker", "Wright",
                        "Hughes", "Green", "Campbell", "Khan",  "Patel",  "Murphy"};

constexpr std::array<place, 4> all_places{{
  {"nl-NL", "NL", "Europe/Amsterdam", 0, .40, first_nl, last_nl},
  {"nl-BE", "BE", "Europe/Brussels", 0, .20, first_be, last_be},
  {"fr-FR", "FR", "Europe/Paris", 1, .25, first_fr, last_fr},
  {"en-GB", "GB", "Europe/London", 2, .15, first_gb, last_gb},
}};

/// By category, then by language.
constexpr std::string_view categories[][3] = {
  {"Schoenen", "Chaussures", "Shoes"}, {"Wonen", "Maison", "Home"},     {"Buiten", "Plein air", "Outdoors"},
  {"Keuken", "Cuisine", "Kitchen"},    {"Speelgoed", "Jouets", "Toys"},
};

constexpr product all_products[] = {
  {"sh-101", 0, 12'999, {"Duinloper hardloopschoen", "Chaussure de course Dune", "Dune Runner running shoe"}},
  {"sh-102", 0, 8'995, {"Canvas sneaker Haven", "Basket en toile Port", "Harbour canvas sneaker"}},
  {"sh-103", 0, 15'900, {"Chelseaboot Kastanje", "Bottine chelsea Châtaigne", "Chestnut chelsea boot"}},
  {"sh-104", 0, 3'450, {"Vilten pantoffel Egel", "Chausson en feutre Hérisson", "Hedgehog felt slipper"}},
  {"sh-105", 0, 5'900, {"Regenlaars Plasje", "Botte de pluie Flaque", "Puddle rain boot"}},
  {"ho-201", 1, 7'950, {"Leeslamp Ooievaar", "Lampe de lecture Cigogne", "Stork reading lamp"}},
  {"ho-202", 1, 4'995, {"Wollen plaid Heide", "Plaid en laine Bruyère", "Heather wool throw"}},
  {"ho-203", 1, 2'490, {"Kussenhoes Golfslag", "Housse de coussin Houle", "Swell cushion cover"}},
  {"ho-204", 1, 18'900, {"Bijzettafel Kiezel", "Table d’appoint Galet", "Pebble side table"}},
  {"ho-205", 1, 1'295, {"Geurkaars Linde", "Bougie parfumée Tilleul", "Linden scented candle"}},
  {"ou-301", 2, 24'900, {"Tweepersoonstent Bosrand", "Tente 2 places Lisière", "Treeline two-person tent"}},
  {"ou-302", 2, 11'950, {"Slaapzak Winterkoning", "Sac de couchage Troglodyte", "Wren sleeping bag"}},
  {"ou-303",
   2,
   2'995,
   {"Thermosfles Bergbeek 0,75 l", "Bouteille isotherme Torrent 0,75 l", "Brook vacuum flask 0.75 l"}},
  {"ou-304", 2, 6'495, {"Rugzak Zwaluw 22 l", "Sac à dos Hirondelle 22 l", "Swallow backpack 22 l"}},
  {"ou-305", 2, 3'995, {"Hoofdlamp Glimworm", "Lampe frontale Luciole", "Glow-worm head torch"}},
  {"ki-401", 3, 5'995, {"Gietijzeren koekenpan 26 cm", "Poêle en fonte 26 cm", "Cast-iron skillet 26 cm"}},
  {"ki-402", 3, 3'250, {"Theepot Mus", "Théière Moineau", "Sparrow teapot"}},
  {"ki-403", 3, 1'895, {"Broodplank essenhout", "Planche à pain en frêne", "Ash bread board"}},
  {"ki-404", 3, 8'900, {"Keukenweegschaal Veertje", "Balance de cuisine Plume", "Feather kitchen scales"}},
  {"ki-405", 3, 995, {"Theedoek Blauwe Reiger", "Torchon Héron", "Blue Heron tea towel"}},
  {"to-501",
   4,
   2'795,
   {"Houten trein met vijf wagons", "Train en bois à cinq wagons", "Wooden train with five wagons"}},
  {"to-502",
   4,
   1'995,
   {"Puzzel Sterrenhemel, 500 stukjes", "Puzzle Ciel étoilé, 500 pièces", "Starry Sky jigsaw, 500 pieces"}},
  {"to-503", 4, 3'495, {"Knuffelwalvis Olle", "Baleine en peluche Olle", "Olle the cuddly whale"}},
  {"to-504", 4, 4'250, {"Vlieger Zeemeeuw", "Cerf-volant Mouette", "Seagull kite"}},
};

constexpr std::string_view languages[] = {"nl", "fr", "en"};

}  // namespace

std::span<const place> places() { return all_places; }
std::span<const product> products() { return all_products; }

size_t pick_place(dice& d) {
  double u = d.unit();
  size_t i = 0;
  for (; i + 1 < all_places.size() && u >= all_places[i].share; i++) u -= all_places[i].share;
  return i;
}

size_t pick_product(dice& d) {
  // The square prefers low numbers; the step (prime to their count) keeps those from being all shoes.
  constexpr size_t step = 7;
  static_assert(std::gcd(step, std::size(all_products)) == 1);
  double u = d.unit();
  auto rank = static_cast<size_t>(u * u * static_cast<double>(std::size(all_products)));
  return rank * step % std::size(all_products);
}

gateway_item line_of(const product& p, const place& where, uint32_t quantity) {
  gateway_item line;
  line.item_id = p.id;
  line.item_name = p.names[where.language];
  line.image_url = fmt::format("https://shop.example/i/{}.jpg", p.id);
  line.item_url = fmt::format("https://shop.example/{}/p/{}", languages[where.language], p.id);
  line.item_category = categories[p.category][where.language];
  line.price = p.price;
  line.quantity = quantity;
  return line;
}

}  // namespace cartwheel
