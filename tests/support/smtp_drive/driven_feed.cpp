#include "tests/support/smtp_drive/driven_feed.hpp"

#include <nlohmann/json.hpp>
#include <openssl/sha.h>

#include <boost/asio/post.hpp>

#include <algorithm>
#include <array>
#include <fstream>
#include <ostream>
#include <stdexcept>

namespace cartwheel::smtp_drive {

namespace {

namespace asio = boost::asio;
using json = nlohmann::ordered_json;

constexpr std::array<const char*, 5> stages{"connect", "mail", "rcpt", "data", "content"};

std::string sha256_of(std::string_view bytes) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), digest.data());
  std::string hex;
  for (const auto b : digest) {
    constexpr std::string_view digits = "0123456789abcdef";
    hex += digits[b >> 4];
    hex += digits[b & 15];
  }
  return hex;
}

}  // namespace

driven_feed::driven_feed(asio::io_context& io, const options& o) : io_{io}, how_{o}, ticker_{io}, dice_{o.seed} {
  if (o.mails.empty()) {
    mails_.resize(o.count);
    for (size_t i = 0; i < o.count; ++i) mails_[i].recipient = "r" + std::to_string(i + 1) + "@" + o.domain;
  } else {
    std::ifstream in{o.mails};
    if (!in) throw std::runtime_error{o.mails + ": cannot be read"};
    for (std::string line; std::getline(in, line);) {
      const auto read = json::parse(line, nullptr, false);
      if (!read.is_object() || !read.contains("recipient"))
        throw std::runtime_error{o.mails + ':' + std::to_string(mails_.size() + 1) + ": no mail"};
      entry e;
      e.recipient = read["recipient"].get<std::string>();
      e.sender = read.value("sender", "");
      e.content = read.value("content", "");
      mails_.push_back(std::move(e));
    }
  }
  std::uniform_real_distribution<> percent{0, 100};
  std::uniform_int_distribution<int> moments{1, 5};
  for (size_t i = 0; i < mails_.size(); ++i) {
    if (mails_[i].sender.empty()) mails_[i].sender = "bounces@shop.example";
    if (percent(dice_) < o.cancel_percent) mails_[i].cancel = static_cast<moment>(moments(dice_));
    mails_[i].gate = static_cast<uint32_t>(1 + dice_() % 2);
    waiting_.push_back(i);
  }
}

void driven_feed::start(smtp::relay_pool& pool, std::function<void()> done) {
  pool_ = &pool;
  done_ = std::move(done);
  // A cancellation that comes while a mail is in no queue but ours.
  for (size_t i = 0; i < mails_.size(); ++i)
    if (mails_[i].cancel == moment::before_pull) cancel(i);
  if (how_.rate > 0) tick();
  pool.wake();
}

void driven_feed::tick() {
  if (stopped_ || released_ >= mails_.size()) return;
  constexpr std::chrono::milliseconds step{10};
  const auto begun = std::chrono::steady_clock::now();
  ticker_.expires_after(step);
  ticker_.async_wait([this, begun](auto failed) {
    if (failed) return;
    due_ += how_.rate * std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
    released_ = std::min(mails_.size(), static_cast<size_t>(due_));
    pool_->wake();
    tick();
  });
}

void driven_feed::stop() {
  stopped_ = true;
  ticker_.cancel();
}

std::string driven_feed::message_id(size_t i) const { return std::to_string(i + 1) + "." + how_.run + "@shop.example"; }

/// Header, and lines of all kinds: with dots in front, dots alone, empty, and one of the longest that is allowed.
std::string driven_feed::content_of(size_t i) const {
  if (!mails_[i].content.empty()) return mails_[i].content;
  const auto n = std::to_string(i + 1);
  std::string text =
    "Message-ID: <" + message_id(i) + ">\r\nSubject: Mail " + n + "\r\nTo: <" + mails_[i].recipient + ">\r\n\r\n";
  if (i % 3 == 0) text += ".\r\n..\r\n.dotted\r\n\r\n";
  if (i % 16 == 0) text.append(998, 'l').append("\r\n");
  while (text.size() < how_.size) {
    text += "This is line after line of mail ";
    text += n;
    text.append(i % 23, 'x').append("\r\n");
  }
  if (i % 5 == 0) text += ".\r\n";
  return text;
}

std::optional<smtp::mail> driven_feed::pull() {
  if (stopped_ || (how_.rate > 0 && pulled_ >= released_)) return std::nullopt;
  while (!waiting_.empty()) {
    const auto i = waiting_.front();
    waiting_.pop_front();
    auto& e = mails_[i];
    if (e.where == place::ended) continue;  // cancelled
    ++pulled_;
    e.where = place::held;
    e.durable = false;
    e.gates = 0;
    if (e.cancel == moment::after_pull && e.tries == 0) {
      const auto most = std::uniform_int_distribution<int64_t>{0, how_.cancel_window.count()}(dice_);
      auto timer = std::make_shared<asio::steady_timer>(io_, std::chrono::microseconds{most});
      timer->async_wait([this, i, timer](auto) { cancel(i); });
    }
    return smtp::mail{smtp::mail_id{i + 1}, e.sender, e.recipient, false,
                      std::make_shared<const std::string>(content_of(i))};
  }
  return std::nullopt;
}

