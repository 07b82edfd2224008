#include "transport/forward/encode.hpp"

#include "transport/forward/gzip.hpp"

#include <msgpack/pack.hpp>

namespace cartwheel::forward {

namespace {

// msgpack's packer writes to anything with write(); a string needs no copy at the end.
struct string_sink {
  std::string& out;
  void write(const char* bytes, size_t size) { out.append(bytes, size); }
};

std::string pack(std::string_view tag, std::string_view blob, std::string_view chunk_id, size_t count,
                 bool compressed) {
  std::string out;
  out.reserve(blob.size() + tag.size() + chunk_id.size() + 64);
  string_sink sink{out};
  msgpack::packer<string_sink> packer{sink};
  packer.pack_array(3);
  append_str(out, tag);
  append_bin(out, blob);
  packer.pack_map((count > 0 ? 1u : 0u) + (chunk_id.empty() ? 0u : 1u) + (compressed ? 1u : 0u));
  if (count > 0) {
    append_str(out, "size");
    append_uint(out, count);
  }
  if (!chunk_id.empty()) {
    append_str(out, "chunk");
    append_str(out, chunk_id);
  }
  if (compressed) {
    append_str(out, "compressed");
    append_str(out, "gzip");
  }
  return out;
}

}  // namespace

std::string pack_chunk(std::string_view tag, std::string_view entries, std::string_view chunk_id, size_t count) {
  return pack(tag, entries, chunk_id, count, false);
}

std::string pack_compressed_chunk(std::string_view tag, std::string_view entries, std::string_view chunk_id,
                                  size_t count) {
  return pack(tag, gzip(entries), chunk_id, count, true);
}

void append_ack(std::string& out, std::string_view chunk_id) {
  out.append(
    "\x81\xa3"  // a map of one pair, a str of three bytes
    "ack");
  append_str(out, chunk_id);
}

void append_str(std::string& out, std::string_view text) {
  string_sink sink{out};
  msgpack::packer<string_sink> packer{sink};
  packer.pack_str(static_cast<uint32_t>(text.size()));
  packer.pack_str_body(text.data(), static_cast<uint32_t>(text.size()));
}

void append_bin(std::string& out, std::string_view bytes) {
  string_sink sink{out};
  msgpack::packer<string_sink> packer{sink};
  packer.pack_bin(static_cast<uint32_t>(bytes.size()));
  packer.pack_bin_body(bytes.data(), static_cast<uint32_t>(bytes.size()));
}

void append_uint(std::string& out, uint64_t n) {
  string_sink sink{out};
  msgpack::packer<string_sink>{sink}.pack_uint64(n);
}

void append_event_time(std::string& out, int64_t unix_milliseconds) {
  const auto seconds = static_cast<uint32_t>(unix_milliseconds / 1000);
  const auto nanoseconds = static_cast<uint32_t>(unix_milliseconds % 1000 * 1'000'000);
  out.append("\xd7\x00", 2);  // fixext 8, type 0
  for (uint32_t n : {seconds, nanoseconds})
    for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<char>(n >> shift & 0xff));
}

}  // namespace cartwheel::forward
