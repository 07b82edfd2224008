#pragma once

#include "actors/parking/parking.hpp"
#include "runtime/store/store.hpp"

namespace cartwheel {

/// The parking in the store: a table of records by lane and number. Durable with store::flush().
class store_parking final : public parking {
 public:
  explicit store_parking(store& s) : store_{s} {}

  void put(parked_name first, std::span<const std::string> records) override;
  std::optional<std::string> fetch(parked_name name) const override;
  void erase(std::span<const parked_name> names) override;
  void erase_from(parked_name first) override;
  void erase_all() override;

 private:
  store& store_;
};

}  // namespace cartwheel
