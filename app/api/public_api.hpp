#pragma once

#include "transport/http/message.hpp"

namespace cartwheel {

class node;

/// What `public.listen` serves: the links of mails.
///   /u/  unsubscribe. A GET shows a page with buttons and changes nothing; a POST (a button's, or a mail program's:
///        RFC 8058) withdraws the consent for the mail's channel and is answered when that is durable, the first time as
///        any later one.
///   /p/  preferences: likewise, for a pause, fewer reminders, or none.
///   /r/  restore: leads to the cart at its shop, or says why there is none. It carries nobody's identity, and opens no
///        session. The first click on a mail's link is noted in the log; a HEAD notes nothing.
/// Lifetime: the handler ends before the node.  Runs on: any thread; it never blocks for longer than a look into the store.
http::handler public_api(node& server);

}  // namespace cartwheel
