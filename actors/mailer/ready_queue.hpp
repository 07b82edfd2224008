#pragma once

#include "runtime/base/time.hpp"

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

namespace cartwheel {

/// Reminders ready to leave, in lanes of one shop and one mail host: lanes take turns, one mail each, so that none waits
/// for the end of another's campaign; within a lane the oldest goes first. What came back from the outlet goes before all.
/// (Deficit round robin with mails as the unit: reminders are about alike in size.)
///
/// Cost: a set's depth for each operation, a look at each lane in next() where some may not go.
class ready_queue {
 public:
  struct lane {
    std::string shop;
    std::string host;
    friend auto operator<=>(const lane&, const lane&) = default;
  };

  void insert(uint64_t id, instant due, bool came_back, const lane& in);
  void erase(uint64_t id, instant due, bool came_back, const lane& in);

  /// The next to leave of the shops that `may_go`; it is not taken out.
  std::optional<uint64_t> next(const std::function<bool(const std::string& shop)>& may_go) const;

  size_t size() const { return size_; }

 private:
  using by_age = std::set<std::pair<instant, uint64_t>>;
  std::map<lane, by_age> fresh_;
  std::map<std::string, by_age> back_;  // by shop
  lane last_;                           // that had its turn
  size_t size_ = 0;
};

}  // namespace cartwheel
