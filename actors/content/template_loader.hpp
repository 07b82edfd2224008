#pragma once

#include "actors/content/template_set.hpp"
#include "actors/content/template_words.hpp"

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace cartwheel {

/// Sorts a folder's files into layouts and words, and compiles each reminder in each language.
/// Errors: all are collected, so a shop mends its folder in one go.
class template_loader {
 public:
  explicit template_loader(std::vector<template_file> files) : files_{std::move(files)} {}

  loaded_templates load();

 private:
  struct words_file {
    std::string name;
    std::string language;
    template_words words;
  };

  void sort_files();
  void compile(const words_file& file);
  std::optional<template_source> find_words(const words_file& file, std::string_view key);
  std::optional<text_template> compile_part(const words_file& file, std::string_view part, template_kind kind);
  const template_words* common(std::string_view language) const;

  std::vector<template_file> files_;
  const template_file* layout_html_ = nullptr;
  const template_file* layout_text_ = nullptr;
  std::vector<words_file> reminders_;
  std::vector<words_file> common_;
  std::set<std::string, std::less<>> used_;  // keys of the file being compiled that something put in
  std::shared_ptr<template_set> set_ = std::make_shared<template_set>();
  std::vector<std::string> errors_;
};

}  // namespace cartwheel
