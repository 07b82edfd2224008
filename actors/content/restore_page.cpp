#include "actors/content/restore_page.hpp"

#include "actors/content/one_line.hpp"
#include "actors/event/limits.hpp"

#include <array>

namespace cartwheel::restore_page {

namespace {

constexpr size_t why_count = static_cast<size_t>(why::unknown) + 1;

struct words {
  struct text {
    std::string_view title;
    std::string_view told;
  };
  std::array<text, why_count> texts;
  std::string_view to_the_shop;
};

constexpr std::array<words, page::language_count> all_words{{
  {{{{"This link has expired",
      "Links to a cart at {shop} work for a while only. Your cart may still be there: look in the shop."},
     {"You have already ordered",
      "The products from this cart at {shop} have been ordered, or you have placed another order since. There is "
      "nothing left to do here."},
     {"This cart is no longer there",
      "It was emptied, or has become part of another cart at {shop}. What you picked can be found in the shop."},
     {"This link does not work",
      "It may be incomplete: links sometimes break when a message is copied or forwarded. Please open the link in the "
      "reminder itself."}}},
   "To the shop"},
  {{{{"Deze link is verlopen",
      "Links naar een winkelwagen bij {shop} werken maar een tijdje. Misschien staat je winkelwagen er nog: kijk in de "
      "winkel."},
     {"Je hebt al besteld",
      "De producten uit deze winkelwagen bij {shop} zijn besteld, of je hebt sindsdien een andere bestelling "
      "geplaatst. Je hoeft hier niets meer te doen."},
     {"Deze winkelwagen is er niet meer",
      "Hij is leeggemaakt of opgegaan in een andere winkelwagen bij {shop}. Wat je had uitgezocht, vind je in de "
      "winkel."},
     {"Deze link werkt niet",
      "Misschien is hij niet compleet: links raken soms beschadigd als een bericht wordt gekopieerd of doorgestuurd. "
      "Open de link in de herinnering zelf."}}},
   "Naar de winkel"},
  {{{{"Ce lien a expiré",
      "Les liens vers un panier chez {shop} ne fonctionnent qu’un certain temps. Votre panier s’y trouve peut-être "
      "encore : regardez dans la boutique."},
     {"Vous avez déjà commandé",
      "Les articles de ce panier chez {shop} ont été commandés, ou vous avez passé une autre commande depuis. Vous "
      "n’avez plus rien à faire ici."},
     {"Ce panier n’existe plus",
      "Il a été vidé ou réuni à un autre panier chez {shop}. Vous retrouverez dans la boutique ce que vous aviez "
      "choisi."},
     {"Ce lien ne fonctionne pas",
      "Il est peut-être incomplet : un lien peut être abîmé lorsqu’un message est copié ou transféré. Ouvrez le lien "
      "dans le rappel lui-même."}}},
   "Vers la boutique"},
  {{{{"Dieser Link ist abgelaufen",
      "Links zu einem Warenkorb bei {shop} funktionieren nur eine Zeit lang. Vielleicht ist Ihr Warenkorb noch da: "
      "Sehen Sie im Shop nach."},
     {"Sie haben bereits bestellt",
      "Die Artikel aus diesem Warenkorb bei {shop} wurden bestellt, oder Sie haben seither etwas anderes bestellt. "
      "Hier ist nichts mehr zu tun."},
     {"Diesen Warenkorb gibt es nicht mehr",
      "Er wurde geleert oder mit einem anderen Warenkorb bei {shop} zusammengelegt. Was Sie ausgesucht hatten, finden "
      "Sie im Shop."},
     {"Dieser Link funktioniert nicht",
      "Vielleicht ist er unvollständig: Links gehen manchmal kaputt, wenn eine Nachricht kopiert oder weitergeleitet "
      "wird. Öffnen Sie bitte den Link in der Erinnerung selbst."}}},
   "Zum Shop"},
}};

}  // namespace

std::string told(language l, why w, std::string_view shop_name, std::string_view shop_url) {
  const auto& words = all_words[static_cast<size_t>(l)];
  const auto& text = words.texts[static_cast<size_t>(w)];
  const auto shop = one_line(shop_name, limits::name_bytes_max);
  return page::document{l, text.title}.paragraph(text.told, {shop, {}}).link(shop_url, words.to_the_shop).finish();
}

}  // namespace cartwheel::restore_page
