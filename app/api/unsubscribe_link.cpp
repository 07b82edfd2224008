#include "actors/content/token.hpp"
#include "actors/content/unsubscribe_page.hpp"
#include "app/api/public_pages.hpp"
#include "app/serve/node.hpp"
#include "transport/http/answer.hpp"

namespace cartwheel {

namespace pages = unsubscribe_page;

void unsubscribe(node& server, const http::request& r, const http::path_values& path, http::responder answer) {
  auto link = server.tokens().open(path["token"], token_purpose::unsubscribe);
  if (!link) return answer(page_answer(pages::unknown(page::choose(r.header("accept-language"))), 404));
  const auto language = language_of(r, *link);
  const auto& shop = server.config().shops.of(link->shop);
  if (r.method != "POST") {
    auto other = *link;
    other.purpose = token_purpose::preferences;
    // Beside this page, wherever a proxy has put it. Only where the mail has that link as well: mails of earlier versions,
    // whose links name no language, say nothing of preferences.
    const auto preferences = link->language.empty() ? std::string{} : "../p/" + server.tokens().seal(other);
    return answer(page_answer(pages::question(language, shop.name, link->address, preferences)));
  }
  if (!is_form(r)) return answer(http::refuse(415, "wants a form, or an empty body"));
  const bool everywhere = form_field(r, "scope") == "all";
  const auto scope = everywhere ? pages::scope::all_shops : pages::scope::shop;
  withdraw(server, *link, everywhere, "unsubscribe-link", pages::done(language, shop.name, link->address, scope),
           std::move(answer));
}

}  // namespace cartwheel
