#include "actors/shard/shard_actor.hpp"

#include "actors/shard/snapshot.hpp"

#include <caf/all.hpp>

#include <algorithm>

namespace cartwheel {

shard_actor::shard_actor(caf::actor_config& cfg, shard_id id, const shard_setup& setup, shard_metrics& metrics)
    : caf::event_based_actor{cfg}, id_{id}, setup_{setup} {
  caf::strong_actor_ptr self{ctrl()};
  shard_ = std::make_unique<shard>(id, setup, metrics, system(), self);
  customers_ = make_cell<customer_actor>(system(), self, *this);
  consents_ = make_cell<consent_actor>(system(), self, *this);
}

meet_peers::peer shard_actor::address() const { return {caf::strong_actor_ptr{ctrl()}, customers_, consents_}; }

caf::behavior shard_actor::make_behavior() {
  return {
    [this](meet_peers& msg) {
      peers_ = std::move(msg.peers);
      pump();
    },
    [this](epoch_ptr& e) {
      epochs_.push_back(std::move(e));
      pump();
    },
    [this](exchange_ptr& x) {
      arrived_[{count(x->epoch), x->step}].push_back(std::move(x));
      pump();
    },
    [this](parcel_ptr& p) {
      auto& cell = p->receiver();
      bool alive = !cell.ended();
      cell.receive(*p->what, context());
      if (alive && cell.ended())
        if (auto* cart = dynamic_cast<cart_cell*>(&cell)) shard_->cell_ended(*cart);
      if (!alive) shard_->tell_lines();
    },
    [this](const find_cart& msg) -> caf::result<caf::actor> {
      if (auto* cart = shard_->find(msg.shop, msg.cart_id)) return caf::actor_cast<caf::actor>(cart->ctrl());
      // It may have ended in this epoch, which waits for other shards: whoever asks for its story finds that there.
      shard_->tell_lines();
      return caf::make_error(caf::sec::invalid_argument);
    },
    [this](const list_holdings& msg) { return shard_->describe(msg); },
    [this](const list_suppressions& msg) { return shard_->describe(msg); },
    [this](const grant& msg) {
      for (auto& q : shard_->hand_out(msg.n)) {
        q.at = station::customers;
        q.ordered_elsewhere = false;
        q.address = {};
        q.address_of_customer = false;
        q.country = {};
        q.time_zone = {};
        q.last_order = before_all;
        auto first = who_knows_first(q);
        anon_send(first, ask_permission{std::move(q)});
      }
    },
    [this](const ask_as_things_stand& msg) -> caf::result<caf::message> {
      auto q = shard_->question_now(msg.shop, msg.cart_id, msg.now);
      if (!q) return caf::make_error(caf::sec::invalid_argument);
      auto first = who_knows_first(*q);
      return delegate(first, ask_permission{std::move(*q)});
    },
    [this](const use_rules& msg) { shard_->use(msg.rules); },
    [this](begin_recovery& msg) { shard_->begin_recovery(std::move(msg.past)); },
    [this](const load_carts& msg) {
      try {
        moved_carts moved;
        decided_until_ = shard_->load_carts(*msg.from, moved);
        msg.done->set_value(std::move(moved));
      } catch (...) {
        msg.done->set_exception(std::current_exception());
      }
    },
    [this](const load_persons& msg) {
      try {
        shard_->load_persons(*msg.from, *msg.moved);
        msg.done->set_value();
      } catch (...) {
        msg.done->set_exception(std::current_exception());
      }
    },
    [this](const end_recovery&) { shard_->end_recovery(); },
    [this](const go_on_with_snapshot&) {
      go_on_sent_ = false;
      if (!current_) write_snapshot();
    },
    [this](const permission& msg) { shard_->gate(msg.asked, msg.decided); },
  };
}

/// The customer actor that a question goes to first: where the customer is, else the visitor, else this shard's own.
caf::actor shard_actor::who_knows_first(const question& q) const {
  auto shard = static_cast<size_t>(id_);
  if (!q.customer.empty())
    shard = static_cast<size_t>(shard_of(partition_of_person(q.customer), setup_.shards));
  else if (!q.visitor.empty())
    shard = static_cast<size_t>(shard_of(partition_of_person(q.visitor), setup_.shards));
  return caf::actor_cast<caf::actor>(peers_[shard].customers);
}

void shard_actor::on_exit() {
  // Cells and residents hold their host: the circle is cut here, on the host's thread.
  cell_cast<customer_actor>(customers_)->end(caf::exit_reason::normal, context());
  cell_cast<consent_actor>(consents_)->end(caf::exit_reason::normal, context());
  shard_->end_all(caf::exit_reason::normal);
  shard_.reset();
  customers_ = consents_ = nullptr;
  peers_.clear();
  arrived_.clear();
}

void shard_actor::pump() {
  while (!peers_.empty()) {
    if (!current_) {
      if (epochs_.empty()) return;
      current_ = std::move(epochs_.front());
      epochs_.pop_front();
      begin();
    } else if (everyone_is_here()) {
      proceed();
    } else {
      return;
    }
  }
}

void shard_actor::begin() {
  shard_->part_a(*current_);
  step_ = 0;
  bool decides = current_->drain || current_->decide_until > decided_until_;
  const bool touches_persons = current_->touches_persons || (current_->browses && shard_->follows_browsers());
  if (!touches_persons && !decides) {
    shard_->products_changed();
    finish();
    return;
  }
  phase_ = phase::persons;
  meet(station::orders);
}

bool shard_actor::everyone_is_here() const {
  auto i = arrived_.find({count(current_->number), step_});
  size_t others = i == arrived_.end() ? 0 : i->second.size();
  return others + 1 == peers_.size();
}

exchange shard_actor::summary() {
  exchange x;
  x.epoch = current_->number;
  x.step = step_;
  x.from = id_;
  for (size_t s = 0; s < station_count; ++s) {
    x.waiting[s] = shard_->first_waiting(station{static_cast<uint8_t>(s)});
    if (shard_->questions_wait(station{static_cast<uint8_t>(s)})) x.questions |= 1u << s;
  }
  x.answers = shard_->answers_wait();
  x.next_tick = shard_->next_tick();
  x.boundaries = std::exchange(shard_->boundaries(), {});
  for (size_t i = 0; i < peers_.size(); ++i) {
    const auto& tray = shard_->out().of(i);
    for (const auto& n : tray.notices) {
      auto& lowest = x.waiting[static_cast<size_t>(n->at)];
      lowest = std::min(lowest, n->order);
    }
    for (const auto& q : tray.questions) x.questions |= 1u << static_cast<unsigned>(q.at);
    x.answers |= !tray.answers.empty();
  }
  return x;
}

namespace {

/// Where most of what a station sends on is going.
station next_after(station at) {
  return at < station::consents ? station{static_cast<uint8_t>(static_cast<uint8_t>(at) + 1)} : station::carts;
}

}  // namespace

const caf::strong_actor_ptr& shard_actor::receiver_of(size_t shard_number, station next) const {
  const auto& peer = peers_[shard_number];
  switch (next) {
    case station::customers:
    case station::visitors: return peer.customers;
    case station::consents: return peer.consents;
    default: return peer.shard;
  }
}

void shard_actor::meet(station next) {
  ++step_;
  own_ = summary();
  for (size_t i = 0; i < peers_.size(); ++i) {
    auto tray = std::exchange(shard_->out().of(i), {});
    if (i == static_cast<size_t>(id_)) {
      own_.tray = std::move(tray);
      continue;
    }
    auto x = std::make_shared<exchange>();
    x->epoch = own_.epoch;
    x->step = own_.step;
    x->from = own_.from;
    x->waiting = own_.waiting;
    x->questions = own_.questions;
    x->answers = own_.answers;
    x->boundaries = own_.boundaries;
    x->next_tick = own_.next_tick;
    x->tray = std::move(tray);
    anon_send(caf::actor_cast<caf::actor>(receiver_of(i, next)), exchange_ptr{std::move(x)});
  }
}

void shard_actor::proceed() {
  std::vector<exchange_ptr> others;
  if (auto i = arrived_.find({count(current_->number), step_}); i != arrived_.end()) {
    others = std::move(i->second);
    arrived_.erase(i);
  }
  std::sort(others.begin(), others.end(),
            [](const exchange_ptr& a, const exchange_ptr& b) { return a->from < b->from; });
  auto waiting = own_.waiting;
  uint32_t questions = own_.questions;
  bool answers = own_.answers;
  wheel_tick next_tick = own_.next_tick;
  auto boundaries = own_.boundaries;
  shard_->absorb(std::move(own_.tray));
  for (auto& x : others) {
    for (size_t s = 0; s < station_count; ++s) waiting[s] = std::min(waiting[s], x->waiting[s]);
    questions |= x->questions;
    answers |= x->answers;
    next_tick = std::min(next_tick, x->next_tick);
    boundaries.insert(boundaries.end(), x->boundaries.begin(), x->boundaries.end());
    shard_->absorb(std::move(x->tray));
  }
  if (phase_ == phase::persons) {
    if (step_ == 1) {
      std::sort(boundaries.begin(), boundaries.end());
      limits_.assign(boundaries.begin(), std::unique(boundaries.begin(), boundaries.end()));
      limits_.push_back(shard::no_order);
    }
    for (; !limits_.empty(); limits_.pop_front()) {
      auto first = std::find_if(waiting.begin(), waiting.end(), [&](log_order o) { return o < limits_.front(); });
      if (first == waiting.end()) continue;
      auto at = station{static_cast<uint8_t>(first - waiting.begin())};
      shard_->work(at, limits_.front());
      meet(next_after(at));
      return;
    }
    phase_ = phase::ticks;
    // What carts hear of products may be due in this epoch: the next tick is asked for anew.
    if (!current_->items.empty() && shard_->asks_for_products()) {
      shard_->products_changed();
      meet(station::carts);
      return;
    }
  }
  if (questions != 0) {
    auto at = station{static_cast<uint8_t>(std::countr_zero(questions))};
    shard_->resolve(at);
    meet(at == station::customers ? station::visitors : at == station::visitors ? station::consents : station::carts);
    return;
  }
  if (answers) {
    shard_->take_answers();
    meet(station::carts);
    return;
  }
  // Which carts have ended is asked in the next tick, where somebody looks around. Nobody else does.
  if (shard_->follows_browsers()) {
    auto first = std::ranges::find_if(waiting, [](log_order o) { return o != shard::no_order; });
    if (first != waiting.end()) {
      auto at = station{static_cast<uint8_t>(first - waiting.begin())};
      shard_->work(at, shard::no_order);
      meet(next_after(at));
      return;
    }
  }
  wheel_tick until =
    current_->drain ? timing_wheel::no_tick - 1 : std::max<wheel_tick>(0, unix_ms(current_->decide_until) / 1000);
  if (next_tick <= until) {
    shard_->come_up(next_tick);
    meet(station::customers);
    return;
  }
  finish();
}

void shard_actor::finish() {
  if (phase_ != phase::idle) decided_until_ = std::max(decided_until_, current_->decide_until);
  shard_->finish(*current_);
  return_memory_when_quiet(current_->by_cart[static_cast<size_t>(id_)].size());
  try {
    if (current_->snapshot) shard_->begin_snapshot(current_->snapshot, decided_until_);
  } catch (const std::exception& e) {
    current_->snapshot->saved(id_, e.what());
  }
  phase_ = phase::idle;
  current_ = nullptr;
  write_snapshot();
}

/// While carts become fewer what they leave goes back as it is freed. Behind a wave of events, when a second has passed
/// without any for this shard, so does what was kept: milliseconds then, and once a wave.
void shard_actor::return_memory_when_quiet(size_t events) {
  constexpr size_t wave = 1 << 12;
  constexpr auto quiet = 1s;
  if (carts_ebb_.at(shard_->carts()) != at_once_.has_value()) {
    if (at_once_)
      at_once_.reset();
    else
      at_once_.emplace();
  }
  events_since_ += events;
  if (events_since_ < wave) return;
  const auto now = std::chrono::steady_clock::now();
  if (events > 0) last_events_ = now;
  if (now - last_events_ < quiet) return;
  events_since_ = 0;
  carts_ebb_.calm(shard_->carts());
  return_freed_memory();
}

/// A slice behind each epoch; when nothing else is to be done, one after the other.
void shard_actor::write_snapshot() {
  if (!shard_->snapshot_under_way()) return;
  constexpr auto slice = 1ms;
  shard_->write_snapshot(std::chrono::steady_clock::now() + slice);
  if (!shard_->snapshot_under_way() || go_on_sent_) return;
  go_on_sent_ = true;
  send(this, go_on_with_snapshot{});
}

// Residents ----------------------------------------------------------------------------------------------------------

void resident::arrived(exchange_ptr x) {
  shard_.arrived_[{count(x->epoch), x->step}].push_back(std::move(x));
  shard_.pump();
}

void resident::delegate(const caf::mailbox_element& asked, question q, caf::execution_unit* context) {
  outbox route{shard_.setup_.shards};
  route.ask(std::move(q));
  for (size_t i = 0; i < shard_.peers_.size(); ++i) {
    if (route.of(i).questions.empty()) continue;
    auto& on = route.of(i).questions.front();
    const auto& peer = shard_.peers_[i];
    const auto& next = on.at == station::consents ? peer.consents : peer.customers;
    next->get()->enqueue(caf::make_mailbox_element(asked.sender, asked.mid, {}, ask_permission{std::move(on)}),
                         context);
    return;
  }
}

void customer_actor::on_message(caf::mailbox_element& what, caf::execution_unit* context) {
  auto& content = what.content();
  if (content.match_elements<exchange_ptr>()) {
    arrived(std::move(content.get_mutable_as<exchange_ptr>(0)));
  } else if (content.match_elements<ask_permission>()) {
    auto q = content.get_as<ask_permission>(0).asked;
    outbox found{1};
    if (q.at == station::customers && q.customer.empty()) q.at = station::visitors;
    if (q.at == station::customers)
      shard_.core().customers().resolve(q, found, shard_.core().asks_for_orders());
    else
      shard_.core().visitors().resolve(q, found, shard_.core().asks_for_orders());
    delegate(what, std::move(found.of(0).questions.front()), context);
  } else {
    respond(what, caf::make_message(caf::make_error(caf::sec::unexpected_message)), context);
  }
}

void consent_actor::on_message(caf::mailbox_element& what, caf::execution_unit* context) {
  auto& content = what.content();
  if (content.match_elements<exchange_ptr>()) {
    arrived(std::move(content.get_mutable_as<exchange_ptr>(0)));
  } else if (content.match_elements<ask_permission>()) {
    permission p{content.get_as<ask_permission>(0).asked, {}};
    auto& q = p.asked;
    q.returning = shard_.core().addresses().bought_before(q);
    p.decided = q.only_asked ? shard_.core().addresses().as_things_stand(q) : shard_.core().addresses().confirm(q);
    if (what.mid.is_request())
      respond(what, caf::make_message(std::move(p)), context);
    else
      caf::anon_send(caf::actor_cast<caf::actor>(shard_.peers_[static_cast<size_t>(q.cart.shard)].shard), std::move(p));
  } else {
    respond(what, caf::make_message(caf::make_error(caf::sec::unexpected_message)), context);
  }
}

}  // namespace cartwheel
