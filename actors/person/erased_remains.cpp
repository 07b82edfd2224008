#include "actors/person/erased_remains.hpp"

#include "runtime/base/bytes.hpp"

namespace cartwheel {

namespace {

/// Beside the statuses themselves, which are what the first version wrote.
constexpr uint8_t confirmed_grant = static_cast<uint8_t>(consent_status::withdrawn) + 1;

}  // namespace

void save_waiting(byte_writer& to, const std::vector<waiting_consent>& consents) {
  to.number(consents.size());
  for (const auto& w : consents) {
    to.text(w.shop);
    to.one_of(w.channel);
    to.byte(w.confirmed ? confirmed_grant : static_cast<uint8_t>(w.status));
    to.time(w.time);
  }
}

std::vector<waiting_consent> load_waiting(byte_reader& from) {
  std::vector<waiting_consent> consents;
  for (auto n = from.number(); n > 0; --n) {
    auto& w = consents.emplace_back();
    w.shop = from.text();
    w.channel = from.one_of(channel::onsite);
    const auto status = from.byte();
    if (status > confirmed_grant) throw broken_bytes{"a consent's status is none of its list"};
    w.confirmed = status == confirmed_grant;
    w.status =
      status == static_cast<uint8_t>(consent_status::withdrawn) ? consent_status::withdrawn : consent_status::granted;
    w.time = from.time();
  }
  return consents;
}

}  // namespace cartwheel
