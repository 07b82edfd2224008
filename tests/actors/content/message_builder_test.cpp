#include "actors/content/message_builder.hpp"

#include "tests/actors/content/sample_reminder.hpp"
#include "tests/scratch_folder.hpp"

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cartwheel {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class a_message_builder : public testing::Test {
 protected:
  void SetUp() override {
    shop.name = "Maison Café";
    shop.from = "Maison Café <cart@shop.example.com>";
    shop.postal_address = "Keizersgracht 100\n1015 AA Amsterdam";
  }

  rendered_mail built(const reminder& with) {
    auto b = builder.build(with, shop);
    EXPECT_EQ(b.refusal, "");
    if (!b.mail) return {};
    std::ofstream{folder / (std::to_string(mails++) + ".eml"), std::ios::binary} << b.mail->bytes;
    return *b.mail;
  }

  std::string refusal(const reminder& with) {
    auto b = builder.build(with, shop);
    EXPECT_NE(b.mail.has_value(), !b.refusal.empty());
    return b.refusal;
  }

  /// What an independent parser has to say about all mails built so far.
  std::string second_opinion() const {
    auto command =
      "python3 " CARTWHEEL_SOURCE_DIR "/tests/actors/content/check_mails.py " + folder.string() + "/*.eml 2>&1";
    auto* pipe = ::popen(command.c_str(), "r");
    if (pipe == nullptr) return "cannot run python3";
    std::string out;
    char buffer[4096];
    for (size_t n; (n = std::fread(buffer, 1, sizeof buffer, pipe)) > 0;) out.append(buffer, n);
    if (::pclose(pipe) != 0 && out.empty()) out = "failed without a word";
    return out;
  }

  std::shared_ptr<const template_set> templates = template_set::built_in().set;
  message_builder builder{templates};
  reminder r = sample_reminder();
  shop_settings shop;
  test::scratch_folder scratch;
  std::filesystem::path folder = scratch.path();
  int mails = 0;
};

TEST_F(a_message_builder, writes_the_headers_that_a_reminder_needs) {
  auto mail = built(r);
  EXPECT_EQ(mail.sender, "cart@shop.example.com");
  EXPECT_EQ(mail.recipient, "anna.devries@example.org");
  EXPECT_EQ(mail.message_id, r.message_id);
  EXPECT_FALSE(mail.utf8);
  EXPECT_THAT(
    mail.bytes,
    StartsWith("From: =?utf-8?Q?Maison_Caf=C3=A9?= <cart@shop.example.com>\r\n"
               "To: Anna de Vries <anna.devries@example.org>\r\n"
               "Subject: =?utf-8?Q?Je_winkelwagen_bij_Maison_Caf=C3=A9_staat_nog_klaar?=\r\n"
               "Date: Sat, 21 Nov 2026 20:00:00 +0000\r\n"
               "Message-ID: <abcdefghijklmnopqrstuvwxyz@example.com>\r\n"
               "MIME-Version: 1.0\r\n"
               "Content-Type: multipart/alternative;\r\n boundary=\"=_abcdefghijklmnopqrstuvwxyz\"\r\n"
               "Content-Language: nl\r\n"
               "List-Unsubscribe: "
               "<https://mail.example.com/u/AbCdEfGhIjKlMnOpQrStUvWxYz0123456789-_AbCdEfGhIjKlMnOpQrStUvWxYz01234>\r\n"
               "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
               "List-Id: =?utf-8?Q?Maison_Caf=C3=A9?=\r\n <cart-reminders.default.shop.example.com>\r\n"
               "Feedback-ID: 0:reminder-1:default:cartwheel\r\n"
               "Auto-Submitted: auto-generated\r\n"
               "X-Reminder-Ref: abcdefghijklmnopqrstuvwxyz\r\n"
               "\r\n"
               "--=_abcdefghijklmnopqrstuvwxyz\r\nContent-Type: text/plain; charset=utf-8\r\n"));
  EXPECT_TRUE(mail.bytes.ends_with("--=_abcdefghijklmnopqrstuvwxyz--\r\n"));
}

TEST_F(a_message_builder, gives_the_same_bytes_for_the_same_reminder) {
  EXPECT_EQ(built(r).bytes, built(r).bytes);
  message_builder another{templates};
  EXPECT_EQ(another.build(r, shop).mail->bytes, built(r).bytes);
}

TEST_F(a_message_builder, renders_every_template_in_every_language_for_a_strict_reader) {
  for (std::string_view locale : {"nl-NL", "nl-BE", "fr-BE", "fr", "en-GB", "de-DE", "es", ""}) {
    for (const auto& name : templates->names()) {
      r.locale = locale;
      r.template_name = name;
      built(r);
      auto bare = r;
      bare.shopper_name.clear();
      bare.lines = {{"sku-9", "", "", "", -1, 3}};
      bare.currency = {};
      bare.value = -1;
      bare.cart_url.clear();
      built(bare);
      auto full = r;
      for (int i = 0; i < 198; ++i) full.lines.push_back(r.lines[i % 2]);
      EXPECT_LT(built(full).bytes.size(), 40'000u);
    }
  }
  EXPECT_EQ(second_opinion(), "");
}

TEST_F(a_message_builder, lets_no_name_out_of_its_place) {
  const std::string kilobytes(10'000, 'n');
  std::string emoji;
  for (int i = 0; i < 200; ++i) emoji += "\U0001f6d2";
  for (const std::string& name :
       {std::string{"Anna\r\nBcc: x@evil.example"}, std::string{"Anna\nX-Injected: 1\r\n\r\n<b>"},
        std::string{"A\0nna", 5}, std::string{"\xff\xfe broken"}, std::string{"\u202eannA\u202c"},
        std::string{"\u05d0\u05e0\u05d4 \u0644\u064a\u0644\u0649"}, emoji, kilobytes, std::string{"."},
        std::string{".\r\n.\r\n"}, std::string{"\",<>;:\\"}, std::string{"=?utf-8?Q?a?="},
        std::string{"<script>alert(1)</script>"}, std::string{"{{cart_url}}"}, std::string{"\r\n"},
        std::string{"--=_abcdefghijklmnopqrstuvwxyz--"}, std::string{"From me"}}) {
    auto odd = r;
    odd.shopper_name = name;
    for (auto& l : odd.lines) l.name = name;
    odd.lines[0].item_id = "i" + name;
    odd.shop = name;
    if (name != "{{cart_url}}") built(odd);  // the strict reader takes that for a tag left over
    auto named = shop;
    named.name = name;
    named.from = name + " <cart@example.com>";
    std::swap(named, shop);
    if (name != "{{cart_url}}" && name != "\r\n") built(odd);
    std::swap(named, shop);
  }
  EXPECT_EQ(second_opinion(), "");
  EXPECT_EQ(mails, 31);
}

TEST_F(a_message_builder, does_not_render_values_as_templates) {
  r.shopper_name = "{{shop_name}}";
  EXPECT_THAT(built(r).bytes, HasSubstr("Hallo {{shop_name}},"));
}

TEST_F(a_message_builder, escapes_in_html_what_it_leaves_in_text) {
  r.lines[0].name = "A&B <i>\"'";
  EXPECT_THAT(built(r).bytes, AllOf(HasSubstr("* A&B <i>\"'"), HasSubstr("A&amp;B &lt;i&gt;&quot;&#39;")));
}

TEST_F(a_message_builder, does_not_greet_with_a_link) {
  for (const char* name : {"Win http://evil.example now", "www.evil.example", "me@evil.example"}) {
    r.shopper_name = name;
    auto mail = built(r);
    EXPECT_THAT(mail.bytes,
                AllOf(HasSubstr("Hallo,"), Not(HasSubstr("evil")), HasSubstr("To: anna.devries@example.org\r\n")));
  }
}

TEST_F(a_message_builder, shows_no_picture_where_there_is_none) {
  for (auto& l : r.lines) l.image_url.clear();
  EXPECT_THAT(built(r).bytes, Not(HasSubstr("<img")));
  r.lines[0].image_url = "javascript:alert(1)";
  r.lines[1].image_url = "https://x.example/a\"onerror=";
  r.lines[0].item_url = "data:text/html,x";
  EXPECT_THAT(built(r).bytes, AllOf(Not(HasSubstr("<img")), Not(HasSubstr("javascript")), Not(HasSubstr("data:"))));
}

TEST_F(a_message_builder, shows_eight_products_and_counts_the_others) {
  r.locale = "en";
  for (int i = 0; i < 7; ++i) r.lines.push_back({"x", "Spoon", "", "", 100, 1});
  EXPECT_THAT(built(r).bytes, AllOf(HasSubstr("and 1 more product\r\n")));
  r.lines.push_back({"x", "Fork", "", "", 100, 1});
  EXPECT_THAT(built(r).bytes, AllOf(HasSubstr("and 2 more products"), Not(HasSubstr("Fork"))));
}

TEST_F(a_message_builder, shows_of_service_and_reviews_what_the_shop_gives_and_nothing_else) {
  r.locale = "en";
  EXPECT_THAT(built(r).bytes, AllOf(Not(HasSubstr("Questions?")), Not(HasSubstr("What our customers say")),
                                    Not(HasSubstr("points on your account")), Not(HasSubstr("Discount on"))));
  shop.service_phone = "+31 (0)20 123 45 67";
  shop.service_hours = "Mon-Fri 9-17 <b>";
  shop.reviews_text = "4.7 out of 5 from 2,310 reviews";
  shop.reviews_url = "https://reviews.example/shop";
  r.loyalty_points = 1'250;
  r.account_discount = "5%";
  EXPECT_THAT(built(r).bytes,
              AllOf(HasSubstr("Telephone: +31 (0)20 123 45 67\r\n"), HasSubstr("href=3D\"tel:+31201234567\""),
                    HasSubstr("Mon-Fri 9-17 &lt;b&gt;"), HasSubstr("4.7 out of 5 from 2,310 reviews\r\n"),
                    HasSubstr("You have 1,250 points on your account."), HasSubstr("Discount on your account: 5%"),
                    Not(HasSubstr("Help with your order"))));
  shop.service_phone = "ask for Jan";
  shop.service_email = "help@shop.example";
  shop.service_url = "javascript:alert(1)";
  EXPECT_THAT(built(r).bytes, AllOf(HasSubstr("ask for Jan"), Not(HasSubstr("tel:")), HasSubstr("mailto:help@shop"),
                                    Not(HasSubstr("javascript"))));
  EXPECT_EQ(second_opinion(), "");
}

TEST_F(a_message_builder, says_what_a_coupon_is_worth_and_until_when_in_each_language) {
  // Until the 8th in the middle of the day: the last whole day is the 7th.
  const given_coupon given{"spring", "AB-12", {}, from_unix_ms(1'796'731'200'000), coupon_lack::none};
  const least_value ten{{{'E', 'U', 'R'}}, 1'000}, fifty{{{'E', 'U', 'R'}}, 5'000};
  struct wording {
    const char *locale, *percent, *amount, *free, *code, *until;
  };
  for (const auto& w :
       {wording{"en", "10% off your order of", "10.00 off your order of", "Free delivery of your order of",
                "Your code: AB-12", "until the end of December 7, 2026."},
        wording{"nl", "10% korting op je bestelling vanaf", "korting op je bestelling vanaf",
                "Gratis verzending van je bestelling vanaf", "Je code: AB-12", "tot en met 7 december 2026."},
        wording{"de", "10 % Rabatt auf Ihre Bestellung ab", "Rabatt auf Ihre Bestellung ab",
                "Kostenloser Versand Ihrer Bestellung ab", "Ihr Code: AB-12", "7. Dezember 2026."},
        wording{"fr", "10 % de remise sur votre commande", "de remise sur votre commande",
                "Livraison offerte de votre commande", "Votre code : AB-12", "7 décembre 2026 inclus."}}) {
    r.locale = w.locale;
    r.coupon.emplace(coupon_terms{.percent = 10, .min_value = {fifty}}, given, r.currency);
    ASSERT_TRUE(builder.build(r, shop).mail) << w.locale;
    for (const auto& part : {builder.text(), builder.html()})
      EXPECT_THAT(part, AllOf(HasSubstr(w.percent), HasSubstr("50"), HasSubstr(w.code), HasSubstr(w.until)));
    r.coupon.emplace(coupon_terms{.kind = incentive_kind::amount, .amount = {ten}, .min_value = {fifty}}, given,
                     r.currency);
    ASSERT_TRUE(builder.build(r, shop).mail) << w.locale;
    EXPECT_THAT(builder.text(), HasSubstr(w.amount));
    r.coupon.emplace(coupon_terms{.kind = incentive_kind::free_shipping, .min_value = {fifty}}, given, r.currency);
    ASSERT_TRUE(builder.build(r, shop).mail) << w.locale;
    EXPECT_THAT(builder.text(), HasSubstr(w.free));
    r.coupon.reset();
    ASSERT_TRUE(builder.build(r, shop).mail) << w.locale;
    for (const auto& part : {builder.text(), builder.html()})
      EXPECT_THAT(part, AllOf(Not(HasSubstr("AB-12")), Not(HasSubstr(w.percent)), Not(HasSubstr(w.free))));
  }
}

TEST_F(a_message_builder, a_code_without_an_end_names_no_day) {
  r.locale = "en";
  r.coupon.emplace(coupon_terms{.percent = 10}, given_coupon{"spring", "AB-12", {}, never, coupon_lack::none},
                   r.currency);
  EXPECT_THAT(built(r).bytes, AllOf(HasSubstr("10% off your order\r\n"), HasSubstr("Your code: AB-12"),
                                    Not(HasSubstr("until the end"))));
}

TEST_F(a_message_builder, links_to_preferences_where_there_are_any) {
  EXPECT_THAT(built(r).bytes, Not(HasSubstr("minder herinneringen")));
  r.preferences_url = "https://mail.example.com/p/abc";
  EXPECT_THAT(built(r).bytes, AllOf(HasSubstr("\r\nhttps://mail.example.com/p/abc\r\n"),
                                    HasSubstr("Een pauze, of minder herinneringen")));
}

TEST_F(a_message_builder, writes_prices_in_the_locale_of_the_mails_language) {
  r.locale = "fr-BE";
  EXPECT_THAT(built(r).bytes, HasSubstr("24,95=C2=A0=E2=82=AC"));
  r.locale = "de-DE";
  EXPECT_THAT(built(r).bytes, HasSubstr("24,95=C2=A0=E2=82=AC"));
  r.locale = "es-ES";
  shop.locale = "en-GB";
  EXPECT_THAT(built(r).bytes, HasSubstr("=E2=82=AC24.95"));
  r.currency = {{'X', 'Q', 'X'}};
  EXPECT_THAT(built(r).bytes, Not(HasSubstr("24.95")));
  r.currency = {{'E', 'U', 'R'}};
  r.lines[0].price = INT64_MAX;
  r.lines[0].quantity = 10'000;
  built(r);
}

TEST_F(a_message_builder, sends_to_international_addresses) {
  r.address = "anna@B\u00fccher.example";
  auto mail = built(r);
  EXPECT_EQ(mail.recipient, "anna@xn--bcher-kva.example");
  EXPECT_FALSE(mail.utf8);
  EXPECT_THAT(mail.bytes, HasSubstr("<anna@xn--bcher-kva.example>\r\n"));
  r.address = "j\u00f8rgen@b\u00fccher.example";
  mail = built(r);
  EXPECT_EQ(mail.recipient, "j\u00f8rgen@b\u00fccher.example");
  EXPECT_TRUE(mail.utf8);
  EXPECT_THAT(mail.bytes, HasSubstr("<j\u00f8rgen@b\u00fccher.example>\r\n"));
  shop.reply_to = "Klantenservice <help@shop.example.com>";
  EXPECT_THAT(built(r).bytes, HasSubstr("\r\nReply-To: Klantenservice <help@shop.example.com>\r\n"));
  EXPECT_EQ(second_opinion(), "");
}

TEST_F(a_message_builder, shows_neither_products_nor_prices_where_there_are_none) {
  r.about_lines = false;
  r.lines.clear();
  r.value = -1;
  for (const char* name : {"browse-1", "after-purchase-1"})
    for (const char* locale : {"de", "en", "fr", "nl"}) {
      r.template_name = name;
      r.locale = locale;
      EXPECT_THAT(built(r).bytes, AllOf(Not(HasSubstr("Prices")), Not(HasSubstr("Prijzen")), Not(HasSubstr("Preise")),
                                        Not(HasSubstr("Les prix")), Not(HasSubstr("width=3D\"72\""))))
        << name << ' ' << locale;
    }
  r = sample_reminder();
  r.locale = "en";
  r.template_name = "after-purchase-1";
  r.about_lines = false;
  EXPECT_THAT(built(r).bytes, HasSubstr("Prices")) << "of what was bought";
  EXPECT_EQ(second_opinion(), "");
}

TEST_F(a_message_builder, refuses_and_says_what_is_wrong) {
  auto with = [&](auto change) {
    auto changed = r;
    change(changed);
    return refusal(changed);
  };
  EXPECT_EQ(with([](auto& x) { x.template_name = "spring"; }), "template_error: no template spring in nl-NL, en or en");
  EXPECT_EQ(with([](auto& x) { x.address = "a@b.example\r\nBcc: c@d.example"; }),
            "template_error: address: no address");
  EXPECT_EQ(with([](auto& x) { x.lines.clear(); }), "template_error: lines: the cart is empty");
  for (const char* id : {"", "a", "@b", "a@", "a@b@c", "a b@c", "a@b>\r\nX: y", "\u00e9@b"}) {
    EXPECT_EQ(with([&](auto& x) { x.message_id = id; }), "template_error: message_id: no Message-ID") << id;
  }
  for (const std::string& url :
       {std::string{}, std::string{"ftp://x"}, std::string{"https://"}, std::string{"https://x/a b"},
        std::string{"https://x/>\r\nX: y"}, std::string{"https://x/\u00e9"}, "https://x/" + std::string(1000, 'a'),
        std::string{"mailto:x@y"}}) {
    EXPECT_THAT(with([&](auto& x) { x.unsubscribe_url = url; }), StartsWith("template_error: unsubscribe_url")) << url;
  }
  EXPECT_THAT(with([](auto& x) { x.cart_url = "javascript:alert(1)"; }),
              AllOf(StartsWith("template_error: layout.text.mustache:"), HasSubstr("cart_url is missing")));
  EXPECT_THAT(with([](auto& x) { x.lines[1].name.clear(), x.lines[1].item_id.clear(); }),
              AllOf(StartsWith("template_error: common.nl.mustache:"), HasSubstr("item_id is missing")));
  shop.from = "nobody";
  EXPECT_EQ(refusal(r), "template_error: shop: from: no address");
  shop.from = "cart@example.com";
  shop.reply_to = "nobody";
  EXPECT_EQ(refusal(r), "template_error: shop: reply_to: no address");
}

TEST_F(a_message_builder, knows_the_domain_it_sends_from) {
  shop.from = "X <cart@B\u00fccher.Example>";
  EXPECT_EQ(sending_domain(shop), "xn--bcher-kva.example");
  shop.from = "X";
  EXPECT_EQ(sending_domain(shop), std::nullopt);
}

}  // namespace
}  // namespace cartwheel
