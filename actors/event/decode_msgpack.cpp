#include "actors/event/decode.hpp"

#include "actors/event/event_rules.hpp"
#include "actors/event/limits.hpp"
#include "actors/event/msgpack_skip.hpp"
#include "actors/event/record_builder.hpp"

#include <fmt/core.h>
#include <msgpack.hpp>

#include <algorithm>

namespace cartwheel {

namespace {

constexpr size_t expected_max = 4096;                    // events of a chunk that room is made for ahead: 512 KiB
constexpr int64_t milliseconds_above = 100'000'000'000;  // as seconds that would be the year 5138

uint32_t big_endian(const char* p) {
  auto byte = [&](int i) { return uint32_t{static_cast<unsigned char>(p[i])}; };
  return byte(0) << 24 | byte(1) << 16 | byte(2) << 8 | byte(3);
}

// Follows one entry, `[time, record]` or `[[time, metadata], record]`, and hands what the record holds to the builder.
// A visit that gives false stops the parser; the record has a fault then.
// Source: Fluent Forward v1 (Entry, EventTime) and its metadata of 2022.
class entry_visitor : public msgpack::null_visitor {
 public:
  entry_visitor(record_builder& builder, const decode_rules& rules) : builder_{builder}, rules_{rules} {}

  void init() {
    part_ = part::entry;
    depth_ = 0;
    key_ = false;
    builder_.begin();
  }

  bool visit_nil() {
    if (at_time()) return time_is(rules_.received);
    return value(field_value(field_value::type::null));
  }
  bool visit_boolean(bool v) { return value(field_value(v)); }
  bool visit_positive_integer(uint64_t v) {
    if (at_time()) return v > INT64_MAX ? bad_time() : integer_time(static_cast<int64_t>(v));
    return value(field_value(v));
  }
  bool visit_negative_integer(int64_t v) {  // comes for every signed format, so v may well be positive
    if (at_time()) return integer_time(v);
    return value(field_value(v));
  }
  bool visit_float32(float v) { return value(field_value(static_cast<double>(v))); }
  bool visit_float64(double v) { return value(field_value(v)); }
  bool visit_str(const char* v, uint32_t size) {
    std::string_view text{size == 0 ? "" : v, size};
    if (!key_) return value(field_value(text));
    if (part_ == part::record) builder_.key(text);
    return true;
  }
  bool visit_bin(const char*, uint32_t) { return value(field_value(field_value::type::other)); }
  bool visit_ext(const char* v, uint32_t size) {
    if (at_time()) return event_time(v, size);
    return value(field_value(field_value::type::other));
  }

  bool start_array(uint32_t n) {
    switch (part_) {
      case part::entry:
        if (n != 2) return stop(fmt::format("entry: has {} parts, not a time and a record", n));
        part_ = part::time;
        return true;
      case part::time:
        if (n != 2) return bad_time();
        part_ = part::time_of_pair;
        return true;
      default: return start(false);
    }
  }
  bool start_map(uint32_t) { return start(true); }
  bool end_array() { return end(false); }
  bool end_map() { return end(true); }
  bool start_map_key() {
    key_ = true;
    return true;
  }
  bool end_map_key() {
    key_ = false;
    return true;
  }

 private:
  enum class part : uint8_t { entry, time, time_of_pair, metadata, record };

  bool at_time() const { return part_ == part::time || part_ == part::time_of_pair; }

  bool value(field_value v) {
    if (key_ && part_ == part::record) return stop("has a key that is no string");
    switch (part_) {
      case part::entry: return stop("entry: is no array");
      case part::time:
      case part::time_of_pair: return bad_time();
      case part::metadata: return true;
      case part::record: builder_.value(v); return true;
    }
    return false;
  }

  bool start(bool map) {
    if (part_ == part::record) {
      if (key_) return stop("has a key that is no string");
      ++depth_;
      return map ? builder_.start_map() : builder_.start_array();
    }
    if (part_ != part::metadata) return part_ == part::entry ? stop("entry: is no array") : bad_time();
    // Nobody reads the metadata, but msgpack-cxx keeps a stack of what is open.
    return ++depth_ <= limits::msgpack_depth_max || stop("entry: its metadata is nested too deeply");
  }

  bool end(bool map) {
    if (depth_ > 0) {
      --depth_;
      if (part_ == part::record) map ? builder_.end_map() : builder_.end_array();
    } else if (part_ == part::metadata) {
      part_ = part::record;  // the pair's end
    }
    return true;  // else the entry's own end
  }

  bool time_is(instant time) {
    builder_.record().entry_time = time;
    part_ = part_ == part::time ? part::record : part::metadata;
    return true;
  }
  bool integer_time(int64_t v) {
    if (v == 0) return time_is(rules_.received);
    if (v < 0 || v > limits::unix_ms_max) return bad_time();
    return time_is(from_unix_ms(v > milliseconds_above ? v : v * 1000));
  }
  bool event_time(const char* v, uint32_t size) {
    constexpr uint32_t type_and_two_words = 9;
    if (size != type_and_two_words || v[0] != 0) return bad_time();
    int64_t seconds = big_endian(v + 1);
    uint32_t nanoseconds = big_endian(v + 5);
    if (nanoseconds >= 1'000'000'000) return bad_time();
    if (seconds == 0 && nanoseconds == 0) return time_is(rules_.received);
    return time_is(from_unix_ms(seconds * 1000 + nanoseconds / 1'000'000));
  }
  bool bad_time() { return stop("entry: its time is neither Unix seconds nor an EventTime"); }
  bool stop(std::string reason) {
    builder_.fault(std::move(reason));
    return false;
  }

  record_builder& builder_;
  const decode_rules& rules_;
  part part_ = part::entry;
  bool key_ = false;
  int depth_ = 0;  // containers open inside the metadata or the record
};

// msgpack::parse makes a new stack for every call; this keeps one for the chunk.
class entry_parser : public msgpack::detail::context<entry_parser> {
 public:
  explicit entry_parser(entry_visitor& visitor) : visitor_{visitor} {}
  entry_visitor& visitor() { return visitor_; }

  // Gives: the entry's length, or nothing when it stops early, breaks off or is no msgpack.
  std::optional<size_t> parse(std::string_view bytes) {
    init();
    size_t used = 0;
    auto result = execute(bytes.data(), bytes.size(), used);
    return result == msgpack::PARSE_SUCCESS ? std::optional{used} : std::nullopt;
  }

 private:
  entry_visitor& visitor_;
};

// As many entries as there would be if all were as long as the first; the senders' chunks are like that. What is no
// more than asked for costs nothing.
void expect(size_t entries, event_batch& batch) {
  const size_t n = std::min<size_t>(entries + entries / 8 + 1, expected_max);
  batch.events.reserve(n);
  batch.indexes.reserve(n);
}

}  // namespace

void decode_entries(std::string_view entries, const decode_rules& rules, event_batch& batch) {
  thread_local record_builder builder;
  entry_visitor visitor{builder, rules};
  entry_parser parser{visitor};
  for (size_t index = 0; !entries.empty(); ++index) {
    // One byte more than an event may have: enough to see that it is too large, and no hostile one gets further.
    auto length = parser.parse(entries.substr(0, limits::event_bytes_max + 1));
    if (!length) length = msgpack_length(entries);
    if (!length) {
      refuse("entry: is no msgpack, or breaks off", index, entries, batch);
      return;
    }
    if (index == 0) expect(entries.size() / *length, batch);
    judge(builder.record(), rules, index, entries.substr(0, *length), batch);
    entries.remove_prefix(*length);
  }
}

}  // namespace cartwheel
