#include "actors/mailer/mail_renderer.hpp"

#include "actors/cart/cart_lines.hpp"
#include "actors/content/message_id.hpp"
#include "actors/mailer/mailer.hpp"

#include <fmt/format.h>

namespace cartwheel {

mail_renderer::mail_renderer(const mailer_options& options)
    : options_{options},
      builder_{options.templates},
      links_{options.keys.links},
      bounces_{options.keys.message_id},
      public_url_{options.public_url} {
  while (public_url_.ends_with('/')) public_url_.pop_back();
}

std::optional<std::string> mail_renderer::domain_of(const due_reminder& due) const {
  return sending_domain(options_.shops.of(due.shop));
}

built_mail mail_renderer::render(const due_reminder& due, instant date) {
  const auto& shop = options_.shops.of(due.shop);
  const auto& steps = options_.campaign.steps;
  if (due.claim.step >= steps.size())
    return {std::nullopt, fmt::format("template_error: the campaign has no step {}", due.claim.step)};
  auto domain = domain_of(due);
  if (!domain) return {std::nullopt, fmt::format("template_error: shop {}: from: no address", due.shop)};

  reminder r;
  r.shop = due.shop;
  r.cart_id = due.cart_id;
  r.template_name = steps[due.claim.step].template_name;
  r.step = due.claim.step;
  r.address = due.address_as_given;
  r.shopper_name = due.shopper_name;
  r.locale = due.locale;
  r.currency = due.currency;
  r.value = due.value;
  r.cart_url = due.cart_url;
  r.date = date;
  cart_lines::from_block(due.lines).for_each([&](const cart_line& line) {
    r.lines.push_back({std::string{line.item_id}, std::string{line.item_name}, std::string{line.image_url},
                       std::string{line.item_url}, line.price, line.quantity});
  });
  r.unsubscribe_url =
    public_url_ + "/u/" +
    links_.seal({token_purpose::unsubscribe, due.shop, due.address_as_given, std::string{to_string(channel::email)}});
  // The due time tells cycles apart where an id is opened anew, and it survives the cart, which may be over by now.
  r.message_id = make_message_id(options_.keys.message_id,
                                 {due.shop, due.cart_id, due.due, due.claim.cycle, due.claim.step}, *domain);
  if (!shop.bounce_address.empty())
    r.envelope_sender = bounces_.sender(shop.bounce_address, {due.address, due.decided});
  return builder_.build(r, shop);
}

}  // namespace cartwheel
