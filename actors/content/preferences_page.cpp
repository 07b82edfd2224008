#include "actors/content/preferences_page.hpp"

#include "actors/content/one_line.hpp"
#include "actors/event/limits.hpp"

#include <algorithm>
#include <array>

namespace cartwheel::preferences_page {

namespace {

constexpr size_t choice_count = static_cast<size_t>(choice::stop_all) + 1;
constexpr std::array<std::string_view, choice_count> names{"pause", "fewer", "normal", "stop", "stop_all"};

struct words {
  std::string_view title;
  std::string_view question;
  std::array<std::string_view, choice_count> buttons;
  std::string_view note;
  std::string_view done_title;
  std::array<std::string_view, choice_count> done;
  std::string_view back;  // the page's own address, for another choice
};

// {shop}, {address} and {date} stand for the values.
constexpr std::array<words, page::language_count> all_words{{
  {"Your reminders",
   "How often may we remind {address} of products left in a cart? Your choice holds at once.",
   {"Pause for 30 days", "At most one a week", "As usual", "No more from {shop}", "No more from any shop"},
   "A pause and fewer reminders hold for every shop that we write for. Messages about your orders are not affected.",
   "Your choice is noted",
   {"There will be no cart reminders to {address} before {date}.",
    "{address} will get one cart reminder a week at most.",
    "Cart reminders to {address} come as usual again, where you have agreed to them.",
    "{shop} will no longer send cart reminders to {address}.",
    "No shop that we write for will send cart reminders to {address} any more."},
   "Choose something else"},
  {"Je herinneringen",
   "Hoe vaak mogen we {address} herinneren aan producten in een winkelwagen? Je keuze geldt meteen.",
   {"30 dagen pauze", "Hooguit één per week", "Zoals gewoonlijk", "Geen meer van {shop}",
    "Geen meer, van geen enkele winkel"},
   "Een pauze en minder herinneringen gelden voor alle winkels waarvoor wij schrijven. Berichten over je bestellingen "
   "blijf je gewoon ontvangen.",
   "Je keuze is genoteerd",
   {"Tot {date} sturen we geen herinneringen naar {address}.", "{address} krijgt hooguit één herinnering per week.",
    "Herinneringen naar {address} komen weer zoals gewoonlijk, waar je daarmee hebt ingestemd.",
    "{shop} stuurt geen herinneringen over je winkelwagen meer naar {address}.",
    "Geen enkele winkel waarvoor wij schrijven, stuurt nog herinneringen over een winkelwagen naar {address}."},
   "Iets anders kiezen"},
  {"Vos rappels",
   "À quelle fréquence pouvons-nous rappeler à {address} les articles restés dans un panier ? Votre choix prend effet "
   "immédiatement.",
   {"Pause de 30 jours", "Un par semaine au plus", "Comme d’habitude", "Plus aucun de {shop}",
    "Plus aucun, de toutes les boutiques"},
   "La pause et la fréquence réduite valent pour toutes les boutiques pour lesquelles nous écrivons. Les messages "
   "concernant vos commandes continueront de vous parvenir.",
   "Votre choix est enregistré",
   {"Aucun rappel ne sera envoyé à {address} avant le {date}.", "{address} recevra un rappel par semaine au plus.",
    "Les rappels reprennent comme d’habitude pour {address}, là où vous les avez acceptés.",
    "{shop} n’enverra plus de rappels concernant votre panier à {address}.",
    "Aucune boutique pour laquelle nous écrivons n’enverra plus de rappels de panier à {address}."},
   "Faire un autre choix"},
  {"Ihre Erinnerungen",
   "Wie oft dürfen wir {address} an Artikel in einem Warenkorb erinnern? Ihre Wahl gilt sofort.",
   {"30 Tage Pause", "Höchstens eine pro Woche", "Wie gewohnt", "Keine mehr von {shop}", "Keine mehr, von keinem Shop"},
   "Pause und seltenere Erinnerungen gelten für alle Shops, für die wir schreiben. Nachrichten zu Ihren Bestellungen "
   "erhalten Sie weiterhin.",
   "Ihre Wahl ist vermerkt",
   {"Vor dem {date} senden wir keine Erinnerungen an {address}.",
    "{address} erhält höchstens eine Erinnerung pro Woche.",
    "Erinnerungen an {address} kommen wieder wie gewohnt, soweit Sie ihnen zugestimmt haben.",
    "{shop} sendet keine Erinnerungen an Ihren Warenkorb mehr an {address}.",
    "Kein Shop, für den wir schreiben, sendet noch Erinnerungen an einen Warenkorb an {address}."},
   "Etwas anderes wählen"},
}};

const words& words_of(language l) { return all_words[static_cast<size_t>(l)]; }

}  // namespace

std::string_view to_string(choice c) { return names[static_cast<size_t>(c)]; }

std::optional<choice> choice_named(std::string_view name) {
  auto at = std::ranges::find(names, name);
  if (at == names.end()) return std::nullopt;
  return static_cast<choice>(at - names.begin());
}

std::string question(language l, std::string_view shop_name, std::string_view address) {
  const auto& w = words_of(l);
  const auto shop = one_line(shop_name, limits::name_bytes_max);
  const auto who = page::masked(address);
  page::document d{l, w.title};
  d.paragraph(w.question, {shop, who}).begin_form();
  for (size_t i = 0; i < choice_count; ++i)
    d.button(w.buttons[i], {shop, who}, "choice", names[i], i >= static_cast<size_t>(choice::normal));
  return d.end_form().note(w.note).finish();
}

std::string done(language l, choice c, std::string_view shop_name, std::string_view address, std::string_view until) {
  const auto& w = words_of(l);
  const auto shop = one_line(shop_name, limits::name_bytes_max);
  const auto who = page::masked(address);
  return page::document{l, w.done_title}
    .paragraph(w.done[static_cast<size_t>(c)], {shop, who, until})
    .link("?", w.back)  // the same address again, asked for anew
    .finish();
}

}  // namespace cartwheel::preferences_page