void driven_feed::cancel(size_t i) {
  auto& e = mails_[i];
  if (e.where == place::ended || !e.cancelled.empty()) {
    e.too_late = e.too_late || e.cancelled.empty();
    return;
  }
  if (e.where == place::waits) {
    e.cancelled = "feed";
    return end(e);
  }
  const auto where = pool_->recall(smtp::mail_id{i + 1});
  if (where == smtp::recall_point::too_late)
    e.too_late = true;
  else
    e.cancelled = smtp::label(where);
}

void driven_feed::write_intents(const std::vector<smtp::mail_id>& ids, std::function<void()> durable) {
  for (const auto id : ids)
    if (mails_[index_of(id)].where != place::held && mails_[index_of(id)].cancelled.empty())
      blame(index_of(id), "intent of a mail not held");
  auto done = [this, ids, durable = std::move(durable)] {
    for (const auto id : ids) mails_[index_of(id)].durable = true;
    durable();
  };
  if (how_.sync.count() == 0) return asio::post(io_, std::move(done));
  auto timer = std::make_shared<asio::steady_timer>(io_, how_.sync);
  timer->async_wait([timer, done = std::move(done)](auto) { done(); });
}

bool driven_feed::may_send_content(smtp::mail_id id) {
  const auto i = index_of(id);
  auto& e = mails_[i];
  if (e.where != place::held) blame(i, "the gate was asked for a mail not held");
  if (!e.durable) blame(i, "content before the intent was durable");
  if (!e.cancelled.empty()) blame(i, "the gate was asked for a mail taken back");
  // One that leaves in one piece has no second gate, and is not taken back.
  if (++e.gates != e.gate) return true;
  if (e.cancel == moment::gate_says_no) {
    e.cancelled = "gate";
    return false;
  }
  if (e.cancel == moment::recall_at_gate) cancel(i);
  // The content, or a piece of it, is written before the executor's next turn.
  if (e.cancel == moment::behind_gate) pool_->post([this, i] { cancel(i); });
  return true;
}

void driven_feed::finished(const smtp::outcome& o) {
  const auto i = index_of(o.id);
  auto& e = mails_[i];
  if (e.where != place::held) return blame(i, "an outcome for a mail not held");
  if ((o.verdict == smtp::verdict::recalled) == e.cancelled.empty())
    blame(i, "recalled and not cancelled, or the other way round");
  e.last = o;
  if (how_.forget && o.verdict == smtp::verdict::accepted) e.last->text = {};
  if (o.stage != smtp::stage::connect || o.verdict != smtp::verdict::deferred) ++e.tries;
  const bool again = o.verdict == smtp::verdict::deferred && e.tries < how_.tries && !stopped_;
  if (!again) return end(e);
  e.where = place::waits;
  --pulled_;
  waiting_.push_back(i);
  pool_->wake();
}

void driven_feed::end(entry& e) {
  e.where = place::ended;
  if (++ended_ == mails_.size() && done_) asio::post(io_, done_);
}

void driven_feed::blame(size_t i, std::string_view what) {
  broken_.push_back(std::to_string(i + 1) + ": " + std::string{what});
}

void driven_feed::report(std::ostream& out) const {
  for (size_t i = 0; i < mails_.size(); ++i) {
    const auto& e = mails_[i];
    if (how_.forget && e.where == place::ended && e.last && e.last->verdict == smtp::verdict::accepted) continue;
    json line{{"n", i + 1},
              {"recipient", e.recipient},
              {"sender", e.sender},
              {"message_id", message_id(i)},
              {"sha256", sha256_of(content_of(i))},
              {"tries", e.tries},
              {"cancelled", e.cancelled},
              {"too_late", e.too_late}};
    if (e.where != place::ended)
      line["verdict"] = "unsent";
    else if (!e.last)
      line["verdict"] = "recalled";
    else {
      line["verdict"] = e.cancelled == "feed" ? "recalled" : std::string{smtp::label(e.last->verdict)};
      line["stage"] = stages[static_cast<size_t>(e.last->stage)];
      line["code"] = e.last->code;
      line["enhanced"] = e.last->enhanced;
      line["text"] = e.last->text;
    }
    out << line.dump(-1, ' ', false, json::error_handler_t::replace) << '\n';
  }
}

}  // namespace cartwheel::smtp_drive
