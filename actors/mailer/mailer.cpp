#include "actors/mailer/mailer.hpp"

#include "actors/mailer/credit_book.hpp"
#include "actors/mailer/limits.hpp"
#include "actors/mailer/mail_queue.hpp"
#include "actors/mailer/maildir_outlet.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <thread>
#include <utility>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

namespace cartwheel {

namespace asio = boost::asio;
using smtp::mail_id;
using smtp::recall_point;
using smtp::stage;
using smtp::verdict;

/// Everything happens on one thread, the only one that runs `io`; so what the relay pool wants on its strand may be
/// called from any handler here, and no two of them ever meet.
struct mailer::impl final : smtp::mail_feed, std::enable_shared_from_this<mailer::impl> {
  impl(mailer_options o, const clock_source& c, mail_ledger& l)
      : options{std::move(o)}, clock{c}, ledger{l}, queue{options, clock, metrics}, next_try{io}, grace{io} {
    capacity = limits::ready_for_maildir;
    if (options.outlet == mail_outlet::smtp)
      capacity =
        limits::ready_per_connection * std::clamp<size_t>(options.relay.connections, 1, smtp::limits::connections_max);
  }

  void open() {
    if (options.outlet == mail_outlet::smtp) {
      auto relay = options.relay;
      if (!relay.report)
        relay.report = [this](const std::string& line) { queue.failures().say("relay", line, clock.now()); };
      pool.emplace(io, std::move(relay), *this);
      return;
    }
    maildir opened{options.maildir, options.maildir_durable};
    if (auto failed = opened.open(); failed.result == maildir_result::failed)
      throw std::runtime_error{fmt::format("outlet.maildir: {}: {}", failed.path, failed.error.message())};
    box.emplace(io, std::move(opened), queue, metrics, clock,
                maildir_outlet::callbacks{[this](const auto& ids, auto done) { write_ahead(ids, std::move(done)); },
                                          [this] { changed(); }});
  }

  // From the shards, posted.

  void recall(const claim_id& claim) {
    queue.recall(claim, [this](mail_id id) {
      if (pool) return pool->recall(id);
      return box ? box->recall(id) : recall_point::too_late;
    });
    changed();
  }

  // mail_feed: the relay pool's.

  std::optional<smtp::mail> pull() override {
    auto next = draining || broken ? std::nullopt : queue.pull();
    changed();
    dry = !next;
    if (!next) return std::nullopt;
    auto& m = next->mail;
    return smtp::mail{next->id, std::move(m.sender), std::move(m.recipient), m.utf8,
                      std::make_shared<const std::string>(std::move(m.bytes))};
  }

  void write_intents(const std::vector<mail_id>& ids, std::function<void()> durable) override {
    write_ahead(ids, [durable = std::move(durable)](bool ok) {
      if (ok) durable();  // else: the mails stay where they are, and the process is on its way out
    });
  }

  bool may_send_content(mail_id id) override { return !broken && queue.may_send(id); }

  void finished(const smtp::outcome& o) override {
    auto reply = o.code == 0 ? o.text : fmt::format("{} {}", o.code, o.text);
    switch (o.verdict) {
      case verdict::accepted: queue.accepted(o.id); break;
      case verdict::rejected: queue.rejected(o.id, reply); break;
      case verdict::in_doubt: queue.in_doubt(o.id, o.text); break;
      case verdict::recalled:
        queue.recalled(o.id, o.stage == stage::content   ? recall_point::content
                             : o.stage == stage::connect ? recall_point::queue
                                                         : recall_point::envelope);
        break;
      case verdict::deferred:
        // A 4yz to MAIL or DATA is about the relay or the sender, a 421 about the connection: no try at this mail.
        if (o.stage == stage::connect)
          queue.give_back(o.id);
        else if ((o.stage == stage::rcpt || o.stage == stage::content) && o.code != 0 && o.code != 421)
          queue.put_off(o.id, reply);
        else
          queue.connection_lost(o.id, reply);
        break;
    }
    changed();
  }

  // Within.

  void write_ahead(const std::vector<mail_id>& ids, std::function<void(bool)> then) {
    // What was finished makes room for these, so its outcome stands before them in the log: wherever that ends, no more
    // intents are open than connections hold mails.
    tell_settled();
    // An answer may come when all this is gone.
    ledger.write_intents(queue.intents_of(ids),
                         [weak = weak_from_this(), then = std::move(then)](bool durable) mutable {
                           auto self = weak.lock();
                           if (!self) return;
                           asio::post(self->io, [me = self.get(), then = std::move(then), durable] {
                             if (me->closed) return;  // who asked may be gone
                             if (!durable && !std::exchange(me->broken, true))
                               spdlog::critical("mailer: intents cannot be made durable: nothing is offered any more");
                             then(durable);
                             me->changed();
                           });
                         });
  }

  /// What the log, the outlet and the shards are to hear is told once a turn: settlements and grants go in batches.
  void changed() {
    if (std::exchange(telling, true)) return;
    asio::post(io, [this] {
      telling = false;
      tell();
    });
  }

  void tell_settled() {
    if (queue.has_settled() && !ended) ledger.settle(queue.take_settled());
  }

  void tell() {
    tell_settled();
    if (!draining && !broken) {
      if (queue.has_some()) {
        if (pool && std::exchange(dry, false)) pool->wake();
        if (box) box->wake();
      }
      grant();
      watch_next_try();
    }
    metrics.ready.set(static_cast<int64_t>(queue.ready()));
    metrics.sending.set(static_cast<int64_t>(queue.sending()));
    metrics.deferred.set(static_cast<int64_t>(queue.deferred()));
    metrics.credit.set(static_cast<int64_t>(credits.out()));
  }

