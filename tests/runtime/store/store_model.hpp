#pragma once

#include "runtime/store/store.hpp"

#include <gtest/gtest.h>

#include <array>
#include <map>
#include <random>
#include <string>

namespace cartwheel::test {

/// What a store must hold, written so that nobody can doubt it.
using model = std::array<std::map<std::string, std::string>, store_tables.size()>;

inline void apply(const store_batch& batch, model& to) {
  batch.each([&](store_table t, auto key, auto value) { to[index_of(t)][std::string{key}] = value; },
             [&](store_table t, auto key) { to[index_of(t)].erase(std::string{key}); });
}

inline model everything_in(const store& s) {
  model out;
  for (const auto& t : store_tables)
    s.visit(t.what, {}, {}, [&](auto key, auto value) {
      out[index_of(t.what)].emplace(key, value);
      return true;
    });
  return out;
}

inline std::string random_letters(std::mt19937_64& random, size_t n) {
  static constexpr std::array<char, 6> letters{'\0', '\1', 'a', 'b', '\x7f', '\xff'};
  std::string some(n, ' ');
  for (auto& c : some) c = letters[random() % letters.size()];
  return some;
}

/// As long as those by which some tables are asked; of few.
inline std::string random_prefix(std::mt19937_64& random) { return std::string(18, 'p') + random_letters(random, 2); }

/// Small ranges of keys, so that they are met again; of several lengths, with zeros and ff bytes among them.
inline std::string random_key(std::mt19937_64& random) {
  auto key = random_letters(random, random() % 4);
  return random() % 2 == 0 ? random_prefix(random) + key : key;
}

/// Mostly short, now and then as long as several blocks; never the same twice.
inline std::string random_value(std::mt19937_64& random) {
  std::string value = std::to_string(random());
  value.resize(random() % 16 == 0 ? random() % 20'000 : random() % 300, static_cast<char>(random()));
  return value;
}

inline store_table random_table(std::mt19937_64& random) { return store_tables[random() % store_tables.size()].what; }

inline store_batch random_batch(std::mt19937_64& random) {
  store_batch batch;
  for (size_t n = random() % 12; n > 0; --n) {
    if (random() % 4 == 0)
      batch.erase(random_table(random), random_key(random));
    else
      batch.put(random_table(random), random_key(random), random_value(random));
  }
  return batch;
}

/// Prints as a short note instead of as megabytes when two differ.
inline testing::AssertionResult same(const model& is, const model& should_be) {
  for (const auto& t : store_tables) {
    const auto& a = is[index_of(t.what)];
    const auto& b = should_be[index_of(t.what)];
    if (a == b) continue;
    auto hex = [](const std::string& s) { return testing::PrintToString(s.substr(0, 40)); };
    for (const auto& [key, value] : b) {
      auto found = a.find(key);
      if (found == a.end()) return testing::AssertionFailure() << t.name << ": " << hex(key) << " is missing";
      if (found->second != value)
        return testing::AssertionFailure()
               << t.name << ": " << hex(key) << " is " << hex(found->second) << ", not " << hex(value);
    }
    for (const auto& [key, value] : a)
      if (!b.contains(key)) return testing::AssertionFailure() << t.name << ": " << hex(key) << " was invented";
  }
  return testing::AssertionSuccess();
}

}  // namespace cartwheel::test
