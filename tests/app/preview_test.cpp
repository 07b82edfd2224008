#include "app/commands.hpp"
#include "tests/scratch_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

namespace cartwheel {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

struct said {
  int exit_code;
  std::string output;
  std::string complaints;
};

said run(const preview_options& options) {
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  int code = preview(options);
  auto complaints = testing::internal::GetCapturedStderr();
  return {code, testing::internal::GetCapturedStdout(), complaints};
}

preview_options of(std::string name, std::string locale = {}) {
  preview_options o;
  o.template_name = std::move(name);
  o.locale = std::move(locale);
  return o;
}

TEST(preview, shows_text_html_and_sizes_and_writes_the_mail) {
  test::scratch_folder folder;
  auto o = of("reminder-1", "nl-BE");
  o.out = (folder / "sample.eml").string();
  auto s = run(o);
  EXPECT_EQ(s.exit_code, 0);
  EXPECT_EQ(s.complaints, "");
  EXPECT_THAT(s.output, AllOf(HasSubstr("Subject: Je winkelwagen"), HasSubstr("--- text ---"),
                              HasSubstr("--- html ---\n<!doctype html>"), HasSubstr("1.250 punten"),
                              HasSubstr("--- sizes ---\ntext   "), HasSubstr("written to " + o.out)));
  std::ifstream in{o.out, std::ios::binary};
  std::string mail{std::istreambuf_iterator<char>{in}, {}};
  EXPECT_TRUE(mail.starts_with("From: "));
  EXPECT_THAT(s.output, HasSubstr("\nmail   " + std::to_string(mail.size()) + " bytes"));
}

TEST(preview, shows_a_cart_of_which_next_to_nothing_is_known) {
  auto o = of("reminder-2");
  o.bare = true;
  auto s = run(o);
  EXPECT_EQ(s.exit_code, 0);
  EXPECT_THAT(s.output, AllOf(HasSubstr("Hello,"), HasSubstr("Item sku-1"), Not(HasSubstr("<img"))));
}

TEST(preview, shows_what_a_mail_about_no_cart_looks_like) {
  auto browse = run(of("browse-1"));
  EXPECT_EQ(browse.exit_code, 0) << browse.complaints;
  EXPECT_THAT(browse.output, AllOf(HasSubstr("Visit our shop"), Not(HasSubstr("Espresso")), Not(HasSubstr("/r/")),
                                   Not(HasSubstr("Prices"))));
  auto sale = of("after-purchase-1");
  EXPECT_THAT(run(sale).output, AllOf(HasSubstr("Espresso"), Not(HasSubstr("/r/"))));
  sale.bare = true;
  EXPECT_THAT(run(sale).output, Not(HasSubstr("sku-1"))) << "an order may say nothing of its products";
}

TEST(preview, says_what_is_wrong) {
  auto s = run(of("spring"));
  EXPECT_EQ(s.exit_code, 1);
  EXPECT_THAT(
    s.complaints,
    HasSubstr("no template spring in -, en or English; there are after-purchase-1, browse-1, checkout-1, price-1, "
              "reminder-1, reminder-2, reminder-3, stock-1, unpaid-1"));
  s = run(of("reminder-1", "nl_NL"));
  EXPECT_EQ(s.exit_code, 1);
  EXPECT_THAT(s.complaints, HasSubstr("--locale nl_NL: is no BCP 47 tag"));
  auto o = of("reminder-1");
  o.out = "/nowhere/at/all.eml";
  s = run(o);
  EXPECT_EQ(s.exit_code, 1);
  EXPECT_THAT(s.complaints, HasSubstr("/nowhere/at/all.eml: cannot be written: No such file or directory"));
  o = of("reminder-1");
  o.sets = {"shop.default.locale=?"};
  s = run(o);
  EXPECT_EQ(s.exit_code, 1);
  EXPECT_THAT(s.complaints, HasSubstr("shop.default.locale"));
}

TEST(preview, warns_where_a_mail_would_be_cut_off_and_refuses_a_hole) {
  test::scratch_folder folder;
  std::ofstream{folder / "long.en.mustache"} << "subject: s\n--- text ---\nt\n--- html ---\n"
                                             << std::string(103 * 1024, 'x') << '\n';
  std::ofstream{folder / "wants.en.mustache"} << "subject: s\n--- text ---\n{{service_url}}\n--- html ---\nh\n";
  auto o = of("long", "es");
  o.sets = {"content.templates=" + folder.path().string()};
  auto s = run(o);
  EXPECT_EQ(s.exit_code, 0);
  EXPECT_THAT(s.complaints,
              AllOf(HasSubstr("note: long is not there in es; shown in en"), HasSubstr("warning: Gmail cuts off")));
  o.template_name = "wants";
  s = run(o);
  EXPECT_EQ(s.exit_code, 1);
  EXPECT_THAT(s.complaints, HasSubstr("template_error: wants.en.mustache:3: service_url is missing"));
}

}  // namespace
}  // namespace cartwheel
