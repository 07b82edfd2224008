#include "actors/content/template_set.hpp"

#include "actors/content/reminder_fields.hpp"
#include "tests/actors/content/sample_reminder.hpp"
#include "tests/scratch_folder.hpp"

#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cartwheel {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

const template_file layout_text{"layout.text.mustache", "{{> greeting}} {{> intro}}"};
const template_file layout_html{"layout.html.mustache", "<p>{{> greeting}}</p><p>{{> intro}}</p>"};

std::string rendered(const text_template& t) {
  auto r = sample_reminder();
  shop_settings shop;
  reminder_fields f{r, shop, nullptr, "nl"};
  std::string out;
  auto hole = t.render(f.values(), out);
  return hole.empty() ? out : hole;
}

TEST(template_set, has_its_reminders_in_four_languages_built_in) {
  auto loaded = template_set::built_in();
  ASSERT_THAT(loaded.errors, IsEmpty());
  EXPECT_THAT(loaded.set->names(), ElementsAre("after-purchase-1", "browse-1", "checkout-1", "price-1", "reminder-1",
                                               "reminder-2", "reminder-3", "stock-1", "unpaid-1"));
  for (const auto& name : loaded.set->names()) {
    EXPECT_THAT(loaded.set->languages(name), ElementsAre("de", "en", "fr", "nl"));
  }
}

TEST(template_set, falls_back_from_the_exact_locale_to_english) {
  auto loaded = template_set::from_files({{"a.nl-BE.mustache", "subject: s\n--- text ---\n--- html ---\n"},
                                          {"a.nl.mustache", "subject: s\n--- text ---\n--- html ---\n"},
                                          {"a.fr.mustache", "subject: s\n--- text ---\n--- html ---\n"},
                                          {"a.en.mustache", "subject: s\n--- text ---\n--- html ---\n"},
                                          {"b.de.mustache", "subject: s\n--- text ---\n--- html ---\n"}});
  ASSERT_THAT(loaded.errors, IsEmpty());
  auto language = [&](std::string_view locale, std::string_view shop) {
    const auto* t = loaded.set->find("a", locale, shop);
    return t == nullptr ? "none" : t->language;
  };
  EXPECT_EQ(language("nl-BE", "fr"), "nl-BE");
  EXPECT_EQ(language("NL_be", "fr"), "nl-BE");
  EXPECT_EQ(language("nl-BE-x-old", "fr"), "nl-BE");
  EXPECT_EQ(language("nl-NL", "fr"), "nl");
  EXPECT_EQ(language("de-DE", "fr-FR"), "fr");
  EXPECT_EQ(language("", "fr"), "fr");
  EXPECT_EQ(language("de", "pl"), "en");
  EXPECT_EQ(language("---", "\xff"), "en");
  EXPECT_EQ(loaded.set->find("b", "nl", "nl"), nullptr);
  EXPECT_EQ(loaded.set->find("c", "nl", "nl"), nullptr);
}

TEST(template_set, takes_words_from_the_reminder_then_from_what_its_language_shares) {
  auto loaded =
    template_set::from_files({layout_text,
                              layout_html,
                              {"common.nl.mustache", "greeting: Dag,\nintro: gewoon\n"},
                              {"common.nl-BE.mustache", "greeting: Beste,\n"},
                              {"a.nl-BE.mustache", "subject: s\n"},
                              {"a.nl.mustache", "subject: s\nintro: eigen\n  <regels>\n\n  en alinea's\n"}});
  ASSERT_THAT(loaded.errors, IsEmpty());
  EXPECT_EQ(rendered(loaded.set->find("a", "nl-BE", "en")->text), "Beste, gewoon");
  EXPECT_EQ(rendered(loaded.set->find("a", "nl", "en")->text), "Dag, eigen <regels>\n\nen alinea's");
  EXPECT_EQ(rendered(loaded.set->find("a", "nl", "en")->html),
            "<p>Dag,</p><p>eigen &lt;regels&gt;<br><br>en alinea&#39;s</p>");
}

