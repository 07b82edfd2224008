#include "actors/person/view_watch.hpp"

#include <algorithm>

namespace cartwheel {

namespace {

char letter_of(subject_kind who) { return who == subject_kind::customer ? 'c' : 'v'; }

/// Keeps the `most` latest, ascending.
void count(std::vector<instant>& latest, instant time, size_t most) {
  latest.insert(std::ranges::upper_bound(latest, time), time);
  if (latest.size() > most) latest.erase(latest.begin(), latest.end() - static_cast<std::ptrdiff_t>(most));
}

}  // namespace

std::string view_watch::name_of(const browser_name& by) {
  std::string name{letter_of(by.who)};
  name.append(by.id).push_back('\0');
  return name.append(by.shop);
}

browser_name view_watch::parts_of(std::string_view name) {
  const auto end_of_id = name.find('\0');
  return {name.front() == 'c' ? subject_kind::customer : subject_kind::visitor,
          std::string{name.substr(1, end_of_id - 1)}, std::string{name.substr(end_of_id + 1)}};
}

view_watch::browser& view_watch::counted(const browser_name& by, outcome& o) {
  auto& p = partition_of(by.id);
  const auto name = name_of(by);
  auto known = p.by_name.find(name);
  if (known != p.by_name.end()) {
    p.order.splice(p.order.end(), p.order, known->second.place);
  } else {
    if (p.by_name.size() >= most_) {
      const auto oldest = p.by_name.find(p.order.front());
      if (oldest->second.opened_at != before_all) o.gone = parts_of(p.order.front());
      p.by_name.erase(oldest);
      p.order.pop_front();
    }
    p.order.push_back(name);
    known = p.by_name.try_emplace(name).first;
    known->second.place = std::prev(p.order.end());
  }
  o.has_trail = known->second.opened_at != before_all;
  return known->second;
}

bool view_watch::reach(const times& latest, size_t wanted, milliseconds window, outcome& o) {
  if (latest.size() < wanted || latest.back() - latest.front() >= window) return false;
  o.since = o.since ? std::min(*o.since, latest.front()) : latest.front();
  o.seen = std::max(o.seen, latest.back());
  return true;
}

/// All that was counted is used up, whether or not it opens one.
void view_watch::reached(browser& b, instant time, const browse_settings& campaign, outcome& o) {
  b.views.clear();
  b.additions.clear();
  const bool lately =
    b.opened_at != before_all && time - b.opened_at < campaign.window && b.opened_at - time < campaign.window;
  if (lately)
    o.since.reset();
  else
    b.opened_at = time;
}

view_watch::outcome view_watch::viewed(const browser_name& by, std::span<const std::string_view> categories,
                                       instant time, const browse_settings& campaign) {
  outcome o;
  auto& b = counted(by, o);
  bool enough = false;
  for (auto name : categories) {
    auto c = std::ranges::find(b.views, name, &category::name);
    if (c == b.views.end()) c = b.views.insert(c, {std::string{name}, {}});
    count(c->latest, time, campaign.views);
    enough |= reach(c->latest, campaign.views, campaign.window, o);
    if (b.views.size() > limits::categories_max)
      b.views.erase(std::ranges::min_element(b.views, [](const category& x, const category& y) {
        return std::pair{x.latest.back(), std::string_view{x.name}} <
               std::pair{y.latest.back(), std::string_view{y.name}};
      }));
  }
  if (enough) reached(b, time, campaign, o);
  return o;
}

view_watch::outcome view_watch::added(const browser_name& by, instant time, const browse_settings& campaign) {
  outcome o;
  auto& b = counted(by, o);
  if (campaign.additions == 0) return o;
  count(b.additions, time, campaign.additions);
  if (reach(b.additions, campaign.additions, campaign.window, o)) reached(b, time, campaign, o);
  return o;
}

std::vector<std::string> view_watch::forget(subject_kind who, std::string_view id) {
  std::vector<std::string> shops;
  auto& p = partition_of(id);
  const auto begins = name_of({who, std::string{id}, {}});
  for (auto i = p.by_name.lower_bound(begins); i != p.by_name.end() && i->first.starts_with(begins);) {
    if (i->second.opened_at != before_all) shops.push_back(parts_of(i->first).shop);
    p.order.erase(i->second.place);
    i = p.by_name.erase(i);
  }
  return shops;
}

std::vector<held_browser> view_watch::describe(subject_kind who, std::string_view id) const {
  std::vector<held_browser> all;
  const auto& p = partition_of(id);
  const auto begins = name_of({who, std::string{id}, {}});
  for (auto i = p.by_name.lower_bound(begins); i != p.by_name.end() && i->first.starts_with(begins); ++i) {
    const auto& b = i->second;
    auto& held =
      all.emplace_back(held_browser{who, std::string{id}, parts_of(i->first).shop, {}, b.additions, b.opened_at});
    for (const auto& c : b.views) held.categories.push_back({c.name, c.latest});
  }
  return all;
}

size_t view_watch::size() const {
  size_t n = 0;
  for (const auto& p : partitions_) n += p.by_name.size();
  return n;
}

void view_watch::save(byte_writer& to, const std::function<void()>& cut) const {
  auto write = [&to](const times& latest) {
    to.number(latest.size());
    for (auto t : latest) to.time(t);
  };
  for (const auto& p : partitions_)
    for (const auto& name : p.order) {
      const auto& b = p.by_name.find(name)->second;
      to.text(name);
      to.time(b.opened_at);
      write(b.additions);
      to.number(b.views.size());
      for (const auto& c : b.views) {
        to.text(c.name);
        write(c.latest);
      }
      cut();
    }
}

void view_watch::load_one(byte_reader& from, const shard_share& mine) {
  const std::string name{from.text()};
  if (name.size() < 2 || name.find('\0') == name.npos) throw broken_bytes{"a browser has no name"};
  browser b;
  auto read = [&from](times& latest) {
    for (auto n = from.number(); n > 0; --n) latest.push_back(from.time());
  };
  b.opened_at = from.time();
  read(b.additions);
  for (auto n = from.number(); n > 0; --n) {
    auto& c = b.views.emplace_back(category{std::string{from.text()}, {}});
    read(c.latest);
    if (c.latest.empty()) throw broken_bytes{"a category was never looked at"};
  }
  const auto id = parts_of(name).id;
  if (!mine.has(partition_of_person(id))) return;
  auto& p = partition_of(id);
  if (p.by_name.contains(name)) throw broken_bytes{"a browser is there twice"};
  p.order.push_back(name);
  b.place = std::prev(p.order.end());
  p.by_name.emplace(name, std::move(b));
}

}  // namespace cartwheel
