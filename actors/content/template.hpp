#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cartwheel {

struct template_vocabulary;

/// Something a template may name. A list has a vocabulary of its own for what stands in each of its rows.
struct template_field {
  std::string_view name;
  const template_vocabulary* row = nullptr;
};

/// What templates may name at one level, in the order in which its values are handed in.
struct template_vocabulary {
  std::span<const template_field> fields;
};

/// The value of one field. A text is a hole when it is not `given`; a flag is a text that is given and not empty; a list
/// is its rows one after the other, each as long as the list's vocabulary. Points to what the caller keeps.
struct template_value {
  std::string_view text;
  bool given = false;
  uint32_t row_count = 0;
  const template_value* rows = nullptr;

  static template_value of(std::string_view text) { return {text, true, 0, nullptr}; }
  static template_value flag(bool set) { return {set ? std::string_view{"1"} : std::string_view{}, set, 0, nullptr}; }
};

/// A piece of template source and where it stands, for messages. `line` is the one `text` begins on.
struct template_source {
  std::string_view text;
  std::string file;
  size_t line = 1;
};

/// What a template is rendered into; it decides how static texts and values are escaped.
enum class template_kind : uint8_t { text, html };

/// Finds the words that `{{> name}}` stands for; nothing when there are none.
using find_words = std::function<std::optional<template_source>(std::string_view name)>;

/// A template, compiled: static texts and the slots between them.
/// The language is the part of Mustache that mails need: `{{field}}` (HTML-escaped in HTML), `{{{field}}}` and
/// `{{&field}}` (as it is), `{{#field}}..{{/field}}` (once for a text or flag that is there, else once per row),
/// `{{^field}}..{{/field}}` (when there is nothing), `{{! comment}}`, and `{{> words}}`, which puts in one of the
/// template's texts when it is compiled. No lambdas, no other delimiters. A section's tag alone on its line takes
/// the line with it.
/// Runs on: any thread, once compiled.  Source: the Mustache specification, modules interpolation, sections, inverted,
/// comments.
class text_template {
 public:
  /// Compiles a source. Every name must be in the vocabulary, so a typing error is found here and not in a mail.
  /// Errors: appended to `errors`, all of them, each with file, line and tag; then nothing is returned.
  static std::optional<text_template> compile(const template_source& source, template_kind kind,
                                              const template_vocabulary& vocabulary, const find_words& words,
                                              std::vector<std::string>& errors);

  /// Appends the rendered text to `out`. `values` are as many as the vocabulary has fields.
  /// Errors: names the field that a slot needs and that is not there ("reminder-1.nl.mustache:12: shopper_name is
  /// missing"); `out` then holds a part and is of no use. Empty when all went well.
  std::string render(std::span<const template_value> values, std::string& out) const;

 private:
  friend class template_compiler;

  enum class step_kind : uint8_t { text, escaped, raw, section, inverted };

  /// One step of rendering. `text`: bytes [begin, end) of the pool. A section's steps are the ones up to `end`.
  struct step {
    step_kind kind;
    uint8_t depth = 0;    // whose field: 0 the mail's, 1 the row's of the outermost list section, ...
    uint16_t slot = 0;    // which field
    uint16_t stride = 0;  // of a list: values per row; 0 for texts and flags
    uint16_t file = 0;    // for messages
    uint32_t line = 0;
    uint32_t begin = 0;
    uint32_t end = 0;
  };

  std::string render_steps(size_t begin, size_t end, const template_value** scopes, size_t depth,
                           std::string& out) const;
  std::string missing(const step& s) const;

  std::vector<step> steps_;
  std::string pool_;
  std::vector<std::string> files_;
  std::vector<std::string> names_;  // of the field of each step, for messages
};

}  // namespace cartwheel
