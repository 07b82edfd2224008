#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace cartwheel::smtp {

/// What identifies a mail between the pool and its feed.
enum class mail_id : uint64_t {};

/// A mail that passed the soft gate. Shape: `content` has CRLF line ends, ends in CRLF and is not dot-stuffed.
struct mail {
  mail_id id{};
  std::string sender;
  std::string recipient;
  bool utf8 = false;
  std::shared_ptr<const std::string> content;
  std::string envelope_id{};  // said as ENVID where the relay offers DSN, comes back in its reports; empty: none
};

enum class verdict : uint8_t {
  accepted,  // the relay owns it (2yz to the final dot)
  rejected,  // 5yz: this mail will never go
  deferred,  // 4yz, or the connection ended before its content was offered: nothing was accepted, may be tried again
  in_doubt,  // content and final dot may have been seen, no reply came
  recalled,  // taken back before its final dot
};

/// Where a recall caught the mail: label of cartwheel_recalled_total.
enum class recall_point : uint8_t { queue, envelope, content, too_late };

/// Which command a reply answered.
enum class stage : uint8_t { connect, mail, rcpt, data, content };

/// Whom a reply is about. It decides what else suffers than the mail: nothing after `message`, the address after
/// `recipient`, the connection after `relay`.
enum class subject : uint8_t {
  message,    // this mail, now or for good
  recipient,  // the address does not exist or takes no mail
  quota,      // the address has no room
  policy,     // the relay does not want it, for reasons of its own; says nothing about the address
  sender,     // our envelope sender is refused: the next mail of that shop will be too
  parameter,  // a MAIL parameter we added
  rate,       // too many in a while: the relay takes more, only slower
  day,        // too many today: for hours it takes no more
  relay,      // the relay cannot now
};

struct outcome {
  mail_id id{};
  smtp::verdict verdict = verdict::deferred;
  smtp::stage stage = stage::connect;
  int code = 0;                        // the reply's, 0 when there was none
  std::string enhanced;                // "5.1.1", empty when there was none
  std::string text;                    // the reply's last line, or what happened instead
  subject about = subject::message;    // with a code
  std::chrono::nanoseconds waited{0};  // from the end of its content to the reply, where there was one
};

/// Where a relay pool pulls mails from and tells what became of them. All calls are made on the pool's own executor.
/// The pool pulls only what it can send now, so nothing rendered waits in a queue.
class mail_feed {
 public:
  virtual ~mail_feed() = default;

  /// The next mail, through the soft gate and rendered; nothing when none is ready (then relay_pool::wake() is called
  /// when there is).
  virtual std::optional<mail> pull() = 0;

  /// Makes intents durable and then calls `durable` on the pool's executor. Content of a mail is written only after
  /// that. Bounds: 16 ids.
  virtual void write_intents(const std::vector<mail_id>& ids, std::function<void()> durable) = 0;

  /// The hard gate, asked immediately before content is written. False: an order or a withdrawal has come.
  virtual bool may_send_content(mail_id id) = 0;

  /// Exactly once for each mail pulled.
  virtual void finished(const outcome& o) = 0;
};

}  // namespace cartwheel::smtp
