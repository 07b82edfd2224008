#include "actors/content/unsubscribe_page.hpp"

#include "actors/content/html.hpp"
#include "actors/content/language.hpp"
#include "actors/content/one_line.hpp"
#include "actors/event/limits.hpp"

#include <algorithm>
#include <array>

namespace cartwheel::unsubscribe_page {

namespace {

constexpr size_t accept_language_max = 1024;  // bytes looked at; a person's browser sends about 50

struct words {
  std::string_view tag;
  std::string_view question_title;  // of the browser's tab, and the heading
  std::string_view question;        // before the shop's name and the address
  std::string_view button;
  std::string_view question_note;
  std::string_view done_title;
  std::string_view done;
  std::string_view done_note;
  std::string_view unknown_title;
  std::string_view unknown;
};

// {shop} and {address} stand for the values.
constexpr std::array<words, 3> all_words{{
  {"en", "Stop cart reminders?",
   "You are about to stop the reminders that {shop} sends to {address} about products left in your cart.",
   "Stop the reminders", "Messages about your orders are not affected.", "No more cart reminders",
   "{shop} will no longer send reminders about your cart to {address}.",
   "Messages about your orders still reach you. You can close this page.", "This link does not work",
   "It may be incomplete: links sometimes break when a message is copied or forwarded. Please open the link in the "
   "reminder itself, or reply to that message, and the shop will see to it."},
  {"nl", "Geen herinneringen meer?",
   "Je staat op het punt de herinneringen stop te zetten die {shop} naar {address} stuurt over producten in je "
   "winkelwagen.",
   "Stop de herinneringen", "Berichten over je bestellingen blijf je gewoon ontvangen.",
   "Je krijgt geen herinneringen meer", "{shop} stuurt geen herinneringen over je winkelwagen meer naar {address}.",
   "Berichten over je bestellingen blijf je gewoon ontvangen. Je kunt deze pagina sluiten.", "Deze link werkt niet",
   "Misschien is hij niet compleet: links raken soms beschadigd als een bericht wordt gekopieerd of doorgestuurd. Open "
   "de link in de herinnering zelf, of beantwoord dat bericht; dan regelt de winkel het voor je."},
  {"fr", "Arrêter les rappels ?",
   "Vous êtes sur le point d’arrêter les rappels que {shop} envoie à {address} au sujet des articles restés dans votre "
   "panier.",
   "Arrêter les rappels", "Les messages concernant vos commandes continueront de vous parvenir.",
   "Vous ne recevrez plus de rappels", "{shop} n’enverra plus de rappels concernant votre panier à {address}.",
   "Les messages concernant vos commandes continueront de vous parvenir. Vous pouvez fermer cette page.",
   "Ce lien ne fonctionne pas",
   "Il est peut-être incomplet : un lien peut être abîmé lorsqu’un message est copié ou transféré. Ouvrez le lien dans "
   "le rappel lui-même, ou répondez à ce message et la boutique s’en chargera."},
}};

const words& words_of(language l) { return all_words[static_cast<size_t>(l)]; }

constexpr std::string_view style =
  "*{box-sizing:border-box}"
  "body{margin:0;min-height:100vh;display:flex;align-items:center;justify-content:center;padding:24px;"
  "background:#f4f3f0;color:#1c1c1a;font:17px/1.55 system-ui,-apple-system,'Segoe UI',Roboto,Arial,sans-serif}"
  "main{width:100%;max-width:480px;background:#fff;border-radius:12px;padding:36px 32px}"
  "h1{font-size:24px;line-height:1.25;margin:0 0 14px}p{margin:0 0 22px;overflow-wrap:anywhere}"
  "p:last-child{margin:0}.note{color:#5f5e5a;font-size:15px}"
  "button{font:inherit;font-weight:600;width:100%;padding:14px 20px;margin:0 0 18px;border:0;border-radius:8px;"
  "background:#12594b;color:#fff;cursor:pointer}"
  "button:focus-visible{outline:3px solid #12594b;outline-offset:3px}"
  "@media(prefers-color-scheme:dark){body{background:#161614;color:#efeeea}main{background:#222220}"
  ".note{color:#a9a8a2}button{background:#8fd3c1;color:#10231e}button:focus-visible{outline-color:#8fd3c1}}";

void append_begin(std::string& out, const words& w, std::string_view title) {
  out.append("<!doctype html>\n<html lang=\"").append(w.tag).append("\">\n<head>\n<meta charset=\"utf-8\">\n");
  out += "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n";
  out += "<meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"robots\" content=\"noindex\">\n";
  out += "<meta name=\"referrer\" content=\"no-referrer\">\n<title>";
  append_html(out, title);
  out.append("</title>\n<style>").append(style).append("</style>\n</head>\n<body>\n<main>\n<h1>");
  append_html(out, title);
  out += "</h1>\n";
}

void append_paragraph(std::string& out, std::string_view text, std::string_view shop, std::string_view address) {
  out += "<p>";
  for (size_t open; (open = text.find('{')) != std::string_view::npos;) {
    append_html(out, text.substr(0, open));
    size_t close = text.find('}', open);
    out += "<strong><bdi>";
    append_html(out, text.substr(open, close - open + 1) == "{shop}" ? shop : address);
    out += "</bdi></strong>";
    text.remove_prefix(close + 1);
  }
  append_html(out, text);
  out += "</p>\n";
}

void append_note(std::string& out, std::string_view text) {
  out += "<p class=\"note\">";
  append_html(out, text);
  out += "</p>\n";
}

constexpr std::string_view page_end = "</main>\n</body>\n</html>\n";

/// The quality of a range's parameters, in thousandths: 1000 without one, 0 for what is none.
int quality(std::string_view parameters) {
  size_t q = parameters.find("q=");
  if (q == std::string_view::npos) return 1000;
  std::string_view value = parameters.substr(q + 2);
  if (value.empty() || (value[0] != '0' && value[0] != '1')) return 0;
  int out = (value[0] - '0') * 1000;
  if (value.size() > 1 && value[1] == '.') {
    int unit = 100;
    for (size_t i = 2; i < value.size() && i < 5 && value[i] >= '0' && value[i] <= '9'; ++i, unit /= 10) {
      out += (value[i] - '0') * unit;
    }
  }
  return out > 1000 ? 1000 : out;
}

}  // namespace

language choose(std::string_view accept_language) {
  language best = language::en;
  int best_quality = 0;
  accept_language = accept_language.substr(0, accept_language_max);
  while (!accept_language.empty()) {
    size_t comma = accept_language.find(',');
    std::string_view range = accept_language.substr(0, comma);
    accept_language.remove_prefix(comma == std::string_view::npos ? accept_language.size() : comma + 1);
    size_t semicolon = range.find(';');
    int q = quality(semicolon == std::string_view::npos ? std::string_view{} : range.substr(semicolon));
    std::string_view tag = range.substr(0, semicolon);
    tag.remove_prefix(std::min(tag.find_first_not_of(" \t"), tag.size()));
    tag = tag.substr(0, tag.find_last_not_of(" \t") + 1);
    for (size_t i = 0; i < all_words.size(); ++i) {
      if (q > best_quality && same_language_tag(primary_language(tag), all_words[i].tag)) {
        best = static_cast<language>(i);
        best_quality = q;
      }
    }
  }
  return best;
}

std::string masked(std::string_view address) {
  auto clean = one_line(address, limits::email_bytes_max);
  size_t at = clean.rfind('@');
  if (at == std::string::npos || at == 0) return "•••";
  size_t first = 1;
  while (first < at && (static_cast<unsigned char>(clean[first]) & 0xc0) == 0x80) ++first;
  return clean.substr(0, first) + "•••" + clean.substr(at);
}

std::string question(language l, std::string_view shop_name, std::string_view address) {
  const auto& w = words_of(l);
  std::string out;
  append_begin(out, w, w.question_title);
  append_paragraph(out, w.question, one_line(shop_name, limits::name_bytes_max), masked(address));
  // Without an action the form posts to the page's own address, whatever proxy stands before us.
  out += "<form method=\"post\">\n<input type=\"hidden\" name=\"List-Unsubscribe\" value=\"One-Click\">\n<button>";
  append_html(out, w.button);
  out += "</button>\n</form>\n";
  append_note(out, w.question_note);
  return out.append(page_end);
}

std::string done(language l, std::string_view shop_name, std::string_view address) {
  const auto& w = words_of(l);
  std::string out;
  append_begin(out, w, w.done_title);
  append_paragraph(out, w.done, one_line(shop_name, limits::name_bytes_max), masked(address));
  append_note(out, w.done_note);
  return out.append(page_end);
}

std::string unknown(language l) {
  const auto& w = words_of(l);
  std::string out;
  append_begin(out, w, w.unknown_title);
  append_paragraph(out, w.unknown, {}, {});
  return out.append(page_end);
}

}  // namespace cartwheel::unsubscribe_page
