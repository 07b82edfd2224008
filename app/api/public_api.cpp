#include "app/api/public_api.hpp"

#include "app/api/cart_query.hpp"
#include "app/api/public_pages.hpp"
#include "app/serve/node.hpp"
#include "transport/http/router.hpp"

namespace cartwheel {

http::handler public_api(node& server) {
  using http::path_values;
  using http::request;
  using http::responder;
  http::router routes;
  for (const char* method : {"GET", "POST"}) {
    routes.add(method, "/u/{token}", [&server](const request& r, const path_values& path, responder answer) {
      unsubscribe(server, r, path, std::move(answer));
    });
    routes.add(method, "/p/{token}", [&server](const request& r, const path_values& path, responder answer) {
      preferences(server, r, path, std::move(answer));
    });
  }
  routes.add(
    "GET", "/r/{token}",
    [&server, carts = cart_query{server.shards()}](const request& r, const path_values& path, responder answer) {
      restore(server, carts, r, path, std::move(answer));
    });
  return routes;
}

}  // namespace cartwheel
