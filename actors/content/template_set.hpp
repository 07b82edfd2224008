#pragma once

#include "actors/content/template.hpp"

#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cartwheel {

/// One file of a template folder.
struct template_file {
  std::string name;  // without its folder
  std::string text;
};

/// A reminder's templates in one language, compiled.
struct mail_template {
  std::string name;
  std::string language;  // BCP 47, as its file is named: "nl", "nl-BE"
  text_template subject;
  text_template text;
  text_template html;
};

class template_set;

/// What became of loading templates. Invariant: `set` is there exactly when `errors` is empty.
struct loaded_templates {
  std::shared_ptr<const template_set> set;
  std::vector<std::string> errors;  // all of them, "file:line: what"
};

/// All templates of the program.
/// Shape: a folder of files. `layout.html.mustache` and `layout.text.mustache` say how every mail looks;
/// `<name>.<language>.mustache` has the words of one reminder in one language, `common.<language>.mustache` those that
/// all reminders of a language share. `{{> key}}` in a layout puts the words in. A words file may instead carry a whole
/// part of its own (template_words).
/// Runs on: any thread, once loaded.
class template_set {
 public:
  /// The templates that come with the program (actors/content/templates/).
  static loaded_templates built_in();

  /// The built-in ones with a folder's files over them: a file of the same name takes the place of the built-in one, so
  /// a shop may change one language of one reminder and leave the rest.
  /// Errors: a folder that cannot be read, and every error in any file.
  static loaded_templates load(const std::filesystem::path& folder);

  /// From files as they are, with nothing under them.
  static loaded_templates from_files(std::vector<template_file> files);

  /// The template in the best language there is: the exact locale (nl-BE), its language (nl), likewise for the shop's
  /// locale, English. Errors: null when there is none of that name in any of these.
  const mail_template* find(std::string_view name, std::string_view locale, std::string_view shop_locale) const;

  /// Names of the reminders, each once, and of the languages one is there in.
  std::vector<std::string> names() const;
  std::vector<std::string> languages(std::string_view name) const;

 private:
  friend class template_loader;
  using by_language = std::map<std::string, mail_template, std::less<>>;  // key in lower case

  std::map<std::string, by_language, std::less<>> templates_;
};

/// The files of actors/content/templates/, compiled into the program (cmake/embed_templates.cmake).
std::span<const template_file> built_in_template_files();

}  // namespace cartwheel
