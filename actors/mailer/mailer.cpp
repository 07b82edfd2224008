#include "actors/mailer/mailer.hpp"

#include "actors/mailer/bounce_verdict.hpp"
#include "actors/mailer/credit_book.hpp"
#include "actors/mailer/limits.hpp"
#include "actors/mailer/mail_queue.hpp"
#include "actors/mailer/mail_signer.hpp"
#include "actors/mailer/maildir_outlet.hpp"
#include "actors/mailer/relay_choice.hpp"

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
struct mailer::impl final : std::enable_shared_from_this<mailer::impl> {
  /// A relay's pool, and what it is fed from.
  struct relay_link final : smtp::mail_feed {
    relay_link(impl& m, size_t place) : owner{m}, number{place} {}

    std::optional<smtp::mail> pull() override { return owner.pull(number); }
    void write_intents(const std::vector<mail_id>& ids, std::function<void()> durable) override {
      owner.write_ahead(ids, [durable = std::move(durable)](bool ok) {
        if (ok) durable();  // else: the mails stay where they are, and the process is on its way out
      });
    }
    bool may_send_content(mail_id id) override { return !owner.broken && owner.queue.may_send(id); }
    void finished(const smtp::outcome& o) override { owner.finished(o); }

    impl& owner;
    size_t number;  // in options.relays
    std::optional<smtp::relay_pool> pool{};
    bool drained = false;
  };

  impl(mailer_options o, const clock_source& c, mail_ledger& l)
      : options{std::move(o)},
        clock{c},
        ledger{l},
        queue{options, clock, metrics},
        choice{choices(options.relays)},
        next_try{io},
        grace{io} {
    capacity = limits::ready_for_maildir;
    if (options.outlet != mail_outlet::smtp) return;
    capacity = 0;
    for (const auto& r : options.relays)
      capacity +=
        limits::ready_per_connection * std::clamp<size_t>(r.link.connections, 1, smtp::limits::connections_max);
  }

  static std::vector<relay_choice::relay> choices(const std::vector<outlet_relay>& relays) {
    std::vector<relay_choice::relay> found;
    for (const auto& r : relays) found.push_back({r.priority, r.weight});
    return found;
  }

  void open() {
    // One core is left for the rest.
    if (options.dkim)
      signer = std::make_unique<mail_signer>(options.dkim, std::max(2u, std::thread::hardware_concurrency()) - 1);
    if (options.outlet == mail_outlet::smtp) {
      for (size_t i = 0; i < options.relays.size(); ++i) {
        auto link = options.relays[i].link;
        auto& r = *relays.emplace_back(std::make_unique<relay_link>(*this, i));
        if (!link.report) {
          link.report = [this, kind = "relay " + options.relays[i].name](const std::string& line) {
            queue.failures().say(kind, line, clock.now());
          };
        }
        link.health_changed = [this, &r] {
          choice.set_healthy(r.number, r.pool && r.pool->healthy());
          changed();
        };
        r.pool.emplace(io, std::move(link), r);
      }
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
    queue.recall(claim, [this](mail_id id, size_t relay) {
      if (!relays.empty()) return relays[relay]->pool->recall(id);
      return box ? box->recall(id) : recall_point::too_late;
    });
    changed();
  }

  // From the relays' pools.

  std::optional<smtp::mail> pull(size_t relay) {
    if (draining || broken || !choice.may_pull(relay)) {
      changed();
      return std::nullopt;
    }
    auto next = queue.pull(relay);
    changed();
    if (!next) {
      choice.waits(relay);
      return std::nullopt;
    }
    choice.pulled(relay);
    auto& m = next->mail;
    return smtp::mail{next->id,
                      std::move(m.sender),
                      std::move(m.recipient),
                      m.utf8,
                      std::make_shared<const std::string>(std::move(m.bytes)),
                      std::move(next->envelope_id)};
  }

  void finished(const smtp::outcome& o) {
    auto reply = o.code == 0 ? o.text : fmt::format("{} {}", o.code, o.text);
    switch (o.verdict) {
      case verdict::accepted: queue.accepted(o.id); break;
      case verdict::rejected: queue.rejected(o.id, reply, news_of(o.about)); break;
      case verdict::in_doubt: queue.in_doubt(o.id, o.text); break;
      case verdict::recalled:
        queue.recalled(o.id, o.stage == stage::content   ? recall_point::content
                             : o.stage == stage::connect ? recall_point::queue
                                                         : recall_point::envelope);
        break;
      case verdict::deferred:
        // A 4yz to MAIL or DATA is about the relay or the sender, a 421 about the connection: no try at this mail.
        if (o.stage == stage::connect ||
            (o.code != 0 && (o.about == smtp::subject::rate || o.about == smtp::subject::day)))
          queue.give_back(o.id);
        else if (o.code != 0 && o.about == smtp::subject::sender)
          queue.sender_refused(o.id, reply);
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
    if (!draining && !broken) sign();
    tell_settled();
    if (!draining && !broken) {
      if (box && queue.has_some()) box->wake();
      wake_relays();
      grant();
      watch_next_try();
    }
    metrics.ready.set(static_cast<int64_t>(queue.ready()));
    metrics.sending.set(static_cast<int64_t>(queue.sending()));
    metrics.deferred.set(static_cast<int64_t>(queue.deferred()));
    metrics.credit.set(static_cast<int64_t>(credits.out()));
  }

  void wake_relays() {
    for (auto i : choice.to_wake()) {
      if (i < relays.size() && queue.has_some(i))
        relays[i]->pool->wake();
      else
        choice.waits(i);
    }
  }

  /// What has passed the soft gate is signed ahead of the connections, which never wait for more than their first mails.
  void sign() {
    if (!signer) return;
    auto mails = queue.take_to_sign(capacity - std::min(capacity, queue.rendered()));
    if (mails.empty()) return;
    signer->sign(std::move(mails), [weak = weak_from_this()](std::vector<signed_mail> done) {
      auto self = weak.lock();
      if (!self) return;
      asio::post(self->io, [me = self.get(), done = std::move(done)]() mutable {
        for (auto& m : done) me->queue.signed_as(std::move(m));
        me->changed();
      });
    });
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
    for (auto& r : relays) {
      r->pool->drain([this, one = r.get()] {
        one->drained = true;
        if (std::all_of(relays.begin(), relays.end(), [](auto& each) { return each->drained; })) finish_drain();
      });
    }
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
    signer.reset();  // before this goes: its threads would be the last to hold it
    box.reset();
    std::lock_guard lock{pools_mutex};
    if (relays.empty()) return;
    last_stats = stats();
    relays.clear();
  }

  /// With pools_mutex, or on the thread.
  std::vector<named_stats> stats() const {
    if (closed && relays.empty() && !last_stats.empty()) return last_stats;
    std::vector<named_stats> found;
    for (const auto& r : options.relays) found.push_back({r.name, {}});
    for (const auto& r : relays) found[r->number].stats = r->pool->stats();
    return found;
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
  std::unique_ptr<mail_signer> signer;  // null: mails leave unsigned
  std::optional<maildir_outlet> box;
  relay_choice choice;
  mutable std::mutex pools_mutex;  // taken by relay_stats(), which any thread may call, and by close()
  std::vector<std::unique_ptr<relay_link>> relays;
  std::vector<named_stats> last_stats;
  asio::steady_timer next_try;
  asio::steady_timer grace;
  std::optional<instant> watched;  // what next_try waits for
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

std::vector<mailer::named_stats> mailer::relay_stats() const {
  std::lock_guard lock{impl_->pools_mutex};
  return impl_->stats();
}

}  // namespace cartwheel
