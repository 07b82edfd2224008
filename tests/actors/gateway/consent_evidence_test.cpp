#include "actors/gateway/consent_evidence.hpp"

#include "actors/gateway/limits.hpp"
#include "runtime/store/store.hpp"
#include "tests/actors/gateway/recovery_world.hpp"
#include "tests/scratch_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

namespace cartwheel {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr instant start = from_unix_ms(1'769'943'600'000);
constexpr std::chrono::hours day{24};
constexpr address_key jane{1, 2}, john{1, 3};

consent_proof said(const address_key& who, int64_t second, consent_status status, std::string wording = "yes") {
  consent_proof p;
  p.subject = who;
  p.time = start + std::chrono::seconds{second};
  p.received = p.time + 1s;
  p.place = {position{static_cast<uint64_t>(second) + 1}, 3};
  p.shop = "shoes";
  p.legal_entity = "shoes-bv";
  p.channel = channel::whatsapp;
  p.status = status;
  p.source = "form";
  p.wording = std::move(wording);
  p.proof_url = "https://shoes.example/proof";
  return p;
}
consent_proof granted(const address_key& who, int64_t second, std::string wording = "yes") {
  return said(who, second, consent_status::granted, std::move(wording));
}
consent_proof withdrawn(const address_key& who, int64_t second) {
  return said(who, second, consent_status::withdrawn, "no");
}

/// As "granted yes" or "withdrawn".
std::vector<std::string> told(const std::vector<consent_proof>& proofs) {
  std::vector<std::string> lines;
  for (const auto& p : proofs)
    lines.push_back((p.status == consent_status::granted ? "granted" : "withdrawn") +
                    (p.wording.empty() ? "" : " " + p.wording));
  return lines;
}

class evidence_of_consent : public testing::Test {
 protected:
  std::vector<std::string> of(const address_key& who) { return told(evidence_.of(who)); }
  size_t rows() {
    size_t n = 0;
    store_.visit(store_table::evidence, {}, {}, [&](auto, auto) { return ++n, true; });
    return n;
  }

  test::scratch_folder folder_;
  store store_{{folder_ / "store", limits::store_memory_bytes_min, nullptr}};
  consent_evidence evidence_{store_, 10 * day};
};

TEST_F(evidence_of_consent, is_told_as_it_was_given_and_of_nobody_else) {
  evidence_.put(withdrawn(jane, 5));
  evidence_.put(granted(jane, 2));
  evidence_.put(granted(john, 3));
  auto found = evidence_.of(jane);
  ASSERT_EQ(found.size(), 2u);
  const auto expected = granted(jane, 2);
  EXPECT_EQ(found[0].subject, expected.subject);
  EXPECT_EQ(found[0].time, expected.time);
  EXPECT_EQ(found[0].received, expected.received);
  EXPECT_EQ(found[0].place, expected.place);
  EXPECT_EQ(found[0].shop, expected.shop);
  EXPECT_EQ(found[0].legal_entity, expected.legal_entity);
  EXPECT_EQ(found[0].channel, expected.channel);
  EXPECT_EQ(found[0].status, expected.status);
  EXPECT_EQ(found[0].source, expected.source);
  EXPECT_EQ(found[0].wording, expected.wording);
  EXPECT_EQ(found[0].proof_url, expected.proof_url);
  EXPECT_EQ(found[1].status, consent_status::withdrawn);
  EXPECT_THAT(of({1, 4}), IsEmpty());
}

TEST_F(evidence_of_consent, told_again_is_the_same) {
  for (int turn = 0; turn < 2; ++turn) {
    evidence_.put(granted(jane, 1));
    evidence_.put(withdrawn(jane, 2));
    evidence_.put(granted(jane, 3));
  }
  EXPECT_THAT(of(jane), ElementsAre("granted yes", "withdrawn no", "granted yes"));
  EXPECT_EQ(rows(), 7u) << "each with its age; and one use";
}

/// Whoever has a link from a mail may follow it again and again.
TEST_F(evidence_of_consent, that_says_nothing_new_is_not_kept) {
  evidence_.put(granted(jane, 1));
  for (int n = 2; n < 100; ++n) evidence_.put(withdrawn(jane, n));
  EXPECT_THAT(of(jane), ElementsAre("granted yes", "withdrawn no"));
  auto elsewhere = withdrawn(jane, 200);
  elsewhere.shop = "hats";
  evidence_.put(elsewhere);
  evidence_.put(granted(jane, 201, "in other words"));
  evidence_.put(granted(jane, 202, "and others"));
  EXPECT_THAT(of(jane), ElementsAre("granted yes", "withdrawn no", "withdrawn no", "granted in other words",
                                    "granted and others"));
}

TEST_F(evidence_of_consent, of_one_person_is_bounded) {
  const int most = static_cast<int>(limits::evidence_of_one_max);
  for (int n = 0; n < most + 10; ++n) evidence_.put(granted(jane, n, std::to_string(n)));
  auto found = evidence_.of(jane);
  EXPECT_EQ(found.size(), limits::evidence_of_one_max);
  EXPECT_EQ(found.front().wording, "10");
  EXPECT_EQ(found.back().wording, std::to_string(most + 9));
}

TEST_F(evidence_of_consent, of_the_erased_says_no_more_than_that_they_withdrew) {
  evidence_.put(granted(jane, 1));
  evidence_.put(withdrawn(jane, 2));
  evidence_.put(granted(john, 1));
  evidence_.used(jane, start);
  evidence_.forget(jane);
  auto found = evidence_.of(jane);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].status, consent_status::withdrawn);
  EXPECT_EQ(found[0].time, withdrawn(jane, 2).time);
  EXPECT_EQ(found[0].channel, channel::whatsapp);
  EXPECT_EQ(found[0].legal_entity, "shoes-bv");
  EXPECT_EQ(found[0].source + found[0].wording + found[0].proof_url, "");
  EXPECT_THAT(of(john), ElementsAre("granted yes"));
}

