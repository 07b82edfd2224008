#include "runtime/store/store_batch.hpp"

#include "runtime/store/limits.hpp"

#include <fmt/format.h>

#include <stdexcept>

namespace cartwheel {

namespace {

void check(const char* what, size_t bytes, size_t bytes_max) {
  if (bytes > bytes_max)
    throw std::length_error{fmt::format("{} of {} bytes for the store; it takes {}", what, bytes, bytes_max)};
}

}  // namespace

void store_batch::put(store_table t, std::string_view key, std::string_view value) {
  check("a value", value.size(), limits::store_value_bytes_max);
  add({t, false, static_cast<uint32_t>(key.size()), static_cast<uint32_t>(value.size())}, key, value);
}

void store_batch::erase(store_table t, std::string_view key) {
  add({t, true, static_cast<uint32_t>(key.size()), 0}, key, {});
}

void store_batch::add(operation o, std::string_view key, std::string_view value) {
  check("a key", key.size(), limits::store_key_bytes_max);
  check("a batch", bytes_.size() + key.size() + value.size(), limits::store_batch_bytes_max);
  operations_.push_back(o);
  bytes_.append(key).append(value);
}

void store_batch::clear() {
  operations_.clear();
  bytes_.clear();
}

}  // namespace cartwheel
