#include "actors/gateway/history.hpp"

#include "actors/gateway/limits.hpp"
#include "actors/gateway/log_records.hpp"
#include "runtime/base/allocator.hpp"
#include "runtime/base/bytes.hpp"
#include "runtime/store/store.hpp"
#include "runtime/store/store_key.hpp"

#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <exception>
#include <stdexcept>
#include <utility>

namespace cartwheel {

namespace {

constexpr uint8_t version = 1;

/// How often, in the time of the decisions, old ones are looked for.
constexpr std::chrono::hours forget_every{1};

/// When nothing has come for so long, what stands in memory is flushed, if it is worth a file: a wave of ends fills it once,
/// and would lie there until the next snapshot.
constexpr std::chrono::seconds quiet_after{2};
constexpr size_t quiet_flush_bytes_min = size_t{8} << 20;

byte_reader opened(std::string_view value) {
  byte_reader r{value};
  if (auto v = r.byte(); v != version)
    throw std::runtime_error{fmt::format("history: version {} is not known here", v)};
  return r;
}

/// Tells the lines of one cart in one tick apart: a step is decided once a cycle, and may be given back once more.
void name_step(store_key& key, const decision_line& l) {
  key.index(l.cycle).index(uint32_t{l.step} << 1 | (l.origin == decision_origin::settlement ? 1 : 0));
}

std::string key_of(const decision_line& l) {
  store_key key;
  key.time(l.tick).text(l.shop).text(l.cart_id);
  name_step(key, l);
  return std::move(key).bytes();
}

std::string cart_key_of(const decision_line& l) {
  store_key key;
  key.text(l.shop).text(l.cart_id).time(l.tick);
  name_step(key, l);
  return std::move(key).bytes();
}

/// The two kinds count the events of a record each in its own way.
std::string key_of(const dead_letter& l) {
  const auto& place = l.failed ? *l.failed : l.refused;
  store_key key;
  key.time(l.time).at(place.record).index(static_cast<uint32_t>(place.index)).index(l.failed ? 1 : 0);
  return std::move(key).bytes();
}

std::string key_of(const doubt& d) {
  const auto& r = d.reminder;
  store_key key;
  key.time(r.tick).text(r.shop).text(r.cart_id).index(r.cycle).index(r.step);
  return std::move(key).bytes();
}

/// By what brought it, which the log tells again at the same moment.
void name_milestone(store_key& key, const cart_milestone& m) {
  key.index(m.cycle).index(uint32_t{m.step} << 16 | uint32_t{static_cast<uint8_t>(m.what)} << 8 |
                           static_cast<uint8_t>(m.how));
}

std::string key_of(const cart_milestone& m) {
  store_key key;
  key.time(m.happened).text(m.shop).text(m.cart_id);
  name_milestone(key, m);
  return std::move(key).bytes();
}

std::string cart_key_of(const cart_milestone& m) {
  store_key key;
  key.text(m.shop).text(m.cart_id).time(m.happened);
  name_milestone(key, m);
  return std::move(key).bytes();
}

/// The same entry's, out of its place by time.
std::string cart_key_of_milestone(std::string_view time_key) {
  store_key_reader parts{time_key};
  store_key key;
  const auto happened = parts.time();
  key.text(parts.text());
  key.text(parts.text());
  key.time(happened).index(parts.index());
  key.index(parts.index());
  return std::move(key).bytes();
}

std::string value_of(const decision_line& l) { return written_decisions({&l, 1}); }

/// Which of the two lines of a step it was stands in its key alone, whatever the table.
decision_line decision_in(std::string_view key, std::string_view value) {
  auto line = read_decisions(value).at(0);
  if ((static_cast<uint8_t>(key.back()) & 1) != 0) line.origin = decision_origin::settlement;
  return line;
}

std::string value_of(const dead_letter& l) {
  std::string value;
  byte_writer w{value};
  w.byte(version);
  w.time(l.time);
  w.text(l.reason);
  w.text(l.event);
  return value;
}

dead_letter letter_in(std::string_view, std::string_view value) {
  auto r = opened(value);
  dead_letter l;
  l.time = r.time();
  l.reason = r.text();
  l.event = r.text();
  return l;
}

std::string value_of(const doubt& d) {
  std::string value;
  byte_writer w{value};
  w.byte(version);
  w.time(d.since);
  w.text(d.message_id);
  w.text(written_settled({&d.reminder, 1}));
  return value;
}

doubt doubt_in(std::string_view, std::string_view value) {
  auto r = opened(value);
  doubt d;
  d.since = r.time();
  d.message_id = r.text();
  d.reminder = read_settled(r.text()).at(0);
  return d;
}

cart_milestone milestone_in(std::string_view, std::string_view value) { return read_milestone(value); }

/// The newest of what is found in no order of time.
template <class T>
void keep_newest(std::vector<T>& found, instant T::*when, size_t most) {
  std::ranges::stable_sort(found, std::ranges::greater{}, when);
  if (found.size() > most) found.erase(found.begin() + static_cast<std::ptrdiff_t>(most), found.end());
}

/// How many entries are read before a search asks whether it should stop.
constexpr size_t read_between_looks = 4096;

/// Reads the end of a table, the newest first.
template <class Read>
auto newest(const store& from, store_table t, size_t most, Read read, std::string_view first = {},
            std::string_view last = {}) {
  std::vector<decltype(read(std::string_view{}, std::string_view{}))> found;
  if (most == 0) return found;
  from.visit_backward(t, first, last, [&](std::string_view key, std::string_view value) {
    found.push_back(read(key, value));
    return found.size() < most;
  });
  return found;
}

}  // namespace

history::history(store& in, options o)
    : store_{in},
      options_{std::move(o)},
      evidence_{in, options_.keep_evidence},
      ended_{in, options_.keep},
      thread_{[this] { run(); }} {}

history::~history() {
  {
    std::lock_guard lock{mutex_};
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

// In -----------------------------------------------------------------------------------------------------------------

void history::push(entry e, std::unique_lock<std::mutex>& lock) {
  changed_.wait(lock, [&] { return waiting_.size() < limits::history_waiting_max || broken_; });
  if (broken_) return;
  ++added_;
  waiting_.push_back(std::move(e));
}

void history::add(std::vector<decision_line> lines) {
  {
    std::unique_lock lock{mutex_};
    for (auto& l : lines) push(std::move(l), lock);
  }
  changed_.notify_all();
}

void history::add(std::vector<cart_milestone> milestones) {
  {
    std::unique_lock lock{mutex_};
    for (auto& m : milestones) push(std::move(m), lock);
  }
  changed_.notify_all();
}

void history::add_one(entry e) {
  {
    std::unique_lock lock{mutex_};
    push(std::move(e), lock);
  }
  changed_.notify_all();
}

void history::add(dead_letter letter) { add_one(std::move(letter)); }
void history::add(doubt d) { add_one(std::move(d)); }
void history::add(consent_proof proof) { add_one(std::move(proof)); }
void history::add(ended_cart cart) { add_one(std::move(cart)); }
void history::add(news_of_ended_cart news) { add_one(std::move(news)); }
void history::add_erased(const address_key& subject) { add_one(subject); }

void history::flush() {
  catch_up();
  {
    std::lock_guard lock{mutex_};
    if (broken_) throw std::runtime_error{*broken_};
  }
  store_.flush();
}

// The thread ---------------------------------------------------------------------------------------------------------

void history::run() {
  ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), limits::history_niceness);
  for (;;) {
    bool quiet = false;
    {
      std::unique_lock lock{mutex_};
      const auto to_do = [&] { return !waiting_.empty() || written_ != looked_at_ || stopping_ || broken_; };
      quiet = !changed_.wait_for(lock, quiet_after, to_do);
      if (quiet && written_ == flushed_) changed_.wait(lock, to_do);
      if (broken_ || (waiting_.empty() && stopping_)) return;
      looked_at_ = written_;
    }
    if (quiet)
      flush_when_quiet();
    else
      write_some();
    forget_old();
  }
}

/// What goes wrong first is the end of it: told once, and nothing is written any more.
template <class F>
bool history::attempt(F work) {
  try {
    work();
    return true;
  } catch (const std::exception& e) {
    {
      std::lock_guard lock{mutex_};
      if (broken_) return false;
      broken_ = e.what();
    }
    changed_.notify_all();
    if (options_.failed) options_.failed(e.what());
    return false;
  }
}

/// The first of what waits, in small parts: whoever wants to read waits for one that another thread has in hand, which may
/// be the one that stands back.
void history::write_some() {
  std::lock_guard one_at_a_time{writing_};
  std::vector<entry> entries;
  {
    std::lock_guard lock{mutex_};
    if (broken_) return;
    const auto end =
      waiting_.begin() + static_cast<std::ptrdiff_t>(std::min(waiting_.size(), limits::history_written_at_once));
    entries.assign(std::move_iterator{waiting_.begin()}, std::move_iterator{end});
    waiting_.erase(waiting_.begin(), end);
  }
  if (entries.empty()) return;
  changed_.notify_all();  // there is room again
  if (!attempt([&] { write(entries); })) return;
  {
    std::lock_guard lock{mutex_};
    written_ += entries.size();
  }
  changed_.notify_all();
}

void history::flush_when_quiet() {
  {
    std::lock_guard lock{mutex_};
    flushed_ = written_;
  }
  attempt([&] {
    if (store_.figures().memtable_bytes < quiet_flush_bytes_min) return;
    store_.flush();
    return_freed_memory();  // the tables that stood in memory
  });
}

void history::write(const std::vector<entry>& entries) {
  store_batch batch;
  auto write_out = [&] {
    store_.write(batch);
    batch.clear();
  };
  auto put = [&](store_table t, const std::string& key, const std::string& value) {
    if (batch.bytes() + key.size() + value.size() > limits::store_batch_bytes_max) write_out();
    batch.put(t, key, value);
  };
  for (const auto& e : entries) {
    if (const auto* l = std::get_if<decision_line>(&e)) {
      const auto value = value_of(*l);
      put(store_table::decisions, key_of(*l), value);
      put(store_table::cart_decisions, cart_key_of(*l), value);
      newest_ = std::max(newest_, l->tick);
      if (l->outcome == decision_outcome::sent) evidence_.used(l->address, l->tick);
    } else if (const auto* m = std::get_if<cart_milestone>(&e)) {
      put(store_table::cart_milestones, cart_key_of(*m), written_milestone(*m));
      put(store_table::milestone_times, key_of(*m), {});
      newest_ = std::max(newest_, m->known);
    } else if (const auto* letter = std::get_if<dead_letter>(&e)) {
      auto key = key_of(*letter);
      if (letter->failed) {
        // In recovery its handler is not called again, and the reason it failed for is not known any more.
        write_out();
        if (store_.get(store_table::dead_letters, key)) continue;
      }
      put(store_table::dead_letters, key, value_of(*letter));
    } else if (const auto* proof = std::get_if<consent_proof>(&e)) {
      evidence_.put(*proof);
    } else if (const auto* erased = std::get_if<address_key>(&e)) {
      evidence_.forget(*erased);
    } else if (const auto* cart = std::get_if<ended_cart>(&e)) {
      ended_.put(*cart);
    } else if (const auto* news = std::get_if<news_of_ended_cart>(&e)) {
      ended_.add(*news);
    } else {
      const auto& d = std::get<doubt>(e);
      put(store_table::in_doubt, key_of(d), value_of(d));
    }
  }
  write_out();
}

/// Measured against the newest decision and not a clock, as the log is: after a long stop nothing is gone at once.
void history::forget_old() {
  instant newest;
  {
    std::lock_guard one_at_a_time{writing_};
    newest = newest_;
  }
  if (newest == before_all || (forgotten_ != before_all && newest < forgotten_ + forget_every)) return;
  forgotten_ = newest;
  attempt([&] {
    store_key end;
    end.time(newest - options_.keep);
    forget_decisions(end, [](const decision_line&) { return true; });
    forget_old_milestones(end);
    store_.erase_range(store_table::dead_letters, {}, end);
    store_.erase_range(store_table::in_doubt, {}, end);
    std::unique_lock one_at_a_time{writing_};
    const auto breathe = [&] {
      one_at_a_time.unlock();
      write_some();
      one_at_a_time.lock();
    };
    evidence_.forget_old(newest, breathe);
    ended_.forget_old(newest, breathe);
  });
}

/// Of those before `end`, in both orders.
void history::forget_decisions(std::string_view end, const std::function<bool(const decision_line&)>& gone) {
  store_batch batch;
  store_.visit(store_table::decisions, {}, end, [&](std::string_view key, std::string_view value) {
    const auto line = decision_in(key, value);
    if (!gone(line)) return true;
    batch.erase(store_table::decisions, key);
    batch.erase(store_table::cart_decisions, cart_key_of(line));
    if (batch.size() >= limits::history_forgotten_at_once) {
      store_.write(batch);
      batch.clear();
    }
    return true;
  });
  store_.write(batch);
}

void history::forget_old_milestones(std::string_view end) {
  store_batch batch;
  store_.visit(store_table::milestone_times, {}, end, [&](std::string_view key, std::string_view) {
    batch.erase(store_table::milestone_times, key);
    batch.erase(store_table::cart_milestones, cart_key_of_milestone(key));
    if (batch.size() >= limits::history_forgotten_at_once) {
      store_.write(batch);
      batch.clear();
    }
    return true;
  });
  store_.write(batch);
}

void history::forget_milestones(const std::function<bool(const cart_milestone&)>& gone) {
  store_batch batch;
  store_.visit(store_table::cart_milestones, {}, {}, [&](std::string_view key, std::string_view value) {
    const auto m = milestone_in(key, value);
    if (!gone(m)) return true;
    batch.erase(store_table::cart_milestones, key);
    batch.erase(store_table::milestone_times, key_of(m));
    if (batch.size() >= limits::history_forgotten_at_once) {
      store_.write(batch);
      batch.clear();
    }
    return true;
  });
  store_.write(batch);
}

void history::forget(const theirs& gone) {
  flush();
  forget_decisions({}, gone.decision);
  forget_milestones(gone.milestone);
  ended_.forget(gone.cart);
  store_batch batch;
  store_.visit(store_table::dead_letters, {}, {}, [&](std::string_view key, std::string_view value) {
    store_key_reader parts{key};
    parts.time();
    const auto record = parts.at();
    if (gone.letter({record, parts.index()}, letter_in(key, value).event)) batch.erase(store_table::dead_letters, key);
    return true;
  });
  store_.visit(store_table::in_doubt, {}, {}, [&](std::string_view key, std::string_view value) {
    if (gone.doubt(doubt_in(key, value).reminder)) batch.erase(store_table::in_doubt, key);
    return true;
  });
  store_.write(batch);
  store_.flush();
}

// Out ----------------------------------------------------------------------------------------------------------------

/// Writes what waits here and now, however busy the machine is: an answer without it would say that nothing is known.
void history::catch_up() {
  uint64_t wanted = 0;
  const auto there = [&] {
    std::lock_guard lock{mutex_};
    return written_ >= wanted || broken_;
  };
  {
    std::lock_guard lock{mutex_};
    wanted = added_;
  }
  while (!there()) write_some();
}

std::vector<decision_line> history::decisions(size_t most) {
  catch_up();
  return newest(store_, store_table::decisions, most, decision_in);
}

std::vector<decision_line> history::decisions_about(std::string_view shop, std::string_view cart_id, size_t most) {
  catch_up();
  store_key cart;
  cart.text(shop).text(cart_id);
  auto found = newest(store_, store_table::cart_decisions, most, decision_in, cart.bytes(), after_prefix(cart.bytes()));
  std::ranges::reverse(found);
  return found;
}

std::vector<cart_milestone> history::milestones_of(std::string_view shop, std::string_view cart_id, size_t most) {
  catch_up();
  store_key cart;
  cart.text(shop).text(cart_id);
  auto found =
    newest(store_, store_table::cart_milestones, most, milestone_in, cart.bytes(), after_prefix(cart.bytes()));
  std::ranges::reverse(found);
  return found;
}

decision_page history::decisions(const decision_filter& wanted, size_t most) {
  catch_up();
  decision_page page;
  store_key since;
  if (wanted.since != before_all) since.time(wanted.since);
  if (!wanted.from.empty() && wanted.from <= since.bytes()) return page;  // the page before was the last one
  size_t passed = 0;
  store_.visit_backward(store_table::decisions, since.bytes(), wanted.from,
                        [&](std::string_view key, std::string_view value) {
                          // What a page holds is in [since, from): the next one ends before the key that this one had no room for.
                          if (page.lines.size() == most || passed == limits::history_passed_over_max) {
                            page.next = key;
                            page.next.push_back('\0');
                            return false;
                          }
                          auto line = decision_in(key, value);
                          if (wanted.wants(line))
                            page.lines.push_back(std::move(line));
                          else
                            ++passed;
                          return true;
                        });
  return page;
}

std::vector<dead_letter> history::dead_letters(size_t most) {
  catch_up();
  return newest(store_, store_table::dead_letters, most, letter_in);
}

std::vector<doubt> history::doubts(size_t most) {
  catch_up();
  return newest(store_, store_table::in_doubt, most, doubt_in);
}

std::optional<ended_cart> history::ended_cart_of(std::string_view shop, std::string_view cart_id) {
  catch_up();
  return ended_.find(shop, cart_id);
}

history::findings history::find(const search& wanted, size_t most) {
  catch_up();
  findings found;
  size_t read = 0;
  const auto look = [&] {
    if (++read % read_between_looks == 0 && wanted.stop && wanted.stop())
      throw std::runtime_error{"the search was stopped"};
  };
  const auto keep = [&](auto& kept, auto one, auto when) {
    kept.push_back(std::move(one));
    if (kept.size() < 2 * most) return;
    keep_newest(kept, when, most);
    found.all = false;
  };
  store_.visit(store_table::decisions, {}, {}, [&](std::string_view key, std::string_view value) {
    look();
    if (auto l = decision_in(key, value); wanted.decision(l)) keep(found.decisions, std::move(l), &decision_line::tick);
    return true;
  });
  store_.visit(store_table::cart_milestones, {}, {}, [&](std::string_view key, std::string_view value) {
    look();
    if (auto m = milestone_in(key, value); wanted.milestone(m))
      keep(found.milestones, std::move(m), &cart_milestone::happened);
    return true;
  });
  ended_.visit([&](ended_cart cart) {
    look();
    if (wanted.cart(cart)) keep(found.ended_carts, std::move(cart), &ended_cart::when);
  });
  found.all =
    found.all && std::max({found.decisions.size(), found.milestones.size(), found.ended_carts.size()}) <= most;
  keep_newest(found.decisions, &decision_line::tick, most);
  keep_newest(found.milestones, &cart_milestone::happened, most);
  keep_newest(found.ended_carts, &ended_cart::when, most);
  return found;
}

std::vector<consent_proof> history::proofs_of(std::span<const address_key> subjects) {
  catch_up();
  std::vector<consent_proof> found;
  for (const auto& subject : subjects) std::ranges::move(evidence_.of(subject), std::back_inserter(found));
  std::ranges::stable_sort(found, {}, &consent_proof::time);
  return found;
}

}  // namespace cartwheel
