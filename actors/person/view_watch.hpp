#pragma once

#include "actors/campaign/campaign.hpp"
#include "actors/person/holdings.hpp"
#include "actors/shard/notice.hpp"
#include "runtime/base/bytes.hpp"
#include "runtime/base/ids.hpp"
#include "runtime/base/partitions.hpp"

#include <array>
#include <functional>
#include <list>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cartwheel {

namespace limits {
/// Browsers that are counted, of each person partition: so who is forgotten does not depend on the number of shards. Some
/// 300 B each, and 8 B for each time: 80 MB a node when all partitions are full.
constexpr size_t browsers_max = 4096;
/// Categories of one browser.
constexpr size_t categories_max = 16;
}  // namespace limits

/// Somebody who looks around in a shop, by customer or visitor id.
struct browser_name {
  subject_kind who = subject_kind::customer;
  std::string id;
  std::string shop;
  friend bool operator==(const browser_name&, const browser_name&) = default;
};

/// Who looks around, and how much of late: what tells when a trail begins.
/// Bounds: limits::browsers_max of each person partition; who was counted longest ago goes.
/// Source: docs/SEMANTICS.md, A trail.
/// Runs on: the shard's thread.
class view_watch {
 public:
  explicit view_watch(size_t most = limits::browsers_max) : most_{most} {}

  /// What one event comes to.
  struct outcome {
    std::optional<instant> since;      // a trail begins: the earliest of the times that reached it,
    instant seen = before_all;         // and the latest
    bool has_trail = false;            // one was opened some time, and may be open still
    std::optional<browser_name> gone;  // forgotten for this one, and so is their trail
  };

  /// A look at products of these categories, distinct ones; "" stands for none.
  outcome viewed(const browser_name& by, std::span<const std::string_view> categories, instant time,
                 const browse_settings& campaign);
  outcome added(const browser_name& by, instant time, const browse_settings& campaign);

  /// Forgets somebody in all shops. Gives the shops in which a trail may be open.
  std::vector<std::string> forget(subject_kind who, std::string_view id);

  /// What is counted of somebody, in each shop.
  std::vector<held_browser> describe(subject_kind who, std::string_view id) const;

  size_t size() const;

  /// One record each, of each partition the longest counted first; `cut` is called behind it.
  void save(byte_writer& to, const std::function<void()>& cut) const;
  /// Errors: broken_bytes.
  void load_one(byte_reader& from, const shard_share& mine);

 private:
  /// The latest of them, ascending.
  using times = std::vector<instant>;
  struct category {
    std::string name;
    times latest;
  };
  struct browser {
    std::vector<category> views;
    times additions;
    instant opened_at = before_all;
    std::list<std::string>::iterator place;
  };
  struct partition {
    std::map<std::string, browser, std::less<>> by_name;  // kind and id, a zero byte, shop
    std::list<std::string> order;                         // the one counted last at the end
  };

  static std::string name_of(const browser_name& by);
  static browser_name parts_of(std::string_view name);
  partition& partition_of(std::string_view id) { return partitions_[static_cast<size_t>(partition_of_person(id))]; }
  const partition& partition_of(std::string_view id) const {
    return partitions_[static_cast<size_t>(partition_of_person(id))];
  }
  browser& counted(const browser_name& by, outcome& o);
  static bool reach(const times& latest, size_t wanted, milliseconds window, outcome& o);
  static void reached(browser& b, instant time, const browse_settings& campaign, outcome& o);

  size_t most_;
  std::array<partition, person_partition_count> partitions_;
};

}  // namespace cartwheel
