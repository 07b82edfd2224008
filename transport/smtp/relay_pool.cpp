#include "transport/smtp/relay_pool.hpp"

#include "transport/smtp/breaker.hpp"
#include "transport/smtp/connection.hpp"
#include "transport/smtp/connection_target.hpp"
#include "transport/smtp/relay_pace.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <atomic>
#include <optional>
#include <string>
#include <random>
#include <utility>
#include <vector>

namespace cartwheel::smtp {

namespace asio = boost::asio;

class relay_pool::state final : public connection_owner, public std::enable_shared_from_this<relay_pool::state> {
 public:
  state(asio::io_context& io, relay_options options, mail_feed& feed)
      : on_{asio::make_strand(io)},
        options_{std::move(options)},
        feed_{&feed},
        target_{std::clamp<size_t>(options_.connections, 1, limits::connections_max)},
        pace_{options_.rate},
        breaker_{{options_.backoff_first, options_.backoff_max, options_.seed}},
        retry_{on_},
        turn_{on_},
        random_{options_.seed} {
    note();
    if (options_.session.protection != protection::none) tls_.emplace(options_.ca_file);
  }

  // From the pool.

  void wake() {
    if (wake_posted_.exchange(true)) return;
    asio::post(on_, [weak = weak_from_this()] {
      if (const auto self = weak.lock()) self->on_wake();
    });
  }

  recall_point recall(mail_id id) {
    auto where = recall_point::too_late;
    for (const auto& c : connections_) {
      if (const auto found = c->recall(id)) {
        where = *found;
        break;
      }
    }
    relay_counters::add(counters_.recalls[static_cast<size_t>(where)]);
    return where;
  }

  void drain(std::function<void()> done) {
    asio::post(on_, [weak = weak_from_this(), done = std::move(done)]() mutable {
      const auto self = weak.lock();
      if (!self) return;
      self->draining_ = true;
      self->drained_.push_back(std::move(done));
      self->retry_.cancel();
      self->turn_.cancel();
      for (const auto& c : std::vector{self->connections_}) c->stop();
      self->tell_drained();
    });
  }

  void abandon() {
    draining_ = true;
    retry_.cancel();
    turn_.cancel();
    for (const auto& c : std::exchange(connections_, {})) c->abandon("the relay pool was closed");
  }

  const connection::executor& executor() const { return on_; }
  const relay_counters& counted() const { return counters_; }
  bool healthy() const { return was_healthy_; }

  // From the connections.

  mail_feed& feed() override { return *feed_; }
  relay_counters& counters() override { return counters_; }
  const tls_context& tls() override { return *tls_; }
  bool pulling() override {
    if (dry_ || draining_) return false;
    if (pace_.next() <= std::chrono::steady_clock::now()) return true;
    wait_for_turn();
    return false;
  }
  void ran_dry() override { dry_ = true; }
  void pulled() override { pace_.pulled(std::chrono::steady_clock::now()); }
  void top_up() override {
    if (connections_.size() < 2 || std::exchange(topping_up_, true)) return;
    for (const auto& c : std::vector{connections_}) c->top_up();
    topping_up_ = false;
  }
  void on_ready() override { open_if_wanted(); }

  void on_outcome(const connection& c, const outcome& o) override {
    const auto now = std::chrono::steady_clock::now();
    if (o.verdict == verdict::accepted) {
      breaker_.worked();
      pace_.accepted(now);
    }
    // Behind RCPT the relay had taken the recipient.
    if (o.code != 0 && (o.stage == stage::data || o.stage == stage::content)) breaker_.recipient_judged(false, now);
    if (o.code != 0 && o.stage == stage::content) {
      target_.answered(o.waited);
      // A backlog never runs dry, so no wake() would come to open what the relay has turned out to be worth.
      if (connections_.size() < target_.value()) open_soon();
    }
    if (o.code != 0 && o.stage == stage::rcpt) judge_policy(c, o, now);
    if (o.code != 0 && o.about == subject::rate) {
      relay_counters::add(counters_.throttled);
      pace_.throttled(now);
      push_back(now);
    }
    if (o.code != 0 && o.about == subject::day && pace_.next() < now + options_.day_pause / 2) {
      pace_.pause(now + options_.day_pause);
      say("pauses for " + std::to_string(options_.day_pause.count() / 1000) + " s: " + o.text);
    }
    note();
  }

  void on_end(const std::shared_ptr<connection>& c, const session_end& end) override {
    const auto here = std::find(connections_.begin(), connections_.end(), c);
    if (here == connections_.end()) return;  // abandoned
    connections_.erase(here);
    learn(end, c->judged());
    note();
    open_if_wanted();
    tell_drained();
  }

