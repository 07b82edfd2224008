#pragma once

#include "runtime/store/store_table.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace cartwheel {

/// Puts and erases over any tables that take effect together, in the order they were added.
/// Bounds: limits::store_key_bytes_max, store_value_bytes_max, store_batch_bytes_max; std::length_error beyond them, and
/// the batch is as it was before.
/// Cost: the bytes are copied in one piece; clear() keeps the memory for the next batch.
class store_batch {
 public:
  void put(store_table t, std::string_view key, std::string_view value);
  void erase(store_table t, std::string_view key);
  void clear();

  /// Operations.
  size_t size() const { return operations_.size(); }
  bool empty() const { return operations_.empty(); }
  /// Of keys and values.
  size_t bytes() const { return bytes_.size(); }

  /// Calls put(table, key, value) and erase(table, key) in order.
  template <class Put, class Erase>
  void each(Put put, Erase erase) const {
    std::string_view left{bytes_};
    for (const auto& o : operations_) {
      auto key = left.substr(0, o.key_bytes);
      if (o.erases)
        erase(o.table, key);
      else
        put(o.table, key, left.substr(o.key_bytes, o.value_bytes));
      left.remove_prefix(o.key_bytes + o.value_bytes);
    }
  }

 private:
  struct operation {
    store_table table;
    bool erases;
    uint32_t key_bytes;
    uint32_t value_bytes;
  };

  void add(operation o, std::string_view key, std::string_view value);

  std::vector<operation> operations_;
  std::string bytes_;
};

}  // namespace cartwheel
