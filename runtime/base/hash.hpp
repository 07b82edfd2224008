#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace cartwheel {

/// FNV-1a, 32 bits: the hash that maps keys to partitions. It must stay what it is: other programs compute it too
/// (a broker's subject mapping uses the same function).
constexpr uint32_t fnv1a32(std::string_view text, uint32_t seed = 2166136261u) {
  uint32_t h = seed;
  for (unsigned char c : text) {
    h ^= c;
    h *= 16777619u;
  }
  return h;
}

/// A 128-bit key that senders do not know, so nobody can send carts that collide in an index.
struct hash_key {
  uint64_t k0 = 0;
  uint64_t k1 = 0;
};

/// SipHash-1-3 of `text` under `key`. Cost: about 10 ns for a cart id. Source: Aumasson and Bernstein, SipHash, 2012.
uint64_t keyed_hash(const hash_key& key, std::string_view text);

/// The key under which what follows `first` is hashed: keyed_hash(first_key(key, a), b) is keyed_hash(key, a, b).
inline hash_key first_key(const hash_key& key, std::string_view first) {
  return {key.k0 ^ keyed_hash(key, first), key.k1};
}

/// Continues a hash with a second text, so that ("ab", "c") and ("a", "bc") differ.
inline uint64_t keyed_hash(const hash_key& key, std::string_view first, std::string_view second) {
  return keyed_hash(first_key(key, first), second);
}

}  // namespace cartwheel
