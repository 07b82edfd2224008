#include "transport/forward/forward_parser.hpp"

#include "transport/forward/gzip.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include <fmt/format.h>

namespace cartwheel::forward {

namespace {

msgpack_head head_at(std::string_view bytes, size_t at) { return read_msgpack_head(bytes.substr(at)); }

std::string_view payload_at(std::string_view bytes, size_t at, const msgpack_head& head) {
  return bytes.substr(at + head.size, head.length);
}

bool is_text(msgpack_kind k) { return k == msgpack_kind::str || k == msgpack_kind::bin; }

// One past the end of the object at `at`, which the scanner has already found whole and within its depth.
size_t skip(std::string_view bytes, size_t at) {
  for (uint64_t objects = 1; objects > 0; --objects) {
    const msgpack_head head = head_at(bytes, at);
    at += head.size;
    if (head.kind == msgpack_kind::array)
      objects += head.length;
    else if (head.kind == msgpack_kind::map)
      objects += 2 * head.length;
    else
      at += head.length;
  }
  return at;
}

std::shared_ptr<buffer_pool> own_pool() { return std::make_shared<buffer_pool>(limits::read_buffer_bytes_large, 4); }

}  // namespace

struct forward_parser::option_map {
  std::optional<std::string> chunk_id;
  std::string_view compressed;
  size_t compressed_at = 0;
  bool apply = true;
};

std::string parse_fault::text() const { return fmt::format("byte {} of the stream: {}", offset, what); }

forward_parser::forward_parser(const parser_limits& bounds, std::shared_ptr<buffer_pool> pool)
    : bounds_{bounds},
      buffer_{pool ? std::move(pool) : own_pool()},
      scanner_{bounds.message_bytes_max, bounds.depth_max} {}

void forward_parser::feed(std::string_view bytes) {
  while (!bytes.empty()) {
    const std::span<char> room = prepare();
    const size_t part = std::min(room.size(), bytes.size());
    std::memcpy(room.data(), bytes.data(), part);
    commit(part);
    bytes.remove_prefix(part);
  }
}

std::optional<message> forward_parser::fail(size_t at, std::string what) {
  fault_ = parse_fault{consumed_ + at, std::move(what)};
  return std::nullopt;
}

std::optional<message> forward_parser::next() {
  while (!fault_ && !buffer_.unread().empty()) {
    switch (scanner_.scan(buffer_.unread())) {
      case message_scanner::state::more: return std::nullopt;
      case message_scanner::state::failed: return fail(scanner_.position(), scanner_.fault());
      case message_scanner::state::complete: break;
    }
    const size_t size = scanner_.position();
    std::optional<message> out;
    if (scanner_.element_count() > 0) out = read_message(buffer_.unread().substr(0, size));
    if (fault_) return std::nullopt;
    buffer_.consume(size);
    consumed_ += size;
    scanner_.reset();
    if (out) return out;
  }
  return std::nullopt;
}

std::optional<message> forward_parser::read_message(std::string_view bytes) {
  const size_t elements = scanner_.element_count();
  const size_t tag_at = scanner_.element_begin(0);
  const size_t body_at = scanner_.element_begin(1);
  const msgpack_head tag = head_at(bytes, tag_at);
  const msgpack_head body = head_at(bytes, body_at);
  if (!is_text(tag.kind)) return fail(tag_at, fmt::format("the tag is {}, not str", name_of(tag.kind)));
  if (tag.length > limits::tag_bytes_max)
    return fail(tag_at, fmt::format("a tag of {} bytes, at most {} are taken", tag.length, limits::tag_bytes_max));

  // Element 1 tells the mode: a time, a list of entries, or entries already packed.
  const bool packed = is_text(body.kind);
  const bool listed = body.kind == msgpack_kind::array;
  if (body.kind == msgpack_kind::map || body.kind == msgpack_kind::boolean)
    return fail(body_at,
                fmt::format("{} where a time, an array of entries or packed entries belong", name_of(body.kind)));
  const size_t options_index = packed || listed ? 2 : 3;
  if (elements < options_index) return fail(0, "a time without a record");
  if (elements > options_index + 1)
    return fail(0, fmt::format("{} elements, this mode has at most {}", elements, options_index + 1));

  message out;
  out.wire_bytes = bytes.size();
  option_map options;
  if (elements > options_index && !read_options(bytes, scanner_.element_begin(options_index), options))
    return std::nullopt;
  out.chunk_id = std::move(options.chunk_id);
  out.apply = options.apply;
  out.content.tag = payload_at(bytes, tag_at, tag);

  if (packed) {
    const std::string_view blob = payload_at(bytes, body_at, body);
    if (options.compressed.empty() || options.compressed == "text") {
      out.content.entries = buffer_.share(blob);
    } else if (options.compressed != "gzip") {
      return fail(options.compressed_at,
                  fmt::format("compressed = \"{:.32}\" is not supported, text and gzip are", options.compressed));
    } else if (out.apply) {
      unzipped plain = gunzip(blob, bounds_.decompressed_bytes_max);
      if (!plain.bytes) return fail(body_at + body.size, std::move(plain.fault));
      out.content.entries = whole(std::move(*plain.bytes));
    }
  } else if (listed) {
    // The elements of the array, one after the other, are what a packed chunk would hold.
    out.content.entries =
      buffer_.share(bytes.substr(body_at + body.size, scanner_.element_end(1) - body_at - body.size));
    out.content.entry_count = body.length;
  } else {
    // Time and record stand side by side; what lacks is the array head in front of them. The byte there belongs to the
    // tag, which has been copied out, and nobody shares these bytes yet: rewriting it spares copying the record.
    *(buffer_.unread_begin() + body_at - 1) = static_cast<char>(0x92);
    out.content.entries = buffer_.share(bytes.substr(body_at - 1, scanner_.element_end(2) - body_at + 1));
    out.content.entry_count = 1;
  }
  return out;
}

bool forward_parser::read_options(std::string_view bytes, size_t at, option_map& out) {
  const msgpack_head head = head_at(bytes, at);
  if (head.kind == msgpack_kind::nil) return true;
  auto refuse = [&](size_t where, std::string what) {
    fail(where, std::move(what));
    return false;
  };
  if (head.kind != msgpack_kind::map) return refuse(at, fmt::format("options are {}, not a map", name_of(head.kind)));
  at += head.size;
  for (uint64_t i = 0; i < head.length; ++i) {
    const size_t key_at = at;
    const msgpack_head key = head_at(bytes, key_at);
    const size_t value_at = skip(bytes, key_at);
    const msgpack_head value = head_at(bytes, value_at);
    at = skip(bytes, value_at);
    if (!is_text(key.kind) || value.kind == msgpack_kind::nil) continue;
    const std::string_view name = payload_at(bytes, key_at, key);
    if (name == "chunk") {
      if (!is_text(value.kind))
        return refuse(value_at, fmt::format("option chunk is {}, not str", name_of(value.kind)));
      if (value.length > limits::chunk_id_bytes_max)
        return refuse(value_at, fmt::format("a chunk id of {} bytes, at most {} are taken", value.length,
                                            limits::chunk_id_bytes_max));
      out.chunk_id = payload_at(bytes, value_at, value);
    } else if (name == "compressed") {
      if (!is_text(value.kind))
        return refuse(value_at, fmt::format("option compressed is {}, not str", name_of(value.kind)));
      out.compressed = payload_at(bytes, value_at, value);
      out.compressed_at = value_at;
    } else if (name == "fluent_signal") {
      out.apply = value.kind == msgpack_kind::integer && value.number == 0;
    }
  }
  return true;
}

}  // namespace cartwheel::forward
