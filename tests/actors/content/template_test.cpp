#include "actors/content/template.hpp"

#include <array>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cartwheel {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::array row_fields{template_field{"name"}, template_field{"price"}};
constexpr template_vocabulary row_vocabulary{row_fields};
constexpr std::array fields{template_field{"shop"},
                            template_field{"gone"},
                            template_field{"items", &row_vocabulary},
                            template_field{"none", &row_vocabulary},
                            template_field{"set"},
                            template_field{"price"}};
constexpr template_vocabulary vocabulary{fields};

class a_template : public testing::Test {
 protected:
  std::string render(std::string_view source, template_kind kind = template_kind::html) {
    auto t = compile(source, kind);
    if (!t) return "errors: " + testing::PrintToString(errors);
    std::string out;
    auto hole = t->render(values, out);
    return hole.empty() ? out : "hole: " + hole;
  }

  std::optional<text_template> compile(std::string_view source, template_kind kind = template_kind::html) {
    errors.clear();
    auto words = [](std::string_view name) -> std::optional<template_source> {
      if (name == "hello") return template_source{"Hello & <{{shop}}>\n\nbye", "words", 7};
      if (name == "broken") return template_source{"{{#set}}", "words", 9};
      if (name == "round") return template_source{"{{> round}}{{> round}}", "words", 11};
      return std::nullopt;
    };
    return text_template::compile({source, "t.mustache", 1}, kind, vocabulary, words, errors);
  }

  std::vector<std::string> errors;
  std::array<template_value, 4> rows{template_value::of("cup"), template_value::of("5"), template_value::of("<tea>"),
                                     template_value{}};
  std::array<template_value, 6> values{
    template_value::of(R"(A&B <"'>)"),         template_value{},           template_value{{}, true, 2, rows.data()},
    template_value{{}, false, 0, rows.data()}, template_value::flag(true), template_value::of("total")};
};

TEST_F(a_template, escapes_values_in_html_and_only_there) {
  EXPECT_EQ(render("[{{shop}}]"), "[A&amp;B &lt;&quot;&#39;&gt;]");
  EXPECT_EQ(render("[{{shop}}]", template_kind::text), R"([A&B <"'>])");
  EXPECT_EQ(render("[{{{shop}}}|{{& shop }}]"), R"([A&B <"'>|A&B <"'>])");
}

TEST_F(a_template, goes_through_lists_and_sees_what_is_around_them) {
  EXPECT_EQ(render("{{#items}}({{name}}@{{{shop}}}){{/items}}"), R"((cup@A&B <"'>)(&lt;tea&gt;@A&B <"'>))");
  EXPECT_EQ(render("{{#items}}{{#price}}{{price}};{{/price}}{{^price}}-;{{/price}}{{/items}}"), "5;-;");
  EXPECT_EQ(render("{{#none}}x{{/none}}{{^none}}empty{{/none}}{{^items}}y{{/items}}"), "empty");
  EXPECT_EQ(render("{{#items}}{{#items}}{{name}} {{/items}}|{{/items}}"), "cup &lt;tea&gt; |cup &lt;tea&gt; |");
}

TEST_F(a_template, takes_flags_and_texts_as_conditions) {
  EXPECT_EQ(render("{{#set}}yes{{/set}}{{^set}}no{{/set}}{{#gone}}there{{/gone}}{{^gone}}not{{/gone}}"), "yesnot");
}

TEST_F(a_template, refuses_to_leave_a_hole) {
  EXPECT_EQ(render("one\ntwo {{gone}}"), "hole: t.mustache:2: gone is missing");
  EXPECT_EQ(render("{{#items}}\n{{price}}\n{{/items}}"), "hole: t.mustache:2: price is missing");
  EXPECT_EQ(render("{{#gone}}{{gone}}{{/gone}}"), "");
}

TEST_F(a_template, lets_tags_that_stand_alone_take_their_line_with_them) {
  EXPECT_EQ(render("a\n  {{#set}}  \nb\n{{/set}}\nc"), "a\nb\nc");
  EXPECT_EQ(render("a\r\n{{#set}}\r\nb\r\n{{/set}}\r\nc"), "a\r\nb\r\nc");
  EXPECT_EQ(render("{{! a\nb }}\nc{{! d }}e"), "ce");
  EXPECT_EQ(render("{{#set}} {{/set}}\nx"), " \nx");
  EXPECT_EQ(render("| {{#set}}\ny {{/set}}\n{{/set"),
            "errors: { \"t.mustache:3: {{/set: never closed; expected }}\" }");
}

TEST_F(a_template, puts_words_in_as_text) {
  EXPECT_EQ(render("<p>{{> hello}}</p>"), "<p>Hello &amp; &lt;A&amp;B &lt;&quot;&#39;&gt;&gt;<br><br>bye</p>");
  EXPECT_EQ(render("{{> hello}}", template_kind::text), "Hello & <A&B <\"'>>\n\nbye");
}

TEST_F(a_template, is_compiled_with_all_errors_at_once) {
  EXPECT_FALSE(
    compile("{{nobody}}\n{{items}}\n{{#set}}\n{{/gone}}\n{{> absent}}\n{{=<% %>=}}\n{{}}\n{{/set}}\n{{> broken}}"));
  EXPECT_THAT(errors, ElementsAre("t.mustache:1: {{nobody}}: no field of that name",
                                  "t.mustache:2: {{items}}: items is a list; write {{#items}}..{{/items}}",
                                  "t.mustache:4: {{/gone}}: closes {{#set}} of line 3",
                                  "t.mustache:5: {{> absent}}: no words of that name",
                                  "t.mustache:6: {{=<% %>=}}: other delimiters are not supported",
                                  "t.mustache:7: {{}}: names no field", "t.mustache:8: {{/set}}: closes no section",
                                  "words:9: {{#set}}: never closed"));
}

TEST_F(a_template, does_not_see_a_rows_fields_outside_its_list) {
  EXPECT_FALSE(compile("{{#items}}{{/items}}{{name}}"));
  EXPECT_THAT(errors, ElementsAre(HasSubstr("{{name}}: no field of that name")));
}

TEST_F(a_template, has_a_bound_for_nesting_and_for_words_in_words) {
  std::string deep;
  for (int i = 0; i < 40; ++i) deep += "{{#items}}";
  for (int i = 0; i < 40; ++i) deep += "{{/items}}";
  EXPECT_FALSE(compile(deep));
  EXPECT_FALSE(compile("{{> round}}"));
  EXPECT_THAT(errors, testing::Each(HasSubstr("go too deep")));
  deep.clear();
  for (int i = 0; i < 16; ++i) deep += "{{#set}}";
  for (int i = 0; i < 16; ++i) deep += "{{/set}}";
  EXPECT_TRUE(compile(deep));
}

TEST_F(a_template, survives_any_bytes) {
  for (std::string_view source : {"{{", "}}", "{{{", "{{#", "{{#}}", "{{/}}", "{{!", "{{>}}", "{{{shop}}",
                                  "{{ # set }}{{ / set }}", "{{\n\n}}", "{{&}}", "{{^}}{{/}}", "{{{}}}"}) {
    std::string out = render(source);
    SUCCEED() << out;
  }
  EXPECT_EQ(render(std::string_view{"a\0b\xff", 4}), (std::string_view{"a\0b\xff", 4}));
  EXPECT_THAT(errors, IsEmpty());
}

}  // namespace
}  // namespace cartwheel
