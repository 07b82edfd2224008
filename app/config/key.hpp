#pragma once

#include "app/config/shape.hpp"
#include "app/config/suggest.hpp"

#include <fmt/format.h>

#include <algorithm>

/// A key of a section: name, shape, where its value goes and what it means, said once.
namespace cartwheel::config {

/// What the reference page and `--print-defaults` say of a key.
struct key_page {
  std::string name;
  std::string allowed;
  std::string meaning;
  std::string written;  // a value as TOML; of a default: empty for a key that has none
};

/// Shape: `Part` is the struct the key's section fills.
template <class Part>
struct key {
  std::string name;
  kind wanted;
  std::string allowed;
  std::string meaning;
  std::function<std::vector<problem>(Part&, const value&, const std::string& full_name)> read;
  std::function<std::string(const Part&)> print;
  bool required = false;  // there is no default worth having
};

template <class Part>
using keys = std::vector<key<Part>>;

/// A key whose value is set and got by functions: for one that fills more or less than one field.
template <class Part, class T, class Set, class Get>
key<Part> field(std::string name, Set set, Get get, shape<T> s, std::string meaning) {
  return {std::move(name),
          s.wanted,
          s.allowed,
          std::move(meaning),
          [set, read = s.read](Part& part, const value& v, const std::string& full_name) {
            auto r = read(v, full_name);
            if (r.value) set(part, *r.value);
            return r.problems;
          },
          [get, print = s.print](const Part& part) { return print(get(part)); },
          false};
}

/// A key that is one field.
template <class Part, class T>
key<Part> field(std::string name, T Part::*to, shape<T> s, std::string meaning) {
  return field<Part, T>(
    std::move(name), [to](Part& part, const T& t) { part.*to = t; }, [to](const Part& part) { return part.*to; },
    std::move(s), std::move(meaning));
}

/// A key that has one value in this version: checked, not kept.
template <class Part>
key<Part> fixed(std::string name, std::string only, std::vector<std::string> not_yet, std::string meaning) {
  std::vector<word<bool>> words{{std::move(only), true, false}};
  for (auto& w : not_yet) words.push_back({std::move(w), false, true});
  return field<Part, bool>(
    std::move(name), [](Part&, bool) {}, [](const Part&) { return true; }, one_of(std::move(words)),
    std::move(meaning));
}

template <class Part>
key<Part> required(key<Part> k) {
  k.required = true;
  return k;
}

/// Reads a table of keys into a part; unknown keys, missing ones, wrong types and what the shapes refuse are problems, all
/// of them.
template <class Part>
std::vector<problem> read_keys(Part& part, const value& from, const std::string& section, const keys<Part>& known) {
  std::vector<problem> problems;
  std::vector<std::string> names;
  for (const auto& k : known) names.push_back(k.name);
  for (const auto& e : from.entries()) {
    auto full_name = section + '.' + to_string(path{e.key});
    auto k = std::find_if(known.begin(), known.end(), [&](const auto& candidate) { return candidate.name == e.key; });
    if (k == known.end()) {
      auto near = closest(e.key, names);
      auto hint = near ? fmt::format("did you mean {}?", *near) : fmt::format("known here: {}", fmt::join(names, ", "));
      problems.push_back({e.where, full_name, "unknown key; " + hint});
      continue;
    }
    auto v = e.held.type() == kind::bare ? typed(e.held, k->wanted) : e.held;
    if (v.type() != k->wanted) {
      problems.push_back(refused(v, full_name, fmt::format("is {}", to_string(v.type())), k->allowed));
      continue;
    }
    auto found = k->read(part, v, full_name);
    problems.insert(problems.end(), found.begin(), found.end());
  }
  for (const auto& k : known)
    if (k.required && find(from.entries(), {k.name}) == nullptr)
      problems.push_back({from.where, section + '.' + k.name, "is missing; must be " + k.allowed});
  return problems;
}

template <class Part>
std::vector<key_page> pages(const Part& part, const keys<Part>& known) {
  std::vector<key_page> all;
  for (const auto& k : known) all.push_back({k.name, k.allowed, k.meaning, k.required ? "" : k.print(part)});
  return all;
}

}  // namespace cartwheel::config
