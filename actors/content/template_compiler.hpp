#pragma once

#include "actors/content/template.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace cartwheel {

/// Turns one source, and the words it puts in, into the steps of a text_template.
/// Shape: one object per template; `compile` may be called again for words, within the sections that are open then.
class template_compiler {
 public:
  template_compiler(template_kind kind, const template_vocabulary& vocabulary, const find_words& words,
                    std::vector<std::string>& errors)
      : kind_{kind}, words_{words}, errors_{errors}, scopes_{&vocabulary} {}

  /// Appends a source's steps. `escape_text`: its static text is text and not HTML (words put into a layout).
  void compile(const template_source& source, bool escape_text);

  text_template take() { return std::move(out_); }

 private:
  using step_kind = text_template::step_kind;

  struct tag {
    char sigil = 0;  // one of # ^ / ! > & { or 0 for a plain variable
    std::string_view name;
    std::string_view whole;  // as written, for messages
    size_t begin = 0;
    size_t end = 0;  // behind the closing braces
    size_t line = 0;
  };

  struct open_section {
    std::string_view name;
    std::string_view whole;
    size_t line;
    size_t step;
    bool row;  // it opened a row's vocabulary
  };

  bool read_tag(const template_source& source, size_t begin, size_t line, tag& t);
  void add_text(std::string_view text, bool escape);
  void add_variable(const template_source& source, const tag& t);
  void begin_section(const template_source& source, const tag& t);
  void end_section(const template_source& source, const tag& t);
  void insert_words(const template_source& source, const tag& t);
  size_t add_step(const template_source& source, const tag& t, step_kind kind);
  const template_field* look_up(std::string_view name, size_t& depth, size_t& slot) const;
  void error(const template_source& source, size_t line, std::string_view whole, std::string_view what);

  template_kind kind_;
  const find_words& words_;
  std::vector<std::string>& errors_;
  std::vector<const template_vocabulary*> scopes_;
  std::vector<open_section> open_;
  size_t words_depth_ = 0;  // words within words
  size_t file_ = 0;
  text_template out_;
};

}  // namespace cartwheel
