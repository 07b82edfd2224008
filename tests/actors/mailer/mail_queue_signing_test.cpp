#include "actors/content/packed_mail.hpp"
#include "tests/actors/content/dkim_keys.hpp"
#include "tests/actors/mailer/mail_queue_fixture.hpp"
#include "tests/scratch_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cartwheel {
namespace {

using namespace test;

class a_mail_queue_that_signs : public a_mail_queue {
 protected:
  a_mail_queue_that_signs() {
    options.dkim = std::make_shared<const dkim_signer>(std::map<std::string, dkim_settings>{
      {"example.com", {"news", write_key(scratch.path() / "rsa", test::rsa_key()), "", ""}}});
  }
  /// What a signing thread makes of it.
  signed_mail signed_of(mail_to_sign m) const {
    auto fields = options.dkim->sign(m.domain, m.mail.bytes, m.date);
    EXPECT_NE(fields, "");
    m.mail.bytes.insert(0, fields);
    return {m.id, std::move(m.mail), {}};
  }
  void sign_all() {
    for (auto& m : queue.take_to_sign(100)) queue.signed_as(signed_of(std::move(m)));
  }
  test::scratch_folder scratch;
};

TEST_F(a_mail_queue_that_signs, gives_out_what_is_signed_and_nothing_else) {
  queue.offer(due_number(2));
  queue.offer(due_number(1));
  EXPECT_FALSE(queue.has_some());
  EXPECT_FALSE(queue.pull());
  EXPECT_EQ(queue.ready(), 2u);
  auto first = queue.take_to_sign(1);
  ASSERT_EQ(first.size(), 1u);
  EXPECT_EQ(first[0].domain, "example.com");
  EXPECT_THAT(first[0].mail.recipient, testing::StartsWith("Anna.1@")) << "oldest due first";
  EXPECT_FALSE(queue.pull()) << "it is being signed";
  EXPECT_EQ(queue.rendered(), 1u);
  queue.signed_as(signed_of(first[0]));
  EXPECT_TRUE(queue.has_some());
  auto m = pulled();
  EXPECT_EQ(m.mail.bytes, signed_of(first[0]).mail.bytes);
  EXPECT_EQ(queue.ready(), 1u);
  EXPECT_EQ(queue.sending(), 1u);
}

TEST_F(a_mail_queue_that_signs, takes_back_what_waits_for_its_signature) {
  for (uint32_t n = 1; n <= 3; ++n) queue.offer(due_number(n));
  auto mails = queue.take_to_sign(2);
  queue.signed_as(signed_of(mails.at(0)));
  for (uint32_t n = 1; n <= 3; ++n) {
    nobody_has_it(n);
    expect_released(reason::recalled_queue, n);
  }
  queue.signed_as(signed_of(mails.at(1)));  // comes when it is gone
  EXPECT_FALSE(queue.pull());
  EXPECT_EQ(queue.ready() + queue.sending() + queue.rendered(), 0u);
}

TEST_F(a_mail_queue_that_signs, signs_each_try_anew_and_to_the_same_bytes) {
  queue.offer(due_number(1));
  sign_all();
  auto first = pulled();
  queue.put_off(first.id, "451");
  EXPECT_FALSE(queue.has_some());
  clock.advance(1h);
  EXPECT_FALSE(queue.has_some()) << "it has no signature yet";
  sign_all();
  auto second = pulled();
  EXPECT_EQ(second.mail.bytes, first.mail.bytes);
  queue.give_back(second.id);
  sign_all();
  EXPECT_EQ(pulled().mail.bytes, first.mail.bytes);
}

TEST_F(a_mail_queue_that_signs, keeps_the_signed_bytes_where_bytes_are_kept) {
  options.in_doubt = in_doubt_policy::hold;
  queue.offer(due_number(1));
  sign_all();
  auto m = pulled();
  EXPECT_EQ(unpack_mail(queue.intents_of({m.id}).at(0).mail).bytes, m.mail.bytes);
  queue.give_back(m.id);
  EXPECT_TRUE(queue.take_to_sign(10).empty()) << "they are fixed";
  EXPECT_EQ(pulled().mail.bytes, m.mail.bytes);
}

TEST_F(a_mail_queue_that_signs, does_not_send_what_could_not_be_signed) {
  queue.offer(due_number(1));
  auto m = queue.take_to_sign(1).at(0);
  queue.signed_as({m.id, std::move(m.mail), "OpenSSL: signing failed"});
  expect_released(reason::template_error);
  EXPECT_FALSE(queue.pull());
}

TEST_F(a_mail_queue_that_signs, gives_up_what_is_too_late_before_it_is_signed_and_after) {
  queue.offer(due_number(1));
  queue.offer(due_number(2));
  queue.signed_as(signed_of(queue.take_to_sign(1).at(0)));
  clock.advance(25h);
  EXPECT_TRUE(queue.take_to_sign(10).empty());
  expect_released(reason::expired_ttl, 2);
  EXPECT_FALSE(queue.pull());
  expect_released(reason::expired_ttl, 1);
}

TEST_F(a_mail_queue_that_signs, leaves_other_domains_alone) {
  options.shops.fallback.from = "cart@elsewhere.example";
  queue.offer(due_number(1));
  EXPECT_TRUE(queue.take_to_sign(10).empty());
  EXPECT_THAT(pulled().mail.bytes, testing::StartsWith("From: "));
}

// What replies say of addresses --------------------------------------------------------------------------------------

}  // namespace
}  // namespace cartwheel
