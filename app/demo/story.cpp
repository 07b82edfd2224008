#include "app/demo/story.hpp"

#include "app/demo/catalogue.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace cartwheel {
namespace {

/// "de Vries" -> "devries", "Zoé" -> "zoe": the local part of an address. The names hold no letters but these.
std::string plain_letters(std::string_view name) {
  std::string out;
  for (size_t i = 0; i < name.size(); i++) {
    auto c = static_cast<unsigned char>(name[i]);
    if (c == 0xc3 && i + 1 < name.size()) {
      c = static_cast<unsigned char>(name[++i]);  // the second byte of U+00C0..U+00FF in UTF-8
      out += c == 0xaf ? 'i' : 'e';               // ï; é è ë
    } else if (c >= 'A' && c <= 'Z') {
      out += static_cast<char>(c - 'A' + 'a');
    } else if (c >= 'a' && c <= 'z') {
      out += static_cast<char>(c);
    }
  }
  return out;
}

milliseconds seconds_of(double s) { return milliseconds{std::llround(s * 1000)}; }
milliseconds minutes_of(double m) { return seconds_of(m * 60); }
milliseconds days_of(double d) { return seconds_of(d * 86'400); }

/// Tells one story, front to back. Shares and durations: app/demo/shares.hpp.
class teller {
 public:
  teller(const crowd_options& options, uint64_t number, instant arrival)
      : options_{options}, dice_{options.seed, number}, now_{arrival}, end_{options.start + options.length} {
    story_.number = number;
    story_.tag = fmt::format("{:x}-{}", options.seed, number);
  }

  story tell() && {
    introduce();
    if (known_) sign_in();
    if (!dice_.chance(options_.cart_share)) {
      look_around(whole(shares::views_without_cart), true);
    } else {
      look_around(whole(shares::views_before_cart), false);
      shop();
    }
    // What follows an order or an opt-in was told out of turn.
    std::ranges::stable_sort(story_.steps, {}, &story_step::time);
    std::erase_if(story_.steps, [&](const story_step& s) { return s.time >= end_; });
    return std::move(story_);
  }

 private:
  struct line {
    uint16_t product;
    uint16_t quantity;
  };

  void introduce() {
    story_.place = pick_place(dice_);
    story_.shop = dice_.below(options_.shops.size());
    known_ = dice_.chance(shares::has_account);
    guest_cart_ = !known_;
    const auto& where = places()[story_.place];
    auto first = where.first_names[dice_.below(where.first_names.size())];
    auto last = where.last_names[dice_.below(where.last_names.size())];
    story_.name = first;
    if (dice_.chance(shares::shares_address)) {
      story_.email = fmt::format("family{}@example.org", dice_.below(50));
      return;
    }
    bool capital = dice_.chance(shares::capital_in_address);
    bool idn = dice_.chance(shares::idn_address);
    story_.email = fmt::format("{}.{}.{}@{}", plain_letters(first), plain_letters(last), story_.tag,
                               idn ? "bücher.example" : "example.com");
    if (capital) story_.email[0] = static_cast<char>(story_.email[0] - 'a' + 'A');
  }

  story_step& say(event_kind kind) { return say_at(now_, kind); }
  story_step& say_at(instant t, event_kind kind) {
    auto& s = story_.steps.emplace_back();
    s.time = t;
    s.kind = kind;
    s.known = known_;
    s.guest_cart = guest_cart_;
    return s;
  }

  size_t whole(std::span<const shares::quantile> q) { return static_cast<size_t>(std::lround(dice_.draw(q))); }
  void wait(std::span<const shares::quantile> gap) { now_ += seconds_of(dice_.draw(gap)); }

  void sign_in() {
    say(event_kind::identify).source = address_source::account;
    if (dice_.chance(shares::opts_in_with_account)) opt_in();
  }

  void opt_in() {
    say(event_kind::consent);
    if (!dice_.chance(shares::withdraws)) return;
    auto left = std::min(std::chrono::duration<double>(end_ - now_).count(), shares::withdrawal_delay_max);
    say_at(now_ + seconds_of(dice_.unit() * left), event_kind::consent).status = consent_status::withdrawn;
  }

  void look_around(size_t views, bool and_leave) {
    for (size_t i = 0; i < views; i++) {
      say(event_kind::view_item).product = static_cast<uint16_t>(pick_product(dice_));
      if (i + 1 < views || !and_leave) wait(shares::click_gap);
    }
  }

  void shop() {
    size_t additions = 1 + dice_.pick(shares::additions);
    if (additions == shares::additions.size()) additions += dice_.below(10);
    fill(additions);
    take_out(additions);
    if (cart_.empty()) return;
    if (dice_.chance(shares::reaches_checkout)) {
      if (check_out()) return;
    } else if (dice_.chance(shares::buys_without_checkout / (1 - shares::reaches_checkout))) {
      wait(shares::order_gap);
      return order();
    }
    come_back();
  }

  void fill(size_t additions) {
    bool logs_in = !known_ && dice_.chance(shares::logs_in_later);
    size_t login_after = logs_in ? 1 + dice_.below(additions) : 0;
    for (size_t i = 1; i <= additions; i++) {
      add_one();
      if (i == login_after) log_in();
      if (i == additions) return;
      auto gap = seconds_of(dice_.draw(shares::addition_gap));
      if (dice_.chance(shares::views_between_additions)) {
        auto& view =
          say_at(now_ + seconds_of(dice_.unit() * std::chrono::duration<double>(gap).count()), event_kind::view_item);
        view.product = static_cast<uint16_t>(pick_product(dice_));
      }
      now_ += gap;
    }
  }

  void add_one() {
    bool again = !cart_.empty() && dice_.chance(shares::adds_same_again);
    auto product = again ? cart_[dice_.below(cart_.size())].product : static_cast<uint16_t>(pick_product(dice_));
    say(event_kind::add_to_cart).product = product;
    auto held = std::ranges::find(cart_, product, &line::product);
    if (held == cart_.end()) {
      cart_.push_back({product, 1});
    } else {
      held->quantity++;
    }
  }

  /// A guest logs in: the guest's cart becomes the account's, or its lines join the cart the account had.
  void log_in() {
    now_ += 5s;
    known_ = true;
    auto& learnt = say(event_kind::identify);
    learnt.source = address_source::account;
    addressed_ = true;
    if (dice_.chance(shares::merges_at_login)) {
      now_ += 200ms;
      say(event_kind::cart_merged);
      guest_cart_ = false;
    }
  }

  void take_out(size_t additions) {
    if (!dice_.chance(additions == 1 ? shares::removes_from_one : shares::removes_from_more)) return;
    size_t pieces = 1 + dice_.pick(shares::removals);
    for (size_t i = 0; i < pieces && !cart_.empty(); i++) {
      wait(shares::addition_gap);
      auto held = cart_.begin() + static_cast<ptrdiff_t>(dice_.below(cart_.size()));
      say(event_kind::remove_from_cart).product = held->product;
      if (--held->quantity == 0) cart_.erase(held);
    }
  }

  bool check_out() {
    wait(shares::checkout_gap);
    say(event_kind::begin_checkout);
    if (!known_ && !addressed_) {
      addressed_ = true;
      say(event_kind::identify).source = address_source::checkout;
      if (dice_.chance(shares::opts_in_at_checkout)) opt_in();
    }
    size_t steps = 1 + dice_.pick(shares::checkout_steps);
    constexpr event_kind kinds[] = {event_kind::add_shipping_info, event_kind::add_payment_info,
                                    event_kind::begin_checkout};
    for (size_t i = 1; i < steps; i++) {
      wait(shares::click_gap);
      say(kinds[i - 1]);
    }
    if (!dice_.chance(shares::buys_at_checkout)) return false;
    wait(shares::order_gap);
    order();
    return true;
  }

  void order() {
    constexpr payment_state kinds[] = {payment_state::paid, payment_state::offline, payment_state::pending,
                                       payment_state::failed};
    auto payment = kinds[dice_.pick(shares::payments)];
    auto& bought = say(event_kind::purchase);
    bought.payment = payment;
    bought.order = ++orders_;
    double y = dice_.unit();  // one die for what follows and when, as in the conversion of the traces
    auto later = [&](milliseconds after, event_kind kind) { say_at(now_ + after, kind).order = orders_; };
    switch (payment) {
      case payment_state::pending:
        if (y < shares::pending_is_paid) {
          later(minutes_of(10 + 590 * y), event_kind::order_paid);
        } else if (y < shares::pending_is_paid + shares::pending_is_cancelled) {
          later(minutes_of(30 + 570 * y), event_kind::order_cancelled);
        }
        break;
      case payment_state::offline:
        if (y < shares::offline_is_paid) later(days_of(1 + 2 * y), event_kind::order_paid);
        break;
      case payment_state::paid:
        if (y < shares::paid_is_refunded) later(days_of(2 + 100 * y), event_kind::refund);
        break;
      case payment_state::failed: break;
    }
  }

  /// Few of those who leave a cart behind come back to it by themselves.
  void come_back() {
    double u = dice_.unit();
    if (u >= options_.return_share + shares::adds_after_abandoning) return;
    wait(shares::absence);
    say(event_kind::view_cart);
    wait(shares::click_gap);
    if (u < options_.return_share) {
      order();
    } else {
      add_one();
    }
  }

  const crowd_options& options_;
  dice dice_;
  instant now_;
  instant end_;
  story story_;
  std::vector<line> cart_;
  bool known_ = false;
  bool guest_cart_ = false;
  bool addressed_ = false;
  uint8_t orders_ = 0;
};

}  // namespace

story tell_story(const crowd_options& options, uint64_t number, instant arrival) {
  return teller{options, number, arrival}.tell();
}

}  // namespace cartwheel
