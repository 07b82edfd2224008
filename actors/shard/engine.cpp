#include "actors/shard/engine.hpp"

#include "actors/shard/shard_actor.hpp"

#include <caf/all.hpp>

#include <stdexcept>

namespace cartwheel {

struct engine::parts {
  explicit parts(shard_setup s) : setup{std::move(s)} {
    // Shards are detached; CAF's own scheduler runs only small glue.
    config.set("scheduler.max-threads", size_t{1});
    config.set("scheduler.policy", caf::atom("sharing"));
    system = std::make_unique<caf::actor_system>(config);
  }

  shard_setup setup;
  caf::actor_system_config config;
  std::unique_ptr<caf::actor_system> system;
  std::vector<caf::actor> shards;
  std::vector<std::unique_ptr<shard_metrics>> metrics;
};

engine::engine(shard_setup setup) : parts_{std::make_unique<parts>(std::move(setup))} {
  meet_peers all;
  for (uint16_t i = 0; i < parts_->setup.shards; ++i) {
    auto handle = parts_->system->spawn<shard_actor, caf::detached>(
      shard_id{i}, parts_->setup, *parts_->metrics.emplace_back(std::make_unique<shard_metrics>()));
    all.peers.push_back(static_cast<shard_actor*>(caf::actor_cast<caf::abstract_actor*>(handle))->address());
    parts_->shards.push_back(std::move(handle));
  }
  for (const auto& s : parts_->shards) caf::anon_send(s, all);
}

engine::~engine() { stop(); }

void engine::submit(epoch_ptr e) {
  for (const auto& s : parts_->shards) caf::anon_send(s, e);
}

void engine::use(std::shared_ptr<const deciding_rules> rules) {
  for (const auto& s : parts_->shards) caf::anon_send(s, use_rules{rules});
}

void engine::load(file_layer& files, const std::filesystem::path& stem, uint16_t shards) {
  auto from = std::make_shared<const snapshot_source>(snapshot_source{files, stem, shards});
  std::vector<std::future<moved_carts>> carts;
  for (const auto& s : parts_->shards) {
    auto done = std::make_shared<std::promise<moved_carts>>();
    carts.push_back(done->get_future());
    caf::anon_send(s, load_carts{from, std::move(done)});
  }
  auto moved = std::make_shared<moved_carts>();
  if (shards == parts_->setup.shards) moved->stay();
  for (auto& c : carts) c.wait();
  for (auto& c : carts) moved->join(c.get());
  std::vector<std::future<void>> persons;
  for (const auto& s : parts_->shards) {
    auto done = std::make_shared<std::promise<void>>();
    persons.push_back(done->get_future());
    caf::anon_send(s, load_persons{from, moved, std::move(done)});
  }
  for (auto& p : persons) p.wait();
  for (auto& p : persons) p.get();
}

void engine::begin_recovery(std::vector<past_decisions> past) {
  for (size_t i = 0; i < parts_->shards.size(); ++i)
    caf::anon_send(parts_->shards[i], cartwheel::begin_recovery{std::move(past[i])});
}

void engine::end_recovery() {
  for (const auto& s : parts_->shards) caf::anon_send(s, cartwheel::end_recovery{});
}

void engine::stop() {
  if (parts_->shards.empty()) return;
  caf::scoped_actor self{*parts_->system};
  for (const auto& s : parts_->shards) {
    self->monitor(s);
    caf::anon_send_exit(s, caf::exit_reason::user_shutdown);
  }
  for (size_t i = 0; i < parts_->shards.size(); ++i) self->receive([](const caf::down_msg&) {});
  parts_->shards.clear();
}

uint16_t engine::shards() const { return parts_->setup.shards; }
const shard_setup& engine::setup() const { return parts_->setup; }
const shard_metrics& engine::metrics(size_t shard_number) const { return *parts_->metrics[shard_number]; }
caf::actor_system& engine::system() { return *parts_->system; }
caf::actor engine::shard_actor_at(size_t shard_number) const { return parts_->shards[shard_number]; }

caf::actor engine::shard_of_cart(std::string_view shop, std::string_view cart_id) const {
  return parts_->shards[static_cast<size_t>(shard_of(partition_of_cart(shop, cart_id), shards()))];
}

}  // namespace cartwheel