 private:
  void on_wake() {
    wake_posted_ = false;
    if (draining_) return;
    dry_ = false;
    pump_all();
  }

  /// Connections, while the feed has not run dry: as many attempts at a time as connections work, and one when none does,
  /// so that a relay that is down or slow to greet meets one client.
  void open_if_wanted() {
    while (open_one()) {}
  }

  bool open_one() {
    if (!pulling()) return false;
    const auto now = std::chrono::steady_clock::now();
    const bool trial = breaker_.state(now) != breaker_state::closed;
    if (connections_.size() >= (trial ? 1 : target_.value())) return false;
    const auto work = std::count_if(connections_.begin(), connections_.end(), [](auto& c) { return c->ready(); });
    if (std::ssize(connections_) - work >= std::max<ptrdiff_t>(work, 1)) return false;
    if (now < breaker_.not_before()) {
      retry_.expires_at(breaker_.not_before());
      retry_.async_wait([weak = weak_from_this()](boost::system::error_code failed) {
        const auto self = weak.lock();
        if (!self || failed) return;
        self->note();
        self->open_if_wanted();
      });
      return false;
    }
    auto session = options_.session;
    session.trial = trial;
    if (now < no_chunks_until_) session.chunking = chunking_mode::off;
    session.pipelining = session.pipelining && now >= lock_step_until_;
    session.optional_parameters = session.optional_parameters && !parameters_refused_;
    // Up to a tenth less, so that connections opened together do not all end together.
    session.age_max -= std::chrono::milliseconds{uniform(session.age_max.count() / 10)};
    connections_.push_back(std::make_shared<connection>(on_, std::move(session), *this));
    std::shared_ptr { connections_.back() } -> start(options_.host, options_.port, options_.connect_timeout);
    return true;
  }

  /// Not from within a connection that is in the middle of telling.
  void open_soon() {
    if (dry_ || draining_ || std::exchange(open_posted_, true)) return;
    asio::post(on_, [weak = weak_from_this()] {
      const auto self = weak.lock();
      if (!self) return;
      self->open_posted_ = false;
      self->open_if_wanted();
    });
  }

  /// What the end of a connection tells about the relay. `judged`: mails it said its word about, so it works.
  void learn(const session_end& end, uint64_t judged) {
    if (!end.was_ready) relay_counters::add(counters_.connect_failures);
    if (end.parameters_refused) parameters_refused_ = true;
    if (end.login_refused) relay_counters::add(counters_.login_failures);
    bool back_off = false;
    bool does_not_pipeline = false;
    const auto now = std::chrono::steady_clock::now();
    switch (end.reason) {
      case end_reason::none:
      case end_reason::quit:
      case end_reason::recalled: break;
      case end_reason::refused:
      case end_reason::told_to_wait:
        back_off = true;
        push_back(now);
        break;
      case end_reason::going_away:
      case end_reason::lost:
        back_off = judged == 0;
        if (end.reason == end_reason::going_away) push_back(now);
        // Once it may have been an accident; again and again at the first mail it is how the relay takes a pipeline.
        if (end.flight_cut && judged <= 1) does_not_pipeline = ++cut_flights_ >= limits::cut_flights_max;
        break;
      case end_reason::timed_out:
        // It answered the beginning of a group and never saw the rest.
        does_not_pipeline = end.flight_cut;
        back_off = true;
        break;
      case end_reason::out_of_step:
        does_not_pipeline = end.pipelining;
        back_off = !end.pipelining;
        break;
    }
    if (judged > 1) cut_flights_ = 0;
    // The bolder of the two first: with content by DATA it may pipeline well enough.
    const bool chunks_badly = does_not_pipeline && end.chunking;
    if (chunks_badly) {
      does_not_pipeline = false;
      cut_flights_ = 0;
      no_chunks_until_ = now + options_.lock_step_time;
      relay_counters::add(counters_.chunking_changes);
    }
    if (does_not_pipeline) {
      cut_flights_ = 0;
      lock_step_until_ = now + options_.lock_step_time;
      relay_counters::add(counters_.lock_step_changes);
    }
    if (end.login_refused)
      breaker_.turned_away(now);
    else if (back_off)
      breaker_.failed(now);
    const bool orderly = end.reason == end_reason::quit || end.reason == end_reason::recalled;
    if (!orderly && !draining_)
      say((end.login_refused ? "credentials: " : "") + end.text +
          (chunks_badly        ? "; it does not take chunks as announced, without them for a while"
           : does_not_pipeline ? "; it does not pipeline as announced, lock-step for a while"
                               : ""));
  }

  void say(const std::string& what) {
    if (options_.report) options_.report(options_.host + ':' + std::to_string(options_.port) + ": " + what);
  }

