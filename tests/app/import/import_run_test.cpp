#include "app/import/import_run.hpp"

#include "tests/scratch_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <fstream>

namespace cartwheel {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// Remembers what it is given.
class notebook final : public import_target {
 public:
  void take_event(const std::string& text, const file_place&) override { events.push_back(json::parse(text)); }
  void take_suppression(const std::string& text, const file_place&) override {
    suppressions.push_back(json::parse(text));
  }
  void take_coupon(const std::string& text, const file_place&) override { coupons.push_back(json::parse(text)); }
  void finish() override { finished = true; }

  std::vector<json> events;
  std::vector<json> suppressions;
  std::vector<json> coupons;
  bool finished = false;
};

class importing : public testing::Test {
 protected:
  std::string file(const std::string& name, const std::string& text) {
    auto path = (folder_ / name).string();
    std::ofstream{path, std::ios::binary} << text;
    return path;
  }
  import_summary take(const std::string& text, std::optional<import_kind> kind = {},
                      const std::string& name = "f.csv") {
    auto path = file(name, text);
    faults_.clear();
    return run_import(
      {path}, kind, taken_,
      [&](const import_fault& f) { faults_.push_back(to_string(f.at).substr(path.size() + 1) + " " + f.why); },
      [&](size_t bytes) { passed_ += bytes; });
  }