/// A snapshot between the two withdrawals, an erasure, and a loss of power: the second is told again, the first is not.
TEST_F(evidence_of_consent, of_the_erased_stays_as_it_was_when_the_log_is_told_again) {
  evidence_.put(withdrawn(jane, 1));
  evidence_.put(withdrawn(jane, 2));
  evidence_.forget(jane);
  ASSERT_THAT(of(jane), ElementsAre("withdrawn"));
  evidence_.put(withdrawn(jane, 2));
  evidence_.forget(jane);
  EXPECT_THAT(of(jane), ElementsAre("withdrawn"));
  evidence_.put(granted(jane, 3));
  evidence_.put(withdrawn(jane, 4));
  EXPECT_THAT(of(jane), ElementsAre("withdrawn", "granted yes", "withdrawn no"));
}

TEST_F(evidence_of_consent, is_forgotten_when_it_is_old) {
  evidence_.put(granted(jane, 0));
  evidence_.put(withdrawn(jane, 86'400));
  evidence_.forget_old(start + 10 * day);
  EXPECT_THAT(of(jane), ElementsAre("granted yes", "withdrawn no"));
  evidence_.forget_old(start + 10 * day + 2s);
  EXPECT_THAT(of(jane), ElementsAre("withdrawn no"));
  evidence_.forget_old(start + 11 * day + 2s);
  EXPECT_EQ(rows(), 0u);
}

TEST_F(evidence_of_consent, of_a_grant_is_kept_behind_its_last_use) {
  evidence_.used(jane, start - 5 * day);
  EXPECT_EQ(rows(), 0u) << "of somebody without a grant";
  evidence_.put(granted(jane, 0));
  evidence_.put(granted(john, 0));
  evidence_.used(jane, start + 7 * day);
  evidence_.used(jane, start + 6 * day);  // told again
  evidence_.forget_old(start + 11 * day);
  EXPECT_THAT(of(jane), ElementsAre("granted yes"));
  EXPECT_THAT(of(john), IsEmpty());
  evidence_.used(jane, start + 12 * day);
  evidence_.forget_old(start + 18 * day);
  evidence_.forget_old(start + 22 * day);
  EXPECT_THAT(of(jane), ElementsAre("granted yes"));
  evidence_.forget_old(start + 22 * day + 2s);
  EXPECT_EQ(rows(), 0u);
}

TEST_F(evidence_of_consent, that_does_not_read_back_is_told) {
  evidence_.put(granted(jane, 1));
  std::string row;
  store_.visit(store_table::evidence, {}, {}, [&](auto key, auto) { return row = key, false; });
  store_batch batch;
  batch.put(store_table::evidence, row, std::string{"\x09", 1});
  store_.write(batch);
  EXPECT_THROW(evidence_.of(jane), std::runtime_error);
}

// Of a node, over losses of power --------------------------------------------------------------------------------------

constexpr node_hash_keys keys{{1, 2}, {3, 4}, {5, 6}};  // the small node's

/// Consents by addresses and customers who may have none, logins, and erasures. Time goes on with each.
std::vector<std::string> random_life(uint64_t seed) {
  std::mt19937_64 dice{seed};
  std::vector<std::string> lines;
  for (int i = 0; i < 60; ++i) {
    auto pick = [&](const char* field, const char* what, size_t of) {
      return std::string{",\""} + field + "\":\"" + what + std::to_string(dice() % of) + '"';
    };
    const auto email = ",\"email\":\"a" + std::to_string(dice() % 2) + "@x.nl\"";
    const auto customer = pick("customer_id", "k", 2);
    auto line = [&](const char* name, const std::string& rest) {
      return std::string{R"({"event":")"} + name + R"(","time":)" +
             std::to_string(unix_ms(start + std::chrono::minutes{i})) + rest + "}\n";
    };
    switch (dice() % 8) {
      case 0: lines.push_back(line("identify", customer + email)); break;
      case 1: lines.push_back(line("erase", dice() % 2 == 0 ? customer : email)); break;
      default:
        lines.push_back(line("consent", (dice() % 2 == 0 ? customer : email) + R"(,"channel":"email","status":")" +
                                          (dice() % 2 == 0 ? "granted" : "withdrawn") + '"' +
                                          pick("wording", "words ", 3) +
                                          (dice() % 3 == 0 ? pick("cart_id", "c", 2) : "") +
                                          (dice() % 3 == 0 ? pick("event_id", "e", 20) : "")));
        break;
    }
  }
  return lines;
}

std::string everything(history& past) {
  std::string all;
  std::vector<address_key> subjects;
  for (const char* email : {"a0@x.nl", "a1@x.nl"}) subjects.push_back(key_of_address(keys, email));
  for (const char* customer : {"k0", "k1"}) subjects.push_back(key_of_customer(keys, customer));
  for (const auto& p : past.proofs_of(subjects))
    all += std::to_string(p.subject.low) + " " + std::to_string(unix_ms(p.time)) + " " +
           std::to_string(unix_ms(p.received)) + " " + told({p})[0] + "\n";
  return all;
}

/// Gives what is proven at the end.
std::string lived(uint64_t seed, bool losses) {
  std::mt19937_64 dice{seed};
  test::scratch_folder folder;
  auto files = std::make_unique<test::shared_files>();
  test::decision_book book;
  auto tables = std::make_unique<store>(store_options{folder / "store", limits::store_memory_bytes_min, nullptr});
  auto past = std::make_unique<history>(*tables, history::options{});
  std::unique_ptr<test::small_node> node;
  auto begin = [&] {
    test::small_node::options o;
    o.shards = static_cast<uint16_t>(1 + dice() % 3);
    o.snapshot_every = dice() % 2 == 0 ? 0ms : 24h;
    o.past = past.get();
    node = std::make_unique<test::small_node>(*files, book, o);
    node->recover();
    node->start();
  };
  begin();
  for (const auto& line : random_life(seed)) {
    EXPECT_TRUE(node->take(line));
    if (!losses || dice() % 10 != 0) continue;
    if (dice() % 2 == 0) node->settle_down();
    auto left = files->after_crash(dice());
    node->die();
    node.reset();
    past.reset();
    tables.reset();  // its end flushes nothing
    files = std::move(left);
    tables = std::make_unique<store>(store_options{folder / "store", limits::store_memory_bytes_min, nullptr});
    past = std::make_unique<history>(*tables, history::options{});
    begin();
  }
  node->stop();
  node->settle_down();
  past->flush();
  return everything(*past);
}

TEST(evidence_of_a_node, is_whole_after_losses_of_power) {
  size_t proofs = 0;
  for (uint64_t seed = 1; seed <= 12 && !testing::Test::HasFailure(); ++seed) {
    const auto expected = lived(seed, false);
    proofs += static_cast<size_t>(std::count(expected.begin(), expected.end(), '\n'));
    EXPECT_EQ(lived(seed, true), expected) << "seed " << seed;
  }
  EXPECT_GT(proofs, 50u);
}

}  // namespace
}  // namespace cartwheel
