// What is held on somebody: asked over HTTP, and by `cartwheel export`.

#include "actors/content/token.hpp"
#include "app/commands.hpp"
#include "tests/app/api/running_node.hpp"

#include <gmock/gmock.h>

#include <map>
#include <sstream>

namespace cartwheel {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

class person_test : public running_node {
 protected:
  /// Jane with a cart, a consent, an order and a visitor; John with a cart.
  void fill() {
    serve();
    for (const auto& e : {
           event("view_cart", R"(,"cart_id":"basket","visitor_id":"v1")"),
           event("identify",
                 R"(,"customer_id":"jane 7","visitor_id":"v1","email":"Jane@X.nl","name":"Jane","locale":"nl")"),
           event("consent", R"(,"email":"jane@x.nl","channel":"email","status":"granted")"),
           addition("basket", R"(,"customer_id":"jane 7","visitor_id":"v1")"),
           event("purchase", R"(,"customer_id":"jane 7","order_id":"o1","email":"jane@x.nl","shop":"fr")"),
           addition("johns", R"(,"customer_id":"john")"),
         })
      ASSERT_EQ(post(e).status, 200) << e;
    ASSERT_TRUE(open("johns"));
    ASSERT_TRUE(open("basket"));
  }

  http_answer person(const std::string& id, const std::string& query) { return get("/v1/persons/" + id + "?" + query); }

