#include "app/api/cart_query.hpp"

#include "actors/shard/engine.hpp"
#include "app/api/limits.hpp"
#include "runtime/base/partitions.hpp"

#include <caf/all.hpp>

#include <atomic>
#include <utility>
#include <vector>

namespace cartwheel {

// The shards' handles are kept, not looked up: a request may come while the engine ends, and finds them ended then.
struct cart_query::state {
  caf::actor_system& system;
  std::vector<caf::actor> shards;
  std::atomic<size_t> asked{0};
};

namespace {

/// One question under way: counts itself, and tells `gone` when nobody answers.
class question_under_way {
 public:
  using teller = std::function<void(cart_query::result, const asked_cart&)>;

  question_under_way(std::shared_ptr<void> owner, std::atomic<size_t>& asked, teller tell)
      : owner_{std::move(owner)}, asked_{asked}, tell_{std::move(tell)} {}
  question_under_way(const question_under_way&) = delete;
  question_under_way& operator=(const question_under_way&) = delete;
  ~question_under_way() {
    tell(cart_query::result::gone, {});
    asked_.fetch_sub(1, std::memory_order_relaxed);
  }

  void tell(cart_query::result r, const asked_cart& cart) {
    if (auto once = std::exchange(tell_, nullptr)) once(r, cart);
  }

 private:
  std::shared_ptr<void> owner_;
  std::atomic<size_t>& asked_;
  teller tell_;
};

}  // namespace

cart_query::cart_query(engine& shards) : state_{std::make_shared<state>(shards.system())} {
  for (size_t i = 0; i < shards.shards(); ++i) state_->shards.push_back(shards.shard_actor_at(i));
}

void cart_query::ask(std::string shop, std::string cart_id, instant now,
                     std::function<void(result, const asked_cart&)> tell) const {
  if (state_->asked.fetch_add(1, std::memory_order_relaxed) >= limits::carts_asked_max) {
    state_->asked.fetch_sub(1, std::memory_order_relaxed);
    tell(result::too_many, {});
    return;
  }
  auto under_way = std::make_shared<question_under_way>(state_, state_->asked, std::move(tell));
  auto partition = partition_of_cart(shop, cart_id);
  auto shard = state_->shards[static_cast<size_t>(shard_of(partition, static_cast<uint16_t>(state_->shards.size())))];
  // An actor for one question. No timeouts: they would go through CAF's clock, and the HTTP server has its own.
  // What is asked is an argument, not a capture: CAF 0.17 binds a reference to null for a function without arguments.
  auto question = [=](caf::event_based_actor* self, const ask_as_things_stand& what) {
    auto over = [=](const caf::error&) { under_way->tell(result::not_open, {}); };  // it ended in between
    auto ask_policy = [=](const cart_view& view) {
      self->request(shard, caf::infinite, what)
        .then(
          [=](const permission& next) {
            under_way->tell(result::open, {&view, &next});
          },
          [=](const caf::error&) {
            under_way->tell(result::open, {&view, nullptr});
          });
    };
    self->request(shard, caf::infinite, find_cart{what.shop, what.cart_id})
      .then([=](const caf::actor& cart) { self->request(cart, caf::infinite, get_cart{}).then(ask_policy, over); },
            [=](const caf::error& why) {
              under_way->tell(why == caf::sec::invalid_argument ? result::not_open : result::gone, {});
            });
  };
  state_->system.spawn(std::move(question), ask_as_things_stand{std::move(shop), std::move(cart_id), now});
}

}  // namespace cartwheel
