#include "app/api/person_answer.hpp"

#include "actors/event/address.hpp"
#include "app/api/cart_answer.hpp"
#include "app/api/wording.hpp"
#include "app/decision_json.hpp"
#include "transport/http/answer.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace cartwheel {
namespace {

using json = nlohmann::ordered_json;

json or_null(std::string_view text) { return text.empty() ? json(nullptr) : json(text); }
json or_null(instant t) { return t == before_all ? json(nullptr) : json(rfc3339(t)); }

template <class Things, class Describe>
json list_of(const Things& things, Describe&& describe) {
  json all = json::array();
  for (const auto& t : things) all.push_back(describe(t));
  return all;
}

class description {
 public:
  description(std::string_view shop, const holdings& held, const campaign_settings& campaign)
      : shop_{shop}, held_{held}, campaign_{campaign} {}

  json persons(subject_kind kind) const {
    json all = json::array();
    for (const auto& p : held_.persons)
      if (p.kind == kind) all.push_back(person(p));
    return all;
  }

  json addresses() const {
    return list_of(held_.addresses, [this](const held_address& a) {
      json j;
      j["consents"] = consents(a.consents, "legal_entity");
      j["existing_customer_of"] = list_of(a.bases, [](const held_address::basis& b) {
        return json{{"legal_entity", b.legal_entity}, {"orders", b.orders}};
      });
      j["obtained"] = list_of(a.sources, [](const held_address::source& s) {
        return json{{"legal_entity", s.legal_entity}, {"how", to_string(s.how)}, {"latest", rfc3339(s.latest)}};
      });
      j["orders"] = order_times(a.orders);
      j["reminders"] = list_of(a.reminders, [](const held_address::reminder& r) {
        return json{{"decided", rfc3339(r.tick)}, {"step", r.step}, {"on_its_way", r.on_its_way}};
      });
      j["preferences"] = json{{"paused_until", or_null(a.wishes ? a.wishes->paused_until : before_all)},
                              {"frequency", a.wishes && a.wishes->weekly ? "weekly" : "normal"}};
      j["suppression"] = a.suppressed ? suppression_of(*a.suppressed) : json(nullptr);
      return j;
    });
  }

  json carts() const {
    json all = json::array();
    for (const auto& c : held_.carts) {
      if (!of_shop(c.shop)) continue;
      auto j = json::parse(cart_object(c.shop, c.cart, campaign_));
      j["email"] = or_null(c.own_address);
      all.push_back(std::move(j));
    }
    return all;
  }

  json browsing() const {
    auto moments = [](const std::vector<instant>& all) {
      return list_of(all, [](instant t) { return json(rfc3339(t)); });
    };
    json all = json::array();
    for (const auto& b : held_.browsers) {
      if (!of_shop(b.shop)) continue;
      json j;
      j[b.kind == subject_kind::customer ? "customer_id" : "visitor_id"] = b.id;
      j["shop"] = b.shop;
      j["views"] = list_of(b.categories, [&](const held_browser::category& c) {
        return json{{"item_category", or_null(c.name)}, {"latest", moments(c.views)}};
      });
      j["additions"] = moments(b.additions);
      j["trail_opened"] = or_null(b.trail_opened);
      all.push_back(std::move(j));
    }
    return all;
  }

  json orders() const {
    json all = json::array();
    for (const auto& o : held_.orders)
      if (of_shop(o.shop))
        all.push_back({{"shop", o.shop},
                       {"order_id", o.order_id},
                       {"status", o.status},
                       {"makes_existing_customer", o.basis},
                       {"last_news", rfc3339(o.last_named)},
                       {"cart_id", or_null(o.cart_id)},
                       {"customer_id", or_null(o.customer)},
                       {"visitor_id", or_null(o.visitor)}});
    return all;
  }

  json evidence(const std::vector<consent_proof>& proofs) const {
    json all = json::array();
    for (const auto& p : proofs)
      if (of_shop(p.shop))
        all.push_back({{"shop", p.shop},
                       {"legal_entity", p.legal_entity},
                       {"channel", to_string(p.channel)},
                       {"status", p.status == consent_status::granted ? "granted" : "withdrawn"},
                       {"time", rfc3339(p.time)},
                       {"received", rfc3339(p.received)},
                       {"source", or_null(p.source)},
                       {"wording", or_null(p.wording)},
                       {"proof_url", or_null(p.proof_url)}});
    return all;
  }

  static json decisions(const std::vector<decision_line>& all) {
    return list_of(all, [](const decision_line& d) { return json::parse(to_json(d)); });
  }

  static json milestones(const std::vector<cart_milestone>& all) {
    return list_of(all, [](const cart_milestone& m) {
      json j{{"shop", m.shop}, {"cart_id", m.cart_id}, {"time", rfc3339(m.happened)}, {"what", to_string(m.what)}};
      if (m.what == milestone::ended) j["how"] = to_string(m.end);
      j["words"] = words_of(m);
      return j;
    });
  }

  static json ended_carts(const std::vector<ended_cart>& all) {
    return list_of(all, [](const ended_cart& c) {
      return json{{"shop", c.shop},
                  {"cart_id", c.cart_id},
                  {"customer_id", or_null(c.customer_id)},
                  {"ended", rfc3339(c.when)},
                  {"how", to_string(c.why)},
                  {"cart_url", or_null(c.cart_url)},
                  {"latest_click", or_null(c.clicked_at)}};
    });
  }