  struct printed {
    int code = 0;
    std::string out;
    std::string complaints;
  };
  static export_options about(const std::string& person) {
    export_options o;
    o.person = person;
    return o;
  }
  printed exported(export_options o) {
    o.sets.push_back("http.listen=127.0.0.1:" + std::to_string(node_->http_port()));
    std::ostringstream out, complaints;
    int code = run_export(o, out, complaints);
    return {code, out.str(), complaints.str()};
  }
};

TEST_F(person_test, by_customer_id) {
  fill();
  auto answer = person("jane%207", "by=customer");
  ASSERT_EQ(answer.status, 200) << answer.body;
  auto j = answer.json();
  EXPECT_EQ(j["asked"], (json{{"by", "customer"}, {"id", "jane 7"}}));
  ASSERT_EQ(j["customers"].size(), 1u) << answer.body;
  EXPECT_EQ(j["customers"][0]["customer_id"], "jane 7");
  EXPECT_EQ(j["customers"][0]["email"], "jane@x.nl");
  EXPECT_EQ(j["customers"][0]["email_learnt"], "2026-02-01T11:00:00.000Z");
  EXPECT_EQ(j["customers"][0]["name"], "Jane");
  EXPECT_EQ(j["customers"][0]["locale"], "nl");
  EXPECT_EQ(j["customers"][0]["orders"][0]["shop"], "fr");
  ASSERT_EQ(j["addresses"].size(), 1u);
  const auto& address = j["addresses"][0];
  EXPECT_EQ(address["consents"][0]["status"], "granted");
  EXPECT_EQ(address["consents"][0]["granted"], "2026-02-01T11:00:00.000Z");
  EXPECT_EQ(address["consents"][0]["withdrawn"], nullptr);
  EXPECT_EQ(address["existing_customer_of"][0]["orders"], 1);
  ASSERT_EQ(j["carts"].size(), 1u);
  EXPECT_EQ(j["carts"][0]["cart_id"], "basket");
  EXPECT_EQ(j["carts"][0]["lines"][0]["item_name"], "Boots");
  ASSERT_EQ(j["orders"].size(), 1u) << "by its customer and by its address, and told once";
  EXPECT_EQ(j["orders"][0]["order_id"], "o1");
  EXPECT_EQ(j["orders"][0]["status"], "paid");
  EXPECT_EQ(j["orders"][0]["makes_existing_customer"], true);
  EXPECT_EQ(answer.body.find("john"), std::string::npos);
}

TEST_F(person_test, by_address_and_by_visitor) {
  fill();
  auto by_email = person("JANE@x.nl", "by=email").json();
  ASSERT_EQ(by_email["customers"].size(), 1u) << by_email;
  EXPECT_EQ(by_email["customers"][0]["customer_id"], "jane 7");
  EXPECT_EQ(by_email["carts"].size(), 1u);
  EXPECT_EQ(by_email["orders"].size(), 1u);
  auto by_visitor = person("v1", "by=visitor").json();
  ASSERT_EQ(by_visitor["visitors"].size(), 1u) << by_visitor;
  EXPECT_EQ(by_visitor["visitors"][0]["visitor_id"], "v1");
  EXPECT_EQ(by_visitor["carts"].size(), 1u);
}

TEST_F(person_test, what_was_decided_about_them) {
  fill();
  ASSERT_TRUE(tests::eventually([&] {
    clock_->advance(60s);
    return get("/v1/decisions").body.find("basket") != std::string::npos;
  }));
  auto j = person("jane%207", "by=customer").json();
  ASSERT_EQ(j["decisions"].size(), 1u) << j;
  EXPECT_EQ(j["decisions"][0]["cart_id"], "basket");
  EXPECT_EQ(j["addresses"][0]["reminders"].size(), 1u) << j;
  EXPECT_EQ(person("jane%207", "by=customer&shop=fr").json()["decisions"].size(), 0u);
}

TEST_F(person_test, what_happened_to_their_carts) {
  fill();
  for (const auto* id : {"basket", "johns"})
    post(event("remove_from_cart", R"(,"items":[{"item_id":"i1","quantity":2}],"cart_id":")" + std::string{id} + '"'));
  ASSERT_TRUE(tests::eventually([&] { return person("john", "by=customer").json()["milestones"].size() == 1; }));
  auto j = person("jane%207", "by=customer").json();
  ASSERT_EQ(j["milestones"].size(), 1u) << j;
  EXPECT_EQ(j["milestones"][0]["cart_id"], "basket");
  EXPECT_EQ(j["milestones"][0]["how"], "emptied");
  EXPECT_EQ(person("jane%207", "by=customer&shop=fr").json()["milestones"].size(), 0u);
}

/// A cart that was reminded of and is over leaves a row for the links in its mails.
TEST_F(person_test, what_their_carts_left_behind) {
  fill();
  EXPECT_EQ(person("jane%207", "by=customer").json()["ended_carts"].size(), 0u);
  ASSERT_TRUE(tests::eventually([&] {
    clock_->advance(60s);
    return get("/v1/decisions").body.find("basket") != std::string::npos;
  }));
  ASSERT_EQ(post(event("purchase", R"(,"customer_id":"jane 7","order_id":"o2","cart_id":"basket")")).status, 200);
  json told;
  ASSERT_TRUE(tests::eventually([&] {
    clock_->advance(1s);
    told = person("jane%207", "by=customer").json();
    return told["ended_carts"].size() == 1;
  }))
    << told;
  EXPECT_EQ(told["ended_carts"][0]["cart_id"], "basket");
  EXPECT_EQ(told["ended_carts"][0]["customer_id"], "jane 7");
  EXPECT_EQ(told["ended_carts"][0]["how"], "ordered");
  EXPECT_EQ(told["complete"], true);
  EXPECT_EQ(person("jane%207", "by=customer&shop=fr").json()["ended_carts"].size(), 0u);
  EXPECT_EQ(person("john", "by=customer").json()["ended_carts"].size(), 0u);
}

TEST_F(person_test, what_proves_their_consents) {
  fill();
  for (const auto& e : {
         event("consent",
               R"(,"customer_id":"jane 7","channel":"whatsapp","status":"granted","shop":"fr","source":"till",)"
               R"("wording":"Yes, Jane wants that","proof_url":"https://x.nl/proof/1")"),
         event("consent",
               R"(,"customer_id":"jane 7","channel":"whatsapp","status":"withdrawn","shop":"fr","source":"phone")"),
         event("consent", R"(,"customer_id":"shy","channel":"email","status":"granted","source":"form")"),
       })
    ASSERT_EQ(post(e).status, 200) << e;
  auto link = node_->tokens().seal({token_purpose::unsubscribe, "default", "jane@x.nl", "email"});
  for (int again = 0; again < 3; ++again)
    ASSERT_EQ(ask(node_->public_port(), "POST", "/u/" + link, "", "").status, 200);
  json evidence;
  ASSERT_TRUE(tests::eventually([&] {
    evidence = person("jane%207", "by=customer").json()["consent_evidence"];
    return evidence.size() == 4;
  }))
    << evidence;
  std::map<std::string, json> by_source;
  for (const auto& e : evidence) by_source[e["source"].is_null() ? "" : e["source"].get<std::string>()] = e;
  EXPECT_EQ(by_source["till"]["wording"], "Yes, Jane wants that");
  EXPECT_EQ(by_source["till"]["proof_url"], "https://x.nl/proof/1");
  EXPECT_EQ(by_source["till"]["shop"], "fr");
  EXPECT_EQ(by_source["till"]["legal_entity"], "example-bv");
  EXPECT_EQ(by_source["till"]["channel"], "whatsapp");
  EXPECT_EQ(by_source["till"]["status"], "granted");
  EXPECT_EQ(by_source["till"]["time"], "2026-02-01T11:00:00.000Z");
  EXPECT_TRUE(by_source["till"]["received"].is_string());
  EXPECT_EQ(by_source["phone"]["status"], "withdrawn");
  EXPECT_EQ(by_source["unsubscribe-link"]["status"], "withdrawn") << "the first time; no news the others";
  EXPECT_EQ(by_source[""]["channel"], "email");
  EXPECT_EQ(person("jane@x.nl", "by=email").json()["consent_evidence"], evidence);
  EXPECT_EQ(person("jane%207", "by=customer&shop=fr").json()["consent_evidence"].size(), 2u);
  EXPECT_EQ(json::parse(exported(about("jane 7")).out)["consent_evidence"], evidence);
  EXPECT_EQ(person("shy", "by=customer").json()["consent_evidence"][0]["source"], "form");

  ASSERT_EQ(post(event("erase", R"(,"customer_id":"jane 7")")).status, 200);
  ASSERT_EQ(post(event("erase", R"(,"customer_id":"shy")")).status, 200);
  ASSERT_TRUE(tests::eventually([&] { return person("shy", "by=customer").status == 404; }));
  ASSERT_TRUE(tests::eventually([&] {
    evidence = person("jane@x.nl", "by=email").json()["consent_evidence"];
    return evidence.size() == 2;
  }))
    << evidence;
  for (const auto& e : evidence) {
    EXPECT_EQ(e["status"], "withdrawn");
    EXPECT_EQ(e["legal_entity"], "example-bv");
    for (const char* gone : {"source", "wording", "proof_url"}) EXPECT_EQ(e[gone], nullptr) << gone;
  }
}

TEST_F(person_test, of_one_shop) {
  fill();
  auto j = person("jane%207", "by=customer&shop=fr").json();
  EXPECT_EQ(j["asked"]["shop"], "fr");
  EXPECT_EQ(j["carts"].size(), 0u);
  EXPECT_EQ(j["orders"].size(), 1u);
}

TEST_F(person_test, somebody_unknown_or_not_said_how) {
  fill();
  EXPECT_EQ(person("nobody", "by=customer").status, 404);
  EXPECT_EQ(person("nobody", "by=visitor").status, 404);
  EXPECT_EQ(person("nobody@x.nl", "by=email").status, 404);
  EXPECT_EQ(person("nobody", "by=email").status, 400);
  EXPECT_EQ(person("jane", "by=name").status, 400);
  EXPECT_EQ(get("/v1/persons/jane").status, 400);
  EXPECT_EQ(get("/v1/persons/").status, 404);
}

TEST_F(person_test, with_what_they_looked_at_and_their_sales_and_trails) {
  config_.campaign.after_purchase.enabled = true;
  config_.campaign.browse.enabled = true;
  config_.campaign.browse.views = 2;
  serve();
  const auto look = [this](const std::string& who, const std::string& category) {
    return event("view_item",
                 R"(,"customer_id":")" + who + R"(","items":[{"item_id":"x","item_category":")" + category + R"("}])");
  };
  for (const auto& e : {look("jane", "boots"), look("jane", "boots"), look("jane", "hats"), look("john", "hats"),
                        event("purchase", R"(,"customer_id":"jane","order_id":"o1","payment":"paid")")})
    ASSERT_EQ(post(e).status, 200) << e;
  json j;
  ASSERT_TRUE(tests::eventually([&] { return (j = person("jane", "by=customer").json())["carts"].size() == 2; })) << j;
  ASSERT_EQ(j["browsing"].size(), 1u) << j;
  const auto& seen = j["browsing"][0];
  EXPECT_EQ(seen["customer_id"], "jane");
  ASSERT_EQ(seen["views"].size(), 1u) << "those of boots have been used up";
  EXPECT_EQ(seen["views"][0], (json{{"item_category", "hats"}, {"latest", {"2026-02-01T11:00:00.000Z"}}}));
  EXPECT_EQ(seen["trail_opened"], "2026-02-01T11:00:00.000Z");
  std::map<std::string, json> stand_for;
  for (const auto& cart : j["carts"])
    for (const auto* what : {"sale_of", "trail_of"})
      if (cart.contains(what)) stand_for[what] = cart[what];
  EXPECT_EQ(stand_for,
            (std::map<std::string, json>{{"sale_of", {{"order_id", "o1"}}}, {"trail_of", {{"customer_id", "jane"}}}}));
  auto johns = person("john", "by=customer");
  EXPECT_EQ(johns.status, 200) << "nothing but a look: " << johns.body;
  EXPECT_EQ(johns.json()["browsing"][0]["trail_opened"], nullptr);
  ASSERT_EQ(post(event("erase", R"(,"customer_id":"jane")")).status, 200);
  EXPECT_TRUE(tests::eventually([&] { return person("jane", "by=customer").status == 404; }));
}

TEST_F(person_test, erased_is_unknown) {
  fill();
  ASSERT_EQ(post(event("erase", R"(,"customer_id":"jane 7")")).status, 200);
  ASSERT_TRUE(tests::eventually([&] { return person("jane%207", "by=customer").status == 404; }));
  EXPECT_EQ(person("v1", "by=visitor").status, 404);
  auto left = person("jane@x.nl", "by=email").json();
  EXPECT_EQ(left.value("customers", json::array()).size(), 0u) << left;
}

TEST_F(person_test, export_prints_it) {
  fill();
  auto p = exported(about("jane 7"));
  EXPECT_EQ(p.code, 0) << p.complaints;
  EXPECT_THAT(p.out, HasSubstr("\n  \"customers\": [\n"));
  EXPECT_EQ(json::parse(p.out)["customers"][0]["name"], "Jane");
  EXPECT_EQ(json::parse(exported(about("v1")).out)["visitors"].size(), 1u) << "no customer: a visitor";
  EXPECT_EQ(json::parse(exported(about("jane@x.nl")).out)["asked"]["by"], "email");
  auto one_line = about("jane 7");
  one_line.by = "customer";
  one_line.shop = "fr";
  one_line.json = true;
  auto line = exported(one_line);
  EXPECT_EQ(line.out.find('\n'), line.out.size() - 1);
  auto unknown = exported(about("nobody"));
  EXPECT_EQ(unknown.code, 1);
  EXPECT_EQ(unknown.out, "");
  EXPECT_EQ(unknown.complaints, "nobody: nothing is held on such a person\n");
}

TEST_F(person_test, export_shows_the_token) {
  config_.http.listen.host = "0.0.0.0";
  config_.http.token = "secret-token";
  serve();
  EXPECT_EQ(exported(about("nobody")).complaints, "nobody: wants the bearer token that http.token names\n");
  auto o = about("nobody");
  o.sets = {"http.token=secret-token"};
  EXPECT_EQ(exported(o).complaints, "nobody: nothing is held on such a person\n");
}

TEST_F(person_test, export_says_where_nobody_answers) {
  serve();
  auto port = node_->http_port();
  node_.reset();
  auto o = about("jane");
  o.sets = {"http.listen=127.0.0.1:" + std::to_string(port)};
  std::ostringstream out, complaints;
  try {
    run_export(o, out, complaints);
    FAIL();
  } catch (const std::runtime_error& e) {
    EXPECT_THAT(e.what(), HasSubstr("127.0.0.1:" + std::to_string(port)));
  }
}

}  // namespace
}  // namespace cartwheel