  void grant() {
    auto taken = credits.out() + queue.ready() + queue.sending() +
                 (queue.deferred() > limits::deferred_max ? queue.deferred() - limits::deferred_max : 0);
    if (taken >= capacity) return;
    auto room = capacity - taken;
    // Not one by one: each grant is a message.
    if (room < std::min(capacity / 8, credits.waiting())) return;
    for (const auto& g : credits.grants(room)) ledger.grant(g.shard, g.n);
  }

  void watch_next_try() {
    auto due = queue.next_try();
    if (!due || (watched && *watched <= *due)) return;
    watched = due;
    auto wait = clock.real(std::max(*due - clock.now(), milliseconds{0}));
    next_try.expires_after(std::max<std::chrono::nanoseconds>(wait, limits::clock_asked_every));
    next_try.async_wait([this](boost::system::error_code stopped) {
      if (stopped) return;
      watched.reset();
      tell();
    });
  }

  void drain(std::function<void()> done) {
    if (std::exchange(draining, true)) return;
    drained = std::move(done);
    if (pool) pool->drain([this] { finish_drain(); });
    if (box) box->drain([this] { finish_drain(); });
    if (!drained) return;
    grace.expires_after(options.drain_grace);
    grace.async_wait([this](boost::system::error_code stopped) {
      if (stopped || !drained) return;
      spdlog::warn("mailer: no end of what is offered after {} ms: {} given up", options.drain_grace.count(),
                   queue.sending());
      close();
      finish_drain();
    });
  }

  void finish_drain() {
    if (!drained) return;
    grace.cancel();
    tell();
    ended = true;
    std::exchange(drained, {})();
  }

  /// Ends the outlet; what its connections held is in doubt or back in the queue.
  void close() {
    draining = closed = true;
    box.reset();
    std::lock_guard lock{pool_mutex};
    if (!pool) return;
    last_stats = pool->stats();
    pool.reset();
  }

  void stop() {
    close();
    tell();
    io.stop();  // what is still posted never runs
  }

  mailer_options options;
  const clock_source& clock;
  mail_ledger& ledger;
  mailer_metrics metrics;
  asio::io_context io{1};
  asio::executor_work_guard<asio::io_context::executor_type> work{io.get_executor()};
  mail_queue queue;
  credit_book credits;
  size_t capacity = 0;
  std::optional<maildir_outlet> box;
  mutable std::mutex pool_mutex;  // taken by stats(), which any thread may call, and by close()
  std::optional<smtp::relay_pool> pool;
  smtp::relay_stats last_stats;
  asio::steady_timer next_try;
  asio::steady_timer grace;
  std::optional<instant> watched;  // what next_try waits for
  bool dry = true;                 // the pool's last pull got nothing, so it asks again only when woken
  bool telling = false;
  bool draining = false;
  bool closed = false;
  bool ended = false;   // drained, and said so: the ledger may be gone
  bool broken = false;  // the log
  std::function<void()> drained;
  std::thread thread;
};

mailer::mailer(mailer_options options, const clock_source& clock, mail_ledger& ledger)
    : impl_{std::make_shared<impl>(std::move(options), clock, ledger)} {
  impl_->open();
  impl_->thread = std::thread{[me = impl_.get()] { me->io.run(); }};
}

mailer::~mailer() {
  asio::post(impl_->io, [me = impl_.get()] { me->stop(); });
  impl_->thread.join();
}

void mailer::ready(shard_id shard, size_t waiting) {
  asio::post(impl_->io, [me = impl_.get(), shard, waiting] {
    me->credits.waiting(shard, waiting);
    me->changed();
  });
}

void mailer::offer(due_reminder reminder) {
  asio::post(impl_->io, [me = impl_.get(), reminder = std::move(reminder)]() mutable {
    me->credits.came_back(reminder.claim.cart.shard, 1);
    me->queue.offer(std::move(reminder));
    me->changed();
  });
}

void mailer::unused(shard_id shard, size_t credits) {
  asio::post(impl_->io, [me = impl_.get(), shard, credits] {
    me->credits.came_back(shard, credits);
    me->changed();
  });
}

void mailer::recall(const claim_id& claim, reason) {
  asio::post(impl_->io, [me = impl_.get(), claim] { me->recall(claim); });
}

void mailer::refused(const question& q, reason why) {
  asio::post(impl_->io, [me = impl_.get(), q, why] {
    me->queue.refused(q, why);
    me->changed();
  });
}

void mailer::interrupted(const question& q, uint32_t doubts, bool mail_is_kept) {
  asio::post(impl_->io, [me = impl_.get(), q, doubts, mail_is_kept] {
    me->queue.interrupted(q, doubts, mail_is_kept);
    me->changed();
  });
}

void mailer::drain(std::function<void()> done) {
  asio::post(impl_->io, [me = impl_.get(), done = std::move(done)]() mutable { me->drain(std::move(done)); });
}

const mailer_metrics& mailer::metrics() const { return impl_->metrics; }

smtp::relay_stats mailer::relay_stats() const {
  std::lock_guard lock{impl_->pool_mutex};
  return impl_->pool ? impl_->pool->stats() : impl_->last_stats;
}

}  // namespace cartwheel
