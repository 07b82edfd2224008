#include "actors/content/unsubscribe_page.hpp"

#include "actors/content/one_line.hpp"
#include "actors/event/limits.hpp"

#include <array>

namespace cartwheel::unsubscribe_page {

namespace {

struct words {
  std::string_view question_title;  // of the browser's tab, and the heading
  std::string_view question;        // before the shop's name and the address
  std::string_view button;          // this shop
  std::string_view button_all;      // every shop that this installation writes for
  std::string_view fewer;           // the link to the preferences
  std::string_view question_note;
  std::string_view done_title;
  std::string_view done;
  std::string_view done_all;
  std::string_view done_note;
  std::string_view unknown_title;
  std::string_view unknown;
};

// {shop} and {address} stand for the values.
constexpr std::array<words, page::language_count> all_words{{
  {"Stop cart reminders?",
   "You are about to stop the reminders that {shop} sends to {address} about products left in your cart.",
   "Stop the reminders", "Stop the reminders of all shops", "Pause or fewer reminders instead",
   "Messages about your orders are not affected.", "No more cart reminders",
   "{shop} will no longer send reminders about your cart to {address}.",
   "No shop that we write for will send reminders about a cart to {address} any more.",
   "Messages about your orders still reach you. You can close this page.", "This link does not work",
   "It may be incomplete: links sometimes break when a message is copied or forwarded. Please open the link in the "
   "reminder itself, or reply to that message, and the shop will see to it."},
  {"Geen herinneringen meer?",
   "Je staat op het punt de herinneringen stop te zetten die {shop} naar {address} stuurt over producten in je "
   "winkelwagen.",
   "Stop de herinneringen", "Stop de herinneringen van alle winkels", "Liever een pauze of minder herinneringen",
   "Berichten over je bestellingen blijf je gewoon ontvangen.", "Je krijgt geen herinneringen meer",
   "{shop} stuurt geen herinneringen over je winkelwagen meer naar {address}.",
   "Geen enkele winkel waarvoor wij schrijven, stuurt nog herinneringen over een winkelwagen naar {address}.",
   "Berichten over je bestellingen blijf je gewoon ontvangen. Je kunt deze pagina sluiten.", "Deze link werkt niet",
   "Misschien is hij niet compleet: links raken soms beschadigd als een bericht wordt gekopieerd of doorgestuurd. Open "
   "de link in de herinnering zelf, of beantwoord dat bericht; dan regelt de winkel het voor je."},
  {"Arrêter les rappels ?",
   "Vous êtes sur le point d’arrêter les rappels que {shop} envoie à {address} au sujet des articles restés dans votre "
   "panier.",
   "Arrêter les rappels", "Arrêter les rappels de toutes les boutiques", "Plutôt une pause ou moins de rappels",
   "Les messages concernant vos commandes continueront de vous parvenir.", "Vous ne recevrez plus de rappels",
   "{shop} n’enverra plus de rappels concernant votre panier à {address}.",
   "Aucune boutique pour laquelle nous écrivons n’enverra plus de rappels de panier à {address}.",
   "Les messages concernant vos commandes continueront de vous parvenir. Vous pouvez fermer cette page.",
   "Ce lien ne fonctionne pas",
   "Il est peut-être incomplet : un lien peut être abîmé lorsqu’un message est copié ou transféré. Ouvrez le lien dans "
   "le rappel lui-même, ou répondez à ce message et la boutique s’en chargera."},
  {"Keine Erinnerungen mehr?",
   "Sie sind dabei, die Erinnerungen abzubestellen, die {shop} an {address} wegen Artikeln in Ihrem Warenkorb sendet.",
   "Erinnerungen abbestellen", "Erinnerungen aller Shops abbestellen", "Lieber pausieren oder seltener erinnern",
   "Nachrichten zu Ihren Bestellungen erhalten Sie weiterhin.", "Sie erhalten keine Erinnerungen mehr",
   "{shop} sendet keine Erinnerungen an Ihren Warenkorb mehr an {address}.",
   "Kein Shop, für den wir schreiben, sendet noch Erinnerungen an einen Warenkorb an {address}.",
   "Nachrichten zu Ihren Bestellungen erhalten Sie weiterhin. Sie können diese Seite schließen.",
   "Dieser Link funktioniert nicht",
   "Vielleicht ist er unvollständig: Links gehen manchmal kaputt, wenn eine Nachricht kopiert oder weitergeleitet "
   "wird. "
   "Öffnen Sie bitte den Link in der Erinnerung selbst, oder antworten Sie auf die Nachricht; der Shop kümmert sich "
   "darum."},
}};

const words& words_of(language l) { return all_words[static_cast<size_t>(l)]; }

}  // namespace

std::string question(language l, std::string_view shop_name, std::string_view address, std::string_view preferences) {
  const auto& w = words_of(l);
  const auto shop = one_line(shop_name, limits::name_bytes_max);
  const auto who = masked(address);
  return page::document{l, w.question_title}
    .paragraph(w.question, {shop, who})
    .begin_form()
    .hidden("List-Unsubscribe", "One-Click")
    .button(w.button)
    .button(w.button_all, {}, "scope", "all", true)
    .end_form()
    .link(preferences, w.fewer)
    .note(w.question_note)
    .finish();
}

std::string done(language l, std::string_view shop_name, std::string_view address, scope of) {
  const auto& w = words_of(l);
  const auto shop = one_line(shop_name, limits::name_bytes_max);
  const auto who = masked(address);
  return page::document{l, w.done_title}
    .paragraph(of == scope::all_shops ? w.done_all : w.done, {shop, who})
    .note(w.done_note)
    .finish();
}

std::string unknown(language l) {
  const auto& w = words_of(l);
  return page::document{l, w.unknown_title}.paragraph(w.unknown).finish();
}

}  // namespace cartwheel::unsubscribe_page
