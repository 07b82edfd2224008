#include "app/journal/entry_json.hpp"

#include "actors/event/limits.hpp"
#include "actors/event/text.hpp"

#include <fmt/format.h>
#include <msgpack.hpp>
#include <nlohmann/json.hpp>

#include <cmath>

namespace cartwheel {
namespace {

/// Writes what it visits. The parser keeps the stack of what is open; this only knows how deep it is.
class json_writer : public msgpack::null_visitor {
 public:
  json_writer(std::string& to, instant time) : to_{to}, time_{time} {}

  bool visit_nil() {
    // An absent time, which the entry's own takes the place of.
    if (depth_ == record && time_key_) return drop_key();
    return value("null");
  }
  bool visit_boolean(bool v) { return value(v ? "true" : "false"); }
  bool visit_positive_integer(uint64_t v) { return value(fmt::to_string(v)); }
  bool visit_negative_integer(int64_t v) { return value(fmt::to_string(v)); }
  bool visit_float32(float v) { return visit_float64(v); }
  bool visit_float64(double v) {
    // A number with a fraction stays one: 2.0 must not come back as 2.
    return value(std::isfinite(v) ? nlohmann::json(v).dump() : "null");
  }
  bool visit_str(const char* v, uint32_t size) {
    std::string_view text{size == 0 ? "" : v, size};
    if (depth_ < record) return value("");
    if (key_) {
      time_key_ = depth_ == record && text == "time";
      key_begin_ = to_.size();
      comma();
    }
    append_json_text(text, to_);
    if (key_)
      to_ += ':';
    else
      done();
    return true;
  }
  bool visit_bin(const char* v, uint32_t size) { return value('"' + hexadecimal({v, size}) + '"'); }
  bool visit_ext(const char* v, uint32_t size) { return visit_bin(v, size); }

  bool start_array(uint32_t n) {
    if (depth_ == outside) return n == 2 && open(entry);
    if (depth_ == entry && !timed_) {
      ++skipping_;
      return true;
    }
    return depth_ >= record && open_value('[');
  }
  bool start_map(uint32_t) {
    if (skipping_ > 0) {
      ++skipping_;
      return true;
    }
    if (depth_ == entry) {
      if (!timed_) return false;
      to_ += '{';
      return open(record);
    }
    return depth_ >= record && open_value('{');
  }
  bool start_array_item() {
    if (depth_ > record) comma();
    return true;
  }
  bool start_map_key() {
    key_ = skipping_ == 0;
    return true;
  }
  bool end_map_key() {
    key_ = false;
    return true;
  }
  bool end_array() {
    if (skipping_ > 0) return end_skipped();
    if (depth_ == entry) return true;
    return close(']');
  }
  bool end_map() {
    if (skipping_ > 0) return end_skipped();
    if (depth_ == record) {
      if (!has_time_) {
        comma();
        to_ += fmt::format("\"time\":{}", unix_ms(time_));
      }
      to_ += '}';
      depth_ = entry;
      complete_ = true;
      return true;
    }
    return close('}');
  }

  bool complete() const { return complete_; }

 private:
  static constexpr int outside = 0, entry = 1, record = 2;

  bool open(int depth) {
    depth_ = depth;
    return true;
  }
  bool open_value(char bracket) {
    if (key_ || depth_ - record >= limits::msgpack_depth_max) return false;
    to_ += bracket;
    ++depth_;
    return true;
  }
  bool close(char bracket) {
    to_ += bracket;
    --depth_;
    done();
    return true;
  }
  /// The pair of time and metadata counts as the time.
  bool end_skipped() {
    if (--skipping_ == 0) timed_ = true;
    return true;
  }
  bool value(std::string_view text) {
    if (skipping_ > 0) return true;
    if (depth_ == entry && !timed_) {
      timed_ = true;
      return true;
    }
    if (depth_ < record || key_) return false;
    to_ += text;
    done();
    return true;
  }
  void done() {
    if (depth_ == record && time_key_) has_time_ = true;
  }
  bool drop_key() {
    to_.resize(key_begin_);
    return true;
  }
  void comma() {
    if (to_.back() != '{' && to_.back() != '[') to_ += ',';
  }

  std::string& to_;
  instant time_;
  int depth_ = outside;
  int skipping_ = 0;  // containers open in the entry's time and metadata
  bool timed_ = false;
  bool key_ = false;
  bool time_key_ = false;
  size_t key_begin_ = 0;
  bool has_time_ = false;
  bool complete_ = false;
};

}  // namespace

std::optional<std::string> entry_json(std::string_view entry, instant time) {
  std::string line;
  line.reserve(2 * entry.size());
  json_writer writer{line, time};
  size_t used = 0;
  if (!msgpack::parse(entry.data(), entry.size(), used, writer) || !writer.complete() || used != entry.size())
    return std::nullopt;
  return line;
}

void append_json_text(std::string_view text, std::string& to) {
  if (inspect_text(text) == text_content::printable_ascii && text.find_first_of("\"\\") == text.npos) {
    to += '"';
    to += text;
    to += '"';
  } else {
    to += nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  }
}

std::string hexadecimal(std::string_view bytes) {
  std::string text;
  text.reserve(2 * bytes.size());
  for (char c : bytes) fmt::format_to(std::back_inserter(text), "{:02x}", static_cast<unsigned char>(c));
  return text;
}

}  // namespace cartwheel
