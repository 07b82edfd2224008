#include "actors/content/unsubscribe_page.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cartwheel::unsubscribe_page {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

TEST(unsubscribe_page, speaks_the_language_the_browser_likes_best) {
  EXPECT_EQ(choose(""), language::en);
  EXPECT_EQ(choose("nl-NL,nl;q=0.9,en-US;q=0.8,en;q=0.7"), language::nl);
  EXPECT_EQ(choose("es, fr-BE;q=0.5, nl;q=0.4"), language::fr);
  EXPECT_EQ(choose("en;q=0.4, nl;q=0.41"), language::nl);
  EXPECT_EQ(choose("nl;q=0, fr;q=0.001"), language::fr);
  EXPECT_EQ(choose("FR"), language::fr);
  EXPECT_EQ(choose("de-AT, fr;q=0.9"), language::de);
  EXPECT_EQ(choose("*"), language::en);
  EXPECT_EQ(choose(";;,,q=,nl;q=x,\xff"), language::en);
  EXPECT_EQ(choose(std::string(100'000, ',') + "nl"), language::en);
}

TEST(unsubscribe_page, asks_with_a_button_that_posts) {
  auto page = question(language::nl, "Maison & <Café>", "anna@example.com");
  EXPECT_THAT(page,
              AllOf(HasSubstr("<html lang=\"nl\">"), HasSubstr("<form method=\"post\">"),
                    HasSubstr("name=\"List-Unsubscribe\" value=\"One-Click\""), HasSubstr("Maison &amp; &lt;Café&gt;"),
                    HasSubstr("a•••@example.com"), Not(HasSubstr("anna@"))));
}

TEST(unsubscribe_page, says_when_it_is_done_and_when_the_link_is_broken) {
  EXPECT_THAT(done(language::fr, "Example", "anna@example.com"),
              AllOf(HasSubstr("n’enverra plus"), Not(HasSubstr("<form"))));
  EXPECT_THAT(unknown(language::en), AllOf(HasSubstr("does not work"), Not(HasSubstr("<form"))));
}

TEST(unsubscribe_page, loads_nothing_from_elsewhere) {
  for (auto l : {language::en, language::nl, language::fr, language::de}) {
    for (const auto& page : {question(l, "S", "a@b.example"), done(l, "S", "a@b.example"), unknown(l)}) {
      EXPECT_THAT(
        page, AllOf(Not(HasSubstr("http")), Not(HasSubstr("src=")), Not(HasSubstr("url(")), Not(HasSubstr("<script"))));
      EXPECT_THAT(page, AllOf(HasSubstr("<!doctype html>"), HasSubstr("name=\"viewport\""), HasSubstr("<h1>"),
                              HasSubstr("</html>")));
      EXPECT_THAT(page, AllOf(Not(HasSubstr("{shop}")), Not(HasSubstr("{address}"))));
    }
  }
}

TEST(unsubscribe_page, shows_an_address_to_its_owner_only) {
  EXPECT_EQ(masked("anna@example.com"), "a•••@example.com");
  EXPECT_EQ(masked("\u00f8lga@example.com"), "\u00f8•••@example.com");
  EXPECT_EQ(masked("\"a@b\"@example.com"), "\"•••@example.com");
  EXPECT_EQ(masked("nothing"), "•••");
  EXPECT_EQ(masked("@example.com"), "•••");
}

}  // namespace
}  // namespace cartwheel::unsubscribe_page
