#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cartwheel::fault_sink {

/// Where in a session a fault strikes. `content` is between 354 and the final dot, `dot` the final dot or BDAT LAST.
enum class where : uint8_t { banner, ehlo, mail, rcpt, data, content, bdat, dot, rset, quit };

constexpr size_t places = 10;

enum class action : uint8_t {
  answer,        // with this code instead of its own; 421 closes behind it, data-354 opens whatever came before
  wait,          // the reply comes later; commands behind it wait too, so the order of replies is kept
  text,          // the reply has this many bytes, in lines
  drop,          // FIN and no reply
  rst,           // RST and no reply
  silent,        // no reply, ever; what comes is read and thrown away
  stop_reading,  // nothing is read any more
  no_swallow,    // a BDAT is refused without taking its octets, which are then read as commands
};

/// One thing that goes wrong. Shape, as a word: `STAGE-CODE[-ENHANCED][-kept]`, `STAGE-wait-MS`, `STAGE-text-BYTES`,
/// `STAGE-drop[-lost]`, `STAGE-rst[-lost]`, `STAGE-silent[-lost]`, `STAGE-stop`; short for what is common: `early-CODE` is
/// content-CODE, `stop-reading` is content-stop, `no-swallow` is a BDAT's.
struct fault {
  where at = where::rcpt;
  action does = action::answer;
  int code = 0;
  std::string enhanced;
  uint32_t amount = 0;       // ms of wait, bytes of text
  std::optional<bool> keep;  // what becomes of a mail whose dot it strikes; else: refused is lost, the rest is kept
};

/// A whole word; nothing when it is none.
std::optional<fault> fault_named(std::string_view word);

/// The words in the local part of an address: behind a `+`, or all of it; joined by dots or `+`. What is no word is a name:
/// `anna+rcpt-550-5.1.1@x`, `dot-wait-200.dot-451.r17@x`.
/// Cost: nothing for an address without a hyphen.
std::vector<fault> faults_in(std::string_view address);

/// A fault of the server's own, given by `--fault WORD[@KEY=N[,KEY=N]]`: it strikes where all its keys say so, by the number
/// n of times (from 1) that any session came to this place. every: n is a multiple; nth: n is it; after: n is above;
/// percent: by dice.
struct standing_fault {
  fault what;
  uint64_t every = 0, nth = 0, after = 0;
  double percent = 100;
};

/// Nothing when it cannot be read.
std::optional<standing_fault> standing_fault_named(std::string_view text);

}  // namespace cartwheel::fault_sink
