#pragma once

#include "actors/content/page.hpp"

#include <string>
#include <string_view>

/// The pages behind a mail's link to unsubscribe. A GET shows a question and changes nothing, for link scanners follow
/// every link; the POST acts, whether it comes from the page's button or from a mail program (RFC 8058).
namespace cartwheel::unsubscribe_page {

using page::cache_control;
using page::choose;
using page::content_security_policy;
using page::content_type;
using page::language;
using page::masked;
using page::referrer_policy;

/// Whom somebody wants to hear no more of: the shop of the mail (with all of its legal entity), or every shop here.
enum class scope : uint8_t { shop, all_shops };

/// GET with a valid token: whose reminders these are, and buttons that post to the same address. `preferences`: the link
/// to those who would rather have fewer; empty: none.
std::string question(language l, std::string_view shop_name, std::string_view address,
                     std::string_view preferences = {});

/// POST with a valid token, the first time as any later one.
std::string done(language l, std::string_view shop_name, std::string_view address, scope of = scope::shop);

/// Any request with a token that is not ours, to be sent with status 404.
std::string unknown(language l);

}  // namespace cartwheel::unsubscribe_page
