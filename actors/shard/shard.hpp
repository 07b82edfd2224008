#pragma once

#include "actors/campaign/campaign.hpp"
#include "actors/campaign/country_law.hpp"
#include "actors/campaign/policy_settings.hpp"
#include "actors/consent/address_book.hpp"
#include "actors/order/order_book.hpp"
#include "actors/person/people.hpp"
#include "actors/person/text_map.hpp"
#include "actors/person/view_watch.hpp"
#include "actors/shard/cart_event_ids.hpp"
#include "actors/shard/cart_index.hpp"
#include "actors/shard/epoch.hpp"
#include "actors/shard/held_items.hpp"
#include "actors/shard/limits.hpp"
#include "actors/shard/item_facts.hpp"
#include "actors/shard/outbox.hpp"
#include "actors/shard/reminder_desk.hpp"
#include "actors/shard/router.hpp"
#include "actors/shard/shard_metrics.hpp"
#include "actors/shard/shard_observer.hpp"
#include "actors/shard/steady_allowance.hpp"
#include "runtime/timing_wheel.hpp"

#include <array>
#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

namespace cartwheel {

class clock_source;
class memory_watch;
class parking;
struct snapshot_request;
struct snapshot_source;

/// What every shard of an engine shares. Outlives them.
struct shard_setup {
  uint16_t shards = 1;
  campaign_settings campaign;  // at the start, and
  shop_directory shops;        // likewise: use() brings others
  node_hash_keys keys;
  instant start{};           // ticks up to here are over
  bool live = false;         // false: a replay, where a reminder counts as accepted when it is decided
  bool event_clock = false;  // live: time is the events' own, so recovery decides in each tick what has no record
  shard_observer* observer = nullptr;
  reminder_sink* reminders = nullptr;          // live only
  parking* place = nullptr;                    // where what is idle is parked; null: it stays
  milliseconds park_after = 1h;                // what nobody has asked for in that time, and twice it at most, is idle
  memory_watch* memory = nullptr;              // tight: idle sooner; full: no new carts. Null: there is enough
  policy_settings policy{};                    // likewise, and
  std::shared_ptr<const country_laws> laws{};  // likewise; null: the strict table everywhere
  const clock_source* clock = nullptr;         // for figures alone: nothing is decided by it. Null: they are not kept
};

/// One shard's carts, persons, orders and addresses, and what parts a, b and c do with them. No messages: its actor moves
/// the outbox's trays and says which part comes next (shard_actor.hpp).
/// Runs on: the shard's thread.
class shard {
 public:
  /// `metrics` outlives the shard: it is read when the shard is gone, too.
  shard(shard_id id, const shard_setup& setup, shard_metrics& metrics, caf::actor_system& system,
        caf::strong_actor_ptr host);
  ~shard();

  /// Decides by other rules from here on. Carts keep what was decided; their next steps are due by the new series, at once
  /// where that has passed. A cart whose series has no further step ends, and claims of steps that are no more are released
  /// (`campaign_off`).  Cost: a look at each open cart, and at each parked one when a step is due earlier than it was.
  void use(std::shared_ptr<const deciding_rules> rules);

  /// What follows is the log, read again: decisions come from it instead of being made, and nothing is handed out.
  void begin_recovery(past_decisions past);
  /// The log is at its end. What came up meanwhile without a record is decided from here on; reminders whose intent has
  /// no outcome are told as interrupted, those taken back as refused; the others wait to be handed out.
  void end_recovery();

  /// Cuts a snapshot of what it holds here; nothing else may be under way. It is written in slices: what changes before
  /// its turn has come is written first.  Errors: std::system_error.
  void begin_snapshot(std::shared_ptr<const snapshot_request> request, instant decided_until);
  /// Writes on until then, or the end, which the request is told.
  void write_snapshot(std::chrono::steady_clock::time_point until);
  /// Open ones, with sales and trails.
  size_t carts() const { return index_.size(); }
  bool snapshot_under_way() const { return snapshot_ != nullptr; }
  /// Takes up what is its own of a snapshot, into an empty shard: carts first (gives back decided_until, and where they
  /// are now), then persons, when every shard's carts have their places.
  /// Errors: std::runtime_error naming the file.
  instant load_carts(const snapshot_source& from, moved_carts& moved);
  void load_persons(const snapshot_source& from, const moved_carts& moved);

