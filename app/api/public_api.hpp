#pragma once

#include "transport/http/message.hpp"

namespace cartwheel {

class node;

/// What `public.listen` serves: the unsubscribe links of mails. A GET shows a page with a button and changes nothing; a
/// POST (the button's, or a mail program's: RFC 8058) withdraws the consent for the mail's channel and is answered when
/// that is durable, the first time as any later one.
/// Lifetime: the handler ends before the node.  Runs on: any thread; it never blocks.
http::handler public_api(node& server);

}  // namespace cartwheel
