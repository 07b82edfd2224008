#include "actors/consent/grounds.hpp"

#include "actors/consent/limits.hpp"

#include <algorithm>

namespace cartwheel {

void grounds::sold(uint16_t entity, uint64_t order, instant time) {
  const auto is_sale = [](const ground& g) { return g.how == kind::paid_sale; };
  if (static_cast<size_t>(std::ranges::count_if(all_, is_sale)) >= limits::sales_of_an_address_max) {
    // Of the entity that has most to spare, so that none loses its last one to another's orders.
    auto others_of = [&](const ground& g) {
      return std::ranges::count_if(all_, [&](const ground& o) { return is_sale(o) && o.entity == g.entity; });
    };
    auto least = all_.end();
    for (auto i = all_.begin(); i != all_.end(); ++i) {
      if (!is_sale(*i)) continue;
      if (least == all_.end() || others_of(*i) > others_of(*least) ||
          (others_of(*i) == others_of(*least) && i->time < least->time))
        least = i;
    }
    all_.erase(least);
  }
  all_.push_back({order, time, entity, kind::paid_sale});
}

void grounds::refunded(uint16_t entity, uint64_t order) {
  auto known = [&](uint64_t name) {
    return std::ranges::find_if(
      all_, [&](const ground& g) { return g.how == kind::paid_sale && g.entity == entity && g.order == name; });
  };
  auto i = known(order);
  if (i == all_.end()) i = known(0);
  if (i != all_.end()) all_.erase(i);
}

void grounds::obtained(uint16_t entity, address_source how, instant time) {
  const auto as = static_cast<kind>(how);
  auto same = std::ranges::find_if(all_, [&](const ground& g) { return g.how == as && g.entity == entity; });
  if (same == all_.end())
    all_.push_back({0, time, entity, as});
  else
    same->time = std::max(same->time, time);
}

bool grounds::sale_of(uint16_t entity) const {
  return std::ranges::any_of(all_, [&](const ground& g) { return g.how == kind::paid_sale && g.entity == entity; });
}

std::optional<instant> grounds::latest_sale(uint16_t entity) const {
  instant latest = before_all;
  for (const auto& g : all_)
    if (g.how == kind::paid_sale && g.entity == entity) latest = std::max(latest, g.time);
  return latest == before_all ? std::nullopt : std::optional{latest};
}

std::optional<instant> grounds::latest(uint16_t entity, address_source how) const {
  for (const auto& g : all_)
    if (g.how == static_cast<kind>(how) && g.entity == entity) return g.time;
  return std::nullopt;
}

void grounds::save(byte_writer& to, const name_numbers& names) const {
  to.number(all_.size());
  for (const auto& g : all_) {
    to.text(names.name(g.entity));
    to.one_of(g.how);
    to.time(g.time);
    if (g.how == kind::paid_sale) to.fixed(g.order);
  }
}

void grounds::load(byte_reader& from, name_numbers& names) {
  all_.clear();
  for (auto n = from.number(); n > 0; --n) {
    ground g;
    g.entity = names.of(from.text());
    g.how = from.one_of(kind::paid_sale);
    if (static_cast<uint8_t>(g.how) == 0) throw broken_bytes{"a ground is none of its list"};
    g.time = from.time();
    if (g.how == kind::paid_sale) g.order = from.fixed();
    all_.push_back(g);
  }
}

void grounds::load_counts(byte_reader& from, name_numbers& names) {
  all_.clear();
  for (auto n = from.number(); n > 0; --n) {
    const auto entity = names.of(from.text());
    const auto orders = std::min<uint64_t>(from.number(), limits::sales_of_an_address_max);
    all_.insert(all_.end(), orders, {0, before_all, entity, kind::paid_sale});
  }
}

namespace {

// Of a ground, beside its legal entity: what it is. Of a sale that is among the recorded orders only which one is written.
constexpr unsigned kind_bits = 3;
constexpr uint64_t further = 1;  // another follows

}  // namespace

void grounds::pack(packed_writer& to, const recorded_orders& orders) const {
  for (const auto& g : all_) {
    to.number(static_cast<uint64_t>(g.entity) << (kind_bits + 1) | static_cast<uint64_t>(g.how) << 1 |
              (&g == &all_.back() ? 0 : further));
    if (g.how == kind::paid_sale) {
      size_t i = 0;
      while (i < orders.size() && (orders.key(i) != g.order || orders.time(i) != g.time)) ++i;
      const bool recorded = i < orders.size();
      to.number(recorded ? i + 1 : 0);
      if (recorded) continue;
      to.fixed(g.order);
    }
    to.time(g.time);
  }
}

void grounds::unpack(packed_reader& from, const recorded_orders& orders) {
  all_.clear();
  for (bool more = true; more;) {
    auto& g = all_.emplace_back();
    const auto what = from.number();
    more = (what & further) != 0;
    g.entity = static_cast<uint16_t>(what >> (kind_bits + 1));
    g.how = from.one_of(what >> 1 & ((1u << kind_bits) - 1), kind::paid_sale);
    if (g.how == kind::paid_sale) {
      const auto i = from.number();
      if (i > orders.size()) throw broken_bytes{"a sale's order is not there"};
      if (i > 0) {
        g.order = orders.key(i - 1);
        g.time = orders.time(i - 1);
        continue;
      }
      g.order = from.fixed();
    }
    g.time = from.time();
  }
}

}  // namespace cartwheel
