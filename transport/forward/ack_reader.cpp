#include "transport/forward/ack_reader.hpp"

#include "transport/forward/msgpack_head.hpp"

namespace cartwheel::forward {

namespace {

// The str or bin at the start of `bytes`, taken off it; nothing when it is not whole yet, or (failed) is something else.
std::optional<std::string_view> take_text(std::string_view& bytes, bool& failed) {
  if (bytes.empty() || bytes.size() < msgpack_head_size(static_cast<uint8_t>(bytes[0]))) return {};
  const msgpack_head head = read_msgpack_head(bytes);
  failed = head.kind != msgpack_kind::str && head.kind != msgpack_kind::bin;
  if (failed || bytes.size() - head.size < head.length) return {};
  const std::string_view text = bytes.substr(head.size, head.length);
  bytes.remove_prefix(head.size + head.length);
  return text;
}

}  // namespace

std::optional<std::string> ack_reader::next() {
  std::string_view rest = std::string_view{bytes_}.substr(begin_);
  if (rest.empty()) {
    bytes_.clear();
    begin_ = 0;
  }
  if (failed_ || rest.empty()) return {};
  if (rest[0] != '\x81') {
    failed_ = true;
    return {};
  }
  rest.remove_prefix(1);
  const auto key = take_text(rest, failed_);
  if (key && *key != "ack") failed_ = true;
  std::optional<std::string_view> id;
  if (key && !failed_) id = take_text(rest, failed_);
  if (failed_) return {};
  if (!id) {  // Acks are small: what is cut is read again from its start.
    bytes_.erase(0, begin_);
    begin_ = 0;
    failed_ = bytes_.size() > answer_bytes_max;
    return {};
  }
  begin_ = bytes_.size() - rest.size();
  return std::string{*id};
}

}  // namespace cartwheel::forward
