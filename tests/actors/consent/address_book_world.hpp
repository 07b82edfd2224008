#pragma once

#include "actors/consent/address_book.hpp"
#include "tests/actors/shard/told.hpp"

#include <utility>
#include <vector>

namespace cartwheel {

/// An address book under rules that a test may change, and notices and questions about one address.
class address_book_test : public ::testing::Test {
 protected:
  address_book_test() { shops.shops["t"].legal_entity = "other-bv"; }

  std::vector<notice> after(notice n) {
    n.order = ++order;
    if (!n.address.key.given()) n.address = testing::mailbox(7);
    if (n.shop.empty()) n.shop = "s";
    accepted = book.receive(n, out);
    return testing::taken(out);
  }
  notice a(notice_kind kind) {
    notice n;
    n.kind = kind;
    return n;
  }
  void consent(consent_status status, int64_t time, const char* shop = "s", channel on = channel::email) {
    notice n = a(notice_kind::consent);
    n.status = status;
    n.time = testing::at(time);
    n.shop = shop;
    n.channel = on;
    after(n);
  }
  void granted(int64_t time = 1'000) { consent(consent_status::granted, time); }
  void withdrawn(int64_t time) { consent(consent_status::withdrawn, time); }

  question about(int64_t tick, const char* cart_id = "c", const char* shop = "s") {
    question q;
    q.tick = q.due = testing::at(tick);
    q.last_add = testing::at(tick);
    q.shop = shop;
    q.cart_id = cart_id;
    q.cart = {shard_id{0}, static_cast<uint32_t>(cart_id[0]), 1};
    q.address = testing::mailbox(7);
    return q;
  }
  std::vector<answer> decided(std::vector<question> questions) {
    book.decide_all(std::move(questions), out);
    std::vector<answer> all;
    for (auto& a : std::exchange(out.of(0), {}).answers) all.push_back(std::move(a));
    return all;
  }
  decision decided(const question& q) { return decided(std::vector{q}).at(0).decided; }

  deciding_rules rules;
  campaign_settings& campaign = rules.campaign;
  shop_directory& shops = rules.shops;
  policy_settings& policy = rules.policy;
  outbox out{1};
  address_book book{rules, false};
  log_order order = 0;
  bool accepted = false;
};

}  // namespace cartwheel
