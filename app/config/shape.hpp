#pragma once

#include "app/config/document.hpp"
#include "runtime/base/time.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// The shapes a key's value can have: how it is read, what is allowed, how it is written back.
namespace cartwheel::config {

/// A value read, or why not.
template <class T>
struct reading {
  std::optional<T> value;
  std::vector<problem> problems;
};

/// How one kind of setting is written. Shape: `allowed` ends the sentence "must be ..."; `read` gets a value of type
/// `wanted` and the key's dotted name for its problems; `print` gives TOML.
template <class T>
struct shape {
  kind wanted = kind::text;
  std::string allowed;
  std::function<reading<T>(const value&, const std::string& key)> read;
  std::function<std::string(const T&)> print;
};

/// `"as TOML writes it"`
std::string quoted(std::string_view text);

/// A value as a complaint shows it: short, on one line, whatever it holds.
std::string shown(const value& v);

/// The problem of a value that is not what it must be. `what` stands between the value and "must be".
problem refused(const value& v, const std::string& key, std::string_view what, std::string_view allowed);

/// A text that has no control characters and is UTF-8. Bounds: bytes_min..bytes_max bytes.
shape<std::string> text(size_t bytes_min, size_t bytes_max);

/// A text that a function accepts, and may rewrite. `secret` texts are not repeated in a complaint.
shape<std::string> text_that(std::function<std::optional<std::string>(const std::string&)> accept, std::string allowed,
                             bool secret = false);

shape<bool> boolean();

template <class Integer>
shape<Integer> integer(Integer from, Integer to) {
  auto allowed = "an integer from " + std::to_string(from) + " to " + std::to_string(to);
  return {kind::integer, allowed,
          [=](const value& v, const std::string& key) -> reading<Integer> {
            if (std::cmp_less(v.integer(), from) || std::cmp_greater(v.integer(), to))
              return {{}, {refused(v, key, "is out of range", allowed)}};
            return {static_cast<Integer>(v.integer()), {}};
          },
          [](const Integer& i) { return std::to_string(i); }};
}

shape<milliseconds> duration(milliseconds from, milliseconds to);

/// One of a few words. `not_yet` words are known and refused by this version.
template <class T>
struct word {
  std::string text;
  T means{};
  bool not_yet = false;
};

/// Complains about a word that is none of the allowed ones.
problem refused_word(const value& v, const std::string& key, bool not_yet, const std::vector<std::string>& words,
                     std::string_view allowed);

template <class T>
shape<T> one_of(std::vector<word<T>> words) {
  std::string allowed;
  std::string later;
  std::vector<std::string> now;
  for (const auto& w : words) {
    auto& to = w.not_yet ? later : allowed;
    to.append(to.empty() ? "" : " or ").append(quoted(w.text));
    if (!w.not_yet) now.push_back(w.text);
  }
  auto complete = later.empty() ? allowed : allowed + " (not in this version: " + later + ")";
  return {kind::text, complete,
          [=](const value& v, const std::string& key) -> reading<T> {
            bool not_yet = false;
            for (const auto& w : words)
              if (v.text() == w.text) {
                if (!w.not_yet) return {w.means, {}};
                not_yet = true;
              }
            return {{}, {refused_word(v, key, not_yet, now, allowed)}};
          },
          [=](const T& t) {
            for (const auto& w : words)
              if (w.means == t) return quoted(w.text);
            return quoted("");
          }};
}

/// A list of texts, each of one shape.
shape<std::vector<std::string>> texts(shape<std::string> each, size_t count_max);

}  // namespace cartwheel::config
