#pragma once

#include "actors/person/holdings.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace cartwheel {

class engine;

/// By what somebody asks.
enum class person_by : uint8_t { customer, visitor, email };
std::optional<person_by> person_by_name(std::string_view name);

/// Collects what all shards hold on one person: of a customer or visitor with their address, carts and orders; of an
/// address also the customers and visitors who have it (two accounts with one address are one person; the other way
/// round, a customer is not told who else has theirs).
/// Bounds: limits::persons_asked_max at a time, until `tell` has returned.
/// Runs on: any thread. `tell` is called once, where `later` runs it: it may take long.  Lifetime: as cart_query.
class person_query {
 public:
  enum class result : uint8_t { told, no_mailbox, too_many, gone };

  /// Runs work some time, on a thread that may wait for the disk; or lets go of it.
  using runner = std::function<void(std::function<void()>)>;

  person_query(engine& shards, runner later);

  void ask(person_by by, const std::string& id, std::function<void(result, const holdings&)> tell) const;

 private:
  struct state;
  std::shared_ptr<state> state_;
};

}  // namespace cartwheel