  /// Part a: each event acts on the cart it names; what it says to others goes to the outbox.
  void part_a(const epoch& e);

  /// Part b at one station: the inbox's notices of orders below `limit`, in log order.
  void work(station at, log_order limit);

  /// At the end of part b: what the epoch says of products takes effect on the carts that hold them.
  void products_changed();

  /// Part c, first half: what has come up at tick `t`. Pauses that ran out end; steps that may be decided are asked about.
  void come_up(wheel_tick t);
  /// Questions that have arrived at this shard's customers, visitors or consents.
  void resolve(station at);
  /// Part c, second half: the answers to this shard's carts.
  void take_answers();
  /// After the last tick of an epoch.
  void finish(const epoch& e);

  /// Takes what other shards (or this one) put into the outbox for this shard.
  void absorb(outbox::tray tray);

  outbox& out() { return out_; }
  /// Lowest log order waiting at a station here; `no_order` when nothing is.
  static constexpr log_order no_order = ~log_order{0};
  log_order first_waiting(station at) const;
  bool questions_wait(station at) const { return !questions_[static_cast<size_t>(at)].empty(); }
  bool answers_wait() const { return !answers_.empty(); }
  /// Orders at which part b must pause: everything before has taken effect everywhere before what follows is looked at.
  std::vector<log_order>& boundaries() { return boundaries_; }
  wheel_tick next_tick() const;

  cart_cell* find(std::string_view shop, std::string_view cart_id);
  /// Tells the observer what it has not been told yet: what has been decided, and what happened to carts.
  void tell_lines();
  /// What it holds of what is asked for.
  holdings describe(const list_holdings& asked);
  suppressions describe(const list_suppressions& asked);
  /// What the next step of a cart would be asked as, were it due now (or, if it is still to come, then). Nothing for a
  /// cart that is not open, is paused, or has no step left.
  std::optional<question> question_now(std::string_view shop, std::string_view cart_id, instant now);
  /// Hands out up to `n` claimed reminders, oldest due first, for the soft gate (live).
  std::vector<question> hand_out(size_t n);
  void gate(const question& q, const decision& d);
  /// Null: no policy asks when somebody ordered last.
  const shop_directory* asks_for_orders() const {
    return rules_->policy.cooldown_after_purchase > 0ms ? &rules_->shops : nullptr;
  }
  /// Whether it counts who looks around.
  bool follows_browsers() const { return rules_->campaign.browse.enabled; }
  /// Whether its carts hear of products that change.
  bool asks_for_products() const { return rules_->campaign.asks_for_products(); }
  people& customers() { return customers_; }
  people& visitors() { return visitors_; }
  address_book& addresses() { return addresses_; }
  /// A cell ended by its handle (killed): its place is cleared.
  void cell_ended(cart_cell& cart);
  void end_all(caf::error reason);

 private:
  struct failure_record {
    std::array<instant, 3> times{};
    size_t count = 0;
  };
  static constexpr uint32_t no_shop = UINT32_MAX;
  struct known_shop {
    std::string name;
    hash_key key;  // of its carts' hashes
    uint32_t number = no_shop;
  };

