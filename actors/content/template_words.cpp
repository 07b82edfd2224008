#include "actors/content/template_words.hpp"

#include <fmt/format.h>

namespace cartwheel {

namespace {

std::string_view trimmed(std::string_view text) {
  size_t begin = text.find_first_not_of(" \t\r");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r") - begin + 1);
}

bool is_key(std::string_view text) {
  return !text.empty() && text.find_first_not_of("abcdefghijklmnopqrstuvwxyz_") == std::string_view::npos;
}

/// The name in "--- name ---"; nothing for other lines.
std::optional<std::string_view> block_name(std::string_view line) {
  line = trimmed(line);
  if (line.size() < 8 || !line.starts_with("---") || !line.ends_with("---")) return std::nullopt;
  return trimmed(line.substr(3, line.size() - 6));
}

}  // namespace

template_words template_words::parse(std::string_view text, const std::string& file, std::vector<std::string>& errors) {
  template_words out;
  out.file_ = file;
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  entry* words = nullptr;  // the key whose lines we are in
  entry* block = nullptr;
  bool paragraph = false;  // an empty line was passed within a key's words
  for (size_t number = 1; !text.empty(); ++number) {
    size_t end = text.find('\n');
    std::string_view whole = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    std::string_view line = trimmed(whole);
    auto complain = [&](std::string_view what) { errors.push_back(fmt::format("{}:{}: {}", file, number, what)); };

    if (auto name = block_name(whole)) {
      if (*name != "text" && *name != "html") complain(fmt::format("--- {} ---: blocks are text and html", *name));
      auto [at, added] = out.blocks_.try_emplace(std::string{*name}, entry{{}, number + 1});
      if (!added) complain(fmt::format("--- {} --- stands here twice", *name));
      block = &at->second;
      continue;
    }
    if (block != nullptr) {
      block->text.append(whole.ends_with('\r') ? whole.substr(0, whole.size() - 1) : whole).push_back('\n');
      continue;
    }
    if (line.empty()) {
      paragraph = true;
      continue;
    }
    if (whole.front() == '#') continue;
    if (whole.front() == ' ' || whole.front() == '\t') {
      if (words == nullptr) {
        complain("an indented line goes on with a text, but none has begun");
        continue;
      }
      if (!words->text.empty()) words->text += paragraph ? "\n\n" : " ";
      words->text += line;
      paragraph = false;
      continue;
    }
    size_t colon = whole.find(':');
    if (colon == std::string_view::npos || !is_key(whole.substr(0, colon))) {
      complain("expected \"key: words\", with a key of small letters and _; or \"--- text ---\", \"--- html ---\"");
      words = nullptr;
      continue;
    }
    std::string key{whole.substr(0, colon)};
    auto [at, added] = out.words_.try_emplace(key, entry{std::string{trimmed(whole.substr(colon + 1))}, number});
    if (!added) complain(fmt::format("{} stands here twice; first in line {}", key, at->second.line));
    words = &at->second;
    paragraph = false;
  }
  return out;
}

std::optional<template_source> template_words::find_in(const std::map<std::string, entry, std::less<>>& from,
                                                       std::string_view name) const {
  auto at = from.find(name);
  if (at == from.end()) return std::nullopt;
  return template_source{at->second.text, file_, at->second.line};
}

std::optional<template_source> template_words::find(std::string_view key) const { return find_in(words_, key); }
std::optional<template_source> template_words::block(std::string_view name) const { return find_in(blocks_, name); }

std::vector<std::pair<std::string_view, size_t>> template_words::keys() const {
  std::vector<std::pair<std::string_view, size_t>> out;
  for (const auto& [key, words] : words_) out.emplace_back(key, words.line);
  return out;
}

}  // namespace cartwheel
