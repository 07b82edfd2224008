#pragma once

#include "actors/content/template.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cartwheel {

/// The words of one mail in one language, as a shop writes them (docs: actors/content/templates/README.md):
///
///     # a comment
///     subject: Your cart at {{shop_name}}
///     intro: A longer text goes on in lines that are indented,
///       and an empty line between them begins a new paragraph.
///     --- html ---
///     from here on, to the next such line, a whole HTML part of its own instead of the layout's
///
/// Shape: keys are [a-z_]+, each once; the blocks are `text` and `html`.
class template_words {
 public:
  /// Reads a file's text. Errors: appended to `errors`, each with file and line; what could be read is returned.
  static template_words parse(std::string_view text, const std::string& file, std::vector<std::string>& errors);

  /// The words of a key. Points into this object.
  std::optional<template_source> find(std::string_view key) const;

  /// A part written out in full; nothing where the layout is to be used.
  std::optional<template_source> block(std::string_view name) const;

  const std::string& file() const { return file_; }
  std::vector<std::pair<std::string_view, size_t>> keys() const;  // with their lines

 private:
  struct entry {
    std::string text;
    size_t line;
  };

  std::optional<template_source> find_in(const std::map<std::string, entry, std::less<>>& from,
                                         std::string_view name) const;

  std::string file_;
  std::map<std::string, entry, std::less<>> words_;
  std::map<std::string, entry, std::less<>> blocks_;
};

}  // namespace cartwheel
