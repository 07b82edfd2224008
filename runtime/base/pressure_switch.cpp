#include "runtime/base/pressure_switch.hpp"

#include <utility>

namespace cartwheel {

pressure_switch::pressure_switch(std::function<bool(bool)> wanted, std::function<void(bool)> turned)
    : wanted_{std::move(wanted)}, turned_{std::move(turned)} {}

void pressure_switch::look() {
  for (;;) {
    // Reads by writing: of this and a turn one comes first, and either this sees the turn, or whoever turns it, who looks
    // once more behind that, sees what was changed before this.
    const bool stands = on_.fetch_or(0, std::memory_order_acq_rel) != 0;
    if (wanted_(stands) == stands) return;
    std::lock_guard lock{mutex_};
    const bool on = on_.load(std::memory_order_relaxed) != 0;
    if (wanted_(on) == on) continue;
    on_.exchange(on ? 0 : 1, std::memory_order_acq_rel);
    turned_(!on);
  }
}

}  // namespace cartwheel
