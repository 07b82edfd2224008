#include "app/api/person_query.hpp"

#include "actors/event/address.hpp"
#include "actors/shard/beside_key.hpp"
#include "actors/shard/engine.hpp"
#include "app/api/limits.hpp"

#include <caf/all.hpp>

#include <algorithm>
#include <atomic>
#include <utility>
#include <vector>

namespace cartwheel {

// As in cart_query: the shards' handles are kept, so that a request finds them ended when the engine has.
struct person_query::state {
  caf::actor_system& system;
  node_hash_keys keys;
  runner later;
  std::vector<caf::actor> shards;
  std::atomic<size_t> asked{0};
};

namespace {

template <class T>
void move_behind(std::vector<T>& to, std::vector<T>& from) {
  to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
}

/// One question under way. It is asked in rounds: what the shards tell names more to ask for, until nothing is new.
class gathering : public std::enable_shared_from_this<gathering> {
 public:
  using teller = std::function<void(person_query::result, const holdings&)>;

  gathering(std::shared_ptr<void> owner, std::atomic<size_t>& asked, const std::vector<caf::actor>& shards,
            const person_query::runner& later, teller tell)
      : owner_{std::move(owner)}, asked_{asked}, shards_{shards}, later_{later}, tell_{std::move(tell)} {}
  gathering(const gathering&) = delete;
  gathering& operator=(const gathering&) = delete;
  ~gathering() {
    tell(person_query::result::gone);
    asked_.fetch_sub(1, std::memory_order_relaxed);
  }

  void want(subject s) {
    if (std::find(subjects_.begin(), subjects_.end(), s) != subjects_.end()) return;
    subjects_.push_back(s);
    next_.of.push_back(std::move(s));
  }
  void want(const address_key& address) {
    if (!address.given() || std::find(addresses_.begin(), addresses_.end(), address) != addresses_.end()) return;
    addresses_.push_back(address);
    next_.addresses.push_back(address);
  }
  void with_who_has_the_address() { and_who_has_it_ = true; }

  void go_on(caf::event_based_actor* self) {
    if (next_.of.empty() && next_.addresses.empty() && next_.beside.empty())
      return later_([me = shared_from_this()] { me->tell(person_query::result::told); });
    const auto asked = std::exchange(next_, {});
    missing_ = shards_.size();
    for (const auto& shard : shards_)
      self->request(shard, caf::infinite, asked)
        .then(
          [self, me = shared_from_this()](holdings& told) {
            me->take(std::move(told));
            if (--me->missing_ == 0) me->go_on(self);
          },
          [me = shared_from_this()](const caf::error&) { me->tell(person_query::result::gone); });
  }

 private:
  void take(holdings told) {
    for (const auto& p : told.persons) {
      want(p.address.key);
      for (const auto& cart : p.carts) want(subject{subject_kind::cart, {}, cart});
    }
    for (const auto& a : told.addresses)
      for (const auto& s : a.known_to)
        if (and_who_has_it_) want(s);
    for (auto& o : told.orders) {
      bool known = std::any_of(found_.orders.begin(), found_.orders.end(), [&](const held_order& other) {
        return o.shop == other.shop && o.order_id == other.order_id;
      });
      if (known) continue;
      if (o.sale) next_.beside.push_back({o.shop, sale_key(o.order_id)});
      found_.orders.push_back(std::move(o));
    }
    for (const auto& b : told.browsers)
      if (b.trail_opened != before_all) next_.beside.push_back({b.shop, trail_key(b.kind, b.id)});
    move_behind(found_.persons, told.persons);
    move_behind(found_.browsers, told.browsers);
    move_behind(found_.addresses, told.addresses);
    move_behind(found_.carts, told.carts);
  }
  void tell(person_query::result r) {
    if (auto once = std::exchange(tell_, nullptr)) once(r, found_);
  }

  std::shared_ptr<void> owner_;
  std::atomic<size_t>& asked_;
  const std::vector<caf::actor>& shards_;
  const person_query::runner& later_;
  teller tell_;
  bool and_who_has_it_ = false;
  list_holdings next_;
  std::vector<subject> subjects_;
  std::vector<address_key> addresses_;
  size_t missing_ = 0;
  holdings found_;
};

}  // namespace

std::optional<person_by> person_by_name(std::string_view name) {
  if (name == "customer") return person_by::customer;
  if (name == "visitor") return person_by::visitor;
  if (name == "email") return person_by::email;
  return std::nullopt;
}

person_query::person_query(engine& shards, runner later)
    : state_{std::make_shared<state>(shards.system(), shards.setup().keys, std::move(later))} {
  for (size_t i = 0; i < shards.shards(); ++i) state_->shards.push_back(shards.shard_actor_at(i));
}

void person_query::ask(person_by by, const std::string& id, std::function<void(result, const holdings&)> tell) const {
  std::optional<std::string> address;
  if (by == person_by::email && !(address = normalise_email(id))) return tell(result::no_mailbox, {});
  if (state_->asked.fetch_add(1, std::memory_order_relaxed) >= limits::persons_asked_max) {
    state_->asked.fetch_sub(1, std::memory_order_relaxed);
    return tell(result::too_many, {});
  }
  auto about = std::make_shared<gathering>(state_, state_->asked, state_->shards, state_->later, std::move(tell));
  switch (by) {
    case person_by::customer: about->want(subject{subject_kind::customer, id, {}}); break;
    case person_by::visitor: about->want(subject{subject_kind::visitor, id, {}}); break;
    case person_by::email:
      about->want(key_of_address(state_->keys, *address));
      about->with_who_has_the_address();
      break;
  }
  // What is asked is an argument, not a capture: see cart_query.
  state_->system.spawn([](caf::event_based_actor* self, const std::shared_ptr<gathering>& what) { what->go_on(self); },
                       std::move(about));
}

}  // namespace cartwheel