  uint32_t shop_number(std::string_view shop);
  const known_shop& known(std::string_view shop) const;
  uint64_t cart_hash(std::string_view shop, std::string_view cart_id) const;
  cart_cell& open(std::string_view shop, std::string_view cart_id, uint64_t hash);
  void end(cart_cell& cart, cart_end why);
  void tell_end(const cart_cell& cart, cart_end why);
  void tell_ended(const event& what);
  cart_ref ref_of(const cart_cell& cart) const;
  /// Of a cart of this shard.
  static uint64_t key_of(const cart_ref& cart) { return uint64_t{cart.slot} << 32 | cart.generation; }
  /// The cart a reference means, or null when it is over; one that is parked is brought back.
  cart_cell* at(const cart_ref& ref);
  cart_cell* find(std::string_view shop, std::string_view cart_id, uint64_t hash);
  /// Whoever asks for a cart may change it.
  cart_cell& asked_for(cart_cell& cart);
  void park_idle();
  void sweep_timers(bool idle);
  bool may_park(const cart_cell& cart, milliseconds least_away) const;
  bool full() const;
  void park(cart_cell& cart);
  cart_cell* bring_back(uint32_t slot);
  cart_cell* bring_back_if(uint32_t slot, std::string_view shop, std::string_view cart_id);
  cart_cell& bring_back(uint32_t slot, uint64_t number, byte_reader& from, std::string_view shop,
                        std::string_view cart_id);
  void arm(cart_cell& cart);
  void wake_parked_earlier(milliseconds by);
  void end_series(cart_cell& cart);
  void act_on_all(const std::vector<routed_event>& events, const epoch& e);
  void act_on(const routed_event& r, const epoch& e);
  void note_binding(const cart_cell& cart, const event& what);
  void failed(cart_cell* cart, const routed_event& r, const epoch& e, std::string_view what);
  void dead(const routed_event& r, const epoch& e, std::string reason);
  void tell_persons(const routed_event& r, const cart_effect& effect, const cart_ref& named);
  void tell_learn(notice n, bool first);
  void rebound(const cart_cell& cart, std::string_view old_customer, std::string_view old_visitor, log_order order);
  void register_binding(const cart_cell& cart, std::string_view customer, std::string_view visitor, notice_kind kind,
                        log_order order, cart_end why = cart_end::none);
  void person_event(const routed_event& r);
  void tell_consent_or_erase(const routed_event& r, bool first);
  void tell_preferences(const routed_event& r, bool first);
  void tell_proof(const notice& n);
  void time_withdrawal(const notice& n);
  event_place place_of(const event& what, const epoch& e) const;
  void count_first(const notice& n, bool accepted);
  notice notice_of(const routed_event& r, notice_kind kind) const;
  void at_carts(const notice& n);
  void at_erased_cart(const notice& n, cart_cell& cart);
  void merge(const notice& n);
  bool bound_later(const cart_ref& cart, const notice& n, station whose);
  void open_sale(const notice& n);
  void end_beside(const notice& n, cart_cell* cart);
  bool counts_as_browsing(const event& e) const;
  void browsed(const notice& n, subject_kind who);
  void forget_browser(const notice& n, subject_kind who);
  void tell_trail_over(const notice& cause, const browser_name& whose, station at);
  void follow_trail(const notice& n);
  void note_product(const event& what);
  void hold(const cart_ref& cart, std::string_view shop, std::string_view item_id);
  void hold(const cart_ref& cart, std::string_view shop, const cart_lines& lines);
  void hold_all();
  bool hear_news(cart_cell& cart, const event& what, campaign_kind campaign);
  void learn(const notice& n);
  void record(const notice& n);
  void recall(const cart_ref& cart, reason why);
  void recall_of_payment(const cart_cell& cart, reason why);
  void look_up_stock(due_reminder& r) const;
  bool sold_out(const due_reminder& r) const;
  due_reminder content_of(const cart_cell& cart, const claim_id& claim) const;
  void take(answer& a);
  bool held(const cart_cell& cart, instant moment);
  void release_held();
  void ask(cart_cell& cart);
  void count_abandoned(const cart_state& cart);
  question asked_of(const cart_cell& cart, instant tick) const;
  void come_up_again(cart_cell& cart);
  void take_recorded(const decision_line& line);
  void settle(settled_reminder s);
  void hear(const news_of_address& news);
  struct snapshot;
  void save_slot(uint32_t slot);
  void save_slot_first(uint32_t slot);
  void keep_open(const settled_reminder& s, const claim_id& claim);
  void tell_doubt(settled_reminder s, const claim_id& claim);
  void tell_open_doubts();
  void passed(const cart_cell& cart, milestone what, instant known, instant happened, std::string_view by = {},
              cart_end end = cart_end::none);
  void passed_mail(const settled_reminder& s);
  void load_cart(byte_reader& from, shard_id then, bool same, moved_carts& moved);
  void load_parked_cart(byte_reader& from, shard_id then, bool same, moved_carts& moved);
  void count_gauges(instant now);

