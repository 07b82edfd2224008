#pragma once

#include "actors/gateway/consent_evidence.hpp"
#include "actors/gateway/ended_carts.hpp"
#include "actors/shard/shard_observer.hpp"

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <variant>
#include <vector>

namespace cartwheel {

class store;
class store_batch;

/// Which decisions are wanted; what is not given leaves all.
struct decision_filter {
  std::optional<std::string> shop;
  std::optional<cartwheel::reason> reason;
  std::optional<decision_outcome> outcome;
  instant since = before_all;
  std::string from;  // decision_page::next of the page before; empty: the newest

  bool wants(const decision_line& l) const {
    return l.tick >= since && (!shop || l.shop == *shop) && (!reason || l.reason == *reason) &&
           (!outcome || l.outcome == *outcome);
  }
};

struct decision_page {
  std::vector<decision_line> lines;
  std::string next;  // where the next page begins; empty: there is none
};

/// What a node has decided, refused and been in doubt about, what happened to its carts, and what proves the consents it was
/// told of, in its store: over restarts, until it is too old.
///
/// Keys are a time and what else names the entry, so recovery, which tells everything behind the last snapshot once more,
/// changes nothing. The store has no log of its own: what is to outlast the node's log must be flushed before that is cut.
///
/// Bounds: limits::history_waiting_max entries wait; above it add() waits.
/// Errors: when the store fails, options.failed is told once, and nothing is kept any more; flush() throws.
/// Runs on: any thread. It writes on its own, which stands back on a busy machine, and on that of whoever wants to read.
class history {
 public:
  struct options {
    /// What is older than the newest decision by this much is forgotten, now and then.
    milliseconds keep = std::chrono::days{90};
    milliseconds keep_evidence = std::chrono::days{1826};  // likewise, behind its last use (consent_evidence)
    std::function<void(const std::string&)> failed;        // on the thread that wrote; may be empty
  };
  /// `in` outlives it.
  history(store& in, options o);
  /// Writes what waits, without flushing it.
  ~history();
  history(const history&) = delete;
  history& operator=(const history&) = delete;

  void add(std::vector<decision_line> lines);
  void add(std::vector<cart_milestone> milestones);
  void add(dead_letter letter);
  void add(doubt d);
  void add(consent_proof proof);
  void add(ended_cart cart);
  void add(news_of_ended_cart news);
  /// Somebody is erased (consent_evidence::forget).
  void add_erased(const address_key& subject);

  /// What was added before the call is durable when this returns.  Errors: std::runtime_error.
  void flush();

  /// Which entries are to go: somebody is erased.
  struct theirs {
    std::function<bool(const decision_line&)> decision;
    std::function<bool(event_place, std::string_view event)> letter;
    std::function<bool(const settled_reminder&)> doubt;
    std::function<bool(const cart_milestone&)> milestone;
    std::function<bool(const ended_cart&)> cart;
  };
  /// Forgets those among what was added before.  Cost: reads everything.  Errors: std::runtime_error.
  void forget(const theirs& gone);

  /// What is looked for on somebody's behalf. `stop` is asked now and then.
  struct search {
    std::function<bool(const decision_line&)> decision;
    std::function<bool(const cart_milestone&)> milestone;
    std::function<bool(const ended_cart&)> cart;
    std::function<bool()> stop;
  };
  struct findings {
    std::vector<decision_line> decisions;
    std::vector<cart_milestone> milestones;
    std::vector<ended_cart> ended_carts;
    bool all = true;  // of what is wanted; else the newest
  };

  // What it remembers, with all that was added before; what of it waits is written first, by the thread that asks.
  // Errors: std::runtime_error when the store cannot be read.

  /// The newest first.
  std::vector<decision_line> decisions(size_t most);
  /// Those that are wanted, the newest first, beginning where another page ended.
  /// Cost: reads what it passes over; at most limits::history_passed_over_max, behind which the page ends early.
  decision_page decisions(const decision_filter& wanted, size_t most);
  /// The newest about one cart, the oldest of them first.
  std::vector<decision_line> decisions_about(std::string_view shop, std::string_view cart_id, size_t most);
  /// The newest that happened to one, the oldest of them first.
  std::vector<cart_milestone> milestones_of(std::string_view shop, std::string_view cart_id, size_t most);
  std::vector<dead_letter> dead_letters(size_t most);
  /// By the tick they were decided in.
  std::vector<doubt> doubts(size_t most);
  std::optional<ended_cart> ended_cart_of(std::string_view shop, std::string_view cart_id);
  /// The newest first, at most so many of each kind.  Cost: reads all decisions, milestones and ended carts.
  /// Errors: also std::runtime_error when it was stopped.
  findings find(const search& wanted, size_t most);
  /// In order of when they happened.
  std::vector<consent_proof> proofs_of(std::span<const address_key> subjects);

 private:
  using entry = std::variant<decision_line, dead_letter, doubt, consent_proof, address_key, cart_milestone, ended_cart,
                             news_of_ended_cart>;

  void push(entry e, std::unique_lock<std::mutex>& lock);
  void add_one(entry e);
  void run();
  void write_some();
  void write(const std::vector<entry>& entries);
  void flush_when_quiet();
  void forget_old();
  void forget_decisions(std::string_view end, const std::function<bool(const decision_line&)>& gone);
  void forget_old_milestones(std::string_view end);
  void forget_milestones(const std::function<bool(const cart_milestone&)>& gone);
  void catch_up();
  template <class F>
  bool attempt(F work);

  store& store_;
  options options_;

  std::mutex writing_;  // one after the other, in the order of what waits; taken before mutex_
  consent_evidence evidence_;
  ended_carts ended_;
  instant newest_ = before_all;  // of the decisions and milestones

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<entry> waiting_;
  uint64_t added_ = 0;
  uint64_t written_ = 0;
  std::optional<std::string> broken_;
  bool stopping_ = false;

  // Of its own thread.
  uint64_t looked_at_ = 0;          // `written_` when it looked last what is old
  uint64_t flushed_ = 0;            // and when it was quiet last
  instant forgotten_ = before_all;  // `newest_` when it last forgot
  std::thread thread_;
};

}  // namespace cartwheel
