#pragma once

#include "actors/shard/shard.hpp"
#include "actors/shard/shard_messages.hpp"

#include <memory>
#include <vector>

namespace cartwheel {

/// The shards of one process, as actors. Epochs go in, decisions come out through the observer.
/// Runs on: submit from one thread; everything else from any.
class engine {
 public:
  /// `setup` is copied; its observer and reminder sink must outlive the engine.
  explicit engine(shard_setup setup);
  ~engine();
  engine(const engine&) = delete;
  engine& operator=(const engine&) = delete;

  void submit(epoch_ptr e);
  /// Lets other rules decide what is submitted from here on.
  void use(std::shared_ptr<const deciding_rules> rules);
  /// Takes up a snapshot that `shards` shards have written, into empty shards; returns when all of it is there.
  /// Errors: std::runtime_error naming the file.
  void load(file_layer& files, const std::filesystem::path& stem, uint16_t shards);

  /// Tells the shards that what is submitted from here on comes from the log (`past`: by shard), and that it has ended.
  void begin_recovery(std::vector<past_decisions> past);
  void end_recovery();

  /// Works off what was submitted, then ends the shards.
  void stop();

  uint16_t shards() const;
  const shard_setup& setup() const;
  const shard_metrics& metrics(size_t shard_number) const;
  caf::actor_system& system();
  /// The shard that holds this cart.
  caf::actor shard_of_cart(std::string_view shop, std::string_view cart_id) const;
  caf::actor shard_actor_at(size_t shard_number) const;

 private:
  struct parts;
  std::unique_ptr<parts> parts_;
};

}  // namespace cartwheel
