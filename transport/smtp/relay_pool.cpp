#include "transport/smtp/relay_pool.hpp"

#include "transport/smtp/connection.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <atomic>
#include <random>
#include <utility>
#include <vector>

namespace cartwheel::smtp {

namespace asio = boost::asio;

class relay_pool::state final : public connection_owner, public std::enable_shared_from_this<relay_pool::state> {
 public:
  state(asio::io_context& io, relay_options options, mail_feed& feed)
      : on_{asio::make_strand(io)}, options_{std::move(options)}, feed_{&feed}, retry_{on_}, random_{options_.seed} {
    options_.connections = std::clamp<size_t>(options_.connections, 1, limits::connections_max);
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
      for (const auto& c : std::vector{self->connections_}) c->stop();
      self->tell_drained();
    });
  }

  void abandon() {
    draining_ = true;
    retry_.cancel();
    for (const auto& c : std::exchange(connections_, {})) c->abandon("the relay pool was closed");
  }

  const connection::executor& executor() const { return on_; }
  const relay_counters& counted() const { return counters_; }

  // From the connections.

  mail_feed& feed() override { return *feed_; }
  relay_counters& counters() override { return counters_; }
  bool pulling() const override { return !dry_ && !draining_; }
  void ran_dry() override { dry_ = true; }
  void on_ready() override { open_if_wanted(); }

  void on_end(const std::shared_ptr<connection>& c, const session_end& end) override {
    const auto here = std::find(connections_.begin(), connections_.end(), c);
    if (here == connections_.end()) return;  // abandoned
    connections_.erase(here);
    learn(end, c->judged());
    open_if_wanted();
    tell_drained();
  }

 private:
  void on_wake() {
    wake_posted_ = false;
    if (draining_) return;
    dry_ = false;
    for (const auto& c : std::vector{connections_}) {
      if (dry_) return;
      c->pump();
    }
    open_if_wanted();
  }

  /// One connection more while the feed has not run dry; one attempt at a time, so that a relay that is down or slow to
  /// greet meets one client.
  void open_if_wanted() {
    if (dry_ || draining_ || connections_.size() >= options_.connections) return;
    if (std::any_of(connections_.begin(), connections_.end(), [](auto& c) { return !c->ready(); })) return;
    const auto now = std::chrono::steady_clock::now();
    if (now < not_before_) {
      retry_.expires_at(not_before_);
      retry_.async_wait([weak = weak_from_this()](boost::system::error_code failed) {
        const auto self = weak.lock();
        if (self && !failed) self->open_if_wanted();
      });
      return;
    }
    auto session = options_.session;
    session.pipelining = session.pipelining && now >= lock_step_until_;
    session.optional_parameters = session.optional_parameters && !parameters_refused_;
    // Up to a tenth less, so that connections opened together do not all end together.
    session.age_max -= std::chrono::milliseconds{uniform(session.age_max.count() / 10)};
    connections_.push_back(std::make_shared<connection>(on_, std::move(session), *this));
    std::shared_ptr { connections_.back() } -> start(options_.host, options_.port, options_.connect_timeout);
  }

  /// What the end of a connection tells about the relay. `judged`: mails it said its word about, so it works.
  void learn(const session_end& end, uint64_t judged) {
    if (!end.was_ready) relay_counters::add(counters_.connect_failures);
    if (end.parameters_refused) parameters_refused_ = true;
    bool back_off = false;
    bool does_not_pipeline = false;
    switch (end.reason) {
      case end_reason::none:
      case end_reason::quit:
      case end_reason::recalled: break;
      case end_reason::refused:
      case end_reason::told_to_wait: back_off = true; break;
      case end_reason::going_away:
      case end_reason::lost:
        back_off = judged == 0;
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
    const auto now = std::chrono::steady_clock::now();
    if (does_not_pipeline) {
      cut_flights_ = 0;
      lock_step_until_ = now + options_.lock_step_time;
      relay_counters::add(counters_.lock_step_changes);
    }
    if (judged > 0) failures_ = 0;
    if (back_off) {
      const auto doublings = std::min<uint32_t>(failures_++, 16);
      const auto longest = std::min(options_.backoff_max, options_.backoff_first * (int64_t{1} << doublings));
      not_before_ = now + std::chrono::milliseconds{uniform(longest.count())};
    }
    const bool orderly = end.reason == end_reason::quit || end.reason == end_reason::recalled;
    if (options_.report && !orderly && !draining_)
      options_.report(options_.host + ':' + std::to_string(options_.port) + ": " + end.text +
                      (does_not_pipeline ? "; it does not pipeline as announced, lock-step for a while" : ""));
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
  relay_counters counters_;
  std::vector<std::shared_ptr<connection>> connections_;
  asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>,
                             connection::executor>
    retry_;
  std::mt19937_64 random_;
  std::atomic<bool> wake_posted_{false};
  bool dry_ = true;  // until the first wake(), and again when pull() gave nothing
  bool draining_ = false;
  std::vector<std::function<void()>> drained_;
  uint32_t failures_ = 0;     // in a row
  uint32_t cut_flights_ = 0;  // in a row
  bool parameters_refused_ = false;
  client_session::time_point not_before_{};
  client_session::time_point lock_step_until_{};
};

relay_pool::relay_pool(asio::io_context& io, relay_options options, mail_feed& feed)
    : state_{std::make_shared<state>(io, std::move(options), feed)} {}

relay_pool::~relay_pool() { state_->abandon(); }

void relay_pool::wake() { state_->wake(); }

recall_point relay_pool::recall(mail_id id) { return state_->recall(id); }

void relay_pool::drain(std::function<void()> done) { state_->drain(std::move(done)); }

void relay_pool::post(std::function<void()> f) { asio::post(state_->executor(), std::move(f)); }

relay_stats relay_pool::stats() const { return state_->counted().read(); }

}  // namespace cartwheel::smtp
