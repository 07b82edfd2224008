#include "app/config/countries.hpp"

#include "tests/scratch_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

namespace cartwheel {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

std::vector<std::string> said(const std::vector<config::problem>& problems) {
  std::vector<std::string> lines;
  for (const auto& p : problems) lines.push_back(to_string(p));
  return lines;
}

policy_settings by_country(const std::string& folder = "") {
  policy_settings p;
  p.by_country = true;
  p.countries = folder;
  return p;
}

const std::string whole = R"([opt_in]
confirmed = true
law = "a"
[sale]
allowed = true
max_age = "30d"
law = "b"
[checkout]
allowed = true
refusal_offered = true
max_age = ""
law = "c"
[account]
allowed = false
law = "d"
[unasked]
allowed = true
law = "e"
[mail]
postal_address = true
law = "f"
)";

void write(const std::filesystem::path& path, const std::string& text) { std::ofstream{path} << text; }

TEST(countries, the_strict_table_is_everybodys_unless_asked_otherwise) {
  auto loaded = load_countries({});
  ASSERT_TRUE(loaded.laws);
  EXPECT_TRUE(loaded.laws->countries.empty());
  EXPECT_EQ(loaded.laws->others, country_law{});
}

TEST(countries, those_that_come_with_the_program_read_and_name_their_law) {
  auto loaded = load_countries(by_country());
  EXPECT_THAT(said(loaded.problems), ElementsAre());
  ASSERT_TRUE(loaded.laws);
  std::vector<std::string> names;
  for (const auto& [country, law] : loaded.laws->countries) {
    names.emplace_back(country.text());
    for (const auto* why : {&law.opt_in_law, &law.sale.law, &law.checkout.law, &law.account.law, &law.unasked.law})
      EXPECT_FALSE(why->empty()) << names.back();
  }
  EXPECT_THAT(names, ElementsAre("BE", "CA", "DE", "FR", "GB", "NL", "US"));
  // The file for all others says what the program does without one.
  auto others = loaded.laws->others;
  others.opt_in_law.clear();
  for (auto* basis : {&others.sale, &others.checkout, &others.account, &others.unasked}) basis->law.clear();
  EXPECT_EQ(others, country_law{});
}

TEST(countries, every_key_lands_where_it_belongs) {
  auto read = config::read_country(whole, "XX.toml");
  EXPECT_THAT(said(read.problems), ElementsAre());
  const country_law want{true,
                         "a",
                         {true, std::chrono::days{30}, "b"},
                         {true, std::nullopt, "c"},
                         true,
                         {false, std::nullopt, "d"},
                         {true, std::nullopt, "e"},
                         true,
                         "f"};
  EXPECT_EQ(read.value, want);
}

TEST(countries, a_mistake_is_told_with_file_line_and_key) {
  const std::tuple<std::string, std::string, std::string> table[] = {
    {"confirmed = true", "confirmed = 1", "XX.toml:2: opt_in.confirmed: 1 is an integer; must be true or false"},
    {"max_age = \"30d\"", "maxage = \"30d\"", "XX.toml:6: sale.maxage: unknown key; did you mean max_age?"},
    {"max_age = \"30d\"", "max_age = \"30\"", "XX.toml:6: sale.max_age: \"30\" is no duration; must be "},
    {"max_age = \"30d\"", "max_age = \"1h\"", "XX.toml:6: sale.max_age: \"1h\" is out of range; must be "},
    {"refusal_offered = true", "refusal_offered = \"yes\"", "XX.toml:10: checkout.refusal_offered: \"yes\" is a text"},
    {"[unasked]\nallowed = true", "[unasked]\nmax_age = \"1d\"\nallowed = true",
     "XX.toml:17: unasked.max_age: unknown key"},
    {"[mail]", "[mial]", "XX.toml: mail: is missing"},
    {"[mail]\n", "[mail\n", "XX.toml:"},
    {"law = \"f\"\n", "", "XX.toml:19: mail.law: is missing"},
  };
  for (const auto& [from, to, complaint] : table) {
    auto text = whole;
    text.replace(text.find(from), from.size(), to);
    auto read = config::read_country(text, "XX.toml");
    EXPECT_FALSE(read.value) << to;
    ASSERT_FALSE(read.problems.empty()) << to;
    EXPECT_THAT(said(read.problems)[0], StartsWith(complaint));
  }
}

TEST(countries, a_folder_of_ones_own_replaces_whole_files) {
  test::scratch_folder folder;
  write(folder.path() / "NL.toml", whole);
  write(folder.path() / "JP.toml", whole);
  write(folder.path() / "README.md", "not a law");
  auto loaded = load_countries(by_country(folder.path().string()));
  EXPECT_THAT(said(loaded.problems), ElementsAre());
  ASSERT_TRUE(loaded.laws);
  EXPECT_EQ(loaded.laws->countries.size(), 8u);
  EXPECT_EQ(loaded.laws->of(country_code::of("NL")).sale.law, "b");
  EXPECT_EQ(loaded.laws->of(country_code::of("JP")).sale.law, "b");
  EXPECT_NE(loaded.laws->of(country_code::of("DE")).sale.law, "b");
  EXPECT_EQ(loaded.laws->of(country_code::of("PT")), loaded.laws->others);
}

TEST(countries, a_folder_is_judged_whole) {
  test::scratch_folder folder;
  write(folder.path() / "Holland.toml", whole);
  write(folder.path() / "XX.toml", whole);
  write(folder.path() / "DE.toml", "");
  auto lines = said(load_countries(by_country(folder.path().string())).problems);
  ASSERT_EQ(lines.size(), 8u);
  EXPECT_THAT(lines[0], HasSubstr("Holland.toml: is named like no country; must be "));
  EXPECT_THAT(lines[1], HasSubstr("XX.toml: is named like no country"));
  EXPECT_THAT(lines[2], HasSubstr("DE.toml: opt_in: is missing"));
  test::scratch_folder empty;
  EXPECT_THAT(said(load_countries(by_country(empty.path().string())).problems),
              ElementsAre(HasSubstr(": holds no file like")));
  EXPECT_THAT(said(load_countries(by_country((empty.path() / "not there").string())).problems),
              ElementsAre(HasSubstr(": cannot be read: ")));
}

}  // namespace
}  // namespace cartwheel