  /// What a reply to RCPT, or a refusal of the recipient, says about the relay.
  void judge_policy(const connection& c, const outcome& o, client_session::time_point now) {
    const bool policy = o.verdict == verdict::rejected && o.about == subject::policy;
    if (policy && c.is_trial() && c.judged() <= 1) {
      breaker_.failed(now);  // it has come back as it went
    } else if (!breaker_.recipient_judged(policy, now)) {
      return;
    }
    say("refuses too many recipients for reasons of its own, sending pauses: " + o.text);
    // Not from within a connection that is in the middle of telling.
    asio::post(on_, [weak = weak_from_this()] {
      if (const auto self = weak.lock())
        for (const auto& each : std::vector{self->connections_}) each->stop();
    });
  }

  /// Fewer connections; those too many end in order.
  void push_back(client_session::time_point now) {
    target_.pushed_back(now);
    if (connections_.size() <= target_.value()) return;
    asio::post(on_, [weak = weak_from_this()] {
      const auto self = weak.lock();
      if (!self) return;
      const auto all = self->connections_;
      for (size_t i = self->target_.value(); i < all.size(); ++i) all[i]->stop();
    });
  }

  /// The next mail's turn has not come: everything asks again when it has.
  void wait_for_turn() {
    const auto next = pace_.next();
    if (waits_for_ == next) return;
    waits_for_ = next;
    turn_.expires_at(next);
    turn_.async_wait([weak = weak_from_this()](boost::system::error_code failed) {
      const auto self = weak.lock();
      if (!self || failed) return;
      self->waits_for_.reset();
      self->note();
      self->pump_all();
    });
  }

  void pump_all() {
    for (const auto& c : std::vector{connections_}) {
      if (!pulling()) return;
      c->pump();
    }
    open_if_wanted();
  }

  /// Keeps the figures, and tells who chooses among relays when this one became better or worse.
  void note() {
    const auto now = std::chrono::steady_clock::now();
    relay_counters::set(counters_.connections_wanted, target_.value());
    relay_counters::set(counters_.breaker, static_cast<uint64_t>(breaker_.state(now)));
    const auto found = pace_.per_second();
    relay_counters::set(counters_.mails_per_hour, found ? static_cast<uint64_t>(*found * 3600) : 0);
    const bool healthy = !breaker_.failing() && !pace_.paused(now);
    if (std::exchange(was_healthy_, healthy) == healthy || !options_.health_changed || draining_) return;
    asio::post(on_, [weak = weak_from_this()] {
      if (const auto self = weak.lock()) self->options_.health_changed();
    });
  }

  /// Between 0 and `most`, both included.
  int64_t uniform(int64_t most) {
    return std::uniform_int_distribution<int64_t>{0, std::max<int64_t>(most, 0)}(random_);
  }

  void tell_drained() {
    if (!draining_ || !connections_.empty()) return;
    for (const auto& done : std::exchange(drained_, {})) done();
  }

  connection::executor on_;
  relay_options options_;
  mail_feed* feed_;
  std::optional<tls_context> tls_;  // one for all connections: the authorities are read once
  relay_counters counters_;
  std::vector<std::shared_ptr<connection>> connections_;
  connection_target target_;
  relay_pace pace_;
  breaker breaker_;
  using timer = asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>,
                                           connection::executor>;
  timer retry_;
  timer turn_;
  std::optional<client_session::time_point> waits_for_;  // what turn_ waits for
  std::mt19937_64 random_;
  std::atomic<bool> wake_posted_{false};
  bool dry_ = true;  // until the first wake(), and again when pull() gave nothing
  bool draining_ = false;
  bool open_posted_ = false;
  bool topping_up_ = false;
  bool was_healthy_ = true;
  std::vector<std::function<void()>> drained_;
  uint32_t cut_flights_ = 0;  // in a row
  bool parameters_refused_ = false;
  client_session::time_point lock_step_until_{};
  client_session::time_point no_chunks_until_{};
};

relay_pool::relay_pool(asio::io_context& io, relay_options options, mail_feed& feed)
    : state_{std::make_shared<state>(io, std::move(options), feed)} {}

relay_pool::~relay_pool() { state_->abandon(); }

void relay_pool::wake() { state_->wake(); }

recall_point relay_pool::recall(mail_id id) { return state_->recall(id); }

void relay_pool::drain(std::function<void()> done) { state_->drain(std::move(done)); }

void relay_pool::post(std::function<void()> f) { asio::post(state_->executor(), std::move(f)); }

bool relay_pool::healthy() const { return state_->healthy(); }

relay_stats relay_pool::stats() const { return state_->counted().read(); }

}  // namespace cartwheel::smtp
