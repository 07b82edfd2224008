#include "app/commands.hpp"
#include "tests/app/api/running_node.hpp"

#include <gmock/gmock.h>

#include <fstream>

namespace cartwheel {
namespace {

using testing::HasSubstr;
using nlohmann::json;

/// The whole way: files, the command, a server over HTTP.
class an_import : public running_node {
 protected:
  std::pair<int, std::string> import(const std::string& text, bool dry_run = false) {
    auto path = (folder_ / "rows.csv").string();
    std::ofstream{path, std::ios::binary} << text;
    import_options o;
    o.files = {path};
    o.dry_run = dry_run;
    o.to = "http://127.0.0.1:" + std::to_string(node_->http_port());
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    const int code = import_files(o);
    auto out = testing::internal::GetCapturedStdout();
    return {code, out + testing::internal::GetCapturedStderr()};
  }
  json person(const std::string& email) { return get("/v1/persons/" + email + "?by=email").json(); }
  /// What is decided about a cart of that customer when its time has come.
  json decided_about(const std::string& customer) {
    const auto id = "cart-" + customer;
    post(addition(id, R"(,"customer_id":")" + customer + R"(")"));
    EXPECT_TRUE(open(id));
    clock_->advance(21min);
    EXPECT_TRUE(tests::eventually([&] { return !get(cart(id)).json()["decisions"].empty(); }));
    return get(cart(id)).json()["decisions"][0]["reason"];
  }
};

TEST_F(an_import, of_consents_older_than_thirty_days_counts_with_its_evidence_and_twice_is_once) {
  serve();
  const std::string rows =
    "email,time,channel,status,source,wording\n"
    "jane@shopper.example,2019-03-04T10:00:00Z,email,granted,checkout,Yes please\n"
    "joe@shopper.example,2019-03-04T10:00:00Z,email,granted,checkout,Yes please\n"
    "joe@shopper.example,2020-03-04T10:00:00Z,email,withdrawn,,\n";
  auto [code, words] = import(rows);
  EXPECT_EQ(code, 0) << words;
  EXPECT_THAT(words, HasSubstr("3 rows: made 3 events and 0 suppressions; 0 bad"));
  ASSERT_TRUE(tests::eventually([&] { return person("joe@shopper.example")["consent_evidence"].size() == 2; }));
  const auto once = person("jane@shopper.example");
  ASSERT_EQ(once["consent_evidence"].size(), 1u);
  EXPECT_EQ(once["consent_evidence"][0]["wording"], "Yes please");
  EXPECT_EQ(once["consent_evidence"][0]["time"], "2019-03-04T10:00:00.000Z");
  EXPECT_EQ(once["addresses"][0]["consents"][0]["status"], "granted");
  EXPECT_EQ(import(rows).first, 0);
  post(addition("behind"));  // behind all of it
  ASSERT_TRUE(open("behind"));
  EXPECT_EQ(person("jane@shopper.example"), once) << "importing again changes nothing";
  post(event("identify", R"(,"customer_id":"jane","email":"jane@shopper.example")"));
  post(event("identify", R"(,"customer_id":"joe","email":"joe@shopper.example")"));
  EXPECT_EQ(decided_about("jane"), "opt_in");
  EXPECT_EQ(decided_about("joe"), "consent_withdrawn");
}

TEST_F(an_import, of_customers_makes_existing_ones_only_of_those_whose_sale_obtained_the_address) {
  serve();
  const std::string rows =
    "customer_id,time,email,address_source,first_paid_order_id,first_paid_order_at\n"
    "jane,2020-01-01T00:00:00Z,jane@shopper.example,sale,o1,2019-12-31T00:00:00Z\n"
    "joe,2020-01-01T00:00:00Z,joe@shopper.example,account,o2,2019-12-31T00:00:00Z\n";
  auto [code, words] = import(rows);
  EXPECT_EQ(code, 0);
  EXPECT_THAT(words, HasSubstr("1 customers with a paid order whose address does not come from a sale"));
  EXPECT_EQ(import(rows).first, 0);
  EXPECT_EQ(decided_about("jane"), "existing_customer");
  EXPECT_EQ(decided_about("joe"), "no_consent");
}

TEST_F(an_import, of_suppressions_keeps_mail_away) {
  serve();
  auto [code, words] = import(
    "email,reason\n"
    "jane@shopper.example,hard_bounce\n"
    "nobody,complaint\n");
  EXPECT_EQ(code, 1);
  EXPECT_THAT(words, HasSubstr("rows.csv:3:1: email: is no mailbox"));
  EXPECT_THAT(words, HasSubstr("2 rows: made 0 events and 1 suppressions; 1 bad"));
  ASSERT_TRUE(tests::eventually([&] { return get("/v1/suppressions").json()["count"] == 1; }));
  EXPECT_EQ(get("/v1/suppressions").json()["suppressions"][0]["reason"], "hard_bounce");
}

TEST_F(an_import, what_the_server_refuses_is_named_too) {
  serve();
  auto [code, words] = import(
    "email,time,channel,status\n"
    "jane@shopper.example,2026-02-01T11:00:00Z,email,granted\n"
    "joe@shopper.example,2027-02-01T11:00:00Z,email,granted\n");
  EXPECT_EQ(code, 1);
  EXPECT_THAT(words, HasSubstr("rows.csv:3:1: the server refused it: time"));
}

TEST_F(an_import, judged_only_changes_nothing) {
  serve();
  auto [code, words] = import("email,reason\njane@shopper.example,hard_bounce\n", true);
  EXPECT_EQ(code, 0);
  EXPECT_THAT(words, HasSubstr("would make 0 events and 1 suppressions"));
  EXPECT_EQ(get("/v1/suppressions").json()["count"], 0);
}

TEST_F(an_import, in_more_than_one_batch) {
  serve();
  std::string rows = "email,time,channel,status\n";
  for (int i = 0; i < 2500; ++i)
    rows += "shopper" + std::to_string(i) + "@shopper.example,2019-03-04T10:00:00Z,email,granted\n";
  EXPECT_EQ(import(rows).first, 0);
  EXPECT_TRUE(tests::eventually([&] { return person("shopper2499@shopper.example")["addresses"].size() == 1; }));
  EXPECT_EQ(person("shopper0@shopper.example")["addresses"].size(), 1u);
}

TEST_F(an_import, does_not_write_over_what_it_reads) {
  const auto path = (folder_ / "rows.csv").string();
  std::ofstream{path} << "email,reason\n";
  import_options o;
  o.files = {path};
  o.out = (folder_ / "." / "rows.csv").string();
  testing::internal::CaptureStderr();
  EXPECT_EQ(import_files(o), 1);
  EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("is one of the files to be read"));
  EXPECT_EQ(std::filesystem::file_size(path), 13u);
}

TEST_F(an_import, nobody_at_home) {
  serve();
  import_options o;
  auto path = (folder_ / "rows.csv").string();
  std::ofstream{path} << "email,reason\njane@shopper.example,hard_bounce\n";
  o.files = {path};
  o.to = "http://127.0.0.1:" + std::to_string(node_->http_port());
  node_.reset();
  try {
    testing::internal::CaptureStderr();
    import_files(o);
    ADD_FAILURE() << "nobody is there";
  } catch (const std::exception& e) {
    EXPECT_THAT(e.what(), HasSubstr("no answer at 127.0.0.1:"));
  }
  testing::internal::GetCapturedStderr();
}

}  // namespace
}  // namespace cartwheel