  test::scratch_folder folder_;
  notebook taken_;
  std::vector<std::string> faults_;
  size_t passed_ = 0;
};

TEST_F(importing, consents_with_their_evidence) {
  auto sum = take(
    "email;time;channel;status;shop;source;wording;proof_url\n"
    "jane@shopper.example;2019-03-04T10:00:00Z;email;granted;shoes;checkout;\"Yes; mail me\";https://p.example/1\n"
    "joe@shopper.example;1551693600000;email;withdrawn;;;;\n");
  EXPECT_THAT(faults_, IsEmpty());
  EXPECT_EQ(sum.events, 2u);
  EXPECT_TRUE(taken_.finished);
  EXPECT_GT(passed_, 0u);
  const auto& jane = taken_.events.at(0);
  EXPECT_EQ(jane["event"], "consent");
  EXPECT_EQ(jane["time"], "2019-03-04T10:00:00Z");
  EXPECT_EQ(jane["shop"], "shoes");
  EXPECT_EQ(jane["source"], "checkout");
  EXPECT_EQ(jane["wording"], "Yes; mail me");
  EXPECT_EQ(jane["proof_url"], "https://p.example/1");
  EXPECT_EQ(taken_.events.at(1)["time"], 1551693600000);
  EXPECT_FALSE(taken_.events.at(1).contains("shop"));
}

TEST_F(importing, codes_of_coupons) {
  auto sum = take(
    "pool,code,expires\n"
    "spring,AB-12,2027-01-31T23:00:00Z\n"
    "spring,AB-13,1800000000000\n"
    "spring,AB-14,\n"
    "spring,A B,\n"
    "spring,,\n"
    ",AB-15,\n"
    "spring,AB-16,soon\n");
  EXPECT_EQ(sum.coupons, 3u);
  EXPECT_EQ(sum.bad, 4u);
  ASSERT_EQ(taken_.coupons.size(), 3u);
  EXPECT_EQ(taken_.coupons[0], (json{{"pool", "spring"}, {"code", "AB-12"}, {"expires", "2027-01-31T23:00:00Z"}}));
  EXPECT_EQ(taken_.coupons[1]["expires"], 1800000000000);
  EXPECT_FALSE(taken_.coupons[2].contains("expires"));
  EXPECT_THAT(faults_, ElementsAre(HasSubstr("5:8 code: must be"), HasSubstr("code: is missing"),
                                   HasSubstr("pool: is missing"), HasSubstr("8:14 expires: is neither")));
}

TEST_F(importing, the_same_row_has_the_same_id_and_another_another) {
  const std::string header = "email,time,channel,status\n";
  take(header + "a@b.example,1000,email,granted\na@b.example,1001,email,granted\n");
  take("status,time,channel,email\ngranted,1000,email,a@b.example\n", {}, "again.csv");
  ASSERT_EQ(taken_.events.size(), 3u);
  EXPECT_NE(taken_.events[0]["event_id"], taken_.events[1]["event_id"]);
  EXPECT_EQ(taken_.events[0]["event_id"], taken_.events[2]["event_id"]) << "whatever the order of columns";
}

TEST_F(importing, bad_rows_are_named_and_the_good_ones_taken) {
  auto sum = take(
    "email,time,channel,status\n"
    "a@b.example,1000,email,granted\n"
    "nobody,1000,email,granted\n"
    "a@b.example,yesterday,email,granted\n"
    "a@b.example,1000,email\n"
    "a@b.example,1000,email,perhaps\n"
    "\xff@b.example,1000,email,granted\n"
    "\"a@b.example\"x,1000,email,granted\n"
    ",1000,email,granted\n"
    "c@b.example,1000,email,granted\n");
  EXPECT_EQ(sum.rows, 9u);
  EXPECT_EQ(sum.bad, 7u);
  EXPECT_EQ(taken_.events.size(), 2u);
  ASSERT_EQ(faults_.size(), 7u);
  EXPECT_THAT(faults_[0], testing::StartsWith("3:1 email: "));
  EXPECT_THAT(faults_[1], testing::StartsWith("4:13 time: "));
  EXPECT_EQ(faults_[2], "5:18 has 3 values, the header has 4 columns");
  EXPECT_THAT(faults_[3], testing::StartsWith("6:24 status: "));
  EXPECT_EQ(faults_[4], "7:1 email: is no UTF-8");
  EXPECT_THAT(faults_[5], testing::StartsWith("8:14 a closing quote"));
  EXPECT_THAT(faults_[6], testing::StartsWith("9:1 email: is missing"));
}

TEST_F(importing, suppressions_and_those_who_unsubscribed) {
  auto sum = take(
    "email,reason,time,shop\n"
    "a@b.example,hard_bounce,,\n"
    "b@b.example,complaint,2020-01-01T00:00:00Z,\n"
    "c@b.example,unsubscribed,2020-01-01T00:00:00Z,shoes\n"
    "d@b.example,unsubscribed,,shoes\n"
    "e@b.example,annoyed,,\n");
  EXPECT_EQ(sum.suppressions, 2u);
  EXPECT_EQ(taken_.suppressions.at(0), (json{{"email", "a@b.example"}, {"reason", "hard_bounce"}}));
  ASSERT_EQ(taken_.events.size(), 1u);
  EXPECT_EQ(taken_.events[0]["status"], "withdrawn");
  EXPECT_EQ(taken_.events[0]["channel"], "email");
  EXPECT_EQ(taken_.events[0]["shop"], "shoes");
  EXPECT_THAT(faults_, ElementsAre(HasSubstr("5:1 time: is missing"), HasSubstr("6:13 reason: is none of")));
}

TEST_F(importing, a_customer_whose_sale_obtained_the_address_is_an_existing_one) {
  const std::string header =
    "customer_id,time,email,name,locale,time_zone,country,address_source,first_paid_order_id,first_paid_order_at\n";
  auto sum = take(header +
                  "k1,1000,a@b.example,Jane,nl-NL,Europe/Amsterdam,NL,sale,o1,2018-01-01T00:00:00Z\n"
                  "k2,1000,b@b.example,,,,,account,o2,2018-01-01T00:00:00Z\n"
                  "k3,1000,c@b.example,,,,,sale,,2018-01-01T00:00:00Z\n"
                  "k4,1000,d@b.example,,,,,sale,o4,a while ago\n"
                  "k5,1000,e@b.example,,,Nowhere/City,,,,\n");
  ASSERT_EQ(taken_.events.size(), 3u);
  EXPECT_EQ(taken_.events[0]["event"], "identify");
  EXPECT_EQ(taken_.events[0]["address_source"], "sale");
  const auto& sale = taken_.events[1];
  EXPECT_EQ(sale["event"], "purchase");
  EXPECT_EQ(sale["payment"], "paid");
  EXPECT_EQ(sale["order_id"], "o1") << "the order's own";
  EXPECT_EQ(sale["time"], "2018-01-01T00:00:00Z");
  EXPECT_EQ(sale["email"], "a@b.example");
  EXPECT_EQ(taken_.events[2]["customer_id"], "k2");
  EXPECT_EQ(sum.sales_without_address, 1u) << "the account obtained k2's address, so the sale is no basis";
  EXPECT_THAT(faults_, ElementsAre(HasSubstr("4:31 first_paid_order_id: is missing"),
                                   HasSubstr("5:33 first_paid_order_at: "), HasSubstr("6:23 time_zone: ")));
}

TEST_F(importing, ndjson) {
  auto sum = take(
    "{\"email\":\"a@b.example\",\"time\":1000,\"channel\":\"email\",\"status\":\"granted\",\"shop\":null}\n"
    "\n"
    "{\"email\":\"a@b.example\",\n"
    "[1]\n"
    "{\"email\":{},\"time\":1000,\"channel\":\"email\",\"status\":\"granted\"}\n"
    "{\"email\":\"x\",\"time\":1000,\"channel\":\"email\",\"status\":\"granted\"}\n"
    "{\"emial\":\"x\",\"time\":1000,\"channel\":\"email\",\"status\":\"granted\"}\n");
  EXPECT_EQ(sum.rows, 6u);
  EXPECT_EQ(taken_.events.size(), 1u);
  EXPECT_THAT(faults_, ElementsAre(HasSubstr("3:24 is no JSON"), "4:1 is no JSON object",
                                   "5:2 email: is neither a text nor a number", HasSubstr("6:2 email: "),
                                   "7:2 emial: consents know no such column"));
}

TEST_F(importing, a_file_whose_columns_cannot_be_used_is_refused_whole) {
  auto why = [&](const std::string& text, std::optional<import_kind> kind = {}) -> std::string {
    try {
      take(text, kind);
      return "taken";
    } catch (const std::exception& e) {
      return e.what();
    }
  };
  EXPECT_THAT(why("emial,time,channel,status\n"), HasSubstr("f.csv:1:1: column emial: consents know only time, "));
  EXPECT_THAT(why("email,shop\n"), HasSubstr("say --kind"));
  EXPECT_THAT(why("email,email\n"), HasSubstr("f.csv:1:7: email: there are two columns"));
  EXPECT_THAT(why("email,,status\n"), HasSubstr("f.csv:1:7: a column has no name"));
  EXPECT_THAT(why(""), HasSubstr("there is no header line"));
  EXPECT_THAT(why("status,channel\n", import_kind::customers), HasSubstr("customers know only"));
  EXPECT_THAT(taken_.events, IsEmpty());
}

TEST_F(importing, into_a_file_that_a_suppression_is_not_for) {
  auto path = file("s.csv", "email,reason,time\na@b.example,hard_bounce,\nb@b.example,unsubscribed,1000\n");
  std::vector<std::string> refused;
  auto out = (folder_ / "events.ndjson").string();
  auto to = to_file(out, [&](const import_fault& f) { refused.push_back(f.why); });
  auto sum = run_import(
    {path}, {}, *to, [](const import_fault&) { FAIL(); }, [](size_t) {});
  EXPECT_EQ(sum.rows, 2u);
  EXPECT_THAT(refused, ElementsAre(HasSubstr("is no event")));
  std::ifstream in{out};
  std::string line;
  ASSERT_TRUE(std::getline(in, line));
  EXPECT_EQ(json::parse(line)["status"], "withdrawn");
  EXPECT_THROW(to_file((folder_ / "no" / "file").string(), {}), std::system_error);
}

}  // namespace
}  // namespace cartwheel
