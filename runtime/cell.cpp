#include "runtime/cell.hpp"

#include <caf/exit_reason.hpp>
#include <caf/make_message.hpp>
#include <caf/sec.hpp>

namespace cartwheel {

void cell::enqueue(caf::mailbox_element_ptr what, caf::execution_unit* context) {
  if (ended()) {
    bounce(what);
    return;
  }
  auto p = std::make_shared<parcel>(caf::strong_actor_ptr{ctrl()}, std::move(what));
  host()->get()->enqueue(caf::make_mailbox_element(nullptr, caf::make_message_id(), {}, std::move(p)), context);
}

void cell::receive(caf::mailbox_element& what, caf::execution_unit* context) {
  if (ended()) {
    if (what.mid.is_request())
      respond(what, caf::make_message(caf::make_error(caf::sec::request_receiver_down)), context);
    what.mid.mark_as_answered();
    return;
  }
  // An exit message ends the cell through cleanup, which monitors and links see; the state goes here.
  if (handle_system_message(what, context, false)) {
    what.mid.mark_as_answered();
    if (ended()) on_end();
    return;
  }
  on_message(what, context);
  what.mid.mark_as_answered();  // or on its way to be: the parcel has nothing to bounce
}

void cell::end(caf::error reason, caf::execution_unit* context) {
  if (cleanup(std::move(reason), context)) on_end();
}

void cell::respond(const caf::mailbox_element& request, caf::message answer, caf::execution_unit* context) {
  if (!request.mid.is_request() || request.sender == nullptr) return;
  request.sender->get()->enqueue(
    caf::make_mailbox_element(caf::strong_actor_ptr{ctrl()}, request.mid.response_id(), {}, std::move(answer)),
    context);
}

void cell::on_destroy() {
  if (!ended()) cleanup(caf::make_error(caf::exit_reason::unreachable), nullptr);
}

parcel::~parcel() {
  if (what == nullptr || what->sender == nullptr || !what->mid.is_request() || what->mid.is_answered()) return;
  what->sender->get()->enqueue(
    caf::make_mailbox_element(nullptr, what->mid.response_id(), {}, caf::make_error(caf::sec::request_receiver_down)),
    nullptr);
}

cell& parcel::receiver() const { return *static_cast<cell*>(to->get()); }

}  // namespace cartwheel