TEST(template_set, lets_a_reminder_bring_a_part_of_its_own) {
  auto loaded = template_set::from_files(
    {layout_text,
     {"a.en.mustache", "greeting: Hi\nintro: there\nsubject: s\n--- html ---\n<b>{{shop_name}}</b>\n# kept\n"}});
  ASSERT_THAT(loaded.errors, IsEmpty());
  EXPECT_EQ(rendered(loaded.set->find("a", "en", "en")->html), "<b>Example</b>\n# kept\n");
  EXPECT_EQ(rendered(loaded.set->find("a", "en", "en")->text), "Hi there");
}

TEST(template_set, reports_every_error_of_every_file_at_once) {
  auto loaded = template_set::from_files({
    layout_html,
    {"a.nl.mustache", "subject: {{shop_nam}}\ngreeting: x\n"},
    {"b.nl.mustache", "greeting: a\ngreeting: b\nIntro: c\n  loose\nintro: d {{#items}}\n--- pdf ---\n"},
    {"c.mustache", ""},
    {"layout.nl.mustache", ""},
    {"README.md", "{{"},
    {"d.en.mustache", "subject: s\ngreeting: g\nintro: i\nbuttn: typo\n--- text ---\n{{cart_ur}}"},
  });
  EXPECT_EQ(loaded.set, nullptr);
  EXPECT_THAT(loaded.errors,
              testing::UnorderedElementsAre(
                AllOf(HasSubstr("a.nl.mustache:1: {{shop_nam}}: no field of that name"), Not(HasSubstr("for"))),
                HasSubstr("a.nl.mustache:1: no --- text --- in it, and no layout.text.mustache"),
                "layout.html.mustache:1: {{> intro}}: no words of that name (for a.nl.mustache)",
                HasSubstr("b.nl.mustache:2: greeting stands here twice; first in line 1"),
                HasSubstr("b.nl.mustache:3: expected \"key: words\""), HasSubstr("b.nl.mustache:4: an indented line"),
                HasSubstr("b.nl.mustache:6: --- pdf ---"), HasSubstr("b.nl.mustache:1: no subject"),
                HasSubstr("b.nl.mustache:1: no --- text ---"), HasSubstr("b.nl.mustache:5: {{#items}}: never closed"),
                HasSubstr("c.mustache:1: expected <name>.<language>.mustache"),
                HasSubstr("layout.nl.mustache:1: expected"), HasSubstr("d.en.mustache:6: {{cart_ur}}: no field"),
                HasSubstr("d.en.mustache:4: buttn: no layout or block puts these words in")));
}

class a_template_folder : public testing::Test {
 protected:
  void write(const std::string& name, std::string_view text) { std::ofstream{folder / name} << text; }

  test::scratch_folder scratch;
  std::filesystem::path folder = scratch.path();
};

TEST_F(a_template_folder, lies_over_the_built_in_templates) {
  write("reminder-1.nl.mustache", "subject: Van ons\npreheader: p\nheading: h\nintro: i\nbutton: b\nclosing: c\n");
  write("spring.en.mustache", "subject: Spring\n--- text ---\nt\n--- html ---\nh\n");
  write("notes.txt", "{{");
  auto loaded = template_set::load(folder);
  ASSERT_THAT(loaded.errors, IsEmpty());
  EXPECT_EQ(rendered(loaded.set->find("reminder-1", "nl", "en")->subject), "Van ons");
  EXPECT_THAT(rendered(loaded.set->find("reminder-1", "fr", "en")->subject), HasSubstr("Votre panier"));
  EXPECT_EQ(rendered(loaded.set->find("spring", "nl", "nl")->subject), "Spring");
}

TEST_F(a_template_folder, is_named_when_it_is_not_there) {
  auto loaded = template_set::load(folder / "missing");
  EXPECT_EQ(loaded.set, nullptr);
  EXPECT_THAT(loaded.errors, ElementsAre(AllOf(HasSubstr("missing"), HasSubstr("No such file"))));
}

TEST_F(a_template_folder, may_not_hold_a_file_too_long_to_be_a_template) {
  write("huge.en.mustache", std::string(300 * 1024, 'x'));
  EXPECT_THAT(template_set::load(folder).errors,
              ElementsAre(HasSubstr("huge.en.mustache:1: 262145 bytes; at most 262144")));
}

}  // namespace
}  // namespace cartwheel
