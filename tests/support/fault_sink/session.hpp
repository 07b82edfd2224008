#pragma once

#include "tests/support/fault_sink/house.hpp"
#include "tests/support/fault_sink/legality.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cartwheel::fault_sink {

enum class ending : uint8_t { none, fin, rst };

/// One client's session, as a server, without its socket: bytes in, replies and wishes out.
///
/// Commands are worked off one after the other as a real server does: while a reply waits nothing behind its command is
/// looked at, so replies keep their order whatever goes wrong. Replies collect until all input is used up and leave
/// together.
/// Source: RFC 5321, 2920 (pipelining), 3030 (BDAT), 1870, 6152, 6531, 3461, 2034.
class session {
 public:
  session(house& h, uint64_t number);

  // What happens to it.

  void connected();
  /// Where to read to, `room` bytes at least.
  std::span<char> space(size_t room);
  void received(size_t bytes);
  /// pause() is over.
  void resumed();
  /// The client is gone.
  void lost();

  // What it wants.

  /// Replies to send now; the caller takes them out.
  std::string& output() { return output_; }
  /// How long it does nothing, from now; then resumed(). 0: it does not wait.
  std::chrono::milliseconds pause() const { return pause_; }
  /// To be closed, once the output is sent.
  ending end() const { return end_; }
  bool stops_reading() const { return stop_reading_; }

 private:
  enum class state : uint8_t { command, content, chunk, deaf };

  /// What the faults at one place make of a reply.
  struct twist {
    int code = 0;
    std::string enhanced;
    uint32_t wait = 0, text = 0;
    bool silent = false, stop = false, no_swallow = false;
    ending end = ending::none;
    std::optional<bool> keep;
    bool answers() const { return !silent && end == ending::none; }
  };

  struct transaction {
    bool open = false;  // MAIL was taken
    std::string sender, recipients;
    size_t recipient_count = 0;
    uint32_t attempt = 0;
    bool eight_bit = false, utf8 = false;
    std::vector<fault> script;  // of its recipients
    bool bdat = false;          // content comes in chunks
  };

  void work();
  bool take_command();
  void on_command(std::string_view line);
  void on_greeting(std::string_view verb, std::string_view rest);
  void on_mail(std::string_view rest);
  void on_rcpt(std::string_view rest);
  void on_data();
  void on_bdat(std::string_view rest);
  bool take_content();
  bool take_chunk();
  void content_began();
  void on_content_end();
  void check_content();
  void forget_transaction();

  twist twisted(where at);
  /// Gives an answer, bent by a twist. Whether it is given at all.
  void answer(const twist& t, int code, std::string_view enhanced, std::string_view text);
  void answer(where at, int code, std::string_view enhanced, std::string_view text) {
    answer(twisted(at), code, enhanced, text);
  }
  std::string reply_text(int code, std::string_view enhanced, std::string_view text) const;
  void record(std::string_view stage, bool kept, const twist& t, std::string_view reply, bool whole);
  void violation(std::string_view what);
  std::string_view pending() const { return std::string_view{buffer_}.substr(begin_, end_of_input_ - begin_); }
  bool hidden(std::string_view keyword) const;

  house& house_;
  uint64_t number_;
  state state_ = state::command;
  std::string buffer_;  // input: [begin_, end_of_input_) is not yet used
  size_t begin_ = 0, end_of_input_ = 0;
  std::string output_, later_;  // later_: behind the pause
  std::chrono::milliseconds pause_{0};
  ending end_ = ending::none, end_later_ = ending::none;
  bool stop_reading_ = false;
  bool deaf_later_ = false;

  bool greeted_ = false, esmtp_ = false;
  bool pipelining_, chunking_, enhanced_;  // announced
  uint64_t mails_ = 0;
  transaction mail_;
  bool failed_bdat_ = false;   // until RSET
  bool lone_dot_due_ = false;  // DATA was opened for nobody
  bool answered_ = false;      // before the end of the content, which goes on
  size_t chunk_left_ = 0, content_bytes_ = 0;
  bool last_chunk_ = false, chunk_refused_ = false, line_begins_ = true;
  std::string content_;
  line_check check_;
};

}  // namespace cartwheel::fault_sink
