// The pages behind the links in mails, in each of their languages.

#include "actors/content/preferences_page.hpp"
#include "actors/content/restore_page.hpp"
#include "actors/content/restore_target.hpp"

#include "actors/campaign/campaign.hpp"
#include "actors/content/date_format.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cartwheel {
namespace {

using page::language;
using preferences_page::choice;
using restore_page::why;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr std::array all_languages{language::en, language::nl, language::fr, language::de};
constexpr std::array all_choices{choice::pause, choice::fewer, choice::normal, choice::stop, choice::stop_all};

TEST(pages, speak_the_mails_language_before_the_browsers) {
  EXPECT_EQ(page::choose("nl-BE", "de"), language::nl);
  EXPECT_EQ(page::choose("", "de"), language::de);
  EXPECT_EQ(page::choose("es", "fr"), language::fr);
  EXPECT_EQ(page::choose("es", "it"), language::en);
}

TEST(pages, of_preferences_offer_each_choice_as_a_button) {
  for (auto l : all_languages) {
    auto asked = preferences_page::question(l, "Maison & <Café>", "anna@example.com");
    for (auto c : all_choices)
      EXPECT_THAT(asked, HasSubstr("name=\"choice\" value=\"" + std::string{to_string(c)} + "\""));
    EXPECT_THAT(asked, AllOf(HasSubstr("<form method=\"post\">"), HasSubstr("Maison &amp; &lt;Café&gt;"),
                             HasSubstr("a•••@example.com"), Not(HasSubstr("anna@"))));
    for (auto c : all_choices) {
      auto done = preferences_page::done(l, c, "Example", "anna@example.com", "22 December 2026");
      EXPECT_THAT(done, AllOf(Not(HasSubstr("<form")), HasSubstr("a•••@example.com")));
      EXPECT_EQ(done.find("22 December 2026") != std::string::npos, c == choice::pause);
    }
  }
  EXPECT_EQ(preferences_page::choice_named("stop_all"), choice::stop_all);
  EXPECT_EQ(preferences_page::choice_named(""), std::nullopt);
  EXPECT_EQ(preferences_page::choice_named("Pause"), std::nullopt);
}

TEST(pages, of_carts_that_are_gone_say_so_and_lead_to_the_shop) {
  for (auto l : all_languages)
    for (auto w : {why::expired, why::ordered, why::gone}) {
      auto told = restore_page::told(l, w, "Maison & <Café>", "https://shop.example/?a&b");
      EXPECT_THAT(told,
                  AllOf(HasSubstr("Maison &amp; &lt;Café&gt;"), HasSubstr("href=\"https://shop.example/?a&amp;b\"")));
    }
  EXPECT_THAT(restore_page::told(language::en, why::unknown, {}, {}),
              AllOf(HasSubstr("does not work"), Not(HasSubstr("<a "))));
}

TEST(pages, run_nothing_and_load_nothing) {
  std::vector<std::string> all;
  for (auto l : all_languages) {
    all.push_back(preferences_page::question(l, "S", "a@b.example"));
    for (auto c : all_choices) all.push_back(preferences_page::done(l, c, "S", "a@b.example", "today"));
    for (auto w : {why::expired, why::ordered, why::gone, why::unknown})
      all.push_back(restore_page::told(l, w, "S", ""));
  }
  for (const auto& p : all) {
    EXPECT_THAT(p, AllOf(Not(HasSubstr("<script")), Not(HasSubstr("src=")), Not(HasSubstr("url(")),
                         Not(HasSubstr("http")), HasSubstr("name=\"viewport\""), HasSubstr("</html>")));
    EXPECT_EQ(p.find('{', p.find("<body>")), std::string::npos) << "a value that was not put in";
  }
}

TEST(restore_target, is_the_carts_own_address_else_the_shops_way_to_it) {
  shop_settings shop;
  shop.base_url = "https://shop.example";
  EXPECT_EQ(restore_target(shop, "c/1?x=&y", ""), "https://shop.example");
  shop.restore_url = "https://shop.example/cart?restore={cart_id}&from=mail";
  EXPECT_EQ(restore_target(shop, "c/1?x=&y", ""), "https://shop.example/cart?restore=c%2F1%3Fx%3D%26y&from=mail");
  EXPECT_EQ(restore_target(shop, "c", "https://pay.example/c"), "https://pay.example/c");
  EXPECT_EQ(restore_target(shop, "c", "javascript:alert(1)"), "https://shop.example/cart?restore=c&from=mail");
}

TEST(date_format, writes_days_and_numbers_as_people_do) {
  const auto day = from_unix_ms(1'795'305'600'000);  // 2026-11-22
  EXPECT_EQ(long_date("nl", day), "22 november 2026");
  EXPECT_EQ(long_date("en-US", day), "November 22, 2026");
  EXPECT_EQ(long_date("de", day), "22. November 2026");
  EXPECT_EQ(long_date("fr-BE", day), "22 novembre 2026");
  EXPECT_THAT(long_date("ar-EG", day), HasSubstr("2026")) << "in digits that the rest of the mail has";
  EXPECT_EQ(whole_number("nl", 1'250), "1.250");
  EXPECT_EQ(whole_number("en", 1'250), "1,250");
  EXPECT_EQ(whole_number("", 7), "7");
}

}  // namespace
}  // namespace cartwheel