  shard_id id_;
  const shard_setup& setup_;
  std::shared_ptr<const deciding_rules> rules_;  // in force
  caf::actor_system& system_;
  cell_arena cells_;  // of carts; before what holds them
  cart_index index_;
  cart_event_ids event_ids_;
  timing_wheel wheel_;
  order_book orders_;
  people customers_;
  people visitors_;
  view_watch views_;
  address_book addresses_;
  outbox out_;
  reminder_desk desk_;
  item_facts items_;
  held_items held_items_;  // empty where no campaign asks for products
  struct product_change {
    const event* what = nullptr;  // of the epoch in progress
    campaign_kind campaign{};
  };
  std::vector<product_change> changes_;
  std::array<std::vector<notice_ptr>, station_count> inbox_;
  std::array<std::vector<question>, station_count> questions_;
  std::vector<answer> answers_;
  std::vector<log_order> boundaries_;
  text_map<uint32_t> shop_numbers_;
  mutable known_shop last_shop_;  // asked about: most events are of the same one as the one before
  std::vector<std::string> shop_names_;
  std::vector<wheel_timer> due_;
  std::vector<cart_ref> asked_;
  std::vector<decision_line> lines_;
  std::vector<cart_milestone> milestones_;
  steady_allowance ends_told_{limits::ends_told_per_second_max, limits::ends_told_at_once_max};
  std::map<std::string, std::vector<cart_ref>, std::less<>> held_;  // by shop: steps that wait for news
  std::shared_ptr<const watermarks> marks_;
  text_map<failure_record> failures_;
  size_t doubts_dropped_ = 0;           // by operators, in this process
  std::optional<past_decisions> past_;  // while recovering
  std::vector<cart_ref> left_over_;     // came up while recovering, without a record
  instant tick_{};                      // the tick in progress
  instant gauged_{};                    // the tick the gauges that cost a walk were last set in
  instant now_{};
  const epoch* epoch_ = nullptr;  // from part a to finish()
  log_order base_ = 0;            // of the epoch: registrations come before its events
  log_order acting_ = 0;          // of the event in part a, or the notice at station carts
  log_order filed_ = 0;  // under which a cart's goodbyes are filed: base_ in part a, the notice in b, the end in c
  // Only for the epoch in progress: carts that were ordered in part a, of which part b may still learn and ask the
  // address (rules 9 and 14), and the last event that bound a cart, where a merge may tie with it (rule 4).
  struct own_address {
    address_key key;
    instant time = before_all;
  };
  struct bound_by {
    log_order customer = 0;
    log_order visitor = 0;
  };
  std::unordered_map<uint64_t, own_address> ordered_;
  std::unordered_map<uint64_t, bound_by> bound_;
  parking_lane parked_carts_;
  std::array<uint64_t, 5> idle_debts_{};  // by table: how far its hand is behind, in entries times milliseconds
  instant looked_at_ = before_all;        // when idle ones were last looked for
  uint32_t hand_ = 0;                     // the slot to be looked at next
  std::unique_ptr<snapshot> snapshot_;    // under way
  shard_metrics& metrics_;
};

}  // namespace cartwheel
