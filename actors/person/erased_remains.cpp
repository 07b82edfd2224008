#include "actors/person/erased_remains.hpp"

#include "runtime/base/bytes.hpp"

namespace cartwheel {

void save_waiting(byte_writer& to, const std::vector<waiting_consent>& consents) {
  to.number(consents.size());
  for (const auto& w : consents) {
    to.text(w.shop);
    to.one_of(w.channel);
    to.one_of(w.status);
    to.time(w.time);
  }
}

std::vector<waiting_consent> load_waiting(byte_reader& from) {
  std::vector<waiting_consent> consents;
  for (auto n = from.number(); n > 0; --n) {
    auto& w = consents.emplace_back();
    w.shop = from.text();
    w.channel = from.one_of(channel::onsite);
    w.status = from.one_of(consent_status::withdrawn);
    w.time = from.time();
  }
  return consents;
}

}  // namespace cartwheel