 private:
  bool of_shop(std::string_view shop) const { return shop_.empty() || shop == shop_; }

  json person(const held_person& p) const {
    json j;
    j[p.kind == subject_kind::customer ? "customer_id" : "visitor_id"] = p.id;
    j["email"] = or_null(p.address.as_given);
    j["email_learnt"] = or_null(p.address_time);
    j["name"] = or_null(p.name);
    j["locale"] = or_null(p.locale);
    j["country"] = or_null(p.country);
    j["time_zone"] = or_null(p.time_zone);
    j["orders"] = order_times(p.orders);
    j["consents_without_address"] = consents(p.consents, "shop");
    return j;
  }

  json order_times(const std::vector<held_order_time>& orders) const {
    json all = json::array();
    for (const auto& o : orders)
      if (of_shop(o.shop)) all.push_back({{"shop", o.shop}, {"time", rfc3339(o.time)}});
    return all;
  }

  static json suppression_of(const suppression& s) {
    json j;
    j["reason"] = to_string(s.reason);
    j["first"] = rfc3339(s.first);
    j["last"] = rfc3339(s.last);
    j["count"] = s.count;
    // null: below the number of full mailboxes that suppresses, mails still go.
    j["until"] = s.until == never ? json("lifted") : or_null(s.until);
    return j;
  }

  static json consents(const std::vector<held_consent>& consents, const char* given_to) {
    return list_of(consents, [&](const held_consent& c) {
      return json{{given_to, c.shop},
                  {"channel", to_string(c.channel)},
                  {"status", c.withdrawn >= c.granted ? "withdrawn" : "granted"},
                  {"granted", or_null(c.granted)},
                  {"confirmed", or_null(c.confirmed)},
                  {"withdrawn", or_null(c.withdrawn)}};
    });
  }

  std::string_view shop_;
  const holdings& held_;
  const campaign_settings& campaign_;
};

std::string_view name_of(person_by by) {
  switch (by) {
    case person_by::customer: return "customer";
    case person_by::visitor: return "visitor";
    case person_by::email: return "email";
  }
  return "";
}

}  // namespace

std::vector<address_key> subjects_of(person_by by, const std::string& id, const holdings& held,
                                     const node_hash_keys& keys) {
  std::vector<address_key> subjects;
  auto add = [&](const address_key& subject) {
    if (std::ranges::find(subjects, subject) == subjects.end()) subjects.push_back(subject);
  };
  if (by == person_by::customer) add(key_of_customer(keys, id));
  if (by == person_by::email)
    if (auto address = normalise_email(id)) add(key_of_address(keys, *address));
  for (const auto& p : held.persons)
    if (p.kind == subject_kind::customer) add(key_of_customer(keys, p.id));
  for (const auto& a : held.addresses) add(a.key);
  return subjects;
}

history::search search_for(person_by by, const std::string& id, const std::string& shop, const holdings& held) {
  // A decision, a milestone, or how a cart ended: all say whose cart, and of which address.
  const auto theirs = [customer = by == person_by::customer ? id : std::string{}, shop, &held](const auto& entry) {
    if (!shop.empty() && entry.shop != shop) return false;
    if (!customer.empty() && entry.customer_id == customer) return true;
    const auto is_customer = [&](const held_person& p) {
      return p.kind == subject_kind::customer && p.id == entry.customer_id;
    };
    const auto has_address = [&](const held_address& a) { return entry.address.given() && a.key == entry.address; };
    const auto is_cart = [&](const held_cart& c) { return c.shop == entry.shop && c.cart.cart_id == entry.cart_id; };
    return std::ranges::any_of(held.persons, is_customer) || std::ranges::any_of(held.addresses, has_address) ||
           std::ranges::any_of(held.carts, is_cart);
  };
  return {theirs, theirs, theirs, nullptr};
}

http::response person_answer(person_by by, std::string_view id, std::string_view shop, const holdings& held,
                             const person_past& past, const campaign_settings& campaign) {
  description d{shop, held, campaign};
  const auto& found = past.found;
  auto evidence = d.evidence(past.proofs);
  if (held.persons.empty() && held.addresses.empty() && held.orders.empty() && held.browsers.empty() &&
      found.decisions.empty() && found.milestones.empty() && found.ended_carts.empty() && evidence.empty())
    return http::refuse(404, "nothing is held on such a person");
  json out;
  out["asked"] = {{"by", name_of(by)}, {"id", id}};
  if (!shop.empty()) out["asked"]["shop"] = shop;
  out["customers"] = d.persons(subject_kind::customer);
  out["visitors"] = d.persons(subject_kind::visitor);
  out["addresses"] = d.addresses();
  out["carts"] = d.carts();
  out["orders"] = d.orders();
  out["browsing"] = d.browsing();
  out["decisions"] = d.decisions(found.decisions);
  out["milestones"] = d.milestones(found.milestones);
  out["ended_carts"] = d.ended_carts(found.ended_carts);
  out["consent_evidence"] = std::move(evidence);
  out["complete"] = found.all;
  // Texts come from peers: what is no UTF-8 in them must not make the answer fail.
  return http::json_answer(out.dump(-1, ' ', false, json::error_handler_t::replace) + '\n');
}

}  // namespace cartwheel
