#include "actors/content/template_set.hpp"

#include "actors/content/language.hpp"
#include "actors/content/limits.hpp"
#include "actors/content/template_loader.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>

#include <fmt/format.h>

namespace cartwheel {

namespace {

/// Reads the folder's *.mustache files, in the order of their names.
std::vector<template_file> read_folder(const std::filesystem::path& folder, std::vector<std::string>& errors) {
  std::vector<template_file> files;
  std::error_code error;
  std::filesystem::directory_iterator entries{folder, error};
  for (; !error && entries != std::filesystem::directory_iterator{}; entries.increment(error)) {
    auto name = entries->path().filename().string();
    if (!name.ends_with(".mustache") || name.starts_with('.')) continue;
    if (files.size() == limits::template_files_max) {
      errors.push_back(fmt::format("{}: more than {} templates", folder.string(), limits::template_files_max));
      break;
    }
    std::ifstream in{entries->path(), std::ios::binary};
    std::string text;
    text.resize(limits::template_bytes_max + 1);
    in.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<size_t>(std::max<std::streamsize>(0, in.gcount())));
    if (!in.is_open() || in.bad()) errors.push_back(fmt::format("{}: cannot be read", entries->path().string()));
    files.push_back({std::move(name), std::move(text)});
  }
  if (error) errors.push_back(fmt::format("{}: {}", folder.string(), error.message()));
  std::sort(files.begin(), files.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  return files;
}

}  // namespace

loaded_templates template_set::from_files(std::vector<template_file> files) {
  return template_loader{std::move(files)}.load();
}

loaded_templates template_set::built_in() {
  auto files = built_in_template_files();
  return from_files({files.begin(), files.end()});
}

loaded_templates template_set::load(const std::filesystem::path& folder) {
  std::vector<std::string> errors;
  auto files = read_folder(folder, errors);
  if (!errors.empty()) return {nullptr, std::move(errors)};
  for (const auto& file : built_in_template_files()) {
    auto same = std::find_if(files.begin(), files.end(), [&](const auto& f) { return f.name == file.name; });
    if (same == files.end()) files.push_back(file);
  }
  return from_files(std::move(files));
}

const mail_template* template_set::find(std::string_view name, std::string_view locale,
                                        std::string_view shop_locale) const {
  auto languages = templates_.find(name);
  if (languages == templates_.end()) return nullptr;
  for (std::string_view wanted : {locale, shop_locale, std::string_view{"en"}}) {
    auto tag = lower_language_tag(wanted);
    for (std::string_view t = tag; !t.empty(); t = less_special(t)) {
      auto at = languages->second.find(t);
      if (at != languages->second.end()) return &at->second;
    }
  }
  return nullptr;
}

std::vector<std::string> template_set::names() const {
  std::vector<std::string> out;
  for (const auto& [name, languages] : templates_) out.push_back(name);
  return out;
}

std::vector<std::string> template_set::languages(std::string_view name) const {
  std::vector<std::string> out;
  auto at = templates_.find(name);
  if (at == templates_.end()) return out;
  for (const auto& [key, t] : at->second) out.push_back(t.language);
  return out;
}

}  // namespace cartwheel
