#include "actors/content/template_loader.hpp"

#include "actors/content/language.hpp"
#include "actors/content/limits.hpp"
#include "actors/content/reminder_fields.hpp"

#include <fmt/format.h>

namespace cartwheel {

namespace {

constexpr std::string_view ending = ".mustache";

}  // namespace

void template_loader::sort_files() {
  for (const auto& file : files_) {
    if (!file.name.ends_with(ending)) continue;  // a README beside them
    if (file.text.size() > limits::template_bytes_max) {
      errors_.push_back(
        fmt::format("{}:1: {} bytes; at most {}", file.name, file.text.size(), limits::template_bytes_max));
      continue;
    }
    std::string_view stem{file.name.data(), file.name.size() - ending.size()};
    size_t dot = stem.rfind('.');
    std::string_view name = stem.substr(0, dot);
    std::string_view language = dot == std::string_view::npos ? std::string_view{} : stem.substr(dot + 1);
    if (name == "layout" && (language == "html" || language == "text")) {
      (language == "html" ? layout_html_ : layout_text_) = &file;
    } else if (name == "layout" || name.empty() || !is_language_tag(language)) {
      errors_.push_back(
        fmt::format("{}:1: expected <name>.<language>.mustache, layout.html.mustache or "
                    "layout.text.mustache",
                    file.name));
    } else {
      auto words = template_words::parse(file.text, file.name, errors_);
      (name == "common" ? common_ : reminders_).push_back({std::string{name}, std::string{language}, std::move(words)});
    }
  }
}

const template_words* template_loader::common(std::string_view language) const {
  for (const auto& file : common_) {
    if (same_language_tag(file.language, language)) return &file.words;
  }
  return nullptr;
}

/// Of the reminder's own file; else of what its language shares, most special first: common.nl-BE, common.nl.
std::optional<template_source> template_loader::find_words(const words_file& file, std::string_view key) {
  if (auto own = file.words.find(key)) {
    used_.emplace(key);
    return own;
  }
  for (std::string_view language = file.language; !language.empty(); language = less_special(language)) {
    const auto* shared = common(language);
    if (shared == nullptr) continue;
    if (auto words = shared->find(key)) return words;
  }
  return std::nullopt;
}

std::optional<text_template> template_loader::compile_part(const words_file& file, std::string_view part,
                                                           template_kind kind) {
  auto words = [&](std::string_view key) { return find_words(file, key); };
  auto source = file.words.block(part);
  if (!source) {
    const auto* layout = kind == template_kind::html ? layout_html_ : layout_text_;
    if (layout == nullptr) {
      errors_.push_back(
        fmt::format("{}:1: no --- {} --- in it, and no layout.{}.mustache", file.words.file(), part, part));
      return std::nullopt;
    }
    source = template_source{layout->text, layout->name, 1};
  }
  size_t before = errors_.size();
  auto compiled = text_template::compile(*source, kind, reminder_vocabulary(), words, errors_);
  // An error in the layout is often the words' fault; say whose it was using.
  for (size_t i = before; i < errors_.size(); ++i) {
    if (!errors_[i].starts_with(file.words.file())) errors_[i] += fmt::format(" (for {})", file.words.file());
  }
  return compiled;
}

void template_loader::compile(const words_file& file) {
  used_ = {"subject"};
  std::optional<text_template> subject;
  if (auto source = file.words.find("subject")) {
    auto words = [&](std::string_view key) { return find_words(file, key); };
    subject = text_template::compile(*source, template_kind::text, reminder_vocabulary(), words, errors_);
  } else {
    errors_.push_back(fmt::format("{}:1: no subject", file.words.file()));
  }
  auto text = compile_part(file, "text", template_kind::text);
  auto html = compile_part(file, "html", template_kind::html);
  for (const auto& [key, line] : file.words.keys()) {
    if (used_.count(key) == 0) {
      errors_.push_back(fmt::format("{}:{}: {}: no layout or block puts these words in", file.words.file(), line, key));
    }
  }
  if (!subject || !text || !html) return;
  auto& languages = set_->templates_[file.name];
  auto [at, added] = languages.try_emplace(
    lower_language_tag(file.language),
    mail_template{file.name, file.language, std::move(*subject), std::move(*text), std::move(*html)});
  if (!added) errors_.push_back(fmt::format("{}:1: this language is there twice", file.words.file()));
}

loaded_templates template_loader::load() {
  sort_files();
  if (reminders_.empty()) errors_.push_back("no <name>.<language>.mustache among the files");
  for (const auto& file : reminders_) compile(file);
  if (!errors_.empty()) return {nullptr, std::move(errors_)};
  return {std::move(set_), {}};
}

}  // namespace cartwheel
