#pragma once

#include "actors/event/limits.hpp"
#include "runtime/base/bytes.hpp"
#include "runtime/base/time.hpp"

#include <cstdint>
#include <functional>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace cartwheel {

namespace limits {
/// Products a shard knows the stock of, about 200 B each with their names. All shards know the same ones: a product may lie
/// in any cart. What is said again is young again, so those that sell stay.
constexpr size_t item_facts_max = 65'536;
}  // namespace limits

/// How many pieces shops have said there are of their products, from `item_changed`.
/// Shape: of one product the latest by time counts, at equal times the later arrival. When it is full the one goes that
/// nothing was said of for longest; so every shard, which sees the same events, forgets the same ones.
/// Runs on: the shard's thread.
class item_facts {
 public:
  explicit item_facts(size_t most = limits::item_facts_max) : most_{most} {}

  /// Units: pieces, not negative.
  void note(std::string_view shop, std::string_view item_id, int64_t stock, instant time);

  /// Nothing where nobody has said, or longer ago than `fresh`: what was true once may not be said now.
  std::optional<int64_t> stock(std::string_view shop, std::string_view item_id, instant now, milliseconds fresh) const;
  /// Whether the latest word on it is that none was left; and nothing later than `time` has been said.
  bool none_was_left(std::string_view shop, std::string_view item_id, instant time) const;
  size_t size() const { return by_name_.size(); }

  /// One record each, the oldest first; `cut` is called behind it.
  void save(byte_writer& to, const std::function<void()>& cut) const;
  void load_one(byte_reader& from);

 private:
  struct fact {
    std::string name;  // shop, a zero byte, item_id
    int64_t stock = 0;
    instant time{};
  };

  void put(std::string name, int64_t stock, instant time);

  size_t most_;
  std::list<fact> facts_;  // the one said last at the end
  std::unordered_map<std::string_view, std::list<fact>::iterator> by_name_;
};

}  // namespace cartwheel
