#include "app/api/suppression_query.hpp"

#include "actors/person/holdings.hpp"
#include "actors/shard/engine.hpp"
#include "app/api/limits.hpp"

#include <caf/all.hpp>

#include <algorithm>
#include <atomic>

namespace cartwheel {

// As in cart_query: the shards' handles are kept, so that a request finds them ended when the engine has.
struct suppression_query::state {
  caf::actor_system& system;
  std::vector<caf::actor> shards;
  std::atomic<size_t> asked{0};
};

namespace {

/// One question under way: counts itself, and tells `gone` when somebody does not answer.
class collection {
 public:
  using result = suppression_query::result;
  using teller = std::function<void(result, const suppression_query::found&)>;

  collection(std::shared_ptr<void> owner, std::atomic<size_t>& asked, size_t missing, teller tell)
      : owner_{std::move(owner)}, asked_{asked}, missing_{missing}, tell_{std::move(tell)} {}
  collection(const collection&) = delete;
  collection& operator=(const collection&) = delete;
  ~collection() {
    tell(result::gone);
    asked_.fetch_sub(1, std::memory_order_relaxed);
  }

  void take(const suppression_query::found& more) {
    found_.insert(found_.end(), more.begin(), more.end());
    if (--missing_ > 0) return;
    // By key where times are the same, so that a list asked for twice is the same list.
    std::ranges::sort(found_, [](const auto& a, const auto& b) {
      return std::tuple{b.second.last, a.first.high, a.first.low} <
             std::tuple{a.second.last, b.first.high, b.first.low};
    });
    tell(result::told);
  }
  void tell(result r) {
    if (auto once = std::exchange(tell_, nullptr)) once(r, found_);
  }

 private:
  std::shared_ptr<void> owner_;
  std::atomic<size_t>& asked_;
  size_t missing_;
  teller tell_;
  suppression_query::found found_;
};

/// Null when too many are being asked for.
template <class State>
std::shared_ptr<collection> begun(const std::shared_ptr<State>& of, size_t shards, collection::teller tell) {
  if (of->asked.fetch_add(1, std::memory_order_relaxed) < limits::suppressions_asked_max)
    return std::make_shared<collection>(of, of->asked, shards, std::move(tell));
  of->asked.fetch_sub(1, std::memory_order_relaxed);
  tell(collection::result::too_many, {});
  return nullptr;
}

}  // namespace

suppression_query::suppression_query(engine& shards) : state_{std::make_shared<state>(shards.system())} {
  for (size_t i = 0; i < shards.shards(); ++i) state_->shards.push_back(shards.shard_actor_at(i));
}

void suppression_query::ask(instant now, std::function<void(result, const found&)> tell) const {
  auto all = begun(state_, state_->shards.size(), std::move(tell));
  if (!all) return;
  // What is asked is an argument, not a capture: see cart_query.
  auto question = [shards = state_->shards, all](caf::event_based_actor* self, const list_suppressions& list) {
    for (const auto& shard : shards)
      self->request(shard, caf::infinite, list)
        .then([all](const suppressions& told) { all->take(told.held); },
              [all](const caf::error&) { all->tell(result::gone); });
  };
  state_->system.spawn(std::move(question), list_suppressions{now});
}

void suppression_query::ask_about(const address_key& key, std::function<void(result, const found&)> tell) const {
  auto one = begun(state_, 1, std::move(tell));
  if (!one) return;
  const auto partition = outbox::partition_of(key);
  auto shard = state_->shards[static_cast<size_t>(shard_of(partition, static_cast<uint16_t>(state_->shards.size())))];
  auto question = [shard, one](caf::event_based_actor* self, const list_holdings& list) {
    self->request(shard, caf::infinite, list)
      .then(
        [one](const holdings& told) {
          found held;
          for (const auto& a : told.addresses)
            if (a.suppressed) held.emplace_back(a.key, *a.suppressed);
          one->take(held);
        },
        [one](const caf::error&) { one->tell(result::gone); });
  };
  state_->system.spawn(std::move(question), list_holdings{{}, {key}});
}

}  // namespace cartwheel
