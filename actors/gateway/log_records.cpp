#include "actors/gateway/log_records.hpp"

#include "runtime/base/bytes.hpp"

#include <algorithm>

namespace cartwheel {

namespace {

constexpr uint8_t version = 1;
constexpr uint8_t version_with_facts = 2;          // of decisions
constexpr uint8_t version_with_campaigns = 3;      // likewise
constexpr uint8_t version_with_mails = 2;          // of intents
constexpr uint8_t version_with_news = 3;           // of outcomes
constexpr uint8_t version_with_coupons = 4;        // of both
constexpr uint8_t version_with_configuration = 2;  // of starts
constexpr auto last_reason = static_cast<reason>(reason_count - 1);

std::string begun() { return std::string(1, static_cast<char>(version)); }

[[noreturn]] void refuse_version(uint8_t v) {
  throw broken_bytes{"version " + std::to_string(v) + " of a record is not known here"};
}

byte_reader opened(std::string_view payload) {
  byte_reader r{payload};
  if (auto v = r.byte(); v != version) refuse_version(v);
  return r;
}

void put(byte_writer& w, const address_key& key) {
  w.fixed(key.high);
  w.fixed(key.low);
}

address_key get_address(byte_reader& r) {
  address_key key;
  key.high = r.fixed();
  key.low = r.fixed();
  return key;
}

}  // namespace

std::string written_decisions(std::span<const decision_line> lines) {
  const bool with_campaigns =
    std::ranges::any_of(lines, [](const decision_line& l) { return l.campaign != campaign_kind::cart; });
  std::string out;
  byte_writer w{out};
  w.byte(with_campaigns ? version_with_campaigns : version_with_facts);
  for (const auto& l : lines) {
    w.time(l.tick);
    w.time(l.due);
    w.text(l.shop);
    w.text(l.cart_id);
    w.text(l.customer_id);
    w.number(l.cycle);
    w.byte(l.step);
    w.one_of(l.channel);
    w.one_of(l.outcome);
    w.one_of(l.reason);
    put(w, l.address);
    w.flag(l.facts.has_value());
    if (l.facts) w.text(*l.facts);
    if (with_campaigns) w.one_of(l.campaign);
  }
  return out;
}

std::vector<decision_line> read_decisions(std::string_view payload) {
  std::vector<decision_line> lines;
  byte_reader r{payload};
  const auto v = r.byte();
  if (v < version || v > version_with_campaigns) refuse_version(v);
  while (!r.done()) {
    auto& l = lines.emplace_back();
    l.origin = decision_origin::recorded;
    l.tick = r.time();
    l.due = r.time();
    l.shop = r.text();
    l.cart_id = r.text();
    l.customer_id = r.text();
    l.cycle = static_cast<uint32_t>(r.number());
    l.step = r.byte();
    l.channel = r.one_of(channel::onsite);
    l.outcome = r.one_of(decision_outcome::ended);
    l.reason = r.one_of(last_reason);
    l.address = get_address(r);
    if (v >= version_with_facts && r.flag()) l.facts.emplace(r.text());
    if (v >= version_with_campaigns) l.campaign = r.one_of(last_campaign);
  }
  return lines;
}

std::string written_settled(std::span<const settled_reminder> reminders) {
  const bool with_mails = std::ranges::any_of(reminders, [](const settled_reminder& s) { return !s.mail.empty(); });
  const bool with_news =
    std::ranges::any_of(reminders, [](const settled_reminder& s) { return s.news != address_news::none; });
  const bool with_coupons =
    std::ranges::any_of(reminders, [](const settled_reminder& s) { return s.coupon.has_value(); });
  const auto v = with_coupons ? version_with_coupons
                 : with_news  ? version_with_news
                 : with_mails ? version_with_mails
                              : version;
  std::string out;
  byte_writer w{out};
  w.byte(v);
  for (const auto& s : reminders) {
    w.one_of(s.how);
    w.one_of(s.why);
    w.time(s.tick);
    w.text(s.shop);
    w.text(s.cart_id);
    w.text(s.customer_id);
    w.number(s.cycle);
    w.byte(s.step);
    put(w, s.address);
    if (v >= version_with_mails) w.text(s.mail);
    if (v >= version_with_news) w.one_of(s.news);
    if (v < version_with_coupons) continue;
    w.flag(s.coupon.has_value());
    if (s.coupon) save(w, *s.coupon);
  }
  return out;
}

std::vector<settled_reminder> read_settled(std::string_view payload) {
  std::vector<settled_reminder> reminders;
  byte_reader r{payload};
  const auto v = r.byte();
  if (v < version || v > version_with_coupons) refuse_version(v);
  while (!r.done()) {
    auto& s = reminders.emplace_back();
    s.how = r.one_of(settlement::dropped);
    s.why = r.one_of(last_reason);
    s.tick = r.time();
    s.shop = r.text();
    s.cart_id = r.text();
    s.customer_id = r.text();
    s.cycle = static_cast<uint32_t>(r.number());
    s.step = r.byte();
    s.address = get_address(r);
    if (v >= version_with_mails) s.mail = r.text();
    if (v >= version_with_news) s.news = r.one_of(address_news::complaint);
    if (v >= version_with_coupons && r.flag()) s.coupon = load_coupon(r);
  }
  return reminders;
}

std::string written_milestone(const cart_milestone& m) {
  auto out = begun();
  byte_writer w{out};
  w.time(m.known);
  w.text(m.shop);
  w.text(m.cart_id);
  w.text(m.customer_id);
  put(w, m.address);
  w.one_of(m.what);
  w.number(m.cycle);
  w.byte(m.step);
  w.byte(m.reminders_sent);
  w.time(m.happened);
  w.time(m.last_add);
  w.time(m.due);
  w.one_of(m.end);
  w.one_of(m.how);
  w.one_of(m.why);
  w.text(m.by);
  return out;
}

cart_milestone read_milestone(std::string_view payload) {
  auto r = opened(payload);
  cart_milestone m;
  m.known = r.time();
  m.shop = r.text();
  m.cart_id = r.text();
  m.customer_id = r.text();
  m.address = get_address(r);
  m.what = r.one_of(last_milestone);
  m.cycle = static_cast<uint32_t>(r.number());
  m.step = r.byte();
  m.reminders_sent = r.byte();
  m.happened = r.time();
  m.last_add = r.time();
  m.due = r.time();
  m.end = r.one_of(cart_end::failed);
  m.how = r.one_of(settlement::dropped);
  m.why = r.one_of(last_reason);
  m.by = r.text();
  return m;
}

std::string written_news(std::span<const news_of_address> news) {
  auto out = begun();
  byte_writer w{out};
  for (const auto& n : news) {
    put(w, n.address);
    w.one_of(n.what);
    w.time(n.mail);
    w.flag(n.by_operator);
  }
  return out;
}

std::vector<news_of_address> read_news(std::string_view payload) {
  std::vector<news_of_address> news;
  for (auto r = opened(payload); !r.done();) {
    auto& n = news.emplace_back();
    n.address = get_address(r);
    n.what = r.one_of(address_news::lifted);
    n.mail = r.time();
    n.by_operator = r.flag();
  }
  return news;
}

std::string written_failure(const event_place& place) {
  auto out = begun();
  byte_writer w{out};
  w.number(count(place.record));
  w.number(place.index);
  return out;
}

event_place read_failure(std::string_view payload) {
  auto r = opened(payload);
  event_place place;
  place.record = position{r.number()};
  place.index = r.number();
  return place;
}

std::string written_start(const process_start& start) {
  std::string out(1, static_cast<char>(version_with_configuration));
  byte_writer w{out};
  w.signed_number(start.watermarks.lag.count());
  w.signed_number(start.watermarks.silence.count());
  w.signed_number(start.watermarks.hold.count());
  w.text(start.configuration);
  return out;
}

process_start read_start(std::string_view payload) {
  byte_reader r{payload};
  const auto v = r.byte();
  if (v != version && v != version_with_configuration) refuse_version(v);
  process_start start;
  start.watermarks.lag = milliseconds{r.signed_number()};
  start.watermarks.silence = milliseconds{r.signed_number()};
  start.watermarks.hold = milliseconds{r.signed_number()};
  if (v == version_with_configuration) start.configuration = r.text();
  return start;
}

}  // namespace cartwheel
