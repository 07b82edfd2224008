#pragma once

#include <cstddef>
#include <vector>

namespace cartwheel {

/// Which of several relays may have the next mail, when more than one asks.
///
/// Those of a later priority only while none of an earlier one is healthy: they stand in, they do not help out. Among
/// equals shares follow the weights as long as all ask; one that has no room holds nobody up. A relay that is not healthy
/// may ask as if it were: its pool gives it a single mail to find out.
///
/// Shape: relays by their place in the constructor's list.  Runs on: the mailer's thread.
class relay_choice {
 public:
  struct relay {
    unsigned priority = 1;  // 1 comes first
    unsigned weight = 1;
  };

  explicit relay_choice(const std::vector<relay>& relays);

  void set_healthy(size_t which, bool healthy);

  /// No healthy one comes before it.
  bool eligible(size_t which) const;

  /// It has room and wants a mail. False: another that waits for one comes first; it waits as well from now on.
  bool may_pull(size_t which);
  void pulled(size_t which);

  /// It asked and there was nothing (for it).
  void waits(size_t which) { relays_[which].waiting = true; }

  /// Those that wait and may have a mail, who has the least of its share first; they do not wait any more.
  std::vector<size_t> to_wake();

 private:
  struct state {
    relay setting;
    bool healthy = true;
    bool waiting = true;
    double served = 0;  // mails by weight
  };
  std::vector<state> relays_;
};

}  // namespace cartwheel
